"""Our own connections: evidence, reuse, queue, clock, interruptions, forks, threads, loops, TLS."""

import asyncio
import contextlib
import gc
import math
import multiprocessing
import random
import signal
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar, cast

import httpx
import pytest
import trustme
import uvloop

from volt import _asyncio_connection, _pool, _socket_connection
from volt._async_connections import AsyncConnections
from volt._connections import Connections
from volt._http11 import MAX_REPLY_BYTES, Endpoint, Reply
from volt._network import (
    ConnectError,
    ConnectTimeout,
    NetworkError,
    PoolTimeout,
    ReadTimeout,
    RemoteProtocolError,
    StepTimeoutError,
    UnusableSettingsError,
    WriteError,
    WriteTimeout,
)

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
HEADERS = {"Authorization": "Bearer secret-token"}
LARGE = b"x" * 12_000_000
"""More than the buffers of both sides take."""

ResultT = TypeVar("ResultT")


class RangError(TimeoutError):
    """What a program's own alarm raises; it is an OSError, as the system's errors are."""


class Peer:
    """A connection as the server has it."""

    def __init__(self, sock: socket.socket, number: int) -> None:
        self.sock = sock
        self.number = number
        """Of the connection, from 1."""

    def read_request(self) -> bytes:
        """The body of the next request; EOFError when there is none."""
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._read()
        head, _, body = received.partition(b"\r\n\r\n")
        length = next(
            (
                int(line.split(b":")[1])
                for line in head.lower().split(b"\r\n")
                if b"-length:" in line
            ),
            0,
        )
        while len(body) < length:
            body += self._read()
        return body

    def _read(self) -> bytes:
        data = self.sock.recv(1_000_000)
        if not data:
            raise EOFError
        return data

    def reset(self) -> None:
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()


Script = Callable[[Peer], object]


class Server:
    """A TCP server: each connection is a thread's, which runs the script."""

    def __init__(self, script: Script, context: ssl.SSLContext | None = None) -> None:
        self.bodies: list[bytes] = []
        """Of the whole requests that `answer` has read."""
        self.opened = 0
        self.let_go = threading.Event()
        """Set at the end of the test, for scripts that wait."""
        self._script = script
        self._context = context
        self._peers: list[Peer] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        # Fixed, or it grows until the system takes the whole of a large body that nobody reads.
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        self.origin = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.url = f"{'https' if context else 'http'}://{self.origin}/graphql"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.opened += 1
            thread = threading.Thread(target=self._serve, args=(sock, self.opened), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket, number: int) -> None:
        sock.settimeout(10)
        with contextlib.suppress(OSError, EOFError):
            if self._context is not None:
                sock = self._context.wrap_socket(sock, server_side=True)
            peer = Peer(sock, number)
            self._peers.append(peer)
            self._script(peer)
        sock.close()

    def narrow(self) -> None:
        """Let the system take little of what callers from now on send."""
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)

    def answer(self, peer: Peer, reply: bytes = OK) -> None:
        """Read a request and send the reply."""
        self.bodies.append(peer.read_request())
        peer.sock.sendall(reply)

    def close(self) -> None:
        self.let_go.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for peer in self._peers:
            peer.close()
        for thread in self._threads:
            thread.join(timeout=10)
            assert not thread.is_alive()


def always(reply: bytes = OK) -> Callable[[Server], Script]:
    """Answer every request of a connection with these bytes."""

    def of(server: Server) -> Script:
        def script(peer: Peer) -> None:
            while True:
                server.answer(peer, reply)

        return script

    return of


def echo(server: Server) -> Script:
    """Answer every request with its own body."""

    def script(peer: Peer) -> None:
        while True:
            body = peer.read_request()
            server.bodies.append(body)
            head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
            peer.sock.sendall(head + body)

    return script


class Progress:
    """Notes what it is told."""

    def __init__(self, seconds: float = math.inf) -> None:
        self.notes: list[str] = []
        self._ends = time.monotonic() + seconds

    def begin(self) -> None:
        self.notes.append("begin")

    def complete(self) -> None:
        self.notes.append("complete")

    def incomplete(self) -> None:
        self.notes.append("incomplete")

    def seconds_left(self) -> float:
        return self._ends - time.monotonic()

    @property
    def phase(self) -> str:
        """As the flow reads it."""
        match self.notes:
            case []:
                return "nothing"
            case [*_, "complete"]:
                return "complete"
            case _:
                return "incomplete"


