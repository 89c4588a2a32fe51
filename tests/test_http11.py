"""HTTP/1.1 as bytes: what h11 says of a reply is what we say, whatever shape it has."""

import gzip
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import h11
import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from volt._http11 import MAX_REPLY_BYTES, Endpoint, Fields, ReplyReader
from volt._network import RemoteProtocolError

URL = "http://volt.example/graphql"
POST = Endpoint(URL, {})


class Read(NamedTuple):
    """What a reader makes of a reply; `error` instead of the rest of it."""

    status: int | None
    headers: Mapping[str, str]
    body: bytes
    done: bool
    reusable: bool
    error: bool


def read(pieces: Sequence[bytes], *, eof: bool = True) -> Read:
    reader = ReplyReader()
    error = False
    try:
        for piece in [*pieces, *([b""] if eof else [])]:
            if reader.done:
                break
            if piece or eof:
                reader.feed(piece)
    except RemoteProtocolError:
        error = True
    return Read(
        reader.status,
        reader.headers,
        b"".join(reader._pieces),
        reader.done,
        reader.reusable,
        error,
    )


def in_one(headers: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[str, str]]:
    """Each name once, with all its values (RFC 9110, section 5.3)."""
    pairs = list(headers)
    for wanted in {name for name, _ in pairs}:
        values = [value.decode("latin-1") for name, value in pairs if name == wanted]
        yield wanted.decode(), ", ".join(values)


def read_by_h11(pieces: Sequence[bytes], *, eof: bool = True) -> Read:
    """The same by h11 alone, as httpcore uses it."""
    parser = h11.Connection(h11.CLIENT, 100 * 1024)
    parser.send(h11.Request(method=b"POST", target=b"/", headers=[(b"Host", b"x")]))
    parser.send(h11.EndOfMessage())
    status, headers, body, done, error = None, dict[str, str](), b"", False, False
    try:
        for piece in [*pieces, *([b""] if eof else [])]:
            if done:
                break
            parser.receive_data(piece)
            while not done:
                event = parser.next_event()
                if event is h11.NEED_DATA:
                    break
                if isinstance(event, h11.Response):
                    status = event.status_code
                    headers = {name.lower(): value for name, value in in_one(event.headers)}
                elif isinstance(event, h11.Data):
                    body += event.data
                elif isinstance(event, h11.EndOfMessage):
                    done = True
                elif isinstance(event, h11.ConnectionClosed):
                    error = True
                    break
    except h11.RemoteProtocolError:
        error = True
    reusable = done and parser.their_state is h11.DONE and parser.trailing_data == (b"", False)
    return Read(status, headers, body, done, reusable, error)


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


@pytest.mark.parametrize(
    ("reply", "body", "reusable"),
    [
        (OK, b"hi", True),
        (b"HTTP/1.1 200 OK\r\nConnection: Keep-Alive\r\ncontent-length: 2\r\n\r\nhi", b"hi", True),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi", b"hi", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", b"hi", False),
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi", b"hi", False),
        (b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi", b"hi", True),
        (b"HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", b"hi", True),
        (b"HTTP/1.1 200 OK\r\nX: 1\r\n folded\r\nContent-Length: 2\r\n\r\nhi", b"hi", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi", b"hi", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\n", b"hi", False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", b"hi", True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n"
         b"1;x=y\r\nh\r\n1\r\ni\r\n0\r\nTrailer: x\r\n\r\n", b"hi", True),
        (b"HTTP/1.1 200 OK\r\n\r\nhi", b"hi", False),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK, b"hi", True),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
        (b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n", b"", True),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n", b"", True),
        (b"HTTP/1.1 599 \r\nContent-Length: 0\r\n\r\n", b"", True),
        (b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 80_000 + b"\r\nContent-Length: 2\r\n\r\nhi", b"hi", True),
    ],
)  # fmt: skip
def test_replies_of_every_shape(reply: bytes, body: bytes, *, reusable: bool) -> None:
    """Whole, and byte by byte, as h11 has them."""
    for pieces in ([reply], [reply[n : n + 1] for n in range(len(reply))]):
        came = read(pieces)
        assert (came.body, came.done, came.error) == (body, True, False)
        trailing = len(pieces) > 1 and came.body + b"HTTP" in reply  # comes after it is done
        assert came.reusable == (reusable or trailing)
        assert came == read_by_h11(pieces)


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2_0\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 30 + b"\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nhi\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nNo colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nName : x\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"ICY 200 OK\r\n\r\n",
        b"\x15\x03\x01\x00\x02\x02",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000,
    ],
)  # fmt: skip
def test_what_is_no_reply_is_refused(reply: bytes) -> None:
    """Never taken for one, nor waited for without end."""
    pieces = [reply[n : n + 50_000] for n in range(0, len(reply), 50_000)]
    came = read(pieces)
    assert (came.error, came.done) == (True, False)
    assert read_by_h11(pieces).error


LINES = st.sampled_from(
    b"Content-Length: 2|content-length: 10|Content-Length: 0|Content-Length: 2, 2|Content-Length:2|"
    b"Transfer-Encoding: chunked|Transfer-Encoding: identity|Connection: close|"
    b"Connection: keep-alive|connection: Upgrade|X: |X:  y |X: y\t|X: \xff|X: a\x01b|X : z| folded|"
    b"X: a b|\tfolded|Set-Cookie: a=1|Content-Encoding: gzip".split(b"|")
)
STATUS_LINES = st.sampled_from(
    b"HTTP/1.1 200 OK|HTTP/1.1 200|HTTP/1.1 204 No Content|HTTP/1.1 304 x|HTTP/1.0 200 OK|"
    b"HTTP/1.1 100 Continue|HTTP/1.1 500 Sorry \xe9|HTTP/1.1 2000 OK|HTTP/1.2 200 OK|"
    b"HTTP/1.1  200 OK|HTTP/1.1 999 x|http/1.1 200 OK".split(b"|")
)
BODIES = st.sampled_from([b"", b"h", b"hi", b"hi!", b"2\r\nhi\r\n0\r\n\r\n", b"hi" + OK, b"0" * 10])


