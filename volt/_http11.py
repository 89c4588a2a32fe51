"""HTTP/1.1 as bytes: a request out, a reply in (RFC 9112). No I/O.

h11 reads every reply but the ordinary one: a head that comes in one piece, with a Content-Length,
and nothing else that says where the body ends. That one is read here, because h11 takes longer over
it than the rest of the call. Whatever differs in one byte from this shape is h11's to judge.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urlsplit

from volt._network import RemoteProtocolError

if TYPE_CHECKING:
    import h11

#: A longer reply is not read to its end.
MAX_REPLY_BYTES = 10 * 1024 * 1024
#: As httpcore's; only a head that comes in one piece may be longer.
_MAX_HEAD_BYTES = 100 * 1024

#: A longer request is handed on in two parts.
_ONE_WRITE_BYTES = 64 * 1024
_LAST_BYTES = 1024
#: RFC 3986, and `%`, as what is escaped stays so.
_TARGET_CHARACTERS = "/?%:@!$&'()*+,;=~"

_TOKEN = rb"[-!#$%&'*+.^_`|~0-9A-Za-z]+"
_VALUE = rb"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?"
_ORDINARY_HEAD = re.compile(
    rb"HTTP/1\.1 ([2-5][0-9][0-9])(?: [\x20-\x7e]*)?\r\n((?:%b: %b\r\n)+)\r\n" % (_TOKEN, _VALUE)
)

Origin = tuple[str, str, int]
"""Scheme, host and port."""


class Fields(dict[str, str]):
    """Header fields to send. The repr names them only: a value may be secret."""

    def __repr__(self) -> str:
        return f"Fields({', '.join(self)})"


class Endpoint:
    """Where POSTs go, and the head that they have in common.

    Args:
        url: The whole URL, http or https, in printable ASCII.
        fields: What the head says beside `Host` and `Content-Length`.

    Raises:
        ValueError: A part cannot stand in a head.
    """

    def __init__(self, url: str, fields: Mapping[str, str]) -> None:
        parts = urlsplit(url)
        host, default_port = parts.hostname or "", 443 if parts.scheme == "https" else 80
        self.origin: Origin = (parts.scheme, host, parts.port or default_port)
        name = f"[{host}]" if ":" in host else host
        if self.origin[2] != default_port:
            name += f":{self.origin[2]}"
        target = quote(parts.path or "/", safe=_TARGET_CHARACTERS)
        if parts.query:
            target += "?" + quote(parts.query, safe=_TARGET_CHARACTERS)
        lines = [f"POST {target} HTTP/1.1", f"Host: {name}"]
        lines += [f"{field}: {value}" for field, value in fields.items()]
        if not all(line.isascii() and line.isprintable() for line in lines):
            raise ValueError("a line break, or the like, would add to the head")
        self._head = "\r\n".join([*lines, "Content-Length: "]).encode("ascii")

    def request(self, body: bytes) -> tuple[bytes, bytes]:
        """The bytes of a request, in two parts: the second is short, or all of it.

        As long as the second was not handed on, the server certainly cannot have it whole.
        """
        request = b"%b%d\r\n\r\n%b" % (self._head, len(body), body)
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
    """Reads the reply to one POST, from the bytes as they come."""

    __slots__ = (
        "_missing",
        "_parser",
        "_pieces",
        "done",
        "headers",
        "reusable",
        "size",
        "status",
    )

    def __init__(self) -> None:
        self.status: int | None = None
        """None until the head is there."""
        self.headers: dict[str, str] = {}
        """By name in lower case; what is there twice, with commas between."""
        self.size = 0
        """Bytes of the body that came."""
        self.done = False
        """Whether all of the reply is there."""
        self.reusable = False
        """Whether another request may follow on the connection."""
        self._pieces: list[bytes] = []
        self._missing = 0
        self._parser: h11.Connection | None = None

    def feed(self, data: bytes) -> None:
        """Take what came; no bytes at all are the end of the stream.

        Raises:
            RemoteProtocolError: It is no reply, or ended too early.
        """
        if self.status is None:
            if not data:
                raise RemoteProtocolError("Server disconnected without sending a response.")
            if self._parser is None and self._read_ordinary(data):
                return
        if self._parser is None and self.status is not None:
            if not data:
                raise RemoteProtocolError(
                    "peer closed connection without sending complete message body "
                    f"({self._missing} bytes are missing)"
                )
            self._take_body(data)
        else:
            self._feed_parser(data)

    def _read_ordinary(self, data: bytes) -> bool:
        """Read a head of the ordinary shape, and what follows it; False if it has another."""
        head = _ORDINARY_HEAD.match(data)
        if head is None or head[1] in (b"204", b"304"):
            return False
        lines = head[2].decode("ascii").removesuffix("\r\n").split("\r\n")
        headers = _by_name(line.split(": ", 1) for line in lines)
        length = headers.get("content-length", "")
        alive = headers.get("connection", "keep-alive").lower() == "keep-alive"
        if not (length.isdigit() and len(length) <= 18 and alive) or "transfer-encoding" in headers:
            return False
        self.status, self.headers = int(head[1]), headers
        self._missing = int(length)
        self._take_body(data[head.end() :])
        return True

    def _take_body(self, data: bytes) -> None:
        self.done = len(data) >= self._missing
        self.reusable = len(data) == self._missing
        piece = data[: self._missing]
        self._missing -= len(piece)
        self._add(piece)

    def _add(self, piece: bytes) -> None:
        if piece:
            self.size += len(piece)
            self._pieces.append(piece)

    def _feed_parser(self, data: bytes) -> None:
        try:
            from h11 import (
                CLIENT,
                DONE,
                NEED_DATA,
                Connection,
                Data,
                EndOfMessage,
                Request,
                Response,
            )
            from h11 import RemoteProtocolError as NoReplyError
        except (ImportError, OSError) as error:  # such as when no file descriptor is left
            raise RemoteProtocolError("h11, to read it, cannot be loaded") from error

        parser = self._parser
        if parser is None:
            # The parser needs a request before a reply.
            parser = self._parser = Connection(CLIENT, _MAX_HEAD_BYTES)
            parser.send(Request(method=b"POST", target=b"/", headers=[(b"Host", b"-")]))
            parser.send(EndOfMessage())
        try:
            parser.receive_data(data)
            while not self.done and (event := parser.next_event()) is not NEED_DATA:
                if isinstance(event, Response):
                    self.status = event.status_code
                    pairs = event.headers.raw_items()
                    self.headers = _by_name(
                        (name.decode("ascii"), value.decode("latin-1")) for name, value in pairs
                    )
                elif isinstance(event, Data):
                    self._add(bytes(event.data))
                elif isinstance(event, EndOfMessage):
                    self.done = True
        except NoReplyError as error:
            raise RemoteProtocolError(str(error)) from error
        if self.done:
            nothing_more = parser.trailing_data == (b"", False)
            self.reusable = parser.their_state is DONE and nothing_more

    def reply(self, *, whole: bool) -> Reply:
        """The reply, as far as it came, its body without the content coding."""
        body = b"".join(self._pieces)
        if self.headers.get("content-encoding", "identity") != "identity":
            body, decoded = self._decode(body)
            whole = whole and decoded
        return Reply(self.status or 0, self.headers, body, whole)

    def _decode(self, body: bytes) -> tuple[bytes, bool]:
        """Undo a content coding that nobody asked for, as far as the bound on replies allows."""
        try:
            from httpx import DecodingError, Response
        except (ImportError, OSError):  # such as when no file descriptor is left
            return body, False

        pieces = (body[start : start + 4096] for start in range(0, len(body), 4096))
        response = Response(200, headers=self.headers, content=pieces)
        plain = bytearray()
        try:
            for piece in response.iter_bytes():
                plain += piece
                if len(plain) > MAX_REPLY_BYTES:
                    return bytes(plain), False
        except DecodingError:
            return bytes(plain), False
        return bytes(plain), True


def _by_name(pairs: Iterable[Sequence[str]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in pairs:
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return headers
