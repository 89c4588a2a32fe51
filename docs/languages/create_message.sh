#!/bin/sh
# Sends one text through the Volt GraphQL API: sh create_message.sh, with VOLT_TOKEN set.

url=$VOLT_API_URL
[ -n "$url" ] || url=https://api.respondflow.com/graphql

request() {
    cat <<'JSON'
{
  "query": "mutation createMessage($to: String!, $from: String!, $body: String!, $media: [String!]) {\n  createMessage(to: $to, from: $from, body: $body, media: $media) {\n    id\n    legacyId\n    toNumber\n    fromNumber\n    status\n    statusDescription\n    media\n    body\n    sentAt\n    confirmedAt\n  }\n}",
  "variables": {
    "to": "+15555550145",
    "from": "+15555550123",
    "body": "Your One Time Code is 654312\n\nReply STOP to opt-out.",
    "media": []
  }
}
JSON
}

fail() {
    printf '%s\n' "$1" >&2
    exit 1
}

# Prints what stands behind a name in the reply. Only names are found: a quote within a text has a
# backslash before it.
field() {
    printf '%s' "$reply" | tr '\n\r\t' '   ' | LC_ALL=C sed -n "s/.*\"$1\" *: *$2.*/\1/p"
}

[ -n "$VOLT_TOKEN" ] || fail "VOLT_TOKEN is not set."

# Never tried again by itself: Volt has no idempotency key, so a second try can text twice.
# The token is no argument, which `ps` would show.
reply=$(
    request | curl --silent --show-error --retry 0 --max-time 30 --write-out '%{http_code}' \
        --globoff --url "$url" --header @/dev/fd/3 --header 'Content-Type: application/json' \
        --data-binary @- 3<<HEADER
Authorization: Bearer $VOLT_TOKEN
HEADER
) || fail "No reply. Look whether the text went out before you send it again."

# The status is the last three characters.
status=$(printf '%s' "$reply" | tail -c 3)
reply=${reply%???}
[ "$status" = 200 ] || fail "HTTP $status: $reply"
if [ -n "$(field errors '\[ *\([^] ]\)')" ] || [ -z "$(field createMessage '\({\)')" ]; then
    fail "No accepted message in the reply: $reply"
fi
printf 'Accepted: %s (%s)\n' "$(field id '"\([^"]*\)"')" "$(field status '"\([^"]*\)"')"
