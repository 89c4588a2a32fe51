"""What leaves the sandbox: a POST to a webhook's URL, and where it may go.

The sandbox is no way into a network, nor a sender of unasked requests: it posts to this machine,
and to hosts that were named when it was started. It follows no redirect and uses no proxy.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Collection
from typing import NamedTuple
from urllib.parse import urlsplit

import h11

TIMEOUT_SECONDS = 10.0
_READ_AT_MOST_BYTES = 65_536


class UndeliverableError(Exception):
    """A request cannot be made, or got no answer; the text says why."""


class Answer(NamedTuple):
    """What a receiver answered: its HTTP status, and the start of the body as text."""

    status: int
    text: str


class Target(NamedTuple):
    """Where a URL leads."""

    host: str
    port: int
    path: str
    is_tls: bool


class Outbound:
    """Posts to where it may."""

    def __init__(self, hosts: Collection[str], *, this_machine: bool) -> None:
        """Say where it may post to.

        Args:
            hosts: Names and addresses, as a URL writes them.
            this_machine: Whether also to every name that leads to this machine.
        """
        self._hosts = {host.lower() for host in hosts}
        self._this_machine = this_machine

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Post a body: the answer.

        Raises:
            UndeliverableError: It may not go there, or there was no answer within 10 seconds.
        """
        target = target_of(url)
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                address = await self._address(target)
                return await _exchange(target, address, body, headers)
        except TimeoutError:
            raise UndeliverableError(f"no answer within {TIMEOUT_SECONDS:g} seconds") from None
        except (OSError, h11.RemoteProtocolError) as error:
            reason = error.strerror if isinstance(error, OSError) else None
            raise UndeliverableError(reason or str(error) or type(error).__name__) from error

    async def _address(self, target: Target) -> str:
        """The address to connect to: the one that was looked at, lest the name change its mind."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        addresses = [str(entry[4][0]) for entry in found]
        is_here = all(ipaddress.ip_address(a.partition("%")[0]).is_loopback for a in addresses)
        if target.host not in self._hosts and not (self._this_machine and is_here):
            raise UndeliverableError(
                f"webhooks go to this machine only; start the sandbox with --webhook-host "
                f"{target.host} to let them go there"
            )
        return addresses[0]


def target_of(url: str) -> Target:
    """Read a URL.

    Raises:
        UndeliverableError: It is no http(s) URL of a host.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    usable = parts.scheme in {"http", "https"} and host and parts.username is None
    if not usable or not host or not (url.isascii() and url.isprintable() and " " not in url):
        raise UndeliverableError("it is not an http(s) URL of a host")
    is_tls = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(host, (443 if is_tls else 80) if port is None else port, path, is_tls)


async def _exchange(target: Target, address: str, body: bytes, headers: dict[str, str]) -> Answer:
    reader, writer = await asyncio.open_connection(
        address,
        target.port,
        ssl=ssl.create_default_context() if target.is_tls else None,
        server_hostname=target.host if target.is_tls else None,
    )
    try:
        connection = h11.Connection(h11.CLIENT)
        host = f"[{target.host}]" if ":" in target.host else target.host
        sent = {"Host": f"{host}:{target.port}", "Connection": "close"} | headers
        sent["Content-Length"] = str(len(body))
        head = h11.Request(method="POST", target=target.path, headers=list(sent.items()))
        for event in (head, h11.Data(data=body), h11.EndOfMessage()):
            writer.write(connection.send(event) or b"")
        await writer.drain()
        return await _answer(connection, reader)
    finally:
        writer.close()


async def _answer(connection: h11.Connection, reader: asyncio.StreamReader) -> Answer:
    status, text = 0, bytearray()
    while len(text) < _READ_AT_MOST_BYTES:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(_READ_AT_MOST_BYTES))
        elif isinstance(event, h11.Response):
            status = event.status_code
        elif isinstance(event, h11.Data):
            text += event.data
        elif not isinstance(event, h11.InformationalResponse):
            break
    return Answer(status, text.decode(errors="replace"))
