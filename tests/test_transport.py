"""How bytes travel: evidence on real sockets, threads, forks, event loops, closing."""

import asyncio
import multiprocessing
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from multiprocessing.connection import Connection

import anyio
import httpx
import pytest

from tests.conftest import OWN, THEIRS, Caller, Sandbox
from volt import (
    AsyncVolt,
    ConfigurationError,
    DeliveryUnknownError,
    UnavailableError,
    UnreadableReplyError,
    Volt,
    VoltError,
)
from volt._by_httpx import ByHttpx
from volt._flow import TRIES
from volt._http11 import ReplyReader
from volt._trace import Trace

ACCEPTED = b'{"data": {"createMessage": {"id": "m1"}}}'


def response(body: bytes, length: int | None = None) -> bytes:
    length = len(body) if length is None else length
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (length, body)


class Server:
    """A TCP server for one fault: counts the whole requests that it read, then acts."""

    def __init__(self, act: Callable[[socket.socket], None]) -> None:
        self._act = act
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/graphql"
        self.whole_requests = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                if self._read_request(connection):
                    self.whole_requests += 1
                self._act(connection)

    def _read_request(self, connection: socket.socket) -> bool:
        received = b""
        while b"\r\n\r\n" not in received:
            received += connection.recv(65536)
        head, _, body = received.partition(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        while len(body) < length:
            body += connection.recv(65536)
        return True

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(timeout=5)


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[socket.socket], None]], Server]]:
    servers: list[Server] = []

    def start(act: Callable[[socket.socket], None]) -> Server:
        servers.append(Server(act))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def answering(body: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(response(body))


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    connection.close()


# Evidence.


def test_a_refused_connection_sent_nothing(caller: Caller) -> None:
    """Certain: no byte of the request left."""
    with closing(socket.create_server(("127.0.0.1", 0))) as unused:
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/"
    with pytest.raises(UnavailableError, match="nothing was sent") as caught:
        caller.call(caller.make(url=url), "send", THEIRS, "x")
    assert caught.value.attempts[0].phase == "nothing"
    assert isinstance(caught.value.__cause__, httpx.ConnectError)


def test_a_name_that_does_not_resolve_sent_nothing(caller: Caller) -> None:
    """Certain too; `.invalid` never resolves (RFC 6761)."""
    with pytest.raises(UnavailableError) as caught:
        caller.call(caller.make(url="https://volt.invalid/graphql"), "send", THEIRS, "x")
    assert caught.value.attempts[0].phase == "nothing"


def test_a_failed_tls_handshake_sent_nothing(caller: Caller) -> None:
    """The server speaks no TLS."""

    def speak_plainly(listener: socket.socket) -> None:
        for _ in range(TRIES):
            connection, _ = listener.accept()
            with connection:
                connection.recv(1)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=speak_plainly, args=(listener,), daemon=True)
        thread.start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/graphql"
        with pytest.raises(UnavailableError) as caught:
            caller.call(caller.make(url=url), "send", THEIRS, "x")
        thread.join(timeout=5)
    assert caught.value.attempts[0].phase == "nothing"


def test_a_users_stock_transport_proves_a_failed_connect_as_well(caller: Caller) -> None:
    """The events say so, whoever made the httpx client."""
    with closing(socket.create_server(("127.0.0.1", 0))) as unused:
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/"
    http_client = httpx.Client() if caller.kind == "sync" else httpx.AsyncClient()
    with pytest.raises(UnavailableError, match="nothing was sent"):
        caller.call(caller.make(url=url, http_client=http_client), "send", THEIRS, "x")