class Door:
    """Both transports behind one door; the asynchronous one in a loop that only runs when called."""

    def __init__(self, kind: str) -> None:
        self.kind = "sync" if kind == "sync" else "async"
        self.tells_what_is_sent = kind != "uvloop"
        """Whether a request that was not taken whole is known to be incomplete."""
        self._transports: list[Connections | AsyncConnections] = []
        self._trusting = ssl.create_default_context()
        self._trusting.check_hostname = False
        self._trusting.verify_mode = ssl.CERT_NONE
        self.runner = asyncio.Runner(
            loop_factory=uvloop.new_event_loop if kind == "uvloop" else asyncio.SelectorEventLoop
        )

    def transport(self, **options: Any) -> Connections | AsyncConnections:
        options = {"context": self._trusting} | options
        make = Connections if self.kind == "sync" else AsyncConnections
        self._transports.append(make(**options))
        return self._transports[-1]

    def run(self, coroutine: Coroutine[Any, Any, ResultT]) -> ResultT:
        return self.runner.run(coroutine)

    def send(
        self,
        transport: Connections | AsyncConnections,
        url: str,
        body: bytes = b"{}",
        progress: Progress | None = None,
        **timeouts: float,
    ) -> Reply:
        endpoint = Endpoint(url, HEADERS)
        progress = Progress() if progress is None else progress
        limits = {"connect": 5.0, "read": 5.0, "write": 5.0, "pool": 5.0} | timeouts
        if isinstance(transport, Connections):
            return transport.send(endpoint, body, progress, limits)
        return self.run(transport.send(endpoint, body, progress, limits))

    def close(self) -> None:
        for transport in self._transports:
            if isinstance(transport, Connections):
                transport.close()
            else:
                self.run(transport.aclose())
        self.runner.close()


@pytest.fixture(params=["sync", "async"])
def door(request: pytest.FixtureRequest) -> Iterator[Door]:
    opened = Door(cast("str", request.param))
    yield opened
    opened.close()
    gc.collect()  # what was left open warns now, and here


@pytest.fixture(params=["sync", "async", "uvloop"])
def any_door(request: pytest.FixtureRequest) -> Iterator[Door]:
    """For what rests on how an event loop writes."""
    opened = Door(cast("str", request.param))
    yield opened
    opened.close()
    gc.collect()


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def server_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context


Serve = Callable[..., Server]


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers: list[Server] = []

    def start(script: Callable[[Server], Script], context: ssl.SSLContext | None = None) -> Server:
        server = Server(lambda peer: script(server)(peer), context)
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.close()


def open_sockets() -> int:
    """How many sockets this process has open."""
    found = 0
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found += str(entry.readlink()).startswith("socket:")
    return found


# Reuse.


def test_requests_follow_each_other_on_one_connection(any_door: Door, serve: Serve) -> None:
    """And are told apart."""
    server = serve(always())
    transport = any_door.transport()
    for number in range(5):
        reply = any_door.send(transport, server.url, b"%d" % number)
        assert (reply.status, reply.body, reply.whole) == (200, b"hi", True)
    assert server.bodies == [b"0", b"1", b"2", b"3", b"4"]
    assert server.opened == 1


@pytest.mark.parametrize(
    ("reply", "reused"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", True),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, True),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", False),
        (OK + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", False),
    ],
)
@pytest.mark.parametrize("tls", [False, True])
def test_a_connection_is_used_again_only_after_a_clean_end(
    any_door: Door,
    serve: Serve,
    server_context: ssl.SSLContext,
    reply: bytes,
    *,
    reused: bool,
    tls: bool,
) -> None:
    """What came unasked is never the reply to the next request."""
    server = serve(always(reply), server_context if tls else None)
    transport = any_door.transport()
    for _ in range(2):
        assert any_door.send(transport, server.url).body == b"hi"
    assert server.opened == (1 if reused else 2)


def test_a_reply_that_ends_with_the_connection(door: Door, serve: Serve) -> None:
    """No length: the end of the stream is the end of the body."""

    def script(server: Server) -> Script:
        return lambda peer: server.answer(peer, b"HTTP/1.1 200 OK\r\n\r\nhi")

    server = serve(script)
    transport = door.transport()
    for _ in range(2):
        assert door.send(transport, server.url)[2:] == (b"hi", True)
    assert server.opened == 2


