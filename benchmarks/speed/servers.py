"""Where the clients send: nginx, faster than all of them, and a server that takes 50 ms."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import create_connection, socket

import trustme

from benchmarks.answerer import REPLIES, TWILIO_PATH, answering

SLOW_SECONDS = 0.05


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


@dataclass(frozen=True)
class Servers:
    """Where the servers answer: an origin without a path for each scheme, `http` and `https`.

    Attributes:
        fast: Of nginx.
        slow: Of the one that takes 50 ms.
        environment: What a client's process needs to trust the certificate.
    """

    fast: Mapping[str, str]
    slow: Mapping[str, str]
    environment: Mapping[str, str]


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
        with answering(SLOW_SECONDS, core=core, certificate=folder / "server.pem") as slow:
            nginx = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)  # noqa: S603
            try:
                if core is not None:
                    os.sched_setaffinity(nginx.pid, {core})
                _await_answers(nginx, plain)
                fast = {"http": f"http://127.0.0.1:{plain}", "https": f"https://127.0.0.1:{tls}"}
                yield Servers(fast, slow, certificates.environment)
            finally:
                nginx.kill()  # it keeps nothing
                nginx.wait(timeout=10)
                if nginx.stderr is not None:
                    nginx.stderr.close()


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
