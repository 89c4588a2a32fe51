"""The clients that are measured, each as its documents show it, with its default settings.

A way to send is a context manager over an origin, such as `http://127.0.0.1:8026`: it makes a
client, yields a function that sends one text and returns what the client makes of the reply, and
closes the client.
"""

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
)
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from benchmarks.answerer import REPLIES
from benchmarks.speed.generated import QUERY

FROM = "+15555550123"
HEADERS = {
    "Authorization": "Bearer sandbox",
    "Content-Type": "application/json",
    "Accept": "application/json",
}

#: Sends a text (`to`, `body`); returns the client's result.
Send = Callable[[str, str], object]
AsyncSend = Callable[[str, str], Awaitable[object]]
Way = Callable[[str], AbstractContextManager[Send]]
AsyncWay = Callable[[str], AbstractAsyncContextManager[AsyncSend]]


@dataclass(frozen=True)
class Client:
    """A client to measure.

    Attributes:
        name: As in the tables.
        packages: Whose versions are stated.
        sync: How ordinary code sends with it.
        coroutine: How a coroutine sends with it.
        kind: `"volt"`; `"floor"` (no client: what the machine and Python cost); `"http"` (a client
            of HTTP, which knows neither GraphQL nor texts); `"graphql"`; `"sms"`.
    """

    name: str
    packages: tuple[str, ...]
    sync: Way | None
    coroutine: AsyncWay | None
    kind: str


def variables(to: str, body: str) -> dict[str, object]:
    """Those of the mutation."""
    return {"to": to, "from": FROM, "body": body, "media": []}


def payload(to: str, body: str) -> dict[str, object]:
    """What a GraphQL request is, as JSON."""
    return {"query": QUERY, "operationName": "createMessage", "variables": variables(to, body)}


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
    import threading

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


@contextmanager
def stock_sync(origin: str) -> Iterator[Send]:
    """What ariadne-codegen makes of the same schema and query (`generated.py`)."""
    from stock_sync import Client as Stock

    with Stock(f"{origin}/graphql", headers=HEADERS) as client:
        yield lambda to, body: client.create_message(to=to, from_=FROM, body=body, media=[])


@asynccontextmanager
async def stock_async(origin: str) -> AsyncIterator[AsyncSend]:
    """The same for coroutines."""
    from stock_async import Client as Stock

    async with Stock(f"{origin}/graphql", headers=HEADERS) as client:
        yield lambda to, body: client.create_message(to=to, from_=FROM, body=body, media=[])


def _gql_request() -> Callable[[str, str], Any]:
    """Parses the document once, and makes a request of it for each text."""
    from gql import GraphQLRequest, gql

    document = gql(QUERY).document

    def request(to: str, body: str) -> Any:
        return GraphQLRequest(document, variable_values=variables(to, body))

    return request


@contextmanager
def gql_httpx(origin: str) -> Iterator[Send]:
    """A session over the httpx transport."""
    from gql import Client
    from gql.transport.httpx import HTTPXTransport

    request = _gql_request()
    with Client(transport=HTTPXTransport(f"{origin}/graphql", headers=HEADERS)) as session:
        yield lambda to, body: session.execute(request(to, body))


@asynccontextmanager
async def gql_httpx_async(origin: str) -> AsyncIterator[AsyncSend]:
    """The same for coroutines."""
    from gql import Client
    from gql.transport.httpx import HTTPXAsyncTransport

    request = _gql_request()
    transport = HTTPXAsyncTransport(f"{origin}/graphql", headers=HEADERS)
    async with Client(transport=transport) as session:
        yield lambda to, body: session.execute(request(to, body))


@contextmanager
def gql_requests(origin: str) -> Iterator[Send]:
    """A session over the requests transport."""
    from gql import Client
    from gql.transport.requests import RequestsHTTPTransport

    request = _gql_request()
    transport = RequestsHTTPTransport(f"{origin}/graphql", headers=HEADERS)
    with Client(transport=transport) as session:
        yield lambda to, body: session.execute(request(to, body))