def test_a_connection_that_was_idle_too_long_is_not_used_again(door: Door, serve: Serve) -> None:
    """The server is about to close it."""
    server = serve(always())
    transport = door.transport(idle_seconds=0.05)
    door.send(transport, server.url)
    time.sleep(0.1)
    door.send(transport, server.url)
    assert server.opened == 2


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("unasked", [b"", b"HTTP/1.1 408 Request Timeout\r\n\r\n"])
def test_a_connection_that_the_server_has_closed_is_not_written_to(
    any_door: Door, serve: Serve, server_context: ssl.SSLContext, unasked: bytes, *, tls: bool
) -> None:
    """Nor one on which it spoke unasked: the request goes out on another."""
    closed = threading.Event()
    late: list[bytes] = []

    def script(server: Server) -> Script:
        def first_then_close(peer: Peer) -> None:
            server.answer(peer)
            if peer.number > 1:
                return
            if unasked:
                peer.sock.sendall(unasked)
            else:
                socket.socket.shutdown(peer.sock, socket.SHUT_WR)
            closed.set()
            late.append(peer.sock.recv(1000))

        return first_then_close

    server = serve(script, server_context if tls else None)
    transport = any_door.transport()
    progress = Progress()
    any_door.send(transport, server.url, b"one")
    assert closed.wait(5)
    time.sleep(0.05)
    any_door.send(transport, server.url, b"two", progress)
    assert server.bodies == [b"one", b"two"]
    assert progress.phase == "complete"
    server.close()
    assert late in ([], [b""])


def test_the_connection_used_last_is_used_first(serve: Serve) -> None:
    """So that the others can grow old: after a burst, one is enough."""
    at_once = threading.Barrier(4)

    def script(server: Server) -> Script:
        def meet(peer: Peer) -> None:
            server.answer(peer, OK[:-2])
            at_once.wait(5)
            peer.sock.sendall(b"hi")
            while True:
                server.answer(peer, OK[:-2] + b"%02d" % peer.number)

        return meet

    server = serve(script)
    door = Door("sync")
    transport = door.transport(idle_seconds=0.3)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: door.send(transport, server.url), range(4)))
    assert server.opened == 4
    sockets = open_sockets()
    seen = set[bytes]()
    for _ in range(8):
        time.sleep(0.05)
        seen.add(door.send(transport, server.url).body)
    assert len(seen) == 1
    assert open_sockets() <= sockets - 3  # ours; the server may have noticed too
    door.close()


# Evidence.


def interrupted_after(length: int, end: str) -> Callable[[Server], Script]:
    """Read so much of a request, then end the connection."""

    def of(server: Server) -> Script:
        def script(peer: Peer) -> None:
            seen = 0
            while seen < length:
                seen += len(peer.sock.recv(min(65536, length - seen)))
            if end == "reset":
                peer.reset()
            elif end == "hang":
                server.let_go.wait(10)
            else:
                peer.close()

        return script

    return of


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("end", ["close", "reset", "hang"])
@pytest.mark.parametrize("length", [1, 500, 300_000, 3_000_000])
def test_a_large_body_that_was_not_taken_whole_is_incomplete(
    any_door: Door,
    serve: Serve,
    server_context: ssl.SSLContext,
    end: str,
    length: int,
    *,
    tls: bool,
) -> None:
    """Certain: its last byte was never handed on, and never will be."""
    server = serve(interrupted_after(length, end), server_context if tls else None)
    progress = Progress()
    with pytest.raises(NetworkError) as caught:
        any_door.send(any_door.transport(), server.url, LARGE, progress, write=0.3, read=0.3)
    assert progress.phase == ("incomplete" if any_door.tells_what_is_sent else "complete")
    if end == "hang":
        assert isinstance(caught.value, WriteTimeout)
    assert str(caught.value)


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("end", ["close", "reset", "hang"])
@pytest.mark.parametrize("body", [b"{}", b"x" * 300_000])
def test_a_body_that_was_taken_whole_is_complete(
    any_door: Door,
    serve: Serve,
    server_context: ssl.SSLContext,
    end: str,
    body: bytes,
    *,
    tls: bool,
) -> None:
    """Whatever ends the wait for a reply: the server may have executed it."""

    def script(server: Server) -> Script:
        def take(peer: Peer) -> None:
            server.bodies.append(peer.read_request())
            interrupted_after(0, end)(server)(peer)

        return take

    server = serve(script, server_context if tls else None)
    progress = Progress()
    with pytest.raises(NetworkError) as caught:
        any_door.send(any_door.transport(), server.url, body, progress, read=0.3)
    assert server.bodies == [body]
    assert progress.notes == ["begin", "complete"]
    if end == "hang":
        assert isinstance(caught.value, ReadTimeout)
    elif end == "close":
        assert isinstance(caught.value, RemoteProtocolError)
        assert str(caught.value) == "Server disconnected without sending a response."


