"""The same server over HTTP/2, in clear text with prior knowledge or over TLS."""

import json
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import h2.config
import h2.connection
import h2.events
from h2.errors import ErrorCodes

from tests.faults.server import Exchange, FaultServer, Request


@dataclass
class _Stream:
    headers: dict[str, str]
    body: bytearray = field(default_factory=bytearray)


class Http2Exchange(Exchange):
    """One request that arrived whole, on one stream of a connection."""

    def __init__(
        self,
        server: FaultServer,
        connection: socket.socket,
        state: h2.connection.H2Connection,
        stream_id: int,
    ) -> None:
        super().__init__(server, connection)
        self.state = state
        self.stream_id = stream_id

    def flush(self) -> None:
        """Write what the protocol wants written."""
        self.write(self.state.data_to_send())

    def respond(self, content: object, status: int = 200, *, end: bool = True) -> None:
        """Answer: bytes as they are, anything else as JSON."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        headers = [(":status", str(status)), ("content-type", "application/json")]
        self.state.send_headers(self.stream_id, headers)
        self.state.send_data(self.stream_id, body, end_stream=end)
        self.flush()


Http2Action = Callable[[Http2Exchange], bool]


def accept(exchange: Http2Exchange) -> bool:
    """Be healthy."""
    exchange.respond({"data": exchange.execute()})
    return True


def status(code: int, *, execute: bool = False) -> Http2Action:
    """Answer with a status and a page of HTML."""

    def act(exchange: Http2Exchange) -> bool:
        if execute:
            exchange.execute()
        exchange.respond(b"<html></html>", code)
        return True

    return act


def reset_stream(code: ErrorCodes, *, execute: bool = False) -> Http2Action:
    """RST_STREAM; only REFUSED_STREAM says that nothing was done (RFC 9113, section 8.7)."""

    def act(exchange: Http2Exchange) -> bool:
        if execute:
            exchange.execute()
        exchange.state.reset_stream(exchange.stream_id, code)
        exchange.flush()
        return True

    return act


def goaway(
    *, below: bool, execute: bool = False, code: ErrorCodes = ErrorCodes.NO_ERROR
) -> Http2Action:
    """GOAWAY, then the end. A last stream below ours says: not processed (RFC 9113, 6.8)."""

    def act(exchange: Http2Exchange) -> bool:
        if execute:
            exchange.execute()
        last = exchange.stream_id - 2 if below else exchange.stream_id
        exchange.state.close_connection(code, last_stream_id=max(0, last))
        exchange.flush()
        return False

    return act


def goaway_then_accept(exchange: Http2Exchange) -> bool:
    """A graceful shutdown: this stream is still answered."""
    # Written by hand: after its own GOAWAY, h2 sends nothing more.
    data = exchange.execute()
    last = exchange.stream_id.to_bytes(4, "big")
    exchange.write(b"\0\0\x08\x07\0\0\0\0\0" + last + b"\0\0\0\0")
    exchange.respond({"data": data})
    return False


def close(*, execute: bool) -> Http2Action:
    """The connection ends without a word."""

    def act(exchange: Http2Exchange) -> bool:
        if execute:
            exchange.execute()
        return False

    return act


def close_mid_reply(exchange: Http2Exchange) -> bool:
    """Execute, answer half, and close."""
    exchange.execute()
    exchange.respond(b'{"data": {"createMess', end=False)
    return False


def hang(*, execute: bool) -> Http2Action:
    """No answer, ever."""

    def act(exchange: Http2Exchange) -> bool:
        if execute:
            exchange.execute()
        exchange.wait_until_client_leaves()
        return False

    return act


class Http2FaultServer(FaultServer):
    """A fault server whose actions are those of this module."""

    def __init__(self, *script: Http2Action, otherwise: Http2Action = accept, **rest: Any) -> None:
        super().__init__(*script, otherwise=otherwise, **rest)  # type: ignore[arg-type]

    def _converse(self, connection: socket.socket) -> None:
        state = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        state.initiate_connection()
        connection.sendall(state.data_to_send())
        streams: dict[int, _Stream] = {}
        while received := connection.recv(65536):
            for event in state.receive_data(received):
                if isinstance(event, h2.events.RequestReceived):
                    names = ((_text(name), _text(value)) for name, value in event.headers)
                    streams[event.stream_id] = _Stream(dict(names))
                elif isinstance(event, h2.events.DataReceived):
                    streams[event.stream_id].body += event.data
                    state.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, h2.events.StreamEnded):
                    stream = streams.pop(event.stream_id)
                    if not self._act(connection, state, event.stream_id, stream):
                        return
            connection.sendall(state.data_to_send())

    def _act(
        self,
        connection: socket.socket,
        state: h2.connection.H2Connection,
        stream_id: int,
        stream: _Stream,
    ) -> bool:
        headers = stream.headers
        exchange = Http2Exchange(self, connection, state, stream_id)
        request = Request(headers[":method"], headers[":path"], headers, bytes(stream.body))
        exchange.operation = self.took(request)
        return self.next_action()(exchange)


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