@st.composite
def replies(draw: st.DrawFn) -> list[bytes]:
    """Replies of right and wrong parts, cut anywhere."""
    end = draw(st.sampled_from([b"\r\n"] * 5 + [b"\n"]))
    lines = [draw(STATUS_LINES), *draw(st.lists(LINES, max_size=4)), b"", b""]
    whole = bytearray(end.join(lines) + draw(BODIES))
    for place in draw(st.lists(st.integers(0, len(whole) - 1), max_size=2)):
        whole[place] = draw(st.integers(0, 255))
    if draw(st.booleans()):
        whole = bytearray(OK.replace(b"200 OK", b"100 Go").split(b"hi")[0]) + whole
    cuts = sorted(draw(st.lists(st.integers(0, len(whole)), max_size=3)))
    pieces = [bytes(whole[a:b]) for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    return [piece for piece in pieces if piece]


@settings(max_examples=1500)
@given(replies(), st.booleans())
@example([OK + OK], False)
def test_h11_has_the_last_word(pieces: list[bytes], eof: bool) -> None:
    """Status, fields, body, end, error and whether the connection lives: all as h11 alone."""
    by_h11 = read_by_h11(pieces, eof=eof)
    assert read(pieces, eof=eof) == by_h11


@settings(max_examples=300)
@given(st.binary(max_size=200))
def test_random_bytes_end_in_no_other_error(noise: bytes) -> None:
    """A broken server makes no broken client."""
    for start in (
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    ):
        came = read([start + noise])
        assert came.done != came.error


@pytest.mark.parametrize(
    ("url", "origin", "target", "host"),
    [
        (URL, ("http", "volt.example", 80), "/graphql", "volt.example"),
        ("https://Volt.Example:443/", ("https", "volt.example", 443), "/", "volt.example"),
        ("https://volt.example:80", ("https", "volt.example", 80), "/", "volt.example:80"),
        ("http://[::1]:8/a", ("http", "::1", 8), "/a", "[::1]:8"),
        ("http://v/a%20b{c}?d=%7B&e=<f>#g", ("http", "v", 80), "/a%20b%7Bc%7D?d=%7B&e=%3Cf%3E", "v"),
    ],
)  # fmt: skip
def test_a_request_as_it_goes_out(
    url: str, origin: tuple[str, str, int], target: str, host: str
) -> None:
    """Host first; what is escaped stays so, and what may not stand in a target is escaped."""
    endpoint = Endpoint(url, {"Accept": "a/b"})
    assert endpoint.origin == origin
    head = f"POST {target} HTTP/1.1\r\nHost: {host}\r\nAccept: a/b\r\nContent-Length: 2\r\n\r\n"
    assert endpoint.request(b"{}") == (b"", head.encode() + b"{}")
    of_httpx = httpx.Request("POST", url)
    assert of_httpx.url.raw_path.decode() == target
    assert of_httpx.headers["host"] == host


def test_the_repr_of_fields_has_no_value() -> None:
    """One of them is the token."""
    assert repr(Fields({"Authorization": "Bearer secret"})) == "Fields(Authorization)"


def test_a_long_request_goes_out_in_two_parts() -> None:
    """The last of it alone, so that it is known whether it was handed on."""
    whole = b"".join(POST.request(b"x" * 100_000))
    first, last = POST.request(b"x" * 100_000)
    assert first + last == whole
    assert 0 < len(last) < 2000


@pytest.mark.parametrize(
    "value", ["a\r\nEvil: b", "a\nEvil: b", "a\0", "a\x85Evil: b", "\u2028Evil: b"]
)
def test_nothing_can_be_smuggled_into_a_head(value: str) -> None:
    """A line break in a token, say, would begin another field."""
    with pytest.raises(ValueError, match="line break"):
        Endpoint(URL, {"X": value})
    with pytest.raises(ValueError, match="line break"):
        Endpoint(URL, {value: "x"})


def reply_of(body: bytes, coding: bytes) -> ReplyReader:
    reader = ReplyReader()
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: %b\r\nContent-Length: %d\r\n\r\n"
    reader.feed(head % (coding, len(body)) + body)
    return reader


def test_a_coding_that_nobody_asked_for_is_undone() -> None:
    reply = reply_of(gzip.compress(b"hi"), b"gzip").reply(whole=True)
    assert (reply.status, reply.body, reply.whole) == (200, b"hi", True)


def test_a_small_reply_cannot_grow_without_bound() -> None:
    """1,000 to 1, as gzip can."""
    reply = reply_of(gzip.compress(bytes(3 * MAX_REPLY_BYTES)), b"gzip").reply(whole=True)
    assert not reply.whole
    assert len(reply.body) <= MAX_REPLY_BYTES + 5_000_000


def test_a_broken_coding_leaves_a_reply_that_is_not_whole() -> None:
    assert not reply_of(b"not gzip", b"gzip").reply(whole=True).whole


def test_the_fields_of_a_reply_are_found_by_name() -> None:
    """In lower case; more than one of a name are one list (RFC 9110, section 5.2)."""
    reader = ReplyReader()
    reader.feed(b"HTTP/1.1 429 x\r\nRetry-After: 1\r\nA: 1\r\na: 2\r\nContent-Length: 0\r\n\r\n")
    reply = reader.reply(whole=True)
    assert reply.headers == {"retry-after": "1", "a": "1, 2", "content-length": "0"}