@pytest.mark.parametrize("tls", [False, True])
def test_a_short_body_that_was_not_taken_whole_is_incomplete(
    any_door: Door,
    serve: Serve,
    server_context: ssl.SSLContext,
    monkeypatch: pytest.MonkeyPatch,
    *,
    tls: bool,
) -> None:
    """Where the system takes less than one write hands on. Asynchronous TLS cannot tell."""

    def narrowed(connection: Any) -> Any:
        sock = (
            connection._sock
            if any_door.kind == "sync"
            else connection._tcp.get_extra_info("socket")
        )
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2048)
        return connection

    if any_door.kind == "sync":
        opened = _socket_connection.Connection.open
        monkeypatch.setattr(
            _socket_connection.Connection, "open", lambda *args: narrowed(opened(*args))
        )
    else:
        opened_async = _asyncio_connection.Connection.open

        async def narrow(*args: Any) -> Any:
            return narrowed(await opened_async(*args))

        monkeypatch.setattr(_asyncio_connection.Connection, "open", narrow)
    server = serve(interrupted_after(1, "hang"), server_context if tls else None)
    server.narrow()
    progress = Progress()
    with pytest.raises(StepTimeoutError):
        any_door.send(
            any_door.transport(), server.url, b"x" * 60_000, progress, write=0.3, read=0.3
        )
    known = any_door.tells_what_is_sent and not (tls and any_door.kind == "async")
    assert progress.phase == ("incomplete" if known else "complete")


@pytest.mark.parametrize("tls", [False, True])
def test_a_connection_that_breaks_before_the_write_took_nothing(
    any_door: Door,
    serve: Serve,
    server_context: ssl.SSLContext,
    monkeypatch: pytest.MonkeyPatch,
    *,
    tls: bool,
) -> None:
    """Between the look at it and the write; here, the look is blind."""
    gone = threading.Event()

    def script(server: Server) -> Script:
        def answer_and_reset(peer: Peer) -> None:
            server.answer(peer)
            time.sleep(0.1)
            peer.reset()
            gone.set()

        return answer_and_reset

    server = serve(script, server_context if tls else None)
    transport = any_door.transport()
    any_door.send(transport, server.url)
    assert gone.wait(5)
    for module in (_socket_connection, _asyncio_connection):
        monkeypatch.setattr(module, "is_readable", lambda _: False)
    progress = Progress()
    with pytest.raises(WriteError):
        any_door.send(transport, server.url, b"{}", progress)
    assert progress.phase == ("incomplete" if any_door.tells_what_is_sent else "complete")


def test_an_alarm_amid_a_write_of_asyncio_proves_nothing() -> None:
    """It ends the connection as a failed write would, but perhaps after the last byte."""
    for error, unsent in ((OSError(32, "Broken pipe"), True), (RangError("rang"), False)):
        connection = _asyncio_connection.Connection()
        connection.pause_writing()
        connection.connection_lost(error)
        assert connection.is_unsent == unsent


def test_evidence_is_never_wrong(any_door: Door, serve: Serve) -> None:
    """Bodies around the size of the buffers: a request that arrived whole is never incomplete."""
    rng = random.Random(7)
    lengths = [rng.randrange(1, 6_000_000) for _ in range(30)]
    taken = threading.Semaphore(0)
    got: dict[int, int] = {}

    def script(server: Server) -> Script:
        def dawdle(peer: Peer) -> None:
            read_slowly = lengths[peer.number - 1] % 3
            try:
                if read_slowly:
                    time.sleep(0.01 * read_slowly)
                    got[peer.number] = len(peer.read_request())
                elif peer.number % 2:
                    peer.sock.recv(1000)
                    peer.reset()
            except (OSError, EOFError):
                pass
            finally:
                taken.release()

        return dawdle

    server = serve(script)
    phases = list[str]()
    for length in lengths:
        progress = Progress()
        with pytest.raises(NetworkError):
            any_door.send(
                any_door.transport(), server.url, b"x" * length, progress, write=0.02, read=0.02
            )
        phases.append(progress.phase)
        assert taken.acquire(timeout=10)
    for number, (length, phase) in enumerate(zip(lengths, phases, strict=True), 1):
        if got.get(number) == length:
            assert phase == "complete"
    assert ("incomplete" in phases) == any_door.tells_what_is_sent
    assert "complete" in phases


@pytest.mark.parametrize("tls", [False, True])
def test_an_answer_to_half_a_request_is_heard(
    any_door: Door, serve: Serve, server_context: ssl.SSLContext, *, tls: bool
) -> None:
    """413, say: some servers read no further, and close."""
    reply = b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno"

    def script(server: Server) -> Script:
        def refuse(peer: Peer) -> None:
            peer.sock.recv(1000)
            peer.sock.sendall(reply)
            if any_door.kind == "async":
                server.let_go.wait(5)  # it need not even close

        return refuse

    server = serve(script, server_context if tls else None)
    transport = any_door.transport()
    progress = Progress()
    try:
        answer = any_door.send(transport, server.url, LARGE, progress)
    except WriteError:
        assert tls  # after a failed write, OpenSSL may not read
        assert any_door.kind == "sync"
    else:
        assert (answer.status, answer.body, answer.whole) == (413, b"no", True)
    assert (progress.phase == "incomplete") == any_door.tells_what_is_sent


