"""Sending without a client of GraphQL or SMS: HTTP libraries, and a bare socket."""

import asyncio
import json
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import urlsplit

from benchmarks.answerer import REPLIES
from benchmarks.speed.message import HEADERS, AsyncSend, Send, payload


def _head(origin: str) -> tuple[str, int, ssl.SSLContext | None, str]:
    """What a raw socket needs: host, port, TLS, and the head of a request but for its length."""
    parts = urlsplit(origin)
    context = ssl.create_default_context() if parts.scheme == "https" else None
    lines = ["POST /graphql HTTP/1.1", f"Host: {parts.netloc}"]
    lines += [f"{name}: {value}" for name, value in HEADERS.items()]
    return parts.hostname or "", parts.port or 0, context, "\r\n".join(lines)


def _request(head: str, to: str, text: str) -> bytes:
    body = json.dumps(payload(to, text)).encode()
    return f"{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


@contextmanager
def floor(origin: str) -> Iterator[Send]:
    """A socket for each thread, with no rule at all."""
    host, port, context, head = _head(origin)
    end, local = REPLIES["/graphql"], threading.local()
    opened: list[socket.socket] = []

    def connection() -> socket.socket:
        made = socket.create_connection((host, port))
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        raw = context.wrap_socket(made, server_hostname=host) if context else made
        opened.append(raw)
        local.socket = raw
        return raw

    def send(to: str, body: str) -> object:
        raw: socket.socket = getattr(local, "socket", None) or connection()
        raw.sendall(_request(head, to, body))
        received = raw.recv(65536)
        while not received.endswith(end):
            received += raw.recv(65536)
        return json.loads(received.partition(b"\r\n\r\n")[2])

    yield send
    for raw in opened:
        raw.close()


class _Raw(asyncio.Protocol):
    transport: asyncio.Transport
    waiter: asyncio.Future[bytes]
    received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        if self.received.endswith(REPLIES["/graphql"]):
            self.waiter.set_result(self.received)
            self.received = b""


@asynccontextmanager
async def floor_async(origin: str) -> AsyncIterator[AsyncSend]:
    """The same on asyncio's transports, taken from a list."""
    host, port, context, head = _head(origin)
    free: list[_Raw] = []
    opened: list[_Raw] = []
    loop = asyncio.get_running_loop()

    async def connection() -> _Raw:
        _, raw = await loop.create_connection(_Raw, host, port, ssl=context)
        opened.append(raw)
        return raw

    async def send(to: str, body: str) -> object:
        raw = free.pop() if free else await connection()
        raw.waiter = loop.create_future()
        raw.transport.write(_request(head, to, body))
        received = await raw.waiter
        free.append(raw)
        return json.loads(received.partition(b"\r\n\r\n")[2])

    yield send
    for raw in opened:
        raw.transport.abort()


def _data(reply: Any) -> Any:
    """What a program that uses a client of HTTP must do itself, at the least."""
    reply.raise_for_status()
    return reply.json()["data"]["createMessage"]["id"]


@contextmanager
def httpx_sync(origin: str) -> Iterator[Send]:
    """`client.post` with `json=`."""
    import httpx

    with httpx.Client(headers=HEADERS) as client:
        url = f"{origin}/graphql"
        yield lambda to, body: _data(client.post(url, json=payload(to, body)))


@asynccontextmanager
async def httpx_async(origin: str) -> AsyncIterator[AsyncSend]:
    """The same for coroutines."""
    import httpx

    async with httpx.AsyncClient(headers=HEADERS) as client:

        async def send(to: str, body: str) -> object:
            reply = await client.post(f"{origin}/graphql", json=payload(to, body))
            return _data(reply)

        yield send


@asynccontextmanager
async def aiohttp_async(origin: str) -> AsyncIterator[AsyncSend]:
    """`session.post` with `json=`."""
    import aiohttp

    async with aiohttp.ClientSession(headers=HEADERS) as session:

        async def send(to: str, body: str) -> object:
            async with session.post(f"{origin}/graphql", json=payload(to, body)) as reply:
                reply.raise_for_status()
                return (await reply.json())["data"]["createMessage"]["id"]

        yield send


@contextmanager
def requests_session(origin: str) -> Iterator[Send]:
    """One session, used by all threads."""
    import requests

    with requests.Session() as session:
        session.headers.update(HEADERS)
        url = f"{origin}/graphql"
        yield lambda to, body: _data(session.post(url, json=payload(to, body)))


@contextmanager
def requests_request(origin: str) -> Iterator[Send]:
    """`requests.request`, the vendor's article's way: a connection for each text."""
    import requests

    def send(to: str, body: str) -> object:
        data = json.dumps(payload(to, body))
        url = f"{origin}/graphql"
        return _data(requests.request("POST", url, headers=HEADERS, data=data))  # noqa: S113

    yield send
