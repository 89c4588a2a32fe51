"""The message that every client sends, and how a way to send it looks.

A way to send is a context manager over an origin, such as `http://127.0.0.1:8026`: it makes a
client, yields a function that sends one text and returns what the client makes of the reply, and
closes the client.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager

from benchmarks.speed.generated import QUERY

FROM = "+15555550123"
HEADERS = {
    "Authorization": "Bearer sandbox",
    "Content-Type": "application/json",
    "Accept": "application/json",
}

#: Sends a text (`to`, `body`); returns the client's result.
Send = Callable[[str, str], object]
AsyncSend = Callable[[str, str], Awaitable[object]]
Way = Callable[[str], AbstractContextManager[Send]]
AsyncWay = Callable[[str], AbstractAsyncContextManager[AsyncSend]]


def variables(to: str, body: str) -> dict[str, object]:
    """Those of the mutation."""
    return {"to": to, "from": FROM, "body": body, "media": []}


def payload(to: str, body: str) -> dict[str, object]:
    """What a GraphQL request is, as JSON."""
    return {"query": QUERY, "operationName": "createMessage", "variables": variables(to, body)}