def test_nothing_is_handed_on_without_a_connection(any_door: Door, serve: Serve) -> None:
    """Refused, no such name, no TLS: each before `begin`."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        refused = f"http://127.0.0.1:{unused.getsockname()[1]}/"
    plain = serve(lambda _: lambda peer: peer.sock.sendall(b"HTTP/1.1 400 x\r\n\r\n"))
    mute = serve(lambda _: lambda peer: peer.close())
    long = "https://" + "x" * 64 + ".invalid/"
    no_tls = [server.url.replace("http", "https") for server in (plain, mute)] * 5
    for url in (refused, "http://volt.invalid/", *no_tls, long):
        progress = Progress()
        with pytest.raises(ConnectError):
            any_door.send(any_door.transport(), url, b"{}", progress)
        assert progress.phase == "nothing"


def test_a_deadline_that_has_passed_sends_nothing(door: Door, serve: Serve) -> None:
    server = serve(always())
    transport = door.transport()
    door.send(transport, server.url)
    progress = Progress(seconds=-1)
    with pytest.raises(WriteTimeout):
        door.send(transport, server.url, b"{}", progress)
    assert progress.notes == []
    assert len(server.bodies) == 1


# The clock.


def drip(reply: bytes) -> Callable[[Server], Script]:
    def of(server: Server) -> Script:
        def script(peer: Peer) -> None:
            peer.read_request()
            for byte in reply:
                peer.sock.sendall(bytes([byte]))
                if server.let_go.wait(0.03):
                    return

        return script

    return of


def test_the_deadline_ends_a_head_that_drips(any_door: Door, serve: Serve) -> None:
    """Each byte comes in time, all together do not."""
    server = serve(drip(OK))
    progress = Progress(seconds=0.3)
    started = time.monotonic()
    with pytest.raises(ReadTimeout):
        any_door.send(any_door.transport(), server.url, b"{}", progress, read=0.2)
    assert 0.29 < time.monotonic() - started < 0.6
    assert progress.phase == "complete"


def test_the_deadline_ends_a_body_that_drips(door: Door, serve: Serve) -> None:
    """What came of it is there."""

    def script(server: Server) -> Script:
        def head_then_drip(peer: Peer) -> None:
            peer.read_request()
            peer.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
            for _ in range(100):
                peer.sock.sendall(b"x")
                if server.let_go.wait(0.03):
                    return

        return head_then_drip

    server = serve(script)
    started = time.monotonic()
    reply = door.send(door.transport(), server.url, b"{}", Progress(seconds=0.3))
    assert 0.29 < time.monotonic() - started < 0.6
    assert (reply.status, reply.whole) == (200, False)
    assert 1 < len(reply.body) < 100


def test_a_server_that_takes_no_connection(door: Door) -> None:
    """Its queue is full: the system tries on, we do not."""
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):
            caller = stack.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}/"
        progress = Progress()
        started = time.monotonic()
        with pytest.raises(ConnectTimeout):
            door.send(door.transport(), url, b"{}", progress, connect=0.2)
        assert 0.19 < time.monotonic() - started < 0.5
        assert progress.phase == "nothing"


def test_a_server_that_begins_no_tls(door: Door, serve: Serve) -> None:
    server = serve(lambda server: lambda _: server.let_go.wait(5))
    url = server.url.replace("http", "https")
    progress = Progress()
    started = time.monotonic()
    with pytest.raises(ConnectTimeout):
        door.send(door.transport(), url, b"{}", progress, connect=0.2)
    assert 0.19 < time.monotonic() - started < 0.6
    assert progress.phase == "nothing"


def test_an_address_that_is_dead_leaves_time_for_the_next(
    door: Door, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name may have several."""
    server = serve(always())
    port = int(server.origin.rpartition(":")[2])
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):
            caller = stack.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(full.getsockname())
        addresses = [full.getsockname(), ("127.0.0.1", 1), ("127.0.0.1", port)]
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in addresses]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        started = time.monotonic()
        assert door.send(door.transport(), "http://volt.invalid/", connect=0.6).status == 200
        assert 0.19 < time.monotonic() - started < 0.5


# The queue.


def test_who_waits_too_long_for_a_turn_has_sent_nothing(door: Door, serve: Serve) -> None:
    """And the turn is not lost."""

    def script(server: Server) -> Script:
        def later(peer: Peer) -> None:
            server.bodies.append(peer.read_request())
            time.sleep(0.5)
            peer.sock.sendall(OK)

        return later

    server = serve(script)
    transport = door.transport(max_connections=1)
    progress = Progress()
    if isinstance(transport, Connections):
        first = threading.Thread(target=door.send, args=(transport, server.url))
        first.start()
        while not server.bodies:
            time.sleep(0.01)
        with pytest.raises(PoolTimeout):
            door.send(transport, server.url, b"late", progress, pool=0.1)
        first.join()
    else:

        async def both() -> None:
            endpoint = Endpoint(server.url, HEADERS)
            first = asyncio.create_task(transport.send(endpoint, b"{}", Progress(), {}))
            await asyncio.sleep(0.1)
            with pytest.raises(PoolTimeout):
                await transport.send(endpoint, b"late", progress, {"pool": 0.1})
            await first

        door.run(both())
    assert progress.notes == []
    assert server.bodies == [b"{}"]


