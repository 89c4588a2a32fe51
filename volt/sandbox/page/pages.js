// What was read page by page, newest first: the items, and the cursor of the page after (`next`).

const [LEAST, MOST] = [50, 200];

export const NOTHING = { items: [], next: null };

/** How many to read anew: as many as are shown, so that what changed in them is seen. */
export const sizeOf = (read) => Math.min(MOST, Math.max(LEAST, read.items.length));

/**
 * Put the newest page before what was read, if the two meet in something that has not changed since;
 * otherwise nobody knows what lies between, and the page stands alone.
 */
export function withNewest(read, newest, pageInfo, keyOf, versionOf = keyOf) {
  const known = new Set(newest.map(keyOf));
  const versions = new Set(read.items.map(versionOf));
  const rest = read.items.filter((one) => !known.has(keyOf(one)));
  const meets = pageInfo.hasNextPage && rest.length > 0 && newest.some((one) => versions.has(versionOf(one)));
  return meets ? { items: [...newest, ...rest], next: read.next } : { items: newest, next: pageInfo.nextPage };
}

/** Put an older page after what was read. */
export function withOlder(read, older, pageInfo, keyOf) {
  const known = new Set(read.items.map(keyOf));
  const more = older.filter((one) => !known.has(keyOf(one)));
  return { items: [...read.items, ...more], next: pageInfo.nextPage };
}