@asynccontextmanager
async def gql_aiohttp(origin: str) -> AsyncIterator[AsyncSend]:
    """A session over the aiohttp transport."""
    from gql import Client
    from gql.transport.aiohttp import AIOHTTPTransport

    request = _gql_request()
    transport = AIOHTTPTransport(f"{origin}/graphql", headers=HEADERS)
    async with Client(transport=transport) as session:
        yield lambda to, body: session.execute(request(to, body))


@contextmanager
def sgqlc_sync(origin: str) -> Iterator[Send]:
    """The endpoint on urllib: a connection for each text."""
    from sgqlc.endpoint.http import HTTPEndpoint

    endpoint = HTTPEndpoint(f"{origin}/graphql", HEADERS)

    def send(to: str, body: str) -> object:
        reply = endpoint(QUERY, variables(to, body))
        return reply["data"]["createMessage"]["id"]  # a KeyError where it failed

    yield send


@contextmanager
def twilio_sync(origin: str) -> Iterator[Send]:
    """`client.messages.create`."""
    from twilio.rest import Client

    client = Client("AC0", "token")
    client.api.base_url = origin
    yield lambda to, body: client.messages.create(to=to, from_=FROM, body=body).sid


@asynccontextmanager
async def twilio_async(origin: str) -> AsyncIterator[AsyncSend]:
    """`client.messages.create_async`, over aiohttp."""
    from twilio.http.async_http_client import AsyncTwilioHttpClient
    from twilio.rest import Client

    async with AsyncTwilioHttpClient() as http_client:
        client = Client("AC0", "token", http_client=http_client)
        client.api.base_url = origin
        yield lambda to, body: client.messages.create_async(to=to, from_=FROM, body=body)


@contextmanager
def telnyx_sync(origin: str) -> Iterator[Send]:
    """`client.messages.send`."""
    from telnyx import Telnyx

    with Telnyx(api_key="key", base_url=origin) as client:
        yield lambda to, body: client.messages.send(to=to, from_=FROM, text=body)


@asynccontextmanager
async def telnyx_async(origin: str) -> AsyncIterator[AsyncSend]:
    """The same for coroutines."""
    from telnyx import AsyncTelnyx

    async with AsyncTelnyx(api_key="key", base_url=origin) as client:
        yield lambda to, body: client.messages.send(to=to, from_=FROM, text=body)


@contextmanager
def volt_sync(origin: str) -> Iterator[Send]:
    """This package, as it comes: retries, evidence, redaction."""
    from volt import Volt

    with Volt(token="sandbox", url=f"{origin}/graphql", from_=FROM) as client:  # noqa: S106
        yield client.send


@asynccontextmanager
async def volt_async(origin: str) -> AsyncIterator[AsyncSend]:
    """Its twin for coroutines."""
    from volt import AsyncVolt

    async with AsyncVolt(token="sandbox", url=f"{origin}/graphql", from_=FROM) as client:  # noqa: S106
        yield client.send


CLIENTS = {
    client.name: client
    for client in [
        Client("volt", ("volt-sms", "pydantic", "backoff"), volt_sync, volt_async, "volt"),
        Client("twilio", ("twilio", "requests", "aiohttp"), twilio_sync, twilio_async, "sms"),
        Client("telnyx", ("telnyx", "httpx"), telnyx_sync, telnyx_async, "sms"),
        Client(
            "ariadne-codegen",
            ("ariadne-codegen", "pydantic", "httpx"),
            stock_sync,
            stock_async,
            "graphql",
        ),
        Client("gql on httpx", ("gql", "httpx"), gql_httpx, gql_httpx_async, "graphql"),
        Client(
            "gql on requests, aiohttp",
            ("gql", "requests", "aiohttp"),
            gql_requests,
            gql_aiohttp,
            "graphql",
        ),
        Client("sgqlc", ("sgqlc",), sgqlc_sync, None, "graphql"),
        Client("httpx", ("httpx", "httpcore", "h11"), httpx_sync, httpx_async, "http"),
        Client("requests.Session", ("requests", "urllib3"), requests_session, None, "http"),
        Client("requests.request", ("requests",), requests_request, None, "http"),
        Client("aiohttp", ("aiohttp",), None, aiohttp_async, "http"),
        Client("raw socket", (), floor, floor_async, "floor"),
    ]
}