def test_turns_are_given_in_the_order_of_the_queue(door: Door, serve: Serve) -> None:
    """Nobody is overtaken."""

    def script(server: Server) -> Script:
        def slowly(peer: Peer) -> None:
            while True:
                server.bodies.append(peer.read_request())
                time.sleep(0.02)
                peer.sock.sendall(OK)

        return slowly

    server = serve(script)
    transport = door.transport(max_connections=1)
    numbers = [b"%d" % number for number in range(12)]
    if isinstance(transport, Connections):
        threads = [
            threading.Thread(target=door.send, args=(transport, server.url, body))
            for body in numbers
        ]
        for thread in threads:
            thread.start()
            time.sleep(0.005)
        for thread in threads:
            thread.join()
    else:

        async def all_of_them() -> None:
            endpoint = Endpoint(server.url, HEADERS)
            sends = [transport.send(endpoint, body, Progress(), {}) for body in numbers]
            await asyncio.gather(*sends)

        door.run(all_of_them())
    assert server.bodies == numbers
    assert server.opened == 1


def test_many_requests_need_no_more_connections_than_are_under_way(
    door: Door, serve: Serve
) -> None:
    """1,000 at 64 in flight against a server that takes its time."""
    all_there = threading.Barrier(64)

    def script(server: Server) -> Script:
        def slowly(peer: Peer) -> None:
            peer.read_request()
            all_there.wait(10)
            peer.sock.sendall(OK)
            while True:
                peer.read_request()
                time.sleep(0.02)
                peer.sock.sendall(OK)

        return slowly

    server = serve(script)
    transport = door.transport()
    endpoint = Endpoint(server.url, HEADERS)

    def send_all(count: int) -> list[Reply]:
        if isinstance(transport, Connections):
            with ThreadPoolExecutor(64) as pool:
                return list(pool.map(lambda _: door.send(transport, server.url), range(count)))

        async def run() -> list[Reply]:
            room = asyncio.Semaphore(64)

            async def one() -> Reply:
                async with room:
                    return await transport.send(endpoint, b"{}", Progress(), {})

            return await asyncio.gather(*[one() for _ in range(count)])

        return door.run(run())

    send_all(64)
    assert server.opened == 64
    replies = send_all(1000)
    assert all(reply.body == b"hi" for reply in replies)
    assert server.opened == 64


# Interruptions.


def test_a_storm_of_cancellations_leaves_nothing_behind(
    serve: Serve, server_context: ssl.SSLContext
) -> None:
    """Whenever it comes: no socket stays open, no turn is lost, no reply goes to another request."""
    rng = random.Random(3)
    servers = [serve(echo), serve(echo, server_context)]
    door = Door("async")

    async def storm(server: Server) -> None:
        transport = cast("AsyncConnections", door.transport(max_connections=8))
        endpoint = Endpoint(server.url, HEADERS)

        async def one(number: int) -> bool:
            body = b"%06d" % number
            try:
                reply = await transport.send(endpoint, body, Progress(), {"pool": 10})
            except asyncio.CancelledError:
                return False
            assert reply.body == body
            return True

        before = open_sockets()
        finished = 0
        for _ in range(30):
            tasks = [asyncio.create_task(one(number)) for number in range(20)]
            for _ in tasks:
                await asyncio.sleep(rng.random() * 0.002)
                rng.choice(tasks).cancel()
            finished += sum(await asyncio.gather(*tasks))
        assert 0 < finished < 600
        (pool,) = transport._pools.values()
        assert pool._unopened + len(pool._idle) == 8
        assert await one(1)
        await transport.aclose()
        for _ in range(100):
            if open_sockets() <= before:
                break
            await asyncio.sleep(0.05)  # the server notices and closes its own
        assert open_sockets() <= before

    for server in servers:
        door.run(storm(server))
    door.close()
    gc.collect()


