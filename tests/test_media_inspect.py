"""What `media.inspect` asks, whom it refuses to ask, and what it tells. All on 127.0.0.1."""

import asyncio
import contextlib
import logging
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

import anyio
import httpx
import pytest
import trio
import trustme
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from volt import media
from volt._media_fetch import is_public
from volt.errors import InputError
from volt.media import Inspection, MediaFile

PNG = {"Content-Type": "image/png", "Content-Length": "1234"}
NOT_PUBLIC = r"media\[0\]: its host is not on the public Internet"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Server"

    def handle(self) -> None:
        with contextlib.suppress(OSError):  # a client that hangs up is what is tested
            super().handle()

    def answer(self) -> None:
        self.server.asked.append((self.command, self.path, dict(self.headers)))
        self.server.ports.append(self.client_address[1])
        route = self.server.routes.get(self.path.partition("?")[0])
        if route:
            route(self)
        else:
            self.reply(404, {"Content-Length": "0"})

    do_HEAD = do_GET = answer  # noqa: N815 - http.server's names

    def reply(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """Answers as its routes say, and keeps what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.ports: list[int] = []
        self.routes: dict[str, Callable[[Handler], None]] = {}
        self.host = f"127.0.0.1:{self.server_port}"

    @property
    def allowed(self) -> dict[str, Any]:
        return {"allowed_hosts": {self.host}}

    @property
    def methods_and_paths(self) -> list[tuple[str, str]]:
        return [(method, path) for method, path, _ in self.asked]

    def serve(self, path: str, status: int, headers: dict[str, str], *, to_head: int = 0) -> str:
        """Answer at a path, and to HEAD perhaps with another status; return its URL."""

        def route(handler: Handler) -> None:
            if handler.command == "HEAD" and to_head:
                handler.reply(to_head, {"Content-Length": "0"})
            else:
                handler.reply(status, headers)

        self.routes[path] = route
        return f"http://{self.host}{path}"

    def redirect(self, path: str, to: str) -> str:
        return self.serve(path, 302, {"Location": to, "Content-Length": "0", "Set-Cookie": "a=b"})


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass(frozen=True)
class Inspector:
    """`inspect`, and `inspect_async` on either event loop."""

    kind: str

    def __call__(self, urls: list[str], **options: Any) -> Inspection:
        if self.kind == "sync":
            return media.inspect(urls, **options)

        async def run() -> Inspection:
            return await media.inspect_async(urls, **options)

        return trio.run(run) if self.kind == "trio" else asyncio.run(run())

    def file(self, url: str, **options: Any) -> MediaFile:
        (file,) = self([url], **options).files
        return file


@pytest.fixture(params=["sync", "asyncio", "trio"])
def inspect(request: pytest.FixtureRequest) -> Inspector:
    return Inspector(cast("str", request.param))


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """The addresses that names resolve to, each once: the next answer is another one."""
    known: dict[str, list[str]] = {}

    async def getaddrinfo(host: str, port: int, **_: object) -> list[Any]:
        addresses = known.pop(host)
        known[host] = ["192.0.2.1"]  # nobody's: a second look-up would lead nowhere
        return [(2, 1, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(anyio, "getaddrinfo", getaddrinfo)
    return known


# What it tells.


def test_the_type_and_the_size_of_a_file(inspect: Inspector, server: Server) -> None:
    """By a HEAD request, which names the host and asks for no compression."""
    url = server.serve("/a", 200, {"Content-Type": "image/PNG; x=y", "Content-Length": "1234"})
    file = inspect.file(f"{url}?key=1#part", **server.allowed)
    assert (file.content_type, file.size_bytes, file.supported) == ("image/png", 1234, True)
    assert (file.url, file.redirected, file.warnings) == (f"{url}?key=1#part", False, ())
    ((method, path, headers),) = server.asked
    assert (method, path, headers["Host"]) == ("HEAD", "/a?key=1", server.host)
    assert headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("to_head", [400, 403, 404, 405, 501])
def test_a_server_that_refuses_head_is_asked_for_one_byte(
    to_head: int, inspect: Inspector, server: Server
) -> None:
    """A URL signed for GET is refused for HEAD."""
    headers = {"Content-Type": "image/gif", "Content-Length": "1", "Content-Range": "bytes 0-0/777"}
    url = server.serve("/a", 206, headers, to_head=to_head)
    file = inspect.file(url, **server.allowed)
    assert (file.content_type, file.size_bytes) == ("image/gif", 777)
    assert server.methods_and_paths == [("HEAD", "/a"), ("GET", "/a")]
    assert server.asked[1][2]["Range"] == "bytes=0-0"
    assert len(set(server.ports)) == 2  # each request has a connection of its own


def test_a_body_is_never_read(inspect: Inspector, server: Server) -> None:
    """Not of a server that takes no range and sends all it has: it is hung up on."""
    sent: list[int] = []

    def route(handler: Handler) -> None:
        if handler.command == "HEAD":
            handler.reply(405, {"Content-Length": "0"})
            return
        handler.reply(200, {"Content-Type": "image/png", "Content-Length": str(10**10)})
        for _ in range(2000):
            handler.wfile.write(b"x" * 100_000)
            sent.append(100_000)

    server.routes["/a"] = route
    file = inspect.file(f"http://{server.host}/a", **server.allowed)
    assert (file.size_bytes, file.supported) == (10**10, True)
    assert sum(sent) < 2000 * 100_000


@pytest.mark.parametrize(
    ("headers", "content_type", "size_bytes", "supported", "warning"),
    [
        ({"Content-Type": "text/vcard", "Content-Length": "1"}, "text/vcard", 1, True, None),
        ({"Content-Type": "text/x-vcard", "Content-Length": "1"}, "text/x-vcard", 1, True, None),
        ({"Content-Type": "text/html; charset=x", "Content-Length": "1"}, "text/html", 1, False,
         "it is text/html; Volt takes JPEG, PNG, GIF and VCF"),
        ({"Content-Type": "application/octet-stream", "Content-Length": "1"},
         "application/octet-stream", 1, None, "does not say of which type"),
        ({"Content-Length": "1"}, None, 1, None, "no Content-Type"),
        ({"Content-Type": "image/png"}, "image/png", None, True, "does not say how large"),
        ({"Content-Type": "image/png", "Content-Length": "0"}, "image/png", 0, True, "it is empty"),
        ({"Content-Type": "image/png", "Content-Length": "9", "Content-Encoding": "gzip"},
         "image/png", None, True, "does not say how large"),
        ({"Content-Type": "\x1b[31mimage/png", "Content-Length": "1"}, None, 1, None, "no Content-"),
        ({"Content-Type": "a" * 99 + "/png", "Content-Length": "1"}, None, 1, None, "no Content-"),
    ],
)  # fmt: skip
def test_what_a_server_says_is_weighed(
    headers: dict[str, str], content_type: str | None, size_bytes: int | None,
    supported: bool | None, warning: str | None, server: Server,
) -> None:  # fmt: skip
    """A vague type is no fault, and what would garble a terminal is no type."""
    (file,) = media.inspect([server.serve("/a", 200, headers)], **server.allowed).files
    assert (file.content_type, file.size_bytes, file.supported) == (
        content_type, size_bytes, supported,
    )  # fmt: skip
    assert len(file.warnings) == (warning is not None)
    assert warning is None or warning in file.warnings[0]


def test_the_files_of_a_message_together(inspect: Inspector, server: Server) -> None:
    """Their sizes add up, and each warning says which file it is about."""
    urls = [
        server.serve(f"/{size}", 200, {"Content-Type": kind, "Content-Length": str(size)})
        for kind, size in [("image/png", 400_000), ("image/tiff", 200_001)]
    ]
    inspection = inspect(urls, **server.allowed)
    assert inspection.total_bytes == 600_001
    assert [warning.partition(";")[0] for warning in inspection.warnings] == [
        "media[1]: it is image/tiff", "media: 600,001 bytes in all",
    ]  # fmt: skip
    assert inspect([], **server.allowed).total_bytes == 0
    assert inspect(urls[:1], **server.allowed).warnings == ()
    unknown = server.serve("/x", 200, {"Content-Type": "image/png"})
    assert inspect([urls[0], unknown], **server.allowed).total_bytes is None


def test_a_redirect_is_followed_and_told(inspect: Inspector, server: Server) -> None:
    """Three times, with no cookie and nothing else carried along."""
    server.serve("/a", 200, PNG)
    server.redirect("/1", "/a")
    server.redirect("/2", f"http://{server.host}/1")
    three = server.redirect("/3", "2")
    file = inspect.file(three, **server.allowed)
    assert (file.url, file.redirected, file.size_bytes) == (three, True, 1234)
    assert "it leads to another URL" in file.warnings[0]
    assert [path for _, path in server.methods_and_paths] == ["/3", "/2", "/1", "/a"]
    assert all("Cookie" not in headers and "Referer" not in headers for *_, headers in server.asked)
    four = server.redirect("/4", "/3")
    with pytest.raises(InputError, match=r"media\[0\]: it redirects more than 3 times"):
        inspect.file(four, **server.allowed)


# Whom it refuses to ask.


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.255",
        "168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8",
        "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1",
        "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8",
        "::ffff:0:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::a00:1",
        "64:ff9b:1::808:808", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::",
        "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1",
        "ff02::1", "ff0e::1",
    ],
)  # fmt: skip
def test_an_address_that_is_not_public(address: str) -> None:
    """Private, shared, loopback, link-local, multicast, reserved, or IPv4 in disguise."""
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "64:ff9b::808:808"]
)  # fmt: skip
def test_an_address_that_is_public(address: str) -> None:
    """Among them what a network without IPv4 makes of a public IPv4 address."""
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0", "localhost", "[::1]", "[::]",
     "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "169.254.169.254", "10.0.0.1"],
)  # fmt: skip
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_host_that_is_not_public_is_refused(scheme: str, host: str) -> None:
    """However it is written; and the error does not tell what is there."""
    with pytest.raises(InputError, match=NOT_PUBLIC) as caught:
        media.inspect([f"{scheme}://{host}/a.png"])
    assert caught.value.argument == "media[0]"


@pytest.mark.parametrize(
    ("addresses", "is_asked"),
    [(["8.8.8.8"], True), (["8.8.8.8", "10.0.0.1"], False), (["10.0.0.1"], False)],
)
def test_the_address_that_was_checked_is_the_one_connected_to(
    addresses: list[str],
    is_asked: bool,
    inspect: Inspector,
    names: dict[str, list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name that resolves otherwise the next time leads nowhere; one public address is not enough."""
    requests: list[httpx.Request] = []

    async def handle(self: object, request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(405 if request.method == "HEAD" else 200, headers=PNG)

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", handle)
    names["example.com"] = addresses
    if not is_asked:
        with pytest.raises(InputError, match=NOT_PUBLIC):
            inspect.file("https://example.com/a?b")
        assert requests == []
        return
    assert inspect.file("https://example.com/a?b").size_bytes == 1234
    assert [str(request.url) for request in requests] == ["https://8.8.8.8/a?b"] * 2
    assert {request.headers["Host"] for request in requests} == {"example.com"}
    assert {request.extensions["sni_hostname"] for request in requests} == {"example.com"}


def test_the_next_address_is_tried_where_one_takes_no_connection(
    inspect: Inspector, server: Server, names: dict[str, list[str]]
) -> None:
    """As for a name with an address of each kind, on a machine that has only one of them."""
    server.serve("/a", 200, PNG)
    names["media.example"] = ["::1", "127.0.0.1"]
    host = f"media.example:{server.server_port}"
    assert inspect.file(f"http://{host}/a", allowed_hosts={host}).size_bytes == 1234
    assert server.asked[0][2]["Host"] == host


@pytest.mark.parametrize(
    ("location", "fault"),
    [
        ("http://169.254.169.254/latest/meta-data", "not on the public Internet"),
        ("//localhost/", "not on the public Internet"),
        ("http://[::1]/", "not on the public Internet"),
        ("http://127.0.0.1:1/", "a port of its own"),
        ("https://127.0.0.1:80/", "a port of its own"),
        ("ftp://example.com/a", "redirects to no public URL"),
        ("file:///etc/passwd", "redirects to no public URL"),
        ("data:image/png;base64,xx", "redirects to no public URL"),
        ("http://0177.0.0.1/", "redirects to no public URL"),
        ("http://", "redirects more than 3 times"),
        ("http://[", "its host is not known"),
        ("http://xn--/", "its host is not known"),
        ("http://user:secret@127.0.0.1/", "a user or a password"),
    ],
)
def test_a_redirect_is_checked_as_the_url_was(
    location: str, fault: str, inspect: Inspector, server: Server
) -> None:
    """Wherever it leads."""
    with pytest.raises(InputError, match=rf"media\[0\]: .*{fault}") as caught:
        inspect.file(server.redirect("/a", location), **server.allowed)
    assert "secret" not in str(caught.value)
    assert {path for _, path in server.methods_and_paths} == {"/a"}


@pytest.mark.parametrize("port", ["0", "22", "443", "8080"])
def test_a_port_of_its_own_is_refused(port: str) -> None:
    """Else the ports of a server could be tried out."""
    with pytest.raises(InputError, match=r"a port of its own: use http:// without one"):
        media.inspect([f"http://127.0.0.1:{port}/"])


def test_an_allowed_host_is_allowed_at_its_port_only(server: Server) -> None:
    """And no other is."""
    url = server.serve("/a", 200, PNG)
    for allowed in ({"127.0.0.1:1"}, {f"localhost:{server.server_port}"}, set[str]()):
        with pytest.raises(InputError, match="a port of its own"):
            media.inspect([url], allowed_hosts=allowed)
    with pytest.raises(InputError, match=NOT_PUBLIC):
        media.inspect(["http://127.0.0.1/"], **server.allowed)
    assert server.asked == []


@pytest.mark.parametrize(
    "hosts", ["127.0.0.1:80", ["127.0.0.1"], [80], ["a:b"], ["http://a:80"], [""]]
)
def test_allowed_hosts_that_allow_nothing_are_refused(hosts: Any) -> None:
    """With the way to write them."""
    with pytest.raises(InputError, match=r"^allowed_hosts: a set of hosts with ports"):
        media.inspect([], allowed_hosts=hosts)


@pytest.mark.parametrize("deadline", [0, -1, float("nan"), True, "10", None])
def test_a_deadline_that_is_none_is_refused(deadline: Any) -> None:
    """With one that is."""
    with pytest.raises(InputError, match=r"^deadline: a number of seconds above 0"):
        media.inspect([], deadline=deadline)


def test_the_url_itself_is_checked_first() -> None:
    """As `check` does; nobody is asked."""
    with pytest.raises(InputError, match=r"media\[1\]: Volt does not take .mp4"):
        media.inspect(["http://127.0.0.1/a.png", "http://127.0.0.1/a.mp4"])
    with pytest.raises(InputError, match=r"^pictures\[0\]: "):
        media.inspect(["http://127.0.0.1/"], argument="pictures")
    with pytest.raises(InputError, match="user or a password"):
        media.inspect(["http://user@127.0.0.1/"])


def test_neither_proxies_nor_netrc_are_used(
    inspect: Inspector, server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A proxy would resolve the name again; a password is none of the server's business."""
    url = server.serve("/a", 200, PNG)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "")
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert inspect.file(url, **server.allowed).size_bytes == 1234
    assert "Authorization" not in server.asked[0][2]


# TLS is verified for the name, whatever the address.


@pytest.fixture
def authority(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> trustme.CA:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return authority


@pytest.mark.parametrize("certified", ["media.example", "other.example", "127.0.0.1", None])
def test_tls_is_verified_for_the_name(
    certified: str | None,
    inspect: Inspector,
    server: Server,
    names: dict[str, list[str]],
    authority: trustme.CA,
) -> None:
    """A certificate for another name, for the address, or of nobody trusted is not accepted."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issuer = authority if certified else trustme.CA()
    issuer.issue_cert(certified or "media.example").configure_cert(context)
    asked_for: list[str | None] = []
    context.sni_callback = lambda _, name, __: asked_for.append(name)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve("/a", 200, PNG)
    names["media.example"] = ["127.0.0.1"]
    host = f"media.example:{server.server_port}"
    if certified == "media.example":
        assert inspect.file(f"https://{host}/a", allowed_hosts={host}).size_bytes == 1234
        assert server.asked[0][2]["Host"] == host
    else:
        with pytest.raises(InputError, match=r"media\[0\]: its server's TLS certificate"):
            inspect.file(f"https://{host}/a", allowed_hosts={host})
        assert server.asked == []
    assert asked_for == ["media.example"]


# What goes wrong.


@pytest.mark.parametrize("status", [204, 304, 400, 401, 403, 404, 410, 429, 500, 503])
def test_a_url_that_is_not_open_is_refused(status: int, inspect: Inspector, server: Server) -> None:
    """With the status, the remedy and its place in the list; not with what may be signed."""
    good = server.serve("/good", 200, PNG)
    bad = server.serve("/private-path", status, {"Content-Length": "0"})
    with pytest.raises(InputError, match=rf"HTTP {status}: Volt needs one that all may") as caught:
        inspect([good, f"{bad}?signature=secret"], **server.allowed)
    assert caught.value.argument == "media[1]"
    assert "secret" not in str(caught.value)
    assert "private-path" not in str(caught.value)


def hang(handler: Handler) -> None:
    handler.server.shutdown_event.wait(5)  # type: ignore[attr-defined]


def drip(handler: Handler) -> None:
    """A byte at a time, so that no wait for the next byte is ever too long."""
    for _ in range(500):
        handler.wfile.write(b"H")
        if handler.server.shutdown_event.wait(0.01):  # type: ignore[attr-defined]
            return


@pytest.mark.parametrize("route", [hang, drip])
def test_a_slow_server_does_not_hold_up_the_caller(
    route: Callable[[Handler], None], inspect: Inspector, server: Server
) -> None:
    """The deadline is for the whole, also with a server that keeps sending a little."""
    server.routes["/a"] = route
    server.shutdown_event = threading.Event()  # type: ignore[attr-defined]
    with pytest.raises(InputError, match=r"media\[0\]: .*did not answer within 0.2 seconds"):
        inspect.file(f"http://{server.host}/a?secret", deadline=0.2, **server.allowed)
    server.shutdown_event.set()  # type: ignore[attr-defined]


def test_a_slow_name_server_does_not_hold_up_the_caller(
    inspect: Inspector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does one of names."""

    async def getaddrinfo(*_: object, **__: object) -> list[Any]:
        await anyio.sleep(60)
        return []

    monkeypatch.setattr(anyio, "getaddrinfo", getaddrinfo)
    with pytest.raises(InputError, match="did not answer within 0.1 seconds"):
        inspect.file("http://example.com/", deadline=0.1)


@pytest.mark.parametrize(
    ("sends", "fault"),
    [
        (b"", "breaks off"),
        (b"220 smtp.example ESMTP\r\n", "breaks off"),
        (b"HTTP/1.1 2", "breaks off"),
    ],
)
def test_a_server_that_speaks_something_else(
    sends: bytes, fault: str, inspect: Inspector, server: Server
) -> None:
    """Or nothing."""

    def route(handler: Handler) -> None:
        handler.wfile.write(sends)
        handler.close_connection = True

    server.routes["/a"] = route
    with pytest.raises(InputError, match=rf"media\[0\]: its server {fault}") as caught:
        inspect.file(f"http://{server.host}/a?secret", **server.allowed)
    assert isinstance(caught.value.__cause__, httpx.TransportError)
    assert "secret" not in f"{caught.value!r} {caught.value.__cause__!r}"


def test_a_server_that_takes_no_connection(inspect: Inspector, server: Server) -> None:
    """Nobody listens there."""
    server.server_close()
    with pytest.raises(InputError, match=r"media\[0\]: its server takes no connection") as caught:
        inspect.file(f"http://{server.host}/a", **server.allowed)
    assert isinstance(caught.value.__cause__, httpx.ConnectError)


def test_a_name_that_nobody_has(inspect: Inspector) -> None:
    """Names under .invalid never resolve (RFC 2606)."""
    with pytest.raises(InputError, match=r"media\[0\]: its host is not known"):
        inspect.file("https://volt.invalid/a.png")


def test_the_query_of_a_url_is_in_no_log_and_no_repr(
    inspect: Inspector, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    """It may be a signature. Nobody's log has it, also not one of every detail."""
    caplog.set_level(logging.DEBUG)
    url = server.serve("/private-path", 200, PNG) + "?signature=secret"
    inspection = inspect([url], **server.allowed)
    assert caplog.records
    everything = f"{caplog.text} {inspection!r} {inspection.warnings}"
    assert "secret" not in everything
    assert "private-path" not in everything


def test_an_interrupt_ends_the_program_at_once(server: Server) -> None:
    """Ctrl-C while a server keeps it waiting: the thread that asks does not hold it up."""
    asked, done = threading.Event(), threading.Event()

    def route(handler: Handler) -> None:
        asked.set()
        done.wait(30)

    server.routes["/a"] = route
    code = f"from volt import media; media.inspect(['http://{server.host}/a'], deadline=60, allowed_hosts=['{server.host}'])"
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
    assert asked.wait(20)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    done.set()
    assert errors.rstrip().endswith("KeyboardInterrupt")


def test_it_works_where_an_event_loop_runs_already(server: Server) -> None:
    """As in a notebook."""
    url = server.serve("/a", 200, PNG)

    async def main() -> Inspection:
        return media.inspect([url], **server.allowed)

    assert asyncio.run(main()).total_bytes == 1234


locations = st.text(st.characters(exclude_categories=['Cs']), max_size=30) | st.lists(
    st.sampled_from([*"htp:/@[]#?.%\\ \t", "http://", "//", "localhost", "127.0.0.1", "xn--", "::1", "ß"])
).map("".join)  # fmt: skip


@given(location=locations)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_location_does_more_than_fail(
    server: Server, monkeypatch: pytest.MonkeyPatch, location: str
) -> None:
    """Any text that a server redirects to ends in an error that names the element."""

    async def getaddrinfo(host: str, port: int, **_: object) -> list[Any]:
        if host != "127.0.0.1":
            raise OSError
        return [(2, 1, 6, "", (host, port))]

    monkeypatch.setattr(anyio, "getaddrinfo", getaddrinfo)
    header = location.encode("utf-8").decode("latin-1").replace("\r", "").replace("\n", "")
    with pytest.raises(InputError) as caught:
        media.inspect([server.redirect("/a", header)], **server.allowed)
    assert caught.value.argument == "media[0]"
