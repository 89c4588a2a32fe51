"""Servers of fixed answers: nginx, faster than every client, and one that takes 50 ms."""

import asyncio
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_connection, socket
from typing import cast

import trustme

SLOW_SECONDS = 0.05

#: What each kind of client expects, by the beginning of the path that it posts to.
MESSAGE: dict[str, object] = {
    "id": "rf_0123456789abcdef0123456789abcdef",
    "legacyId": "123456",
    "toNumber": "+15555550145",
    "fromNumber": "+15555550123",
    "status": "queued",
    "statusDescription": "Waiting to be sent",
    "media": [],
    "body": "Your table is ready.",
    "sentAt": "2026-01-01T12:00:00Z",
    "confirmedAt": None,
}
TWILIO_PATH = "/2010-04-01/"
TWILIO = {
    "sid": "SM0123456789abcdef0123456789abcdef",
    "account_sid": "AC0",
    "to": "+15555550145",
    "from": "+15555550123",
    "status": "queued",
    "body": "Your table is ready.",
    "num_segments": "1",
    "num_media": "0",
    "direction": "outbound-api",
    "date_created": "Thu, 01 Jan 2026 12:00:00 +0000",
    "error_code": None,
}
TELNYX = {
    "id": "0123456789abcdef0123456789abcdef",
    "record_type": "message",
    "direction": "outbound",
    "to": [{"phone_number": "+15555550145", "status": "queued"}],
    "from": {"phone_number": "+15555550123"},
    "text": "Your table is ready.",
    "parts": 1,
    "received_at": "2026-01-01T12:00:00Z",
}
REPLIES: dict[str, bytes] = {
    path: json.dumps(reply, separators=(",", ":")).encode()
    for path, reply in {
        "/graphql": {"data": {"createMessage": MESSAGE}},
        TWILIO_PATH: TWILIO,
        "/messages": {"data": TELNYX},
    }.items()
}


class NginxMissingError(Exception):
    """Says how to install it."""


def _nginx() -> str:
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if not found:
        raise NginxMissingError("nginx is missing: sudo apt-get install nginx-light")
    return found


def nginx_version() -> str:
    """As nginx says it."""
    said = subprocess.run([_nginx(), "-v"], capture_output=True, text=True, check=True).stderr  # noqa: S603
    return said.strip().rpartition("/")[2]


def _free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _configuration(folder: Path, plain: int, tls: int) -> str:
    locations = "\n".join(
        f"location {path} {{ return {201 if path == TWILIO_PATH else 200} '{reply.decode()}'; }}"
        for path, reply in REPLIES.items()
    )
    scratch = "\n".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return f"""
daemon off;
master_process off;
pid {folder}/pid;
error_log stderr error;
events {{ worker_connections 4096; }}
http {{
  {scratch}
  access_log off;
  default_type application/json;
  keepalive_timeout 1h;
  keepalive_requests 1000000000;
  server {{
    listen 127.0.0.1:{plain} backlog=1024;
    listen 127.0.0.1:{tls} ssl backlog=1024;
    ssl_certificate {folder}/server.pem;
    ssl_certificate_key {folder}/server.pem;
    {locations}
  }}
}}
"""


class Certificates:
    """A self-made authority that clients trust, beside those that they trust anyway.

    Args:
        folder: For the files.
    """

    def __init__(self, folder: Path) -> None:
        import certifi

        authority = trustme.CA()
        issued = authority.issue_cert("127.0.0.1")
        key = issued.private_key_pem.bytes()
        chain = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
        (folder / "server.pem").write_bytes(key + chain)
        self.bundle = folder / "bundle.pem"
        # With the usual authorities, so that a client spends what it always does on reading them.
        usual = Path(certifi.where()).read_bytes()
        self.bundle.write_bytes(usual + authority.cert_pem.bytes())

    @property
    def environment(self) -> dict[str, str]:
        """Makes clients trust it."""
        return {"SSL_CERT_FILE": str(self.bundle), "REQUESTS_CA_BUNDLE": str(self.bundle)}


class Servers:
    """Where the servers answer: an origin without a path for each scheme, `http` and `https`.

    Args:
        fast: Of nginx.
        slow: Of the one that takes 50 ms.
        environment: What a client's process needs to trust the certificate.
    """

    def __init__(self, fast: list[int], slow: list[int], environment: dict[str, str]) -> None:
        self.fast, self.slow = _origins(fast), _origins(slow)
        self.environment = environment


def _origins(ports: list[int]) -> dict[str, str]:
    pairs = zip(("http", "https"), ports, strict=True)
    return {scheme: f"{scheme}://127.0.0.1:{port}" for scheme, port in pairs}


@contextmanager
def serving(core: int | None) -> Iterator[Servers]:
    """Run the servers, on one core if one is given, and end them.

    Raises:
        NginxMissingError: It is not installed.
    """
    with tempfile.TemporaryDirectory(prefix="volt-bench-") as name:
        folder = Path(name)
        certificates = Certificates(folder)
        plain, tls = _free_port(), _free_port()
        (folder / "nginx.conf").write_text(_configuration(folder, plain, tls))
        command = [_nginx(), "-p", name, "-c", f"{name}/nginx.conf"]
        nginx = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)  # noqa: S603
        slow = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.speed.servers", f"{folder}/server.pem"],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            if core is not None:
                os.sched_setaffinity(nginx.pid, {core})
                os.sched_setaffinity(slow.pid, {core})
            assert slow.stdout is not None
            slow_ports = [int(port) for port in slow.stdout.readline().split()]
            _await_answers(nginx, plain)
            yield Servers([plain, tls], slow_ports, certificates.environment)
        finally:
            for process in (nginx, slow):
                process.kill()  # they keep nothing
                process.wait(timeout=10)
                for pipe in (process.stdout, process.stderr):
                    if pipe is not None:
                        pipe.close()


def _await_answers(nginx: subprocess.Popen[str], port: int) -> None:
    for _ in range(100):
        if nginx.poll() is not None:
            assert nginx.stderr is not None
            raise RuntimeError(f"nginx has ended: {nginx.stderr.read()}")
        try:
            create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("nginx does not answer")


class SlowAnswerer(asyncio.Protocol):
    """Answers every POST after 50 ms; `GET /opened` at once, with the connections so far."""

    opened = 0

    def __init__(self) -> None:
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count it."""
        self._transport = cast("asyncio.Transport", transport)
        SlowAnswerer.opened += 1

    def data_received(self, data: bytes) -> None:
        """Answer when the request is whole."""
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        if not end or len(body) < int(length[1] if length else 0):
            return
        self._received = b""
        path = head.split(b" ", 2)[1].decode()
        if path == "/opened":
            self._write(b"%d" % SlowAnswerer.opened)
            return
        reply = next(reply for start, reply in REPLIES.items() if path.startswith(start))
        asyncio.get_running_loop().call_later(SLOW_SECONDS, self._write, reply)

    def _write(self, body: bytes) -> None:
        reply = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
        self._transport.write(reply % (len(body), body))


async def _serve_slowly(certificate: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    loop, where = asyncio.get_running_loop(), ("127.0.0.1", 0)
    plain = await loop.create_server(SlowAnswerer, *where, backlog=1024)
    tls = await loop.create_server(SlowAnswerer, *where, backlog=1024, ssl=context)
    print(*(server.sockets[0].getsockname()[1] for server in (plain, tls)), flush=True)
    await asyncio.gather(plain.serve_forever(), tls.serve_forever())


if __name__ == "__main__":
    asyncio.run(_serve_slowly(sys.argv[1]))