def test_a_cancelled_request_is_noted_as_far_as_it_got(serve: Serve) -> None:
    """Waiting for the reply: complete. While the body goes out: incomplete, and it stays so."""
    seen: list[int] = []

    def script(server: Server) -> Script:
        def read_late(peer: Peer) -> None:
            if peer.number == 1:
                server.bodies.append(peer.read_request())
                server.let_go.wait(5)
                return
            time.sleep(0.3)
            total = 0
            while data := peer.sock.recv(1_000_000):
                total += len(data)
            seen.append(total)

        return read_late

    server = serve(script)
    door = Door("async")
    transport = cast("AsyncConnections", door.transport())
    endpoint = Endpoint(server.url, HEADERS)

    async def cancelled(body: bytes) -> Progress:
        progress = Progress()
        task = asyncio.create_task(transport.send(endpoint, body, progress, {}))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return progress

    assert door.run(cancelled(b"{}")).phase == "complete"
    assert door.run(cancelled(LARGE)).phase == "incomplete"
    for _ in range(100):
        if seen:
            break
        time.sleep(0.02)
    assert seen
    assert seen[0] < len(LARGE)
    door.close()


# What was opened a moment before, the interpreter closes, with a warning.
@pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
@pytest.mark.parametrize("error", [KeyboardInterrupt, RangError])
def test_an_interrupt_at_any_moment_leaves_nothing_behind(
    serve: Serve, error: type[BaseException]
) -> None:
    """No socket, no turn, no reply for another request; and it is never taken for a failed send."""
    server = serve(echo)
    door = Door("sync")
    transport = cast("Connections", door.transport(max_connections=2))

    armed: list[bool] = []

    def ring(*_: object) -> None:
        if armed:
            armed.clear()
            raise error

    rng = random.Random(5)
    before = open_sockets()
    previous = signal.signal(signal.SIGALRM, ring)
    outcomes: list[tuple[bytes, str]] = []
    interrupted = 0
    try:
        while interrupted < 150:
            body = b"%06d" % len(outcomes)
            progress = Progress()
            try:
                try:
                    armed.append(True)
                    # From 50 us to 5 ms: an exchange takes so long on any machine, busy or not.
                    signal.setitimer(signal.ITIMER_REAL, 0.000_05 * 100 ** rng.random())
                    assert door.send(transport, server.url, body, progress).body == body
                finally:
                    armed.clear()
            except error:
                interrupted += 1
            outcomes.append((body, progress.phase))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    assert len({phase for _, phase in outcomes}) > 1  # before the request was out, and after
    assert door.send(transport, server.url, b"last").body == b"last"
    arrived = set(server.bodies)
    for body, phase in outcomes:
        if body in arrived:
            assert phase == "complete"
    door.close()
    gc.collect()
    for _ in range(100):
        if open_sockets() <= before:
            break
        time.sleep(0.05)
    assert open_sockets() <= before


# Processes, threads, loops.


def test_a_child_process_has_connections_of_its_own(
    serve: Serve, server_context: ssl.SSLContext
) -> None:
    """It neither uses nor closes its parent's, though it was forked amid their requests."""
    for context in (None, server_context):
        server = serve(always(), context)
        door = Door("sync")
        transport = cast("Connections", door.transport())
        door.send(transport, server.url)
        stop = threading.Event()

        def keep_sending(
            transport: Connections = transport,
            url: str = server.url,
            stop: threading.Event = stop,
            door: Door = door,
        ) -> None:
            while not stop.is_set():
                door.send(transport, url)

        threads = [threading.Thread(target=keep_sending) for _ in range(3)]
        for thread in threads:
            thread.start()

        def in_child(
            transport: Connections = transport, url: str = server.url, door: Door = door
        ) -> None:
            assert all(door.send(transport, url).body == b"hi" for _ in range(5))
            transport.close()

        fork = multiprocessing.get_context("fork")
        for _ in range(5):
            child = fork.Process(target=in_child)
            child.start()
            child.join(20)
            assert child.exitcode == 0
        stop.set()
        for thread in threads:
            thread.join()
        opened = server.opened
        assert door.send(transport, server.url).body == b"hi"
        assert server.opened == opened
        door.close()


def test_threads_share_the_connections_and_get_their_own_replies(
    serve: Serve, server_context: ssl.SSLContext
) -> None:
    for context in (None, server_context):
        server = serve(echo, context)
        door = Door("sync")
        transport = door.transport(max_connections=5)
        bodies = [b"%d" % number * 10 for number in range(400)]
        with ThreadPoolExecutor(16) as pool:
            replies = pool.map(
                lambda body, t=transport, u=server.url, d=door: d.send(t, u, body).body,
                bodies,
            )
            assert list(replies) == bodies
        assert server.opened <= 5
        door.close()


def test_one_event_loop_after_another(serve: Serve) -> None:
    """Each has connections of its own."""
    server = serve(always())
    transport = AsyncConnections()
    endpoint = Endpoint(server.url, HEADERS)

    async def twice() -> None:
        for _ in range(2):
            assert (await transport.send(endpoint, b"{}", Progress(), {})).body == b"hi"
        await transport.aclose()

    for _ in range(3):
        asyncio.run(twice())
    assert server.opened == 3
    assert len(transport._pools) == 0


