"""One logical send with each of the clients that are compared, each as its documents show it.

Every function makes a client for a local server, with a timeout of `SECONDS`, sends one text, and
returns; or lets the client's error through. Retries are those of the default settings, unless the
name says otherwise.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

#: Every client's timeout.
SECONDS = 0.4
TO, FROM = "+15555550145", "+15555550123"
MUTATION = """
mutation createMessage($to: String!, $from: String!, $body: String!) {
  createMessage(to: $to, from: $from, body: $body) { id }
}
"""


@dataclass(frozen=True)
class Peer:
    """A client to compare with.

    Attributes:
        name: As in the table.
        packages: Whose versions are stated.
        send: Sends one text to a URL.
        reply: What the server answers when all is well; None: GraphQL.
        tls: Whether the client speaks nothing but https.
    """

    name: str
    packages: tuple[str, ...]
    send: Callable[[str, str], object]
    reply: object = None
    tls: bool = False

    @property
    def is_graphql(self) -> bool:
        """Whether it can send the mutation itself, to the same server as ours."""
        return self.reply is None


def variables(text: str) -> dict[str, str]:
    """Those of `MUTATION`."""
    return {"to": TO, "from": FROM, "body": text}


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def twilio_sync(url: str, text: str) -> object:
    """`client.messages.create`, with the default HTTP client."""
    from twilio.http.http_client import TwilioHttpClient
    from twilio.rest import Client

    client = Client("AC0", "token", http_client=TwilioHttpClient(timeout=SECONDS))
    client.api.base_url = _origin(url)
    return client.messages.create(to=TO, from_=FROM, body=text)


def twilio_async(url: str, text: str) -> object:
    """The asynchronous one, whose `max_retries` repeats a request."""
    from twilio.http.async_http_client import AsyncTwilioHttpClient
    from twilio.rest import Client

    async def send() -> object:
        async with AsyncTwilioHttpClient(timeout=SECONDS, max_retries=3) as http_client:
            client = Client("AC0", "token", http_client=http_client)
            client.api.base_url = _origin(url)
            return await client.messages.create_async(to=TO, from_=FROM, body=text)

    return asyncio.run(send())


def telnyx(url: str, text: str) -> object:
    """`client.messages.send`."""
    from telnyx import Telnyx

    with Telnyx(api_key="key", base_url=_origin(url), timeout=SECONDS) as client:
        return client.messages.send(to=TO, from_=FROM, text=text)


def vonage(url: str, text: str) -> object:
    """`client.sms.send`; the timeout is a whole number of seconds."""
    from vonage import Auth, HttpClientOptions, Vonage
    from vonage_sms import SmsMessage

    options = HttpClientOptions(rest_host=urlsplit(url).netloc, timeout=1)
    client = Vonage(Auth(api_key="key", api_secret="secret"), options)  # noqa: S106
    return client.sms.send(SmsMessage(to=TO.lstrip("+"), from_=FROM.lstrip("+"), text=text))


def plivo(url: str, text: str) -> object:
    """`client.messages.create`; its address is a constant, set anew for every request."""
    from plivo.rest import client as rest

    rest.PLIVO_API_BASE_URI = f"{_origin(url)}/v1/Account"
    client = rest.Client("MA" + "0" * 18, "token", timeout=SECONDS)
    return client.messages.create(src=FROM, dst=TO, text=text)


def stripe(url: str, text: str) -> object:
    """The global API, for what an idempotency key does; it texts nobody."""
    import stripe as api

    api.api_key, api.api_base = "sk_test_0", _origin(url)
    api.default_http_client = api.RequestsClient(timeout=SECONDS)
    return api.Customer.create(description=text)


def openai(url: str, text: str) -> object:
    """A POST of another field, by the generator that telnyx uses too."""
    from openai import OpenAI

    with OpenAI(api_key="key", base_url=_origin(url), timeout=SECONDS) as client:
        return client.responses.create(model="any", input=text)


def boto3_sns(url: str, text: str) -> object:
    """`publish` to a phone number."""
    import boto3
    from botocore.config import Config

    client = boto3.client(
        "sns",
        endpoint_url=_origin(url),
        region_name="us-east-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",  # noqa: S106
        config=Config(connect_timeout=SECONDS, read_timeout=SECONDS),
    )
    try:
        return client.publish(PhoneNumber=TO, Message=text)
    finally:
        client.close()


def gql_retries(url: str, text: str) -> object:
    """The requests transport with `retries=3`."""
    from gql import Client, gql
    from gql.transport.requests import RequestsHTTPTransport

    make: Any = RequestsHTTPTransport  # typed for whole seconds, and made for any
    transport = make(url, retries=3, timeout=SECONDS)
    with Client(transport=transport) as session:
        return _execute(session, gql, text)


def _execute(session: Any, gql: Any, text: str) -> object:
    request = gql(MUTATION)
    request.variable_values = variables(text)
    return session.execute(request)


def gql_reconnecting(url: str, text: str) -> object:
    """The reconnecting session, over httpx."""
    from gql import Client, gql
    from gql.transport.httpx import HTTPXAsyncTransport

    async def send() -> object:
        client: Any = Client(transport=HTTPXAsyncTransport(url, timeout=SECONDS))
        session = await client.connect_async(reconnecting=True)
        try:
            result: Any = _execute(session, gql, text)
            return await result
        finally:
            await client.close_async()

    return asyncio.run(send())


def sgqlc(url: str, text: str) -> object:
    """The endpoint on urllib."""
    from sgqlc.endpoint.http import HTTPEndpoint

    endpoint = HTTPEndpoint(url, timeout=SECONDS)
    reply = endpoint(MUTATION, variables(text))
    if errors := reply.get("errors"):  # it returns what others raise
        raise errors[0].get("exception") or RuntimeError("GraphQL errors")
    return reply


def ariadne_codegen(url: str, text: str) -> object:
    """The base client that generated code inherits from, unchanged."""
    import httpx
    from ariadne_codegen.client_generators.dependencies.base_client import BaseClient

    http_client: Any = httpx.Client(timeout=SECONDS)
    with BaseClient(url, http_client=http_client) as client:
        return client.get_data(client.execute(MUTATION, "createMessage", variables(text)))


def volt(url: str, text: str) -> object:
    """This package."""
    from volt import Volt

    with Volt(token="token", url=url, from_=FROM, timeout=SECONDS) as client:  # noqa: S106
        return client.send(TO, text)


def volt_async(url: str, text: str) -> object:
    """Its twin for coroutines."""
    from volt import AsyncVolt

    async def send() -> object:
        async with AsyncVolt(token="token", url=url, from_=FROM, timeout=SECONDS) as client:  # noqa: S106
            return await client.send(TO, text)

    return asyncio.run(send())


_SNS_REPLY = (
    b'<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>'
    b"<MessageId>m1</MessageId></PublishResult></PublishResponse>"
)
_SMS_REPLY = {"message-count": "1", "messages": [{
    "to": "15555550145", "message-id": "m1", "status": "0", "remaining-balance": "1",
    "message-price": "0", "network": "0"}]}  # fmt: skip

PEERS = [
    Peer("twilio, sync", ("twilio",), twilio_sync, {"sid": "m1", "status": "queued"}),
    Peer("twilio, async, `max_retries=3`", ("twilio", "aiohttp-retry"), twilio_async,
         {"sid": "m1", "status": "queued"}),
    Peer("telnyx", ("telnyx",), telnyx, {"data": {"id": "m1"}}),
    Peer("vonage", ("vonage",), vonage, _SMS_REPLY, tls=True),
    Peer("plivo", ("plivo",), plivo, {"message_uuid": ["m1"], "message": "queued", "api_id": "1"}),
    Peer("boto3, SNS `publish`", ("boto3",), boto3_sns, _SNS_REPLY),
    Peer("openai", ("openai",), openai, {"id": "r1", "object": "response", "output": []}),
    Peer("stripe, global API", ("stripe",), stripe, {"id": "cus_1", "object": "customer"}),
    Peer("gql, requests, `retries=3`", ("gql",), gql_retries),
    Peer("gql, reconnecting", ("gql", "backoff"), gql_reconnecting),
    Peer("sgqlc", ("sgqlc",), sgqlc),
    Peer("ariadne-codegen, base client", ("ariadne-codegen",), ariadne_codegen),
]  # fmt: skip
OURS = [
    Peer("**volt**, sync", ("volt-sms", "httpx"), volt),
    Peer("**volt**, async", ("volt-sms", "httpx"), volt_async),
]
