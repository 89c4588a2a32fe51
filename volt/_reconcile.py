"""Finding out, by the conversation, whether a text that may have been sent was sent.

A search compares recipient, sender, body and time. What it cannot tell apart stays unknown: to take
another text for this one would lose this one in silence. Pure, as `_flow` is.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from volt._flow import Flow, Found, Record, Send, Sleep
from volt._outcome import Answer, Failure
from volt._wire import Data, decode, encode
from volt.errors import Attempt, UnavailableError, VoltError
from volt_graphql import Message, Operation, OperationResult

ResultT = TypeVar("ResultT")

#: The waits before each look at the conversation, in seconds.
POLLS = (0.5, 1.0, 2.0, 4.0, 4.0)
#: How many pages of the conversation a look reads at the most.
PAGES = 3
#: `sentAt` may be cut to whole seconds, and come from another clock than `Date`.
SLACK = timedelta(seconds=2)
#: How many texts, and ids of those that are the same, a client keeps in mind.
_TEXTS_KEPT = 10_000
_IDS_KEPT = 1_000
#: How often a text that is the same as one under way looks whether that has ended, in seconds.
TURN_SECONDS = 0.05


@dataclass(frozen=True)
class Text:
    """What makes one text the same as another.

    Media do not count: nobody knows whether Volt gives back the URLs that it was given.
    """

    to: str
    from_: str
    body: str

    @classmethod
    def of(cls, variables: Mapping[str, object]) -> "Text | None":
        """The text that these variables send; None if they send none."""
        to, from_, body = (variables.get(name) for name in ("to", "from", "body"))
        if isinstance(to, str) and isinstance(from_, str) and isinstance(body, str):
            return cls(_digits(to), _digits(from_), body.replace("\r\n", "\n").strip())
        return None

    @classmethod
    def read(cls, message: Message) -> "Text | None":
        """The text that this message is."""
        return cls.of({"to": message.to_number, "from": message.from_number, "body": message.body})


def _digits(number: str) -> str:
    digits = number.removeprefix("+")
    return digits if digits.isdecimal() else "".join(filter(str.isdecimal, number))


@dataclass(slots=True)
class Alike:
    """What a client and its copies know of their texts that are the same."""

    accepted: dict[str, None] = field(default_factory=dict[str, None])
    """The ids of the latest that were accepted, oldest first."""
    in_doubt: bool = False
    """Whether one ended unknown, or was accepted without an id: one that is found may be that."""
    under_way: set[object] = field(default_factory=set[object])
    turn: dict[str, object] = field(default_factory=dict[str, object])
    """Whose turn it is; a dict, because its `setdefault` is atomic."""


class Texts:
    """The latest texts of a client and its copies, that a search must not take for another.

    Those that were sent the longest ago are forgotten. For one to be missed, ten thousand others
    have to be sent during the call that looks for it.
    """

    def __init__(self) -> None:
        self._alike = OrderedDict[int, Alike]()

    def like(self, text: Text, process: int) -> Alike:
        """What is known of texts like this; for each process, as a fork copies turns for good."""
        key = hash((text, process))
        # Other threads may do the same, so each step is atomic.
        while True:
            alike = self._alike.setdefault(key, Alike())
            try:
                self._alike.move_to_end(key)
            except KeyError:  # another has dropped it just now
                continue
            break
        while len(self._alike) > _TEXTS_KEPT:
            self._alike.popitem(last=False)
        return alike


def watched(flow: Flow[ResultT], record: Record, alike: Alike) -> Flow[ResultT]:
    """Carry out a call that sends a text, and keep in mind what came of it."""
    me = object()
    alike.under_way.add(me)
    try:
        result = yield from flow
    except BaseException as error:
        if not isinstance(error, VoltError) or error.may_have_been_sent:
            alike.in_doubt = True
        raise
    else:
        ids = _ids(result)
        alike.accepted.update(ids)
        if len(alike.accepted) > _IDS_KEPT:
            for oldest in list(alike.accepted)[: _IDS_KEPT // 10]:
                alike.accepted.pop(oldest, None)
        # One that was sent again may be there twice, under two ids.
        alike.in_doubt |= record.in_doubt or not ids
        return result
    finally:
        alike.under_way.discard(me)


def _ids(result: object) -> dict[str, None]:
    """The ids of the messages that an operation returned."""
    if not isinstance(result, OperationResult):
        return {}
    values = vars(result).values()
    return {value.id: None for value in values if isinstance(value, Message) and value.id}


def in_turn(flow: Flow[ResultT], alike: Alike, to: str | None) -> Flow[ResultT]:
    """Carry out a call when no other of the same text is under way that is to be looked for."""
    me = object()
    while alike.turn.setdefault("holder", me) is not me:
        seconds_left: float = yield Sleep(TURN_SECONDS)
        if seconds_left <= TURN_SECONDS:
            raise UnavailableError(
                f"the same text to {to} is still under way; this one was not begun, and nothing "
                "was sent"
            )
    try:
        return (yield from flow)
    finally:
        alike.turn.pop("holder", None)


def can_be_found(operation: Operation[Any]) -> bool:
    """Whether an operation's result can be made of a message that a search found.

    Of GraphQL text that a user wrote, nobody knows under which name it wants the message.
    """
    return "createMessage(" in operation.document and operation.read is not Data


@dataclass(frozen=True, kw_only=True)
class Search:
    """A look, and another, at the conversation, for a text that may have been sent."""

    operation: Operation[Any]
    variables: Mapping[str, object]
    text: Text
    alike: Alike
    polls: Sequence[float]

    def __call__(self, attempt: Attempt, seconds_left: float) -> Flow[Found[Any] | str]:
        """Look for what `attempt` may have sent, within the time left."""
        looks = 0
        for wait in self.polls:
            if wait >= seconds_left:
                break
            seconds_left = yield Sleep(wait)
            looks += 1
            look = _Look()
            yield from self._look(look, attempt)
            seconds_left = look.seconds_left
            if not look.is_whole:
                continue
            new = [message for message in look.found if message.id not in self.alike.accepted]
            if len(new) > 1 or (new and (self._may_be_another or new[0].id is None)):
                return "the conversation has texts that cannot be told from it"
            if new:
                return Found(self.operation.read({"createMessage": new[0].raw}))
        return f"looked for {looks} times in the conversation and not found, which proves nothing"

    @property
    def _may_be_another(self) -> bool:
        """Whether what is found may be a text that another call has sent."""
        return self.alike.in_doubt or len(self.alike.under_way) > 1

    def _look(self, look: "_Look", attempt: Attempt) -> Flow[None]:
        """Read the conversation back to when the attempt began."""
        try:
            from volt_graphql import GET_CONVERSATION
        except (ImportError, OSError):  # such as when no file descriptor is left
            return
        before: str | None = None
        for _ in range(PAGES):
            page = {"to": self.variables["to"], "from": self.variables["from"], "before": before}
            came: Answer | Failure = yield Send(encode(GET_CONVERSATION, page))
            look.seconds_left = came.seconds_left
            if isinstance(came, Failure):
                return
            result = decode(GET_CONVERSATION, (), came).result
            conversation = result.conversation if result else None
            began = _on_servers_clock(attempt.started_at, came)
            if conversation is None or conversation.messages is None or began is None:
                return
            dated = [(m.sent_at, m) for m in conversation.messages if m.sent_at is not None]
            recent = [message for sent_at, message in dated if sent_at >= began - SLACK]
            look.found += [message for message in recent if Text.read(message) == self.text]
            before = conversation.page_info.next_page if conversation.page_info else None
            if len(recent) < len(dated) or not before:
                look.is_whole = True
                return


@dataclass
class _Look:
    found: list[Message] = field(default_factory=list[Message])
    is_whole: bool = False
    """Whether everything was read that was sent since."""
    seconds_left: float = 0.0


def _on_servers_clock(time: datetime, answer: Answer) -> datetime | None:
    """The earliest that the server's clock can have shown at a `time` of this machine's clock.

    Its `Date` was written before the reply was read, and is cut to whole seconds.
    """
    try:
        date = parsedate_to_datetime(answer.headers.get("date", ""))
    except (TypeError, ValueError):
        return None
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return time + (date - answer.ended_at)