def test_closing_spares_what_is_under_way(door: Door, serve: Serve) -> None:
    """It is closed when it is done; a later request opens anew."""
    arrived, go_on = threading.Event(), threading.Event()

    def script(server: Server) -> Script:
        def when_told(peer: Peer) -> None:
            peer.read_request()
            arrived.set()
            go_on.wait(10)
            peer.sock.sendall(OK)

        return when_told

    server = serve(script)
    transport = door.transport()
    endpoint = Endpoint(server.url, HEADERS)

    async def run() -> Reply:
        assert isinstance(transport, AsyncConnections)
        under_way = asyncio.create_task(transport.send(endpoint, b"{}", Progress(), {}))
        await asyncio.to_thread(arrived.wait, 10)
        await transport.aclose()
        go_on.set()
        return await under_way

    if isinstance(transport, Connections):
        with ThreadPoolExecutor(1) as pool:
            under_way = pool.submit(door.send, transport, server.url)
            arrived.wait(10)
            transport.close()
            go_on.set()
            assert under_way.result().body == b"hi"
    else:
        assert door.run(run()).body == b"hi"
    assert door.send(transport, server.url).body == b"hi"
    assert server.opened == 2


# TLS.


def test_the_server_has_to_prove_who_it_is(
    door: Door,
    serve: Serve,
    authority: trustme.CA,
    server_context: ssl.SSLContext,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """By an authority that the context, or the environment, trusts, and under its name."""
    server = serve(always(), server_context)
    progress = Progress()
    with pytest.raises(ConnectError, match="self.signed|unable to get local issuer"):
        door.send(door.transport(context=None), server.url, b"{}", progress)
    assert progress.phase == "nothing"
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    assert door.send(door.transport(context=trusting), server.url).status == 200
    other_name = server.url.replace("127.0.0.1", "127.0.0.2")
    with pytest.raises(ConnectError):
        door.send(door.transport(context=trusting), other_name)
    bundle = tmp_path / "bundle.pem"
    authority.cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    assert door.send(door.transport(context=None), server.url).status == 200
    with pytest.raises(ConnectError):
        door.send(door.transport(context=None, trust_env=False), server.url)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nowhere.pem"))
    progress = Progress()
    with pytest.raises(UnusableSettingsError, match="FileNotFoundError"):
        door.send(door.transport(context=None), server.url, b"{}", progress)
    assert progress.phase == "nothing"


def test_all_clients_share_their_tls_settings() -> None:
    """It takes as long as 200 calls to make them."""
    context = _pool.ssl_context(trust_env=True)
    assert _pool.ssl_context(trust_env=True) is context
    of_httpx = httpx.create_ssl_context()
    assert context.verify_mode is of_httpx.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.cert_store_stats() == of_httpx.cert_store_stats()
    assert context.minimum_version == of_httpx.minimum_version


def test_the_environment_names_the_authorities_as_it_does_for_httpx(
    authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A file, or else a folder; empty is as good as missing."""
    bundle = tmp_path / "bundle.pem"
    authority.cert_pem.write_to_path(str(bundle))
    for file, folder in [
        ("", ""),
        (str(bundle), ""),
        (str(bundle), "/nowhere"),
        ("", str(tmp_path)),
    ]:
        monkeypatch.setenv("SSL_CERT_FILE", file)
        monkeypatch.setenv("SSL_CERT_DIR", folder)
        ours, of_httpx = _pool.ssl_context(trust_env=True), httpx.create_ssl_context()
        assert ours.cert_store_stats() == of_httpx.cert_store_stats()


# Replies.


def test_a_reply_without_end_is_not_read_to_its_end(door: Door, serve: Serve) -> None:
    """Nor kept."""

    def script(server: Server) -> Script:
        def flood(peer: Peer) -> None:
            peer.read_request()
            peer.sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while not server.let_go.is_set():
                peer.sock.sendall(b"x" * 1_000_000)

        return flood

    reply = door.send(door.transport(), serve(script).url)
    assert not reply.whole
    assert MAX_REPLY_BYTES < len(reply.body) < MAX_REPLY_BYTES + 600_000


def test_a_reply_that_breaks_off_is_there_as_far_as_it_came(door: Door, serve: Serve) -> None:
    def script(server: Server) -> Script:
        reply = b"HTTP/1.1 500 x\r\nRetry-After: 7\r\nContent-Length: 9\r\n\r\nhalf"
        return lambda peer: server.answer(peer, reply)

    reply = door.send(door.transport(), serve(script).url)
    assert (reply.status, reply.body, reply.whole) == (500, b"half", False)
    assert reply.headers["retry-after"] == "7"
