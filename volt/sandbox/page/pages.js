// What was read page by page, newest first: the items, the cursor of the page after (`next`), and how
// many of them a person asked for (`wanted`).

const [LEAST, MOST] = [50, 200];

export const NOTHING = { items: [], next: null, wanted: 0 };

/** How many to read anew: as many as are shown, so that what changed in them is seen. */
export const sizeOf = (read) => Math.min(MOST, Math.max(LEAST, read.items.length));

/**
 * Put the newest page before what was read, if the two meet in something that has not changed since;
 * otherwise nobody knows what lies between, and the page stands alone. It does so, too, when much has
 * come by itself: a page that is left open does not grow for ever.
 */
export function withNewest(read, newest, pageInfo, keyOf, versionOf = keyOf) {
  const known = new Set(newest.map(keyOf));
  const versions = new Set(read.items.map(versionOf));
  const rest = read.items.filter((one) => !known.has(keyOf(one)));
  const meets = pageInfo.hasNextPage && rest.length > 0 && newest.some((one) => versions.has(versionOf(one)));
  if (!meets || newest.length + rest.length > read.wanted + 2 * MOST)
    return { items: newest, next: pageInfo.nextPage, wanted: 0 };
  return { ...read, items: [...newest, ...rest] };
}

/** Put an older page after what was read. */
export function withOlder(read, older, pageInfo, keyOf) {
  const known = new Set(read.items.map(keyOf));
  const items = [...read.items, ...older.filter((one) => !known.has(keyOf(one)))];
  return { items, next: pageInfo.nextPage, wanted: items.length };
}
