"""What the programs are built in, and the servers that answer them."""

import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.languages.runtimes import Builder, run

ACCEPTED = '{"data": {"createMessage": {"id": "m1", "status": "queued"}}}'


class Stub(ThreadingHTTPServer):
    """A server that answers what it is told, and keeps the paths that it was asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.paths: list[str] = []
        self.answer: Callable[[BaseHTTPRequestHandler], None] = lambda _: None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/graphql"

    def answers(self, status: int, body: str, **headers: str) -> None:
        """From now on, answer with this."""

        def answer(request: BaseHTTPRequestHandler) -> None:
            content = body.encode()
            request.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                request.send_header(name, value)
            request.end_headers()
            request.wfile.write(content)

        self.answer = answer

    @contextlib.contextmanager
    def serving(self) -> Iterator["Stub"]:
        thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            self.shutdown()
            thread.join()

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Stub

    def do_GET(self) -> None:
        self.server.paths.append(self.path)
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.close_connection = True
        self.server.answer(self)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Keep the tests' output clean."""


@pytest.fixture(scope="session")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Builder:
    return Builder(tmp_path_factory.mktemp("languages"))


@pytest.fixture
def stub() -> Iterator[Stub]:
    with Stub() as server, server.serving():
        yield server


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For localhost; nobody trusts it unless told to."""
    folder = tmp_path_factory.mktemp("certificate")
    made = run(
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout key.pem "
        "-out cert.pem -addext subjectAltName=DNS:localhost".split(),
        cwd=folder,
    )
    assert made.returncode == 0, made.stderr
    return folder / "cert.pem"


@pytest.fixture
def tls_stub(certificate: Path) -> Iterator[Stub]:
    """Speaks TLS for localhost, and accepts every message."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    with Stub() as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.answers(200, ACCEPTED)
        with server.serving():
            yield server
