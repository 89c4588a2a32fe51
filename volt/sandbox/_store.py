"""What the sandbox remembers: the messages it accepted and the requests it received."""

import hashlib
from collections import deque
from typing import Any, TypedDict

MESSAGES_KEPT = 10_000
REQUESTS_KEPT = 1_000
PAGE_SIZE = 20


class Message(TypedDict):
    """An accepted message: its fields under their GraphQL names, and how it was asked for.

    `variables` is the request's variables object as received; null if it had none.
    """

    id: str
    legacyId: str
    toNumber: str
    fromNumber: str
    status: str
    statusDescription: str
    media: list[str]
    body: str
    sentAt: str
    confirmedAt: str | None
    errorCode: str | None
    passthrough: str | None
    variables: dict[str, Any] | None


class ReceivedRequest(TypedDict):
    """One HTTP request to a GraphQL endpoint, and the status it was answered with.

    `headers` has lower-case names and no token. `body` is the parsed JSON, the text of a body
    that is not JSON, or null if it was too large.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    status: int


class Store:
    """The newest 10,000 messages and 1,000 requests, in memory; older ones are forgotten.

    Attributes:
        messages: The accepted messages, oldest first.
        requests: The requests to the GraphQL endpoints, the refused ones too, oldest first.
    """

    def __init__(self) -> None:
        """Start empty."""
        self.messages: deque[Message] = deque(maxlen=MESSAGES_KEPT)
        self.requests: deque[ReceivedRequest] = deque(maxlen=REQUESTS_KEPT)

    def find(self, message_id: str) -> Message | None:
        """Return the message of this id, or None if there is none."""
        return next((message for message in self.messages if message["id"] == message_id), None)

    def conversation(self, one: str, other: str, before: str | None) -> dict[str, Any]:
        """Return a page of the messages between two numbers, as the contract's `Conversation`.

        A cursor marks a message, not a distance from the newest one: a message that arrives
        between two pages moves nothing.

        Args:
            one: A number; which of the two it is does not matter.
            other: The other number.
            before: The `nextPage` of the page before; None: the newest page.

        Returns:
            At most 20 messages, newest first; may be empty.

        Raises:
            LookupError: `before` is no cursor of this conversation.
        """
        pair = {one, other}
        found = [m for m in reversed(self.messages) if {m["toNumber"], m["fromNumber"]} == pair]
        start = 0 if before is None else _position(before, found) + 1
        page = found[start : start + PAGE_SIZE]
        has_next_page = start + PAGE_SIZE < len(found)
        page_info = {
            "totalItems": len(found),
            "nextPage": _cursor(page[-1]) if has_next_page else None,
            "hasNextPage": has_next_page,
        }
        return {"messages": page, "pageInfo": page_info}

    def clear(self) -> None:
        """Forget all messages and requests."""
        self.messages.clear()
        self.requests.clear()


def _cursor(message: Message) -> str:
    # A digest: nobody can come to rely on a cursor being an id or a number.
    return hashlib.sha256(message["id"].encode()).hexdigest()[:24]


def _position(cursor: str, messages: list[Message]) -> int:
    for position, message in enumerate(messages):
        if _cursor(message) == cursor:
            return position
    raise LookupError(cursor)
