"""How `volt.media` asks the server of a URL, and nobody else.

A URL may be a stranger's. So the address decides, after the name is resolved, and the connection is
made to the very address that was checked: a second look-up could answer otherwise. Each request has
a connection of its own, since one that was verified for another name must not be used. It is
httpx's transport that is called: its client would keep cookies, use proxies and netrc, and log the
URL. anyio is what httpx runs on.
"""

import re
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Collection, Sequence
from concurrent.futures import Future
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, TypeVar

import anyio
import httpx

from volt.errors import InputError
from volt.media import Inspection, MediaFile

T = TypeVar("T")

_MAX_REDIRECTS = 3
_CONNECT_SECONDS = 5.0
_DEFAULT_PORTS = {"http": 80, "https": 443}
_HEADERS = {
    "User-Agent": "volt-sms",
    "Accept": "*/*",
    "Accept-Encoding": "identity",  # else the length is not the file's
}

#: Not public, though some version of Python, or each, has them for global.
_REFUSED = tuple(
    ip_network(network)
    for network in (
        "168.63.129.16/32",  # Azure's own services, seen from within
        "192.0.0.0/24",  # protocol assignments (RFC 6890), Oracle Cloud's metadata among them
        "192.88.99.0/24",  # relays of 6to4 (RFC 7526)
        "2002::/16",  # 6to4, with an IPv4 address within (RFC 7526)
        "3fff::/20",  # documentation (RFC 9637)
    )
)
#: All that is given out to the Internet (RFC 4291, section 2.4; IANA's registry).
_GLOBAL_UNICAST = ip_network("2000::/3")
#: How a network without IPv4 reaches IPv4 (RFC 6052, section 2.1).
_NAT64 = ip_network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether an IP address is the Internet's: no machine, network or cloud keeps it for itself."""
    ip: IPv4Address | IPv6Address = ip_address(address)
    if ip in _NAT64:
        ip = IPv4Address(int(ip) & 0xFFFF_FFFF)
    if isinstance(ip, IPv6Address) and ip not in _GLOBAL_UNICAST:
        return False
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in _REFUSED)


