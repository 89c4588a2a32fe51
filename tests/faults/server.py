"""The TCP server: connections, requests, and the script that says what becomes of each."""

import json
import select
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any, Self

from tests.faults.service import Operation, VoltService

#: No wait of this server is longer, whatever a client does.
LONGEST_SECONDS = 10.0


class ClientLeftError(Exception):
    """The client closed the connection, or kept silent for too long."""


@dataclass(frozen=True)
class Request:
    """An HTTP request that arrived whole."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class Exchange:
    """One request on one connection: how an action reads, executes, answers and leaves."""

    def __init__(self, server: "FaultServer", connection: socket.socket) -> None:
        self.server = server
        self.connection = connection
        self.request: Request | None = None
        self.operation: Operation | None = None
        self.received = bytearray()

    # Reading.

    def read_some(self, size: int) -> None:
        """Read at least so many bytes of the request, and leave the rest where it is."""
        while len(self.received) < size:
            self._receive()

    def read(self) -> Request:
        """Read the request to its end, once, and let the server take note of it."""
        if self.request:
            return self.request
        while b"\r\n\r\n" not in self.received:
            self._receive()
        start = self.received.index(b"\r\n\r\n") + 4
        first, *lines = self.received[: start - 4].decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ")
        pairs = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        if headers.get("expect", "").lower() == "100-continue":
            self.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        chunked = headers.get("transfer-encoding", "").lower() == "chunked"
        end = start + int(headers.get("content-length", 0))
        while not self.received.endswith(b"0\r\n\r\n") if chunked else len(self.received) < end:
            self._receive()
        body = bytes(self.received[start:])
        self.request = Request(method, target, headers, _dechunk(body) if chunked else body)
        self.operation = self.server.took(self.request)
        return self.request

    def _receive(self) -> None:
        try:
            piece = self.connection.recv(65536)
        except OSError as error:
            raise ClientLeftError from error
        if not piece:
            raise ClientLeftError
        self.received += piece

    def wait_until_client_leaves(self) -> None:
        """Say nothing until the client closes."""
        with suppress(ClientLeftError):
            while True:
                self.received.clear()
                self._receive()

    # Executing and answering.

    def execute(self) -> dict[str, Any]:
        """Do what is asked, and return the `data` of the reply."""
        assert self.operation, "nothing was read"
        return self.server.volt.execute(self.operation)

    @property
    def field(self) -> str:
        """The root field that was asked for."""
        assert self.operation, "nothing was read"
        return self.operation.field

    def head(
        self, status: int, length: int | None, headers: Mapping[str, str] | None = None
    ) -> bytes:
        """The head of a reply; without a length it ends with the connection."""
        lines = {
            "Date": format_datetime(self.server.volt.now(), usegmt=True),
            "Content-Type": "application/json",
        }
        if length is not None:
            lines["Content-Length"] = str(length)
        lines |= headers or {}
        text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return f"HTTP/1.1 {status} Whatever\r\n{text}\r\n".encode()

    def reply(
        self, content: object, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        """Answer: bytes as they are, anything else as JSON."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.write(self.head(status, len(body), headers) + body)

    def write(self, data: bytes) -> None:
        """Hand bytes to the client."""
        try:
            self.connection.sendall(data)
        except OSError as error:
            raise ClientLeftError from error

    def pause(self, seconds: float) -> None:
        """Wait, but not beyond the end of the test."""
        if self.server.stopping.wait(seconds):
            raise ClientLeftError

    def reset(self) -> None:
        """Leave with an RST instead of a FIN."""
        linger = b"\x01\0\0\0\0\0\0\0"
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        with suppress(OSError):
            self.connection.close()


#: What becomes of a request: whether the connection lives on.
Action = Callable[[Exchange], bool]


def before_any_byte(action: Action) -> Action:
    """Mark an action that happens as soon as the connection stands, before the client speaks."""
    action.before_any_byte = True  # type: ignore[attr-defined]
    return action


