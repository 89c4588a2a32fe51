"""The clients that are measured, each as its documents show it, with its default settings."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks.speed import plain
from benchmarks.speed.generated import QUERY
from benchmarks.speed.message import FROM, HEADERS, AsyncSend, AsyncWay, Send, Way, variables


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
        Client("httpx", ("httpx", "httpcore", "h11"), plain.httpx_sync, plain.httpx_async, "http"),
        Client("requests.Session", ("requests", "urllib3"), plain.requests_session, None, "http"),
        Client("requests.request", ("requests",), plain.requests_request, None, "http"),
        Client("aiohttp", ("aiohttp",), None, plain.aiohttp_async, "http"),
        Client("raw socket", (), plain.floor, plain.floor_async, "floor"),
    ]
}
