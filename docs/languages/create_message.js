// Sends one text through the Volt GraphQL API: node create_message.js, with VOLT_TOKEN set.

const url = process.env.VOLT_API_URL || "https://api.respondflow.com/graphql";
const token = process.env.VOLT_TOKEN?.trim();
const query = `
mutation createMessage($to: String!, $from: String!, $body: String!, $media: [String!]) {
  createMessage(to: $to, from: $from, body: $body, media: $media) {
    id
    legacyId
    toNumber
    fromNumber
    status
    statusDescription
    media
    body
    sentAt
    confirmedAt
  }
}
`;
const variables = {
  to: "+15555550145",
  from: "+15555550123",
  body: "Your One Time Code is 654312\n\nReply STOP to opt-out.",
  media: [],
};

async function main() {
  if (!token) return fail("VOLT_TOKEN is not set.");
  let status, text;
  try {
    // Never tried again by itself: Volt has no idempotency key, so a second try can text twice.
    const response = await fetch(url, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify({ query, variables }),
      redirect: "manual",
      signal: AbortSignal.timeout(30_000),
    });
    status = response.status;
    text = await response.text();
  } catch (error) {
    const reason = error.cause?.message || error.message;
    return fail(`No reply: ${reason}. Look whether the text went out before you send it again.`);
  }
  if (status !== 200) return fail(`HTTP ${status}: ${text}`);
  const reply = parse(text);
  const message = reply?.data?.createMessage;
  if (!message || reply.errors?.length) return fail(`No accepted message in the reply: ${text}`);
  console.log(`Accepted: ${message.id} (${message.status})`);
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function fail(reason) {
  console.error(reason);
  process.exitCode = 1;
}

main();