def answer(exchange: Exchange) -> bool:
    """Be healthy: do what is asked, and say so."""
    exchange.read()
    exchange.reply({"data": exchange.execute()})
    return True


class FaultServer:
    """Serves its script: one action for each request, in the order of their arrival.

    Args:
        script: What becomes of the first requests.
        otherwise: What becomes of all others.
        volt: What a healthy Volt would do; also keeps what arrived and what was executed.
        tls: Speak TLS with this.
    """

    def __init__(
        self,
        *script: Action,
        otherwise: Action = answer,
        volt: VoltService | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.script = deque(script)
        self.otherwise = otherwise
        self.volt = volt or VoltService()
        self.requests: list[Request] = []
        self.connections = 0
        self.stopping = threading.Event()
        self._tls = tls
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.socket()
        # A small window: of a large body, most stays with the client until it is read.
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(128)
        self.port: int = self._listener.getsockname()[1]
        self._start(self._accept)

    @property
    def url(self) -> str:
        """Where to send to."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}/graphql"

    def next_action(self) -> Action:
        """Take the next action from the script."""
        with self._lock:
            return self.script.popleft() if self.script else self.otherwise

    def takes(self, fault: Action) -> bool:
        """Take the next action from the script only if it is this one."""
        with self._lock:
            if not self.script:
                return self.otherwise is fault
            if self.script[0] is not fault:
                return False
            self.script.popleft()
            return True

    def took(self, request: Request) -> Operation | None:
        """Take note of a request that arrived whole."""
        with self._lock:
            self.requests.append(request)
        return self.volt.receive(request.body)

    def _start(self, work: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.settimeout(LONGEST_SECONDS)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self.connections += 1
                self._open.add(connection)
            self._threads = [thread for thread in self._threads if thread.is_alive()]
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        stream = connection
        try:
            early = self._take_early()
            if early and not early(Exchange(self, connection)):
                return
            if self._tls:
                stream = self._tls.wrap_socket(connection, server_side=True)
                with self._lock:
                    self._open.add(stream)
            self._converse(stream)
        except (ClientLeftError, OSError):  # an ssl.SSLError is one
            pass
        finally:
            stream.close()
            with self._lock:
                self._open -= {connection, stream}

    def _take_early(self) -> Action | None:
        with self._lock:
            action = self.script[0] if self.script else self.otherwise
            if not getattr(action, "before_any_byte", False):
                return None
            return self.script.popleft() if self.script else action

    def _converse(self, connection: socket.socket) -> None:
        """Serve one request after the other on a connection."""
        while self._readable(connection) and self.next_action()(Exchange(self, connection)):
            pass

    def _readable(self, connection: socket.socket) -> bool:
        """Wait until the client says something, and say whether it did."""
        if isinstance(connection, ssl.SSLSocket) and connection.pending():
            return True
        poll = select.poll()
        poll.register(connection, select.POLLIN)
        if not poll.poll(LONGEST_SECONDS * 1000) or self.stopping.is_set():
            return False
        try:
            return bool(connection.recv(1, socket.MSG_PEEK))
        except ValueError:  # not on a TLS socket, which tells when it is read
            return True

    def settle(self, seconds: float = LONGEST_SECONDS) -> None:
        """Wait until all that the clients wrote before they closed has been read and acted on.

        Args:
            seconds: For how long at the most: a client may leave its connections open.
        """
        ends = time.monotonic() + seconds
        while self._open and time.monotonic() < ends:
            time.sleep(0.001)

    def close(self) -> None:
        """End every connection and every thread."""
        self.stopping.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            left = list(self._open)
        for connection in left:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(timeout=LONGEST_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _dechunk(body: bytes) -> bytes:
    pieces = []
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size.partition(b";")[0], 16)
        if not length:
            break
        pieces.append(body[:length])
        body = body[length + 2 :]
    return b"".join(pieces)
