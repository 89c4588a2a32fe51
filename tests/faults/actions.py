"""What can become of a request over HTTP/1.1: each returns whether the connection lives on."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

from tests.faults.server import Action, Exchange, answer, before_any_byte

HTML = b"<html><body>Service Unavailable</body></html>"

accept = answer
"""Be healthy."""


# Connections that end too soon.


@before_any_byte
def close_on_connect(exchange: Exchange) -> bool:
    """Close before the client has said anything."""
    return False


@before_any_byte
def speak_no_tls(exchange: Exchange) -> bool:
    """Answer a TLS handshake in plain HTTP."""
    exchange.write(exchange.head(400, 0))
    return False


@before_any_byte
def hang_on_connect(exchange: Exchange) -> bool:
    """Accept the connection, and never say a word, not even TLS's."""
    exchange.wait_until_client_leaves()
    return False


def close_unread(exchange: Exchange) -> bool:
    """The request arrives, and is not read: the kernel answers with RST."""
    return False


def close_mid_body(exchange: Exchange) -> bool:
    """Close while the client is still writing a large body."""
    exchange.read_some(200_000)
    return False


def stall_mid_body(seconds: float) -> Action:
    """Stop reading a large body for so long; then read what still comes, and execute a whole."""

    def stall(exchange: Exchange) -> bool:
        exchange.read_some(200_000)
        exchange.pause(seconds)
        exchange.read()
        exchange.execute()
        return False

    return stall


def after_request(end: Callable[[Exchange], None], *, execute: bool = False) -> Action:
    """Read the whole request, perhaps execute it, and end without an answer."""

    def act(exchange: Exchange) -> bool:
        exchange.read()
        if execute:
            exchange.execute()
        end(exchange)
        return False

    return act


def _close(exchange: Exchange) -> None:
    pass


close_after_request = after_request(_close)
reset_after_request = after_request(Exchange.reset)
hang_after_request = after_request(Exchange.wait_until_client_leaves)
execute_then_close = after_request(_close, execute=True)
execute_then_reset = after_request(Exchange.reset, execute=True)
execute_then_hang = after_request(Exchange.wait_until_client_leaves, execute=True)


def accept_then_close(exchange: Exchange) -> bool:
    """Answer as if the connection lived on, and close it: the next request finds it stale."""
    answer(exchange)
    return False


# Answers.


def reply(
    content: object,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    *,
    execute: bool = False,
    keep: bool = True,
) -> Action:
    """Answer with this, whatever was asked: bytes as they are, anything else as JSON."""

    def act(exchange: Exchange) -> bool:
        exchange.read()
        if execute:
            exchange.execute()
        exchange.reply(content, status, headers)
        return keep

    return act


def status(
    code: int, retry_after: str | None = None, *, execute: bool = False, keep: bool = True
) -> Action:
    """Answer with a status and a page of HTML, as a proxy does."""
    headers = {"Content-Type": "text/html"}
    if retry_after is not None:
        headers["Retry-After"] = retry_after
    if not keep:
        headers["Connection"] = "close"
    return reply(HTML, code, headers, execute=execute, keep=keep)


def status_until(code: int, seconds: float) -> Action:
    """Answer with a status and a `Retry-After` that is a date, by this server's clock."""

    def act(exchange: Exchange) -> bool:
        exchange.read()
        now = exchange.server.volt.now().replace(microsecond=0)
        headers = {
            "Date": format_datetime(now, usegmt=True),
            "Retry-After": format_datetime(now + timedelta(seconds=seconds), usegmt=True),
        }
        exchange.reply(HTML, code, headers)
        return True

    return act


def result(
    value: object, errors: object = None, code: int = 200, *, execute: bool = False
) -> Action:
    """Answer with this value for the field that was asked for, and perhaps errors."""

    def act(exchange: Exchange) -> bool:
        exchange.read()
        if execute:
            exchange.execute()
        body: dict[str, Any] = {"data": {exchange.field: value}}
        if errors is not None:
            body["errors"] = errors
        exchange.reply(body, code)
        return True

    return act


