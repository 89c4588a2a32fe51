"""A sandbox in a thread of this process, on a port of its own: for tests.

`running` serves any app of `create_app`; the fixture `volt_sandbox` of `volt.pytest_plugin` is one
that is new for each test. Both give a `RunningSandbox`. What it raises and shows has whole numbers
and texts in it, since a test is about nothing else.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

from starlette.applications import Starlette

from volt.sandbox._chaos import Rule
from volt.sandbox._envelope import event
from volt.sandbox._observed import (
    ChaosRule,
    SandboxMessage,
    WebhookRequest,
    as_sandbox_message,
    blocked_loop,
    e164_number,
    last_request,
    what_came,
)
from volt.sandbox._records import ReceivedRequest
from volt.sandbox._rules import RefusedError
from volt.sandbox._sandbox import Sandbox
from volt.sandbox._server import HOST, listen
from volt.sandbox._thread import ThreadedServer
from volt.sandbox._webhooks import KINDS

__all__ = ["ChaosRule", "RunningSandbox", "SandboxMessage", "WebhookRequest", "running"]


class RunningSandbox:
    """A running sandbox: where it is, what it got, and what it shall do.

    Everything works from any thread. It is a test's own double of Volt, so it also works while the
    chaos lets nobody connect.

    Attributes:
        base_url: What the page and the inspection routes are under: `http://127.0.0.1:41234`.
        url: The API's endpoint, for `Volt(url=…)`.
        token: The token to ask it with.
        sender: The organization's number, for `Volt(from_=…)`; the first, if it has several.
        app: The app; its state belongs to the thread that serves it.
    """

    def __init__(self, app: Starlette, server: ThreadedServer, base_url: str) -> None:
        """Be made by `running`."""
        self._sandbox: Sandbox = app.state.sandbox
        self._server = server
        self.base_url: str = base_url
        self.url: str = f"{base_url}/graphql"
        self.token: str = self._sandbox.settings.token
        self.sender: str = self._sandbox.settings.senders[0]
        self.app: Starlette = app

    def __repr__(self) -> str:
        """Say where it is, for the report of a failed test."""
        return f"<RunningSandbox {self.url}>"

    # What it got

    @property
    def messages(self) -> list[SandboxMessage]:
        """The accepted texts, oldest first; one that was accepted twice is there twice."""
        return self._server.do(self._messages)

    @property
    def last_message(self) -> SandboxMessage:
        """The text accepted last; an `AssertionError` says what was refused, if there is none."""
        __tracebackhide__ = True
        if not (messages := self.messages):
            came = last_request(self.requests, self._server.do(self._last_refusal))
            raise AssertionError(f"no text was accepted; {came}")
        return messages[-1]

    @property
    def doubles(self) -> list[list[SandboxMessage]]:
        """The texts that arrived more than once within ten minutes: each with its repetitions.

        A person with a phone would have seen these twice.
        """
        groups: dict[str, list[SandboxMessage]] = {}
        for message in self.messages:
            groups.setdefault(message.double_of or message.id, []).append(message)
        return [group for group in groups.values() if len(group) > 1]

    @property
    def requests(self) -> list[ReceivedRequest]:
        """The newest 1,000 requests to the API, the refused ones too, oldest first.

        Each is a dict of `method`, `path`, `headers` (no token in them), `body`, the `status` it
        was answered with (None: no answer), and the `fault` it met.
        """
        return self._server.do(lambda: self._sandbox.store.requests)

    @property
    def deliveries(self) -> list[dict[str, Any]]:
        """The newest 200 posts to webhooks, oldest first, with their payloads and every attempt."""
        page = self._server.do(lambda: self._sandbox.deliveries.page(before=None, limit=200))
        return list(reversed(page["deliveries"]))

    @property
    def opted_out(self) -> list[str]:
        """The numbers of who has opted out, the latest first."""
        return [entry["person"] for entry in self._server.do(self._sandbox.opt_outs.all)]

    @property
    def public_keys(self) -> dict[str, str]:
        """What its webhooks are signed with: `rsa` and `ed25519` as PEM, `standard` as `whpk_…`."""
        return self._server.do(self._sandbox.deliveries.keys.public)

    def webhook_of(self, message: SandboxMessage) -> WebhookRequest:
        """Make the request that webhooks get of a message, for a handler that is called directly.

        Args:
            message: One that `messages`, `wait_for` or `reply` gave: as it was then.

        Returns:
            `message.received` of an answer; `message.sent` or `message.finalized` of a text. By
            Standard Webhooks it is signed with the option `standard_webhooks`.

        Raises:
            ValueError: The text is still queued, of which nobody is told.
        """
        if (kind := KINDS.get(message.status)) is None:
            raise ValueError("message: webhooks are not told of a text that is still queued")
        return self._server.do(partial(self._webhook_of, kind, message.id))

    # What it shall do

    def chaos(
        self,
        fault: str,
        *,
        count: int | None = None,
        probability: float | None = None,
        to: str | None = None,
        seconds: float | None = None,
    ) -> ChaosRule:
        """Let requests fail, as a table in docs/sandbox.md lists it.

        Args:
            fault: How: `"503"`, `"accept-drop"`, …; a wrong one is answered with the list.
            count: How many requests; None: each one, until the rule is removed.
            probability: How likely each is, above 0 and at most 1; None: it is certain.
            to: Only requests that mention this number, in E.164 form.
            seconds: How long it takes, of a fault that takes time.

        Returns:
            The rule, also a context manager: `with volt_sandbox.chaos("503"): …`.

        Raises:
            ValueError: There is no such fault, or it takes no such option.
        """
        given = {"count": count, "probability": probability, "to": to, "seconds": seconds}
        rule = Rule.read({"fault": fault} | {k: v for k, v in given.items() if v is not None})
        if fault == "refuse":
            self._server.do(partial(self._server.refuse, rule.seconds or 0))
            self._server.do(lambda: None)  # by then the kept connections are closed, too
            open_again = partial(self._server.refuse, 0)
            return ChaosRule(rule, partial(self._server.do, open_again))
        self._server.do(partial(self._sandbox.chaos.add, rule))
        remove = partial(self._sandbox.chaos.remove, rule.id)
        return ChaosRule(rule, partial(self._server.do, remove))

    def reply(
        self,
        body: str,
        *,
        from_: str | None = None,
        to: str | None = None,
        media: Sequence[str] = (),
    ) -> SandboxMessage:
        """Be the phone: answer with a text. STOP and its kin opt the person out, START in again.

        Args:
            body: The text.
            from_: The person, in E.164 form; None: who was texted last.
            to: The organization's number; None: the one that texted last, or `sender`.
            media: The URLs of media.

        Returns:
            The answer as it is in the conversation; webhooks are told of it meanwhile, which
            `settle` waits for.

        Raises:
            AssertionError: Nobody was texted, so it is not known who answers.
            ValueError: A number is none, the text is blank, or the media are not supported.
        """
        last = self.last_message if from_ is None else None
        person = last.to_number if last else e164_number("from_", from_ or "")
        own = to or (last.from_number if last else self.sender)
        try:
            received = self._server.do(
                lambda: self._sandbox.receive(to=own, from_=person, body=body, media=media)
            )
        except RefusedError as error:
            raise ValueError(f"not a reply that can be: {error.message}") from None
        return as_sandbox_message(received)

    def opt_out(self, person: str) -> None:
        """Opt a person out, as if they had answered STOP: further texts to them are refused."""
        e164_number("person", person)
        self._server.do(lambda: self._opt(person, out=True))

    def opt_in(self, person: str) -> None:
        """Opt a person in again."""
        e164_number("person", person)
        self._server.do(lambda: self._opt(person, out=False))

    def clear(self) -> None:
        """Be as at the start: no texts, requests, opt-outs, webhooks; the chaos of the start."""
        self._server.do(self._sandbox.reset)

    # Waiting

    def wait_for(
        self,
        *,
        to: str | None = None,
        body: str | None = None,
        status: str | None = None,
        where: Callable[[SandboxMessage], bool] | None = None,
        count: int = 1,
        timeout_seconds: float = 5.0,
    ) -> SandboxMessage:
        """Wait until a text has arrived that another thread, task or process sends.

        In a coroutine, wait beside the event loop, so that what runs in it can go on:
        `await asyncio.to_thread(volt_sandbox.wait_for, to="+15555550145")`.

        Args:
            to: The recipient, in E.164 form; None: anyone.
            body: A part of the text; None: any text.
            status: What has become of it, such as `"delivered"`.
            where: Anything else, asked of each message; in this thread.
            count: How many such texts there have to be.
            timeout_seconds: How long to wait.

        Returns:
            The first such text, or the one that made it `count`.

        Raises:
            AssertionError: It did not come in time; says what did.
            ValueError: `to` is not in E.164 form, so that it could never come.
        """
        __tracebackhide__ = True
        if to is not None:
            e164_number("to", to)

        found: list[SandboxMessage] = []

        def look() -> bool:
            found[:] = [
                message
                for message in self.messages
                if (to is None or message.to_number == to)
                and (body is None or body in message.body)
                and (status is None or message.status == status)
                and (where is None or where(message))
            ]
            return len(found) >= count

        if self._server.wait_until(look, timeout_seconds):
            return found[count - 1]
        asked = {"to": to, "body": body, "status": status, "where": where}
        wanted = ", ".join(
            f"{name}={value!r}" for name, value in asked.items() if value is not None
        )
        raise AssertionError(
            f"no text{' with ' + wanted if wanted else ''}"
            f"{f', {count} times,' if count > 1 else ''} within {timeout_seconds:g} s; "
            f"{what_came(self.messages, self.requests, self._server.do(self._last_refusal))}"
            f"{blocked_loop()}"
        )

    def settle(self, *, timeout_seconds: float = 5.0) -> None:
        """Wait until nothing is under way: texts have ended their life, webhooks have answered.

        In a coroutine: `await asyncio.to_thread(volt_sandbox.settle)`.

        Raises:
            AssertionError: Something still is; says what.
        """
        __tracebackhide__ = True
        if not self._server.wait_until(
            lambda: not any(self._server.do(self._pending)), timeout_seconds
        ):
            steps, deliveries = self._server.do(self._pending)
            raise AssertionError(
                f"after {timeout_seconds:g} s, {steps} steps in the life of texts and {deliveries} "
                f"deliveries to webhooks are still to come{blocked_loop()}"
            )

    # In the server's thread

    def _messages(self) -> list[SandboxMessage]:
        self._sandbox.advance()
        doubles = dict(self._sandbox.database.rows("SELECT id, double_of FROM messages"))
        return [
            as_sandbox_message(message | {"doubleOf": doubles[message["id"]]})
            for message in self._sandbox.store.messages
        ]

    def _webhook_of(self, kind: str, message_id: str) -> WebhookRequest:
        message = self._sandbox.store.find(message_id)
        if message is None:
            raise ValueError("message: the sandbox has forgotten it")
        sent_at = datetime.fromisoformat(message["sentAt"]).timestamp()
        told = event(kind, message, sent_at=sent_at, now=self._sandbox.now())
        return WebhookRequest(told.body.encode(), self._sandbox.deliveries.headers(told))

    def _last_refusal(self) -> str | None:
        row = self._sandbox.database.row(
            "SELECT (SELECT 'the text to ' || person || ', with ' || code || ': ' || reason"
            " FROM refusals WHERE request = (SELECT max(seq) FROM requests)) AS said"
        )
        said: str | None = row["said"]
        return said

    def _opt(self, person: str, *, out: bool) -> None:
        if out:
            self._sandbox.opt_outs.add(person, word="", at=self._sandbox.now())
        else:
            self._sandbox.opt_outs.remove(person)
        self._sandbox.publish_opt_out(person)

    def _pending(self) -> tuple[int, int]:
        self._sandbox.advance()
        row = self._sandbox.database.row(
            "SELECT (SELECT count(*) FROM steps WHERE NOT is_done) AS steps,"
            " (SELECT count(*) FROM deliveries WHERE state = 'pending') AS deliveries"
        )
        return row["steps"], row["deliveries"]


@contextmanager
def running(app: Starlette, *, port: int = 0) -> Generator[RunningSandbox]:
    """Serve an app of `create_app` until the end of the block.

    Args:
        app: The sandbox.
        port: Where to listen, on 127.0.0.1; 0: a free one.

    Raises:
        OSError: The port is in use.
        TimeoutError: It did not start within 10 seconds.
    """
    listener = listen(HOST, port)
    base_url = f"http://{HOST}:{listener.getsockname()[1]}"
    server = ThreadedServer(app, listener)
    try:
        server.begin()
        yield RunningSandbox(app, server, base_url)
    finally:
        server.end()
        listener.close()