def wait_for(function: Callable[..., Awaitable[T]], *args: Any, **kwargs: Any) -> T:
    """Run a coroutine function in a thread and an event loop of its own, and wait for its result.

    So it works where a loop runs already, and its deadline holds: a look-up of a name that hangs
    holds up the thread, not the caller.
    """
    outcome = Future[T]()

    async def run() -> None:
        try:
            outcome.set_result(await function(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            outcome.set_exception(error)

    threading.Thread(target=anyio.run, args=(run,), daemon=True).start()
    return outcome.result()


async def inspect_all(
    urls: Sequence[str], *, deadline: float, allowed_hosts: Collection[str], argument: str
) -> Inspection:
    """Ask the server of each URL in turn; see `volt.media.inspect`."""
    allowed = _checked_hosts(allowed_hosts)
    if isinstance(deadline, bool) or not isinstance(deadline, (int, float)) or not deadline > 0:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InputError("a number of seconds above 0, such as 10.0", argument="deadline")
    files: list[MediaFile] = []
    limits = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncHTTPTransport(limits=limits) as transport:
        for index, url in enumerate(urls):
            try:
                with anyio.fail_after(deadline):
                    files.append(await _inspect(transport, url, allowed))
            except TimeoutError:
                fault = f"its server did not answer within {deadline:g} seconds"
                raise InputError(fault, argument=f"{argument}[{index}]") from None
            except InputError as error:
                fault = str(error)
                raise InputError(fault, argument=f"{argument}[{index}]") from error.__cause__
    return Inspection(tuple(files))


async def _inspect(
    transport: httpx.AsyncHTTPTransport, given: str, allowed: Collection[str]
) -> MediaFile:
    url = _checked_url(given)
    for redirects in range(_MAX_REDIRECTS + 1):
        addresses = await _checked_addresses(url, allowed)
        reply = await _ask(transport, "HEAD", url, addresses)
        if reply.status_code >= 400:  # perhaps of HEAD alone: a URL may be signed for GET
            reply = await _ask(transport, "GET", url, addresses)
        if reply.has_redirect_location:
            url = _checked_url(reply.headers["Location"], url)
        elif reply.status_code in (200, 206):
            return MediaFile(
                url=given,
                content_type=_content_type(reply),
                size_bytes=_size_bytes(reply),
                redirected=redirects > 0,
            )
        else:
            raise InputError(
                f"its server answers HTTP {reply.status_code}: Volt needs one that all may open"
            )
    raise InputError(f"it redirects more than {_MAX_REDIRECTS} times: give the last URL")


def _checked_url(text: str, redirecting: httpx.URL | None = None) -> httpx.URL:
    """A URL to ask: the one given, or where another redirects to."""
    try:
        url = redirecting.join(text) if redirecting else httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        url = httpx.URL()
    if url.scheme not in _DEFAULT_PORTS:
        begins = "it redirects to" if redirecting else "it is"
        raise InputError(f"{begins} no public URL: it begins with https:// or http://")
    if url.userinfo:
        raise InputError("it has a user or a password in it: Volt needs one that anyone may open")
    return url


async def _checked_addresses(url: httpx.URL, allowed: Collection[str]) -> list[str]:
    """The addresses of a URL's host, each public, unless the host is allowed all the same."""
    host, default_port = _host(url), _DEFAULT_PORTS[url.scheme]
    port = default_port if url.port is None else url.port
    is_allowed = f"{host}:{port}" in allowed
    if port != default_port and not is_allowed:
        raise InputError(f"it has a port of its own: use {url.scheme}:// without one")
    try:
        found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise InputError("its host is not known: look at how it is spelt") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not is_allowed and not all(map(is_public, addresses)):
        raise InputError("its host is not on the public Internet, from where Volt fetches media")
    return addresses


async def _ask(
    transport: httpx.AsyncHTTPTransport, method: str, url: httpx.URL, addresses: Sequence[str]
) -> httpx.Response:
    """Send a request to the first address that takes the connection; read no body."""
    host = _host(url)
    headers = _HEADERS | {"Host": url.netloc.decode("ascii")}
    if method == "GET":
        headers["Range"] = "bytes=0-0"
    failure: Exception | None = None
    for address in addresses:
        request = httpx.Request(
            method,
            url.copy_with(host=address),
            headers=headers,
            extensions={
                "sni_hostname": host,  # for which TLS is verified
                "timeout": httpx.Timeout(None, connect=_CONNECT_SECONDS).as_dict(),
            },
        )
        try:
            reply = await transport.handle_async_request(request)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            failure = error
        except httpx.TransportError as error:
            raise InputError("its server breaks off, or does not speak HTTP") from error
        else:
            await reply.aclose()
            return reply
    raise InputError(
        "its server's TLS certificate is not accepted"
        if _is_tls(failure)
        else "its server takes no connection"
    ) from failure


def _host(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii")


def _is_tls(error: BaseException | None) -> bool:
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error is not None


def _content_type(reply: httpx.Response) -> str | None:
    name = reply.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return name if re.fullmatch(r"[\w.+-]{1,60}/[\w.+-]{1,60}", name, re.ASCII) else None


def _size_bytes(reply: httpx.Response) -> int | None:
    if reply.headers.get("Content-Encoding", "identity") != "identity":
        return None
    if reply.status_code == 206:
        pattern, header = r"bytes [0-9]+-[0-9]+/([0-9]{1,15})", "Content-Range"
    else:
        pattern, header = r"([0-9]{1,15})", "Content-Length"
    size = re.fullmatch(pattern, reply.headers.get(header, ""))
    return int(size[1]) if size else None


def _checked_hosts(hosts: Collection[str]) -> frozenset[str]:
    whole = not isinstance(hosts, (str, bytes)) and all(
        isinstance(host, str) and re.fullmatch(r"[^\s/@]+:[0-9]{1,5}", host)  # pyright: ignore[reportUnnecessaryIsInstance]
        for host in hosts
    )
    if not whole:
        raise InputError(
            "a set of hosts with ports, such as {'127.0.0.1:8000'}", argument="allowed_hosts"
        )
    return frozenset(host.lower().replace("[", "").replace("]", "") for host in hosts)
