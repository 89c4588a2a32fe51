"""`volt message`, `volt conversation` and `volt inbox`: what was written."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from time import sleep
from typing import TYPE_CHECKING, Annotated, TypeVar

from cyclopts import Parameter

from volt import e164
from volt.cli import _settings
from volt.cli._exit import Exit
from volt.cli._output import Output, card, complain, shown, table, time_of, working
from volt.cli._parameters import JSON, Limit, Own
from volt.errors import (
    InputError,
    RateLimitedError,
    RequestRefusedError,
    UnavailableError,
    UnreadableReplyError,
)

if TYPE_CHECKING:
    from rich.table import Table

    from volt import InboxItem, Message, Volt

ItemT = TypeVar("ItemT")


def message(
    id_: Annotated[str, Parameter("ID")],
    /,
    *,
    json: JSON = False,
) -> int:
    """Show a message, and what became of it.

    For example:
      volt message rf_1c9xq2n5k7w3m8v4t6zd

    Args:
        id_: The message's id, as `volt send` showed it.
    """
    output = Output(json=json)
    with _settings.load().client() as client, working("Asking Volt…"):
        found = _details(client, id_)
    if found is None:
        complain("volt message: there is no message with this id")
        return Exit.REJECTED
    if output.is_json:
        output.json(found.raw)
        return Exit.DONE
    code = getattr(found, "error_code", None)
    output.show(
        card(
            {
                "id": found.id,
                "from": found.from_number,
                "to": found.to_number,
                "status": found.status,
                "in words": found.status_description,
                "error": _meaning(code) if code else None,
                "sent": found.sent_at,
                "confirmed": found.confirmed_at,
                "media": ", ".join(found.media or []),
                "text": found.body,
            }
        )
    )
    return Exit.DONE


def _details(client: "Volt", id_: str) -> "Message | None":
    """The message with its error code, if Volt has that: only client code shows that it does."""
    try:
        return client.get_message_details(id=id_)
    except RequestRefusedError:
        return client.get_message(id=id_)


def _meaning(code: str) -> str:
    from volt.errors import VOLT_CODES

    known = VOLT_CODES.get(int(code)) if code.isascii() and code.isdigit() else None
    return f"{code}: {known.meaning}" if known else code


def conversation(
    number: Annotated[str, Parameter("NUMBER")],
    /,
    *,
    from_: Own = None,
    limit: Limit = 20,
    json: JSON = False,
) -> int:
    """Show what was written to and by one person.

    The newest message comes last, as on a phone.

    For example:
      volt conversation "(555) 555-0145"
      volt conversation +15555550145 --limit 0 --json > conversation.jsonl

    Args:
        number: The other person's number.
    """
    settings, output = _settings.load(), Output(json=json)
    to, own = e164.parse(number, argument="NUMBER"), settings.sender(from_)
    with settings.client(from_=own) as client, working("Reading the conversation…"):
        messages = list(client.iter_conversation(to=to, limit=_checked_limit(limit)))
    messages.reverse()
    if output.is_json:
        for item in messages:
            output.json(item.raw)
    elif messages:
        output.show(_conversation_table(messages, own))
    else:
        complain("volt conversation: there are no messages")
    return Exit.DONE


def _conversation_table(messages: Sequence["Message"], own: str) -> "Table":
    from rich.text import Text

    made = table("when", "", "status", "text")
    for item in messages:
        is_ours = item.from_number == own
        words = shown(item.body) + "".join(f"\n[{shown(url)}]" for url in item.media or [])
        made.add_row(
            time_of(item.sent_at),
            Text("you", "cyan") if is_ours else Text("they", "magenta"),
            Text(shown(item.status), "dim"),
            Text(words),
        )
    return made


def inbox(
    *,
    from_: Own = None,
    limit: Limit = 20,
    follow: Annotated[bool, Parameter("--follow", negative=())] = False,
    interval: Annotated[float, Parameter("--interval", metavar="SECONDS")] = 5.0,
    json: JSON = False,
) -> int:
    """List who wrote, or was written to, last; or follow it.

    One line for each person, with the last message to or from them, the newest last. What is
    followed is this list: of two messages by a person between two looks, it has the second.

    For example:
      volt inbox
      volt inbox --follow
      volt inbox --follow --json | jq --unbuffered -r .lastMessage

    Args:
        follow: Go on, and show what is new, until Ctrl-C.
        interval: Seconds between two looks, with --follow.
    """
    if not 0.1 <= interval <= 86_400:
        raise InputError("seconds, from 0.1 to a day", argument="--interval")
    settings, output = _settings.load(), Output(json=json)
    own, most = settings.sender(from_), _checked_limit(limit)
    write = _inbox_writer(output)
    with settings.client(from_=own) as client:
        with working("Reading the inbox…"):
            items = list(client.iter_inbox(limit=most))
        write(reversed(items))
        if not items and not output.is_json:
            complain("volt inbox: it is empty")
        if follow:
            _follow(client, items, interval, write)
    return Exit.DONE


def _follow(
    client: "Volt",
    items: Iterable["InboxItem"],
    interval: float,
    write: Callable[[Iterable["InboxItem"]], None],
) -> None:
    seen = dict(map(_state_of, items))
    failing = False
    wait = interval
    while True:
        sleep(wait)
        wait = interval
        try:
            new = list(_new_items(client.iter_inbox(), seen))
        except (UnavailableError, RateLimitedError, UnreadableReplyError) as error:
            # Reading may be tried for ever; the first failure is worth a word, and the end of them.
            wait = max(interval, error.retry_after_seconds or 0.0)
            if not failing:
                complain(f"volt inbox: {error}; still following")
            failing = True
            continue
        if failing:
            complain("volt inbox: it can be read again")
            failing = False
        write(reversed(new))
        seen |= map(_state_of, new)


def _new_items(items: Iterable["InboxItem"], seen: dict[str, object]) -> Iterator["InboxItem"]:
    """The items before the first that was seen as it is: the newest come first."""
    for item in items:
        person, state = _state_of(item)
        if seen.get(person) == state:
            return
        yield item


def _state_of(item: "InboxItem") -> tuple[str, object]:
    contact = item.contact
    person = (contact.id or contact.phone_number or "") if contact else ""
    return person, (item.last_message, item.last_message_time)


def _inbox_writer(output: Output) -> Callable[[Iterable["InboxItem"]], None]:
    """A function that writes items; the heading comes once."""
    if output.is_json:

        def write_json(items: Iterable["InboxItem"]) -> None:
            for item in items:
                output.json(item.raw)

        return write_json

    is_headed = False

    def write(items: Iterable["InboxItem"]) -> None:
        nonlocal is_headed
        from rich.text import Text

        made = table("when", "number", "name", "last message")
        made.show_header = not is_headed
        made.columns[0].width, made.columns[1].width, made.columns[2].width = 16, 16, 14
        made.columns[2].overflow = "ellipsis"
        for item in items:
            contact = item.contact
            made.add_row(
                time_of(item.last_message_time),
                shown(contact.phone_number if contact else ""),
                Text(shown(contact.name if contact else "").replace("\n", " ")),
                Text(shown(item.last_message), "bold" if item.is_unread else ""),
            )
        if made.rows:
            is_headed = True
            output.show(made)

    return write


def _checked_limit(limit: int) -> int | None:
    if limit < 0:
        raise InputError("a whole number from 0 (all)", argument="--limit")
    return limit or None
