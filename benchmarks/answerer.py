"""A server of fixed answers, each after the same time, in a process of its own."""

import asyncio
import json
import os
import re
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast
from urllib.request import urlopen

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


class Answerer(asyncio.Protocol):
    """Answers every POST; `GET /opened` with the connections so far."""

    opened = 0
    seconds = 0.0

    def __init__(self) -> None:
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count it."""
        self._transport = cast("asyncio.Transport", transport)
        Answerer.opened += 1

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
            Answerer.opened -= 1  # whoever asks comes by a connection of its own
            self._write(b"%d" % Answerer.opened)
            return
        reply = next(reply for start, reply in REPLIES.items() if path.startswith(start))
        if self.seconds:
            asyncio.get_running_loop().call_later(self.seconds, self._write, reply)
        else:
            self._write(reply)

    def _write(self, body: bytes) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        self._transport.write(head % len(body) + body)


async def _serve(certificate: str) -> None:
    contexts: list[ssl.SSLContext | None] = [None]
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        contexts.append(context)
    loop = asyncio.get_running_loop()
    servers = [
        await loop.create_server(Answerer, "127.0.0.1", 0, backlog=1024, ssl=context)
        for context in contexts
    ]
    print(*(server.sockets[0].getsockname()[1] for server in servers), flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


@contextmanager
def answering(
    seconds: float = 0.0, *, core: int | None = None, certificate: Path | None = None
) -> Iterator[dict[str, str]]:
    """Run the server, and end it.

    Args:
        seconds: How long it takes for an answer.
        core: Where it runs.
        certificate: With its key, to serve TLS too.

    Yields:
        Its origins, which have no path, by scheme: `http`, and `https` with a certificate.
    """
    command = [sys.executable, "-m", "benchmarks.answerer", str(seconds), str(certificate or "")]
    root = Path(__file__).parent.parent
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as server:  # noqa: S603
        try:
            if core is not None:
                os.sched_setaffinity(server.pid, {core})
            assert server.stdout is not None
            ports = server.stdout.readline().split()
            # Without a certificate there is one port.
            pairs = zip(("http", "https"), ports, strict=False)
            yield {scheme: f"{scheme}://127.0.0.1:{port}" for scheme, port in pairs}
        finally:
            server.kill()  # it keeps nothing


def opened(origin: str) -> int:
    """The connections that a server has seen so far."""
    with urlopen(f"{origin}/opened") as reply:  # noqa: S310 - it is ours
        return int(reply.read())


if __name__ == "__main__":
    Answerer.seconds = float(sys.argv[1])
    asyncio.run(_serve(sys.argv[2]))