def field_error(
    volt_code: int | None = None,
    *,
    execute: bool = False,
    code: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Action:
    """The field is null, and an error at it says why, perhaps with a Volt code."""

    def act(exchange: Exchange) -> bool:
        exchange.read()
        if execute:
            exchange.execute()
        error: dict[str, Any] = {"message": "Something went wrong", "path": [exchange.field]}
        if volt_code is not None:
            error["extensions"] = {"code": str(volt_code)}
        exchange.reply({"data": {exchange.field: None}, "errors": [error]}, code, headers)
        return True

    return act


def refusal(message: str, kind: str | None = None, code: int = 200) -> Action:
    """GraphQL errors and no `data`: the request was not executed."""
    error = {"message": message} | ({"extensions": {"code": kind}} if kind else {})
    return reply({"errors": [error]}, code)


def accepted_with(
    code: int = 200, errors: object = None, headers: Mapping[str, str] | None = None
) -> Action:
    """Execute and say so, but oddly: with another status, errors beside it, or other headers."""

    def act(exchange: Exchange) -> bool:
        exchange.read()
        body: dict[str, Any] = {"data": exchange.execute()}
        if errors is not None:
            body["errors"] = errors
        exchange.reply(body, code, headers)
        return True

    return act


# Answers that come in pieces, or not to their end.


def truncated(*, execute: bool = False) -> Action:
    """Half of the JSON, then the end of the connection."""

    def act(exchange: Exchange) -> bool:
        exchange.read()
        data = exchange.execute() if execute else {exchange.field: exchange.server.volt.message()}
        body = json.dumps({"data": data}).encode()
        exchange.write(exchange.head(200, len(body)) + body[: len(body) // 2])
        return False

    return act


def head_only(exchange: Exchange) -> bool:
    """Execute, promise an answer, and close."""
    exchange.read()
    exchange.execute()
    exchange.write(exchange.head(200, 100))
    return False


def half_a_head(exchange: Exchange) -> bool:
    """Execute, and close in the middle of the answer's headers."""
    exchange.read()
    exchange.execute()
    exchange.write(b"HTTP/1.1 200 OK\r\nContent-Ty")
    return False


def no_http(exchange: Exchange) -> bool:
    """Execute, and answer with something that is no HTTP."""
    exchange.read()
    exchange.execute()
    exchange.write(b"220 mail.example ESMTP\r\n\r\n")
    return False


def early_hints(exchange: Exchange) -> bool:
    """Say 103 first, then accept."""
    exchange.read()
    exchange.write(b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n")
    exchange.reply({"data": exchange.execute()})
    return True


def accept_until_close(exchange: Exchange) -> bool:
    """Accept, with an answer that ends where the connection does."""
    exchange.read()
    body = json.dumps({"data": exchange.execute()}).encode()
    exchange.write(exchange.head(200, None, {"Connection": "close"}) + body)
    return False


def accept_encoded(encode: Callable[[bytes], bytes], **headers: str) -> Action:
    """Execute and say so, in bytes that are not plain JSON; of an unknown length if chunked."""

    def act(exchange: Exchange) -> bool:
        exchange.read()
        body = encode(json.dumps({"data": exchange.execute()}).encode())
        length = None if "Transfer_Encoding" in headers else len(body)
        lines = {name.replace("_", "-"): value for name, value in headers.items()}
        exchange.write(exchange.head(200, length, lines) + body)
        return False

    return act


def drip_head(seconds: float, *, execute: bool = False) -> Action:
    """Answer byte by byte, so slowly that the head alone takes this long."""
    return _drip(seconds, execute=execute, whole_head_first=False)


def drip_body(seconds: float, *, execute: bool = False) -> Action:
    """Answer the head at once, and the body byte by byte for this long."""
    return _drip(seconds, execute=execute, whole_head_first=True)


def _drip(seconds: float, *, execute: bool, whole_head_first: bool) -> Action:
    def act(exchange: Exchange) -> bool:
        exchange.read()
        data = exchange.execute() if execute else {exchange.field: exchange.server.volt.message()}
        body = json.dumps({"data": data}).encode()
        dripping = head = exchange.head(200, len(body))
        if whole_head_first:
            exchange.write(head)
            dripping, head = body, b""
        for place in range(len(dripping)):
            exchange.write(dripping[place : place + 1])
            exchange.pause(seconds / len(dripping))
        exchange.write(b"" if whole_head_first else body)
        return True

    return act


def answer_mid_body(code: int) -> Action:
    """Answer and close before a large body was read, as servers do with one too large."""

    def act(exchange: Exchange) -> bool:
        exchange.read_some(200_000)
        exchange.reply(HTML, code, {"Connection": "close"})
        exchange.pause(0.05)
        return False

    return act


def accept_with_leftover(pause_seconds: float) -> Action:
    """Accept, and leave a second answer on the connection that nobody asked for."""

    def act(exchange: Exchange) -> bool:
        exchange.read()
        body = json.dumps({"data": exchange.execute()}).encode()
        reply = exchange.head(200, len(body)) + body
        if not pause_seconds:
            exchange.write(reply + reply)
            return True
        exchange.write(reply)
        exchange.pause(pause_seconds)
        exchange.write(reply)
        return True

    return act
