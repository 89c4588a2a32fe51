"""HTTP/1.1 as bytes: a request out, a reply in (RFC 9112). No I/O.

h11 reads every reply but the ordinary one: a head that comes in one piece, with a Content-Length,
and nothing else that says where the body ends. That one is read here, because h11 takes longer over
it than the rest of the call. Whatever differs in one byte from this shape is h11's to judge.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import h11
import httpx

#: A longer reply is not read to its end.
MAX_REPLY_BYTES = 10 * 1024 * 1024
#: As httpcore's; only a head that comes in one piece may be longer.
_MAX_HEAD_BYTES = 100 * 1024

#: A longer request is handed on in two parts.
_ONE_WRITE_BYTES = 64 * 1024
_LAST_BYTES = 1024

_TOKEN = rb"[-!#$%&'*+.^_`|~0-9A-Za-z]+"
_REQUEST_LINE = re.compile(rb"%b [\x21-\x7e]+ HTTP/1\.1\r\n" % _TOKEN)
_REQUEST_FIELD = re.compile(rb"%b: [^\x00\n\v\f\r]*\r\n" % _TOKEN)
_STATUS_LINE = re.compile(rb"HTTP/1\.1 ([2-5][0-9][0-9])(?: ([\x20-\x7e]*))?\r\n")
_FIELD = re.compile(rb"(%b): ([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)\r\n" % _TOKEN)

Origin = tuple[str, str, int]
"""Scheme, host and port."""
Pairs = list[tuple[bytes, bytes]]
"""Header fields, by name as written."""


class Endpoint:
    """Where requests go, and the head that they have in common.

    Args:
        method: Such as POST; a tunnel (CONNECT) is no request.
        url: The whole URL.
        headers: Name and value of each field. `Host` is added if it is missing; what frames the
            body is left out, because each request has its own.

    Raises:
        httpx.UnsupportedProtocol: The URL is not http or https, or the method is CONNECT.
        httpx.LocalProtocolError: A name or value may not stand in a head.
    """

    def __init__(
        self, method: str, url: httpx.URL, headers: Iterable[tuple[bytes, bytes]] = ()
    ) -> None:
        if url.scheme not in ("http", "https") or not url.host or method == "CONNECT":
            raise httpx.UnsupportedProtocol("only requests to http:// and https:// URLs")
        default_port = 443 if url.scheme == "https" else 80
        self.origin: Origin = (url.scheme, url.raw_host.decode(), url.port or default_port)
        self.method = method.encode()
        self.keep_alive = True
        host = [b"Host: %b\r\n" % url.netloc]
        lines: list[bytes] = []
        for name, value in headers:
            line, key = b"%b: %b\r\n" % (name, value), name.lower()
            if not _REQUEST_FIELD.fullmatch(line):
                raise httpx.LocalProtocolError("illegal header name or value")
            if key == b"host":
                host = [line]
            elif key not in (b"content-length", b"transfer-encoding"):
                lines.append(line)
            if key == b"connection" and value.lower() != b"keep-alive":
                self.keep_alive = False
        line = b"%b %b HTTP/1.1\r\n" % (self.method, url.raw_path)
        if not _REQUEST_LINE.fullmatch(line):
            raise httpx.LocalProtocolError("illegal method or target")
        self._head = b"".join([line, *host, *lines])

    def request(self, body: bytes) -> tuple[bytes, bytes]:
        """The bytes of a request, in two parts: the second is short, or all of it.

        As long as the second was not handed on, the server certainly cannot have it whole.
        """
        if not body and self.method not in (b"POST", b"PUT", b"PATCH"):
            return b"", self._head + b"\r\n"
        request = b"%bContent-Length: %d\r\n\r\n%b" % (self._head, len(body), body)
        if len(request) <= _ONE_WRITE_BYTES:
            return b"", request
        return request[:-_LAST_BYTES], request[-_LAST_BYTES:]


class Reply(NamedTuple):
    """A reply that was read."""

    status: int
    headers: Mapping[str, str]
    """By name in lower case."""
    body: bytes
    whole: bool
    """Whether the body was read to its end."""


class ReplyReader:
    """Reads the reply to one request, from the bytes as they come.

    Args:
        endpoint: What was asked: a reply to HEAD has no body.
    """

    __slots__ = (
        "_endpoint",
        "_missing",
        "_parser",
        "_pieces",
        "done",
        "headers",
        "reason",
        "reusable",
        "status",
        "unread",
        "version",
    )

    def __init__(self, endpoint: Endpoint) -> None:
        self.status: int | None = None
        """None until the head is there."""
        self.reason = b""
        self.version = b"HTTP/1.1"
        self.headers: Pairs = []
        self.unread = 0
        """Bytes of the body that came and were not read."""
        self.done = False
        """Whether all of the reply is there."""
        self.reusable = False
        """Whether another request may follow on the connection."""
        self._endpoint = endpoint
        self._pieces: list[bytes] = []
        self._missing = 0
        self._parser: h11.Connection | None = None

    def feed(self, data: bytes) -> None:
        """Take what came; no bytes at all are the end of the stream.

        Raises:
            httpx.RemoteProtocolError: It is no reply, or ended too early.
        """
        if self.status is None:
            if not data:
                raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
            if self._parser is None and self._read_ordinary(data):
                return
        if self._parser is None and self.status is not None:
            if not data:
                raise httpx.RemoteProtocolError(
                    "peer closed connection without sending complete message body "
                    f"({self._missing} bytes are missing)"
                )
            self._take_body(data)
        else:
            self._feed_parser(data)

    def read(self) -> bytes:
        """The bytes of the body that came since the last call."""
        pieces, self._pieces, self.unread = self._pieces, [], 0
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _read_ordinary(self, data: bytes) -> bool:
        """Read a head of the ordinary shape, and what follows it; False if it has another."""
        line = _STATUS_LINE.match(data)
        if line is None or line[1] in (b"204", b"304") or self._endpoint.method == b"HEAD":
            return False
        headers: Pairs = []
        length = None
        position = line.end()
        while field := _FIELD.match(data, position):
            position = field.end()
            name, value = field[1], field[2]
            headers.append((name, value))
            key = name.lower()
            if key == b"content-length":
                if length is not None or not value.isdigit() or len(value) > 18:
                    return False
                length = int(value)
            elif key == b"transfer-encoding" or (
                key == b"connection" and value.lower() != b"keep-alive"
            ):
                return False
        if length is None or data[position : position + 2] != b"\r\n":
            return False
        self.status, self.reason, self.headers = int(line[1]), line[2] or b"", headers
        self._missing = length
        self._take_body(data[position + 2 :])
        return True

    def _take_body(self, data: bytes) -> None:
        self.done = len(data) >= self._missing
        self.reusable = len(data) == self._missing and self._endpoint.keep_alive
        piece = data[: self._missing]
        self._missing -= len(piece)
        self._add(piece)

    def _add(self, piece: bytes) -> None:
        if piece:
            self.unread += len(piece)
            self._pieces.append(piece)

    def _feed_parser(self, data: bytes) -> None:
        parser = self._parser
        if parser is None:
            # The parser needs a request before a reply; which one only matters for HEAD.
            parser = self._parser = h11.Connection(h11.CLIENT, _MAX_HEAD_BYTES)
            method = self._endpoint.method
            parser.send(h11.Request(method=method, target=b"/", headers=[(b"Host", b"-")]))
            parser.send(h11.EndOfMessage())
        try:
            parser.receive_data(data)
            while not self.done and (event := parser.next_event()) is not h11.NEED_DATA:
                if isinstance(event, h11.Response):
                    self.status, self.reason = event.status_code, event.reason
                    self.version = b"HTTP/" + event.http_version
                    self.headers = event.headers.raw_items()
                elif isinstance(event, h11.Data):
                    self._add(bytes(event.data))
                elif isinstance(event, h11.EndOfMessage):
                    self.done = True
        except h11.RemoteProtocolError as error:
            raise httpx.RemoteProtocolError(str(error)) from error
        if self.done:
            alive = parser.their_state is h11.DONE and parser.trailing_data == (b"", False)
            self.reusable = alive and self._endpoint.keep_alive

    def reply(self, *, whole: bool) -> Reply:
        """The reply, as far as it came, its body without the content coding."""
        headers: dict[str, str] = {}
        for name, value in self.headers:
            key, text = name.decode("ascii").lower(), value.decode("latin-1")
            headers[key] = f"{headers[key]}, {text}" if key in headers else text
        body = self.read()
        if headers.get("content-encoding", "identity") != "identity":
            body, decoded = self._decode(body)
            whole = whole and decoded
        return Reply(self.status or 0, headers, body, whole)

    def _decode(self, body: bytes) -> tuple[bytes, bool]:
        """Undo a content coding that nobody asked for, as far as the bound on replies allows."""
        pieces = (body[start : start + 4096] for start in range(0, len(body), 4096))
        response = httpx.Response(200, headers=self.headers, content=pieces)
        plain = bytearray()
        try:
            for piece in response.iter_bytes():
                plain += piece
                if len(plain) > MAX_REPLY_BYTES:
                    return bytes(plain), False
        except httpx.DecodingError:
            return bytes(plain), False
        return bytes(plain), True
