"""Send one text through the Volt GraphQL API: python3 create_message.py, with VOLT_TOKEN set."""

import http.client
import json
import os
import sys
import urllib.error
import urllib.request

URL = os.environ.get("VOLT_API_URL") or "https://api.respondflow.com/graphql"
QUERY = """
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
"""
VARIABLES = {
    "to": "+15555550145",
    "from": "+15555550123",
    "body": "Your One Time Code is 654312\n\nReply STOP to opt-out.",
    "media": [],
}


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """Takes a redirect for the answer: to follow it would show the token to another address."""

    def redirect_request(self, *_: object) -> None:
        """Make no second request."""


def main() -> str | None:
    """Send the text once, and return what went wrong."""
    token = os.environ.get("VOLT_TOKEN", "").strip()
    if not token:
        return "VOLT_TOKEN is not set."
    request = urllib.request.Request(
        URL,
        json.dumps({"query": QUERY, "variables": VARIABLES}).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    # Never tried again by itself: Volt has no idempotency key, so a second try can text twice.
    try:
        with urllib.request.build_opener(NoRedirects).open(request, timeout=30) as response:
            text = response.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        return f"HTTP {error.code}: {error.read().decode(errors='replace')}"
    except (OSError, http.client.HTTPException) as error:
        return f"No reply: {error}. Look whether the text went out before you send it again."
    try:
        reply = json.loads(text)
        message = reply["data"]["createMessage"]
        if not reply.get("errors"):
            print(f"Accepted: {message['id']} ({message['status']})")
            return None
    except (ValueError, LookupError, TypeError):
        pass
    return f"No accepted message in the reply: {text}"


if __name__ == "__main__":
    sys.exit(main())