def test_a_stock_transport_that_was_patched_proves_nothing_by_silence(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read timeout contradicts "nothing was sent", whatever was or was not reported."""
    if caller.kind == "sync":

        def fail(*_: object) -> httpx.Response:
            raise httpx.ReadTimeout("late")

        monkeypatch.setattr(httpx.HTTPTransport, "handle_request", fail)
    else:

        async def fail_async(*_: object) -> httpx.Response:
            raise httpx.ReadTimeout("late")

        monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", fail_async)
    make = httpx.Client if caller.kind == "sync" else httpx.AsyncClient
    with pytest.raises(DeliveryUnknownError):
        caller.call(caller.make(http_client=make()), "send", THEIRS, "x")


def test_with_another_httpx_nothing_is_known(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What tells the transport is not httpx's public interface, and may go."""
    make = httpx.Client if caller.kind == "sync" else httpx.AsyncClient
    way = caller.make(http_client=make())._transport.by_httpx
    assert way is not None
    assert way._is_stock(way.given)  # type: ignore[arg-type]
    monkeypatch.delattr(make, "_transport_for_url")
    assert not way._is_stock(way.given)  # type: ignore[arg-type]


class Failover(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A user's transport that tries two ways: the first server executes, and answers late."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.HTTPTransport().handle_request(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await httpx.AsyncHTTPTransport().handle_async_request(request)


def test_a_users_own_transport_proves_nothing_by_what_it_reports(caller: Caller) -> None:
    """It may have sent the request another way before the connection that failed."""
    with closing(socket.create_server(("127.0.0.1", 0))) as unused:
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/"
    make = httpx.Client if caller.kind == "sync" else httpx.AsyncClient
    client = caller.make(url=url, http_client=make(transport=Failover()))
    with pytest.raises(DeliveryUnknownError):
        caller.call(client, "send", THEIRS, "x")


@pytest.mark.parametrize(
    "environment",
    [
        {"HTTPS_PROXY": "foo://proxy.example"},
        {"ALL_PROXY": "socks5://proxy.example"},
        {"HTTPS_PROXY": "http://[::1"},
    ],
)
def test_an_environment_that_httpx_cannot_use_is_a_configuration_error(
    caller: Caller, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found on the first call, where the connections are made; nothing is sent."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match="look at HTTPS_PROXY") as caught:
        caller.call(caller.make(url="https://volt.invalid/"), "send", THEIRS, "x")
    assert caught.value.__context__ is None


SECRET_BODY = "Gate AB-77"


def echo_request(connection: socket.socket) -> None:
    connection.sendall(
        b'{"query": "x", "variables": {"to": "+15555550145", "body": "Gate AB-77"}}\r\n\r\n'
    )


def echo_header(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nAuthorization Bearer secret-token\r\n\r\n")


@pytest.mark.parametrize("act", [echo_request, echo_header])
def test_what_a_broken_server_echoes_is_in_no_traceback(
    caller: Caller,
    serve: Callable[[Callable[[socket.socket], None]], Server],
    act: Callable[[socket.socket], None],
) -> None:
    """The errors of the HTTP library quote the peer, and carry the request."""
    server = serve(act)
    with pytest.raises(DeliveryUnknownError, match="RemoteProtocolError") as caught:
        caller.call(caller.make(url=server.url), "send", THEIRS, SECRET_BODY)
    printed = "".join(traceback.format_exception(caught.value))
    for secret in ("secret-token", THEIRS, SECRET_BODY):
        assert secret not in printed
    cause = caught.value.__cause__
    assert isinstance(cause, httpx.RequestError)
    assert cause.__cause__ is None
    assert cause.__context__ is None
    with pytest.raises(RuntimeError):
        cause.request  # noqa: B018


@pytest.mark.parametrize("act", [lambda connection: None, reset], ids=["closed", "reset"])
def test_a_connection_that_ends_after_the_request_leaves_delivery_unknown(
    caller: Caller,
    serve: Callable[[Callable[[socket.socket], None]], Server],
    act: Callable[[socket.socket], None],
) -> None:
    """The server has the whole request; whether it acted, nobody can say. It is asked once."""
    server = serve(act)
    with pytest.raises(DeliveryUnknownError) as caught:
        caller.call(caller.make(url=server.url), "send", THEIRS, "x")
    assert server.whole_requests == 1
    assert caught.value.phase == "complete"


@pytest.mark.parametrize("options", [{"timeout": 0.2}, {"deadline": 0.2}])
def test_a_server_that_hangs_leaves_delivery_unknown(
    caller: Caller,
    serve: Callable[[Callable[[socket.socket], None]], Server],
    options: dict[str, float],
) -> None:
    """After the timeout, or the deadline, whichever is sooner."""
    done = threading.Event()

    def hang(connection: socket.socket) -> None:
        done.wait(5)

    server = serve(hang)
    started = time.monotonic()
    try:
        with pytest.raises(DeliveryUnknownError) as caught:
            caller.call(caller.make(url=server.url, **options), "send", THEIRS, "x")
    finally:
        done.set()
    assert time.monotonic() - started < 4
    assert caught.value.phase == "complete"
    assert server.whole_requests == 1


def test_a_reply_that_is_cut_short_leaves_delivery_unknown(
    caller: Caller, serve: Callable[[Callable[[socket.socket], None]], Server]
) -> None:
    """The status came, the body did not end; a query may be asked again."""
    server = serve(lambda connection: connection.sendall(response(ACCEPTED[:20], len(ACCEPTED))))
    with pytest.raises(DeliveryUnknownError, match="cut short") as caught:
        caller.call(caller.make(url=server.url), "send", THEIRS, "x")
    assert caught.value.status_code == 200
    with pytest.raises(UnavailableError):
        caller.call(caller.make(url=server.url), "get_message", id="m1")


def test_a_reply_that_drips_does_not_outlast_the_deadline(
    caller: Caller, serve: Callable[[Callable[[socket.socket], None]], Server]
) -> None:
    """Every byte comes in time, the whole would not."""

    def drip(connection: socket.socket) -> None:
        connection.sendall(response(b"", 1000))
        try:
            for _ in range(200):
                connection.sendall(b" ")
                time.sleep(0.02)
        except OSError:
            pass

    server = serve(drip)
    started = time.monotonic()
    with pytest.raises(DeliveryUnknownError):
        caller.call(caller.make(url=server.url, deadline=0.3), "send", THEIRS, "x")
    assert time.monotonic() - started < 2


def test_an_endless_reply_is_not_read_to_its_end(
    caller: Caller, serve: Callable[[Callable[[socket.socket], None]], Server]
) -> None:
    """Ten megabytes are enough; memory stays bounded."""
    sent = 0

    def flood(connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall(response(b"", 10**12))
        try:
            while sent < 200 * 2**20:
                connection.sendall(b" " * 2**16)
                sent += 2**16
        except OSError:
            pass

    server = serve(flood)
    with pytest.raises(UnavailableError):
        caller.call(caller.make(url=server.url), "get_message", id="m1")
    assert sent < 100 * 2**20


def test_the_environments_proxy_is_not_told_the_token_of_a_local_volt(
    caller: Caller,
    serve: Callable[[Callable[[socket.socket], None]], Server],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Over plain http a proxy would read it."""
    proxy, server = serve(answering(b"{}")), serve(answering(ACCEPTED))
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("http_proxy", proxy.url)
    assert caller.call(caller.make(url=server.url), "send", THEIRS, "x").id == "m1"
    assert (proxy.whole_requests, server.whole_requests) == (0, 1)


def test_a_users_proxy_is_used(
    caller: Caller, serve: Callable[[Callable[[socket.socket], None]], Server]
) -> None:
    """With the user's own httpx client."""
    proxy = serve(answering(ACCEPTED))
    make = httpx.Client if caller.kind == "sync" else httpx.AsyncClient
    client = caller.make(
        url="http://volt.invalid/graphql", insecure_http=True, http_client=make(proxy=proxy.url)
    )
    assert caller.call(client, "send", THEIRS, "x").id == "m1"
    assert proxy.whole_requests == 1


@pytest.mark.parametrize("act", [lambda connection: None, reset], ids=["closed", "reset"])
def test_a_proxy_that_fails_before_its_tunnel_stands_sent_nothing(
    caller: Caller,
    act: Callable[[socket.socket], None],
) -> None:
    """Our POST goes through the tunnel; CONNECT is not it."""

    def refuse(listener: socket.socket) -> None:
        for _ in range(TRIES):
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                act(connection)

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=refuse, args=(listener,), daemon=True)
        thread.start()
        make = httpx.Client if caller.kind == "sync" else httpx.AsyncClient
        http_client = make(proxy=f"http://127.0.0.1:{listener.getsockname()[1]}")
        client = caller.make(url="https://volt.invalid/", http_client=http_client)
        with pytest.raises(UnavailableError, match="nothing was sent"):
            caller.call(client, "send", THEIRS, "x")
        thread.join(timeout=5)


@pytest.mark.parametrize("reader", [(ReplyReader, "feed"), (Trace, "take")], ids=["own", "httpx"])
def test_an_interrupted_call_leaves_the_client_usable(
    serve: Callable[[Callable[[socket.socket], None]], Server],
    monkeypatch: pytest.MonkeyPatch,
    reader: tuple[type, str],
) -> None:
    """The interrupt goes on; the connection that it hit is not used again."""
    server = serve(answering(ACCEPTED))
    with Volt(token="t", url=server.url, from_=OWN) as client:
        if reader[0] is Trace:
            way = ByHttpx(None, server.url, client._fields, use_environment=False)
            client._transport.by_httpx = way  # as with a proxy in the environment

        def interrupt(*_: object) -> bool:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(*reader, interrupt)
            with pytest.raises(KeyboardInterrupt):
                client.send(THEIRS, "x")
        if client._transport.by_httpx:
            assert client._transport.by_httpx._clients == {}
        assert client.send(THEIRS, "y").id == "m1"


# Closing.


def test_a_closed_client_says_so(caller: Caller) -> None:
    """And so does its `with_options` copy; nothing is sent."""
    client = caller.make()
    twin = client.with_options(timeout=1)
    if isinstance(client, Volt):
        client.close()
        client.close()
    else:
        asyncio.run(client.aclose())
        asyncio.run(client.aclose())
    for closed in (client, twin):
        with pytest.raises(ConfigurationError, match="the client is closed"):
            caller.call(closed, "send", THEIRS, "x")


def test_a_users_http_client_stays_open_and_its_closing_is_noticed(sandbox: Sandbox) -> None:
    """Who opens a client closes it."""
    options = {"token": "sandbox", "url": sandbox.url, "from_": OWN}
    with httpx.Client() as http_client:
        with Volt(**options, http_client=http_client) as client:  # type: ignore[arg-type]
            client.send(THEIRS, "x")
        assert not http_client.is_closed
        client = Volt(**options, http_client=http_client)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="the client is closed"):
        client.send(THEIRS, "x")


def test_a_users_asynchronous_http_client_as_well(sandbox: Sandbox) -> None:
    """It belongs to one event loop, as httpx has it."""
    options = {"token": "sandbox", "url": sandbox.url, "from_": OWN}

    async def run() -> None:
        async with httpx.AsyncClient() as http_client:
            async with AsyncVolt(**options, http_client=http_client) as client:  # type: ignore[arg-type]
                await client.send(THEIRS, "x")
            assert not http_client.is_closed
            client = AsyncVolt(**options, http_client=http_client)  # type: ignore[arg-type]
        with pytest.raises(ConfigurationError, match="the client is closed"):
            await client.send(THEIRS, "x")

    asyncio.run(run())


# Threads, processes, event loops.


def test_threads_share_one_client(sandbox: Sandbox) -> None:
    """Every text is sent once, and every thread gets its own answer."""
    with Volt(token="sandbox", url=sandbox.url, from_=OWN) as client:
        bodies = [f"text {number}" for number in range(200)]
        with ThreadPoolExecutor(16) as pool:
            messages = list(pool.map(lambda body: client.send(THEIRS, body), bodies))
    assert [message.body for message in messages] == bodies
    assert sorted(message["body"] for message in sandbox.messages) == sorted(bodies)


def test_tasks_share_one_client(sandbox: Sandbox) -> None:
    """As threads do."""
    bodies = [f"text {number}" for number in range(100)]

    async def run() -> list[str | None]:
        async with AsyncVolt(token="sandbox", url=sandbox.url, from_=OWN) as client:
            messages = await asyncio.gather(*(client.send(THEIRS, body) for body in bodies))
            return [message.body for message in messages]

    assert asyncio.run(run()) == bodies
    assert len(sandbox.messages) == 100


TWO_LOOPS = """
import asyncio, sys
from volt import AsyncVolt

client = AsyncVolt(token="sandbox", url=sys.argv[1], from_="+15555550123")
for body in ("first", "second"):
    print(asyncio.run(client.send("+15555550145", body)).body)
asyncio.run(client.aclose())
"""


def test_a_client_outlives_its_first_event_loop(sandbox: Sandbox) -> None:
    """`asyncio.run` twice with a module's client: each loop has connections of its own."""
    command = [sys.executable, "-c", TWO_LOOPS, sandbox.url]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (ran.stdout, ran.stderr, ran.returncode) == ("first\nsecond\n", "", 0)


def test_ended_event_loops_leave_nothing_behind(sandbox: Sandbox) -> None:
    """A program may run thousands of them."""
    code = TWO_LOOPS.replace('("first", "second")', "map(str, range(30))").replace(
        "asyncio.run(client.aclose())", "print(len(client._transport._connections._pools))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, sandbox.url],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ran.stdout.splitlines()[-1] == "1"


TRIO_FORK = """
import os, sys, trio
from volt import AsyncVolt

client = AsyncVolt(token="sandbox", url=sys.argv[1], from_="+15555550123")
trio.run(client.send, "+15555550145", "before")
child = os.fork()
body = "parent" if child else "child"
for number in range(20):
    assert trio.run(client.send, "+15555550145", f"{body} {number}").body == f"{body} {number}"
if child:
    assert os.waitpid(child, 0)[1] == 0
os._exit(0)
"""


def test_a_fork_under_trio_mixes_up_no_replies(sandbox: Sandbox) -> None:
    """Parent and child send at the same time, each over connections of its own."""
    command = [sys.executable, "-c", TRIO_FORK, sandbox.url]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ran.stderr, ran.returncode) == ("", 0)
    assert len(sandbox.messages) == 41


def test_the_asynchronous_client_works_on_trio(sandbox: Sandbox) -> None:
    """As httpx does."""

    async def run() -> str | None:
        async with AsyncVolt(token="sandbox", url=sandbox.url, from_=OWN) as client:
            return (await client.send(THEIRS, "trio")).body

    assert anyio.run(run, backend="trio") == "trio"


def _send_in_child(client: Volt, body: str, pipe: Connection) -> None:
    try:
        pipe.send(client.send(THEIRS, body).body)
    except VoltError as error:
        pipe.send(repr(error))


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_process_has_connections_of_its_own(sandbox: Sandbox) -> None:
    """As under gunicorn with preload, or Celery: the client was made, and used, before the fork."""
    fork = multiprocessing.get_context("fork")
    with Volt(token="sandbox", url=sandbox.url, from_=OWN) as client:
        client.send(THEIRS, "before")
        connections = client._transport._connections
        assert connections is not None
        parents = connections._pools.copy()
        children = []
        for number in range(4):
            ours, theirs = fork.Pipe()
            child = fork.Process(target=_send_in_child, args=(client, f"child {number}", theirs))
            child.start()
            children.append((child, ours))
        client.send(THEIRS, "parent")
        for number, (child, pipe) in enumerate(children):
            assert pipe.poll(10)
            assert pipe.recv() == f"child {number}"
            child.join(timeout=10)
            assert child.exitcode == 0
        client.send(THEIRS, "after")
        assert connections._pools == parents
    bodies = [message["body"] for message in sandbox.messages]
    assert sorted(bodies) == sorted(
        ["before", "parent", "after", *(f"child {number}" for number in range(4))]
    )


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_fork_while_another_thread_makes_its_first_call_does_not_hang(sandbox: Sandbox) -> None:
    """No lock is held that the child could wait for."""
    fork = multiprocessing.get_context("fork")
    with Volt(token="sandbox", url=sandbox.url, from_=OWN) as client:
        thread = threading.Thread(target=client.send, args=(THEIRS, "thread"))
        thread.start()
        ours, theirs = fork.Pipe()
        child = fork.Process(target=_send_in_child, args=(client, "child", theirs))
        child.start()
        thread.join(timeout=10)
        assert ours.poll(10)
        assert ours.recv() == "child"
        child.join(timeout=10)


def test_a_query_that_is_cut_short_can_be_asked_again(
    caller: Caller, serve: Callable[[Callable[[socket.socket], None]], Server]
) -> None:
    """A reply that is no GraphQL at all is a different matter."""
    server = serve(answering(b"<html>"))
    with pytest.raises(UnreadableReplyError):
        caller.call(caller.make(url=server.url), "get_message", id="m1")
