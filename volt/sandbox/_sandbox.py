"""The sandbox itself, whichever door is used: what it does with a text, a reply, a wave."""

import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from volt.sandbox._chaos import Chaos, Rule
from volt.sandbox._clockwork import Clockwork
from volt.sandbox._conversations import Conversations
from volt.sandbox._database import Database
from volt.sandbox._deliveries import Deliveries
from volt.sandbox._directory import Directory
from volt.sandbox._events import Hub
from volt.sandbox._life import arrival, life, stillborn
from volt.sandbox._magic import CODES, behaviour_of
from volt.sandbox._opt_outs import OptOuts
from volt.sandbox._outbound import Outbound
from volt.sandbox._records import Message
from volt.sandbox._refusals import Refusals
from volt.sandbox._rules import (
    RefusedError,
    check_body,
    check_media,
    check_recipient,
    check_sender,
    is_e164,
)
from volt.sandbox._store import Store
from volt.sandbox._waves import Waves
from volt.sandbox._webhooks import Webhooks

DEFAULT_TOKEN = "sandbox"  # noqa: S105  # documented; it guards nothing


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be chosen; `create_app` says what each means."""

    token: str
    senders: tuple[str, ...]
    pace_seconds: float
    keep: int | None
    double_window_seconds: float
    database: Path | None
    page_token: str | None
    webhook_hosts: tuple[str, ...]
    webhook_retry_seconds: float
    standard_webhooks: bool
    chaos: tuple[Rule, ...]
    seed: int | None
    clock: Callable[[], float]


class Door(Protocol):
    """A server that can refuse connections for a while."""

    def refuse(self, seconds: float) -> None:
        """Take no connection until then."""
        ...


class Sandbox:
    """A local Volt: its stores, and what happens between them."""

    def __init__(self, settings: Settings) -> None:
        """Open the database, and go on with what is in it."""
        self.settings = settings
        self.database = Database(settings.database)
        self.store = Store(
            self.database,
            keep=settings.keep,
            double_window_seconds=settings.double_window_seconds,
        )
        self.directory = Directory(self.database)
        self.waves = Waves(self.database, self.directory)
        self.conversations = Conversations(self.database, self.directory)
        self.opt_outs = OptOuts(self.database)
        self.refusals = Refusals(self.database)
        self.hub = Hub()
        self.chaos = Chaos(settings.chaos, seed=settings.seed)
        self.door: Door | None = None  # set by the sandbox's own server
        self.deliveries = Deliveries(
            self.database,
            self.hub,
            Outbound(settings.webhook_hosts, this_machine=settings.page_token is None),
            self.now,
            retry_seconds=settings.webhook_retry_seconds,
            standard=settings.standard_webhooks,
        )
        self.webhooks = Webhooks(self.database, self.deliveries, self.now)
        self.clockwork = Clockwork(self._next_due_at, self._work, settings.clock)
        self.deliveries.on_change = self.clockwork.wake

    def _next_due_at(self) -> float | None:
        due = (self.store.next_step_at(), self.deliveries.next_due_at())
        return min((at for at in due if at is not None), default=None)

    def _work(self) -> None:
        self.advance()
        self.deliveries.work()

    def close(self) -> None:
        """Stop what is under way; a database in a file goes on with it at the next start.

        One in memory can still be read.
        """
        self.clockwork.stop()
        self.deliveries.stop()
        if self.settings.database:
            self.database.close()

    def now(self) -> float:
        """The time, to the millisecond, in seconds since 1970."""
        return round(self.settings.clock(), 3)

    def send(
        self,
        *,
        to: str,
        from_: str,
        body: str,
        media: Sequence[str] = (),
        passthrough: str | None = None,
        request: int | None = None,
    ) -> Message:
        """Accept a text from the organization to a person.

        Raises:
            RefusedError: It is refused, by the vendor's code.
        """
        try:
            check_sender(from_, self.settings.senders)
            check_recipient(to)
            check_body(body)
            check_media(media)
            self._check_person(from_, to)
        except RefusedError as error:
            if request is not None:
                refusal = self.refusals.add(
                    error,
                    own=from_,
                    person=to,
                    body=body,
                    request=request,
                    at=self.now(),
                    is_ours=from_ in self.settings.senders,
                )
                self.hub.publish("refusal", {"own": from_, "person": to, **refusal})
            raise
        message = self.store.add_message(
            "outbound",
            own=from_,
            person=to,
            body=body,
            media=media,
            steps=life(behaviour_of(to), at=self.now(), pace_seconds=self.settings.pace_seconds),
            passthrough=passthrough,
            request=request,
        )
        self.hub.publish("message", message)
        self.clockwork.wake()
        return message

    def _check_person(self, own: str, person: str) -> None:
        """Refuse a text to who must not get one, or by the table of magic numbers."""
        if code := behaviour_of(person).refused_with:
            raise RefusedError(code)
        if self.opt_outs.has(person) or self.directory.is_blocked(own, person):
            raise RefusedError("503")

    def receive(self, *, to: str, from_: str, body: str, media: Sequence[str] = ()) -> Message:
        """Take a text from a person to the organization; an opt-out word in it counts.

        Raises:
            RefusedError: One of the numbers, the body or the media cannot be.
        """
        if to not in self.settings.senders:
            raise RefusedError("103", "'to' is not a number of this organization")
        if not is_e164(from_):
            raise RefusedError("402", CODES["402"].replace("'to'", "'from'"))
        if body or not media:
            check_body(body)
        check_media(media)
        now = self.now()
        message = self.store.add_message(
            "inbound", own=to, person=from_, body=body, media=media, steps=arrival(at=now)
        )
        self.hub.publish("message", message)
        self.webhooks.tell_arrival(message, at=now)
        self.clockwork.wake()
        if self.opt_outs.hear(from_, body, at=now):
            self.publish_opt_out(from_)
        return message

    def publish_opt_out(self, person: str) -> None:
        """Tell that a person has opted out, or in again."""
        self.hub.publish("opt-out", {"person": person, "isOptedOut": self.opt_outs.has(person)})

    def send_wave(
        self,
        *,
        from_: str,
        name: str,
        body: str,
        media: Sequence[str] = (),
        lists: Sequence[str] = (),
        to: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Send one text to everyone in some lists, once each, and to single persons.

        Whoever must not get one is counted as failed, with the code.

        Args:
            from_: The organization's number.
            name: The wave's name.
            body: The text.
            media: The URLs of its media.
            lists: The names of lists of this number.
            to: The numbers of single persons.

        Raises:
            RefusedError: There is no such list, or the text cannot be sent to anyone.
        """
        check_sender(from_, self.settings.senders)
        check_body(body)
        check_media(media)
        persons = dict.fromkeys(to)
        for person in persons:
            check_recipient(person)
        for list_name in lists:
            if self.directory.find_list(from_, list_name) is None:
                raise RefusedError("BAD_USER_INPUT", "there is no list of this name")
            persons |= dict.fromkeys(self.directory.members(from_, list_name))
        start = self.now()
        with self.database.transaction():
            wave_id = self.waves.add(
                own=from_, name=name, body=body, media=media, lists=lists, at=start
            )
            for person in persons:
                try:
                    self._check_person(from_, person)
                    steps = life(
                        behaviour_of(person), at=start, pace_seconds=self.settings.pace_seconds
                    )
                except RefusedError as error:
                    steps = stillborn(error.code, at=start)
                self.store.add_message(
                    "outbound",
                    own=from_,
                    person=person,
                    body=body,
                    media=media,
                    steps=steps,
                    wave=wave_id,
                )
        self.hub.publish("wave", {"id": wave_id})
        self.clockwork.wake()
        return self.waves.find(wave_id) or {}

    def advance(self) -> None:
        """Take every step in the life of messages that is due, and tell of it."""
        for taken in self.store.advance(self.now()):
            self.hub.publish("status", taken.message)
            self.webhooks.tell_step(taken)

    def state(self) -> dict[str, Any]:
        """What the sandbox is set to, and counts for the page's badges."""
        counts = self.database.row(
            "SELECT (SELECT count(*) FROM messages) AS messages,"
            " (SELECT coalesce(max(seq), 0) FROM requests) AS requests,"
            " (SELECT count(*) FROM messages WHERE double_of IS NOT NULL) AS doubles,"
            " (SELECT count(*) FROM opt_outs) AS opt_outs,"
            " (SELECT count(*) FROM conversations WHERE unread > 0) AS unread"
        )
        return {
            "version": version("volt-sms"),
            "token": DEFAULT_TOKEN if self.settings.token == DEFAULT_TOKEN else None,
            # No other machine is told a path of this one.
            "python": shlex.quote(sys.executable) if self.settings.page_token is None else "python",
            "senders": list(self.settings.senders),
            "paceSeconds": self.settings.pace_seconds,
            "messagesKept": self.store.messages_kept,
            "messages": counts["messages"],
            "requests": counts["requests"],
            "doubles": counts["doubles"],
            "optOuts": counts["opt_outs"],
            "unread": counts["unread"],
            "chaos": len(self.chaos.rules),
        }

    def reset(self) -> None:
        """Be as at the start, but for the keys."""
        self.database.clear()
        self.chaos.reset()
        self.hub.publish("reset")
