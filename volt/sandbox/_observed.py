"""What a test sees of a running sandbox: a text, a failure on purpose."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from volt.sandbox._chaos import Rule
from volt.sandbox._records import ReceivedRequest
from volt.sandbox._rules import is_e164

_SHOWN_AT_MOST = 10  # of what came, when something else was waited for


@dataclass(frozen=True, slots=True)
class SandboxMessage:
    """A text that the sandbox accepted, or one that a person answered.

    Attributes:
        id: Its id, as the API answered it.
        to_number: The recipient, in E.164 form.
        from_number: The sender, in E.164 form.
        body: The text.
        media: The URLs of its media.
        status: What has become of it by now: `queued`, `sent`, `delivered`, `failed`, or `received`
            for an answer.
        error_code: The vendor's code of what failed, as text.
        sent_at: When it was accepted.
        passthrough: What was sent along to be repeated by webhooks.
        double_of: The id of the first text of the same content, if this one reached the sandbox
            soon after it.
        variables: The GraphQL variables that asked for it, as received; None if none did.
    """

    id: str
    to_number: str
    from_number: str
    body: str
    media: Sequence[str]
    status: str
    error_code: str | None
    sent_at: datetime
    passthrough: str | None
    double_of: str | None
    variables: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """The request by which a webhook is told of an event: a POST.

    Attributes:
        body: The JSON, as it is signed.
        headers: Its headers, the signatures among them.
    """

    body: bytes
    headers: dict[str, str]


class ChaosRule:
    """A failure on purpose that is in force; as a context manager, until the end of its block."""

    def __init__(self, rule: Rule, remove: Callable[[], object]) -> None:
        """Be made by `RunningSandbox.chaos`."""
        self._rule = rule
        self._remove = remove

    @property
    def hits(self) -> int:
        """How many requests it has met."""
        return self._rule.hits

    def remove(self) -> None:
        """Take it back."""
        self._remove()

    def __enter__(self) -> Self:
        """Be in force already."""
        return self

    def __exit__(self, *_: object) -> None:
        """Be so no longer."""
        self.remove()


def as_sandbox_message(shown: Mapping[str, Any]) -> SandboxMessage:
    """Read what the sandbox shows of a message."""
    return SandboxMessage(
        id=shown["id"],
        to_number=shown["toNumber"],
        from_number=shown["fromNumber"],
        body=shown["body"],
        media=shown["media"],
        status=shown["status"],
        error_code=shown["errorCode"],
        sent_at=datetime.fromisoformat(shown["sentAt"]),
        passthrough=shown["passthrough"],
        double_of=shown["doubleOf"],
        variables=shown.get("variables"),
    )


def last_request(requests: Sequence[ReceivedRequest], refusal: str | None) -> str:
    """Say how the last request ended, for a test that waited for more.

    Args:
        requests: All of them.
        refusal: What was said of the last one, if that is known.
    """
    if not requests:
        return "no request came: does the code use VOLT_API_URL, or this sandbox's url?"
    status, fault = requests[-1]["status"], requests[-1]["fault"]
    answer = f"answered with HTTP {status}" if status else "not answered"
    why = f", by the chaos {fault}" if fault else ""
    if refusal:
        answer, why = f"refused: {refusal}", ""
    elif status == 200 and not fault:
        why = ", as queries are"
    return f"of {len(requests)} requests, the last was {answer}{why}"


def what_came(
    messages: Sequence[SandboxMessage], requests: Sequence[ReceivedRequest], refusal: str | None
) -> str:
    """Say which texts were accepted, or why none was, as `last_request` does."""
    if not messages:
        return f"none was accepted; {last_request(requests, refusal)}"
    shown = "".join(
        f"\n  to {message.to_number}, {message.status}: {message.body!r}"
        for message in messages[-_SHOWN_AT_MOST:]
    )
    return f"accepted were {len(messages)}, at last:{shown}"


def e164_number(name: str, number: str) -> str:
    """Return the number, if it is one: no text has another."""
    if not is_e164(number):
        raise ValueError(f"{name}: {number!r} is not in E.164 form, such as '+15555550145'")
    return number


def blocked_loop() -> str:
    """Say it, if a coroutine waited without its event loop: nothing of its own could come."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return ""
    return "\n(the event loop of this thread stood still meanwhile: wait with asyncio.to_thread)"
