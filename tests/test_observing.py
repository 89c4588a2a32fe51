"""What a call shows of itself: log lines, attempts, notes on interruptions, traces."""

import asyncio
import copy
import json
import logging
import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import httpx
import pytest
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.conftest import OWN, THEIRS, Caller, Handler, Sandbox
from volt import (
    AsyncVolt,
    ConfigurationError,
    DeliveryUnknownError,
    OutboundMessage,
    UnavailableError,
    Unknown,
    Volt,
)
from volt._async_transport import AsyncTransport
from volt._outbound import outcome_of

BODY = "Your One Time Code is 654312"
SECRETS = ("secret-token", THEIRS, THEIRS[1:], OWN, BODY, "654312")


def in_turn(*responses: httpx.Response | Exception | int) -> Handler:
    """Answer with these, one after the other; a number is a status."""
    remaining = iter(responses)

    def handler(request: httpx.Request) -> httpx.Response:
        response = next(remaining)
        if isinstance(response, Exception):
            raise response
        return httpx.Response(response) if isinstance(response, int) else response

    return handler


def accepted() -> httpx.Response:
    return httpx.Response(200, json={"data": {"createMessage": {"id": "m1", "status": "queued"}}})


# Log lines.


def test_every_attempt_and_decision_is_one_line(
    caller: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    """By the logger `volt`, with the facts as a dict too; nothing of it is secret."""
    caplog.set_level(logging.DEBUG, "volt")
    client = caller.answered_by(in_turn(httpx.Response(429, text=BODY), accepted()))
    caller.call(client, "send", THEIRS, BODY)
    lines = [record for record in caplog.records if record.name == "volt"]
    events = [record.volt["event"] for record in lines]  # type: ignore[attr-defined]
    assert events == ["attempt", "retry", "attempt"]
    assert [record.levelname for record in lines] == ["DEBUG", "INFO", "DEBUG"]
    first = lines[0].getMessage()
    assert first.startswith("event=attempt operation=createMessage to=+1555•••0145 number=1")
    assert "phase=replied status=429" in first
    assert "verdict=rate_limited" in first
    assert "wait_seconds=0.001" in lines[1].getMessage()
    assert "\n" not in "".join(record.getMessage() for record in lines)


@pytest.mark.parametrize(
    ("outcome", "event", "level"),
    [(httpx.ReadError("gone"), "unknown", "WARNING"), (400, "not_sent", "INFO")],
)
def test_how_a_call_ended_is_a_line(
    caller: Caller,
    caplog: pytest.LogCaptureFixture,
    outcome: Exception | int,
    event: str,
    level: str,
) -> None:
    """A text that may be out is worth a warning."""
    caplog.set_level(logging.INFO, "volt")
    with pytest.raises(Exception, match="Volt|look before"):
        caller.call(caller.answered_by(in_turn(outcome)), "send", THEIRS, BODY)
    (record,) = caplog.records
    assert (record.volt["event"], record.levelname) == (event, level)  # type: ignore[attr-defined]


def test_no_line_holds_a_secret(caller: Caller, caplog: pytest.LogCaptureFixture) -> None:
    """Also when the server repeats what it was sent."""
    caplog.set_level(logging.DEBUG)
    answers: list[Handler] = [
        lambda _: httpx.Response(
            400, json={"errors": [{"message": f"{BODY} {THEIRS} secret-token"}]}
        ),
        lambda _: httpx.Response(503, text=f"{BODY} {THEIRS}"),
        in_turn(httpx.ReadError(f"{BODY} {THEIRS}")),
        lambda _: httpx.Response(429, json={"errors": [{"message": f"{BODY} {THEIRS}"}]}),
    ]
    for handler in answers:
        with pytest.raises(Exception, match="Volt|look before|at once"):
            caller.call(caller.answered_by(handler), "send", THEIRS, BODY)
    assert caplog.records
    for record in caplog.records:
        shown = f"{record.getMessage()} {vars(record)}"
        assert not [secret for secret in SECRETS if secret in shown]


LOG_IT = """
import os, sys
import httpx
from volt import Volt

transport = httpx.MockTransport(lambda request: httpx.Response(429, headers={"Retry-After": "99"}))
client = Volt(token="t", from_="+15555550123", http_client=httpx.Client(transport=transport))
Volt(token="t")
try:
    client.send("+15555550145", "hi")
except Exception:
    pass
"""


@pytest.mark.parametrize(
    ("wanted", "events"),
    [("debug", ["attempt", "not_sent"]), ("INFO", ["not_sent"]), ("", [])],
)
def test_volt_log_writes_to_stderr(wanted: str, events: list[str]) -> None:
    """`VOLT_LOG=info` for decisions, `debug` for attempts too; once, however many clients."""
    ran = subprocess.run(
        [sys.executable, "-c", LOG_IT],
        env={"VOLT_LOG": wanted},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    lines = ran.stderr.splitlines()
    assert [line.split("event=")[1].split()[0] for line in lines] == events
    assert all(" volt " in line for line in lines)


def test_another_volt_log_is_refused(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what there is."""
    monkeypatch.setenv("VOLT_LOG", "verbose")
    with pytest.raises(ConfigurationError, match="VOLT_LOG: 'info' or 'debug'"):
        caller.make()


# Attempts.


def test_what_is_returned_shows_its_attempts(caller: Caller) -> None:
    """When each began and ended, how far it got, after what wait."""
    client = caller.answered_by(in_turn(425, accepted()))
    message = caller.call(client, "send", THEIRS, BODY)
    first, second = message.attempts
    assert (first.phase, first.status_code, first.waited_seconds) == ("replied", 425, 0.0)
    assert (second.phase, second.status_code, second.waited_seconds) == ("replied", 200, 0.001)
    assert first.started_at <= first.ended_at <= second.started_at
    assert first.started_at.utcoffset() is not None


def test_the_data_of_an_ad_hoc_operation_too(caller: Caller) -> None:
    """As it has its errors."""
    client = caller.answered_by(in_turn(503, accepted()))
    data = caller.call(client, "execute", "{ createMessage { id } }")
    assert [attempt.status_code for attempt in data.attempts] == [503, 200]


def test_attempts_make_no_message_another(caller: Caller) -> None:
    """Two answers are equal if Volt said the same."""
    first = caller.call(caller.answered_by(in_turn(accepted())), "send", THEIRS, BODY)
    handler = in_turn(429, accepted())
    second = caller.call(caller.answered_by(handler), "send", THEIRS, BODY)
    assert len(first.attempts) != len(second.attempts)
    assert first == second


@pytest.mark.parametrize(
    "spread",
    [copy.copy, copy.deepcopy, lambda result: pickle.loads(pickle.dumps(result))],
    ids=["copy", "deepcopy", "pickle"],
)
def test_attempts_go_along_with_a_message(caller: Caller, spread: Callable[[Any], Any]) -> None:
    """To another process, too: a worker hands its outcomes on."""
    message = caller.call(caller.answered_by(in_turn(425, accepted())), "send", THEIRS, BODY)
    twin = spread(message)
    assert len(twin.attempts) == 2
    assert (twin, twin.raw, twin.attempts) == (message, message.raw, message.attempts)


def test_an_error_shows_its_attempts_and_what_volt_asks(caller: Caller) -> None:
    """Of every class."""
    response = httpx.Response(429, headers={"Retry-After": "99"})
    with pytest.raises(Exception, match="99 s") as caught:
        caller.call(caller.answered_by(in_turn(response)), "send", THEIRS, BODY)
    assert caught.value.retry_after_seconds == 99.0  # type: ignore[attr-defined]
    handler = in_turn(425, 425, 425, 425)
    with pytest.raises(UnavailableError) as unavailable:
        caller.call(caller.answered_by(handler), "send", THEIRS, BODY)
    assert [attempt.status_code for attempt in unavailable.value.attempts] == [425] * 4
    with pytest.raises(DeliveryUnknownError) as unknown:
        caller.call(caller.answered_by(in_turn(503)), "send", THEIRS, BODY)
    assert (unknown.value.to, unknown.value.from_) == ("+1555•••0145", "+1555•••0123")
    assert unknown.value.phase == "replied"


# Interruptions.


def notes(error: BaseException) -> list[str]:
    return getattr(error, "__notes__", [])


def interrupting(error: BaseException) -> Handler:
    def handler(request: httpx.Request) -> httpx.Response:
        raise error

    return handler


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3), asyncio.CancelledError()])
def test_an_interruption_goes_on_with_a_note(
    caller: Caller, caplog: pytest.LogCaptureFixture, error: BaseException
) -> None:
    """The very same exception; the note and a warning say that the text may be out."""
    error.__notes__ = []
    with pytest.raises(type(error)) as caught:
        caller.call(caller.answered_by(interrupting(error)), "send", THEIRS, BODY)
    if not isinstance(error, asyncio.CancelledError):  # asyncio.run makes a new one
        assert caught.value is error
    assert notes(error) == [
        "volt: the text to +1555•••0145 may have been sent: look before you repeat it"
    ]
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert record.volt["by"] == type(error).__name__  # type: ignore[attr-defined]


class Broken(logging.Handler):
    """A handler that lets its failure out."""

    def emit(self, record: logging.LogRecord) -> None:
        raise ConnectionError("the log's server is gone")


def test_a_handler_that_fails_hides_no_text_that_may_be_out(caller: Caller) -> None:
    """It fails when the text is in doubt, and once more when that is to be said."""
    logger, broken = logging.getLogger("volt"), Broken()
    logger.addHandler(broken)
    try:
        with pytest.raises(ConnectionError) as caught:
            caller.call(caller.answered_by(lambda _: httpx.Response(503)), "send", THEIRS, BODY)
    finally:
        logger.removeHandler(broken)
    assert "the text to +1555•••0145 may have been sent" in caught.value.__notes__[0]
    assert isinstance(outcome_of(OutboundMessage(THEIRS, BODY), caught.value), Unknown)


def test_an_interrupted_query_needs_no_note(
    caller: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    """It sends nothing."""
    error = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        caller.call(caller.answered_by(interrupting(error)), "get_message", id="m1")
    assert notes(error) == []
    assert caplog.records == []


class Interrupted(BaseException):
    pass


def interrupt(*_: object) -> None:
    raise Interrupted


async def interrupt_async(*_: object) -> None:
    raise Interrupted


@pytest.mark.parametrize(
    ("first", "options", "is_noted"),
    [
        (429, {}, False),
        (503, {"on_unknown": "resend"}, True),
        (503, {"on_unknown": "reconcile"}, True),
    ],
)
def test_an_interrupted_wait_is_noted_if_something_may_be_out(
    caller: Caller,
    monkeypatch: pytest.MonkeyPatch,
    first: int,
    options: dict[str, Any],
    is_noted: bool,
) -> None:
    """While it waits for the next try, or looks for the text: by what went before."""
    client = caller.answered_by(in_turn(first), **options)
    monkeypatch.setattr(time, "sleep", interrupt)
    monkeypatch.setattr(AsyncTransport, "sleep", interrupt_async)
    with pytest.raises(Interrupted) as caught:
        caller.call(client, "send", THEIRS, BODY)
    assert bool(notes(caught.value)) == is_noted


def test_a_cancelled_task_that_never_connected_has_no_note() -> None:
    """The evidence says that nothing left: a listener that nobody accepts from, its queue full."""

    async def run() -> asyncio.CancelledError:
        client = AsyncVolt(token="t", url="https://volt.invalid/", from_=OWN)

        async def never(*_: object, **__: object) -> None:
            await asyncio.sleep(60)

        asyncio.get_running_loop().getaddrinfo = never  # type: ignore[method-assign,assignment]
        task = asyncio.create_task(client.send(THEIRS, BODY))
        await asyncio.sleep(0.1)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError as error:
            return error
        raise AssertionError

    assert notes(asyncio.run(run())) == []


def test_a_cancelled_task_whose_text_may_be_out_says_so(sandbox: Sandbox) -> None:
    """`asyncio.timeout` around a send is the common case."""

    async def run() -> BaseException | None:
        async def slow(request: httpx.Request) -> httpx.Response:
            await asyncio.sleep(60)
            raise AssertionError

        http_client = httpx.AsyncClient(transport=httpx.MockTransport(slow))
        client = AsyncVolt(token="t", from_=OWN, http_client=http_client)
        try:
            async with asyncio.timeout(0.05):
                await client.send(THEIRS, BODY)
        except TimeoutError as error:
            return error.__cause__
        return None

    cause = asyncio.run(run())
    assert isinstance(cause, asyncio.CancelledError)
    assert "may have been sent" in notes(cause)[0]


# Traces.


@pytest.fixture
def spans() -> Iterator[tuple[TracerProvider, InMemorySpanExporter]]:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield provider, exporter
    provider.shutdown()


def test_an_instrumented_http_client_traces_every_attempt(
    caller: Caller, sandbox: Sandbox, spans: tuple[TracerProvider, InMemorySpanExporter]
) -> None:
    """`opentelemetry-instrumentation-httpx`, on the user's own httpx client."""
    provider, exporter = spans
    instrument = partial(HTTPXClientInstrumentor.instrument_client, tracer_provider=provider)
    options = {"token": "sandbox", "url": sandbox.url, "from_": OWN}
    if caller.kind == "sync":
        with httpx.Client() as http_client:
            instrument(http_client)
            Volt(**options, http_client=http_client).send(THEIRS, BODY)  # type: ignore[arg-type]
    else:

        async def run() -> None:
            async with httpx.AsyncClient() as http_client:
                instrument(http_client)
                await AsyncVolt(**options, http_client=http_client).send(THEIRS, BODY)  # type: ignore[arg-type]

        asyncio.run(run())
    assert sandbox.messages[0]["body"] == BODY
    (span,) = exporter.get_finished_spans()
    shown = json.loads(span.to_json())
    assert shown["name"] == "POST"
    assert not [secret for secret in SECRETS if secret in json.dumps(shown)]


def test_an_instrumented_http_client_gives_the_same_evidence(
    caller: Caller, spans: tuple[TracerProvider, InMemorySpanExporter]
) -> None:
    """A refused connection is still known to have sent nothing, and is tried again."""
    provider, exporter = spans
    http_client = httpx.Client() if caller.kind == "sync" else httpx.AsyncClient()
    HTTPXClientInstrumentor.instrument_client(http_client, tracer_provider=provider)
    with pytest.raises(UnavailableError, match="given up after 4 tries"):
        caller.call(caller.make(http_client=http_client), "send", THEIRS, BODY)
    assert len(exporter.get_finished_spans()) == 4
