"""`volt send --dry-run`: what would be sent, and nothing sent."""

import json
import logging
from collections.abc import Sequence

import httpx

from volt import Volt, segments
from volt.cli._output import Output, card
from volt.cli._settings import Settings

_TOKEN = "•••"  # noqa: S105 - shown in place of one


def rehearse(
    settings: Settings,
    output: Output,
    recipients: Sequence[str],
    sender: str,
    text: str,
    media: Sequence[str],
) -> None:
    """Show each recipient's request, exactly as the client makes it.

    Raises:
        VoltError: What cannot be sent is refused as it would be in earnest.
    """
    split = segments.split(text)
    kind = "MMS" if media else "SMS"
    for number in recipients:
        request = _request(settings, number, sender, text, media)
        if output.is_json:
            output.json(
                {
                    "to": number,
                    "from": sender,
                    "kind": kind,
                    "encoding": split.encoding,
                    "segments": None if media else split.count,
                    "units": split.units,
                    "request": {
                        "method": request.method,
                        "url": str(request.url),
                        "headers": _headers(request),
                        "body": json.loads(request.content),
                    },
                }
            )
            continue
        unit = "septets" if split.encoding == "GSM-7" else "UTF-16 units"
        cost = {
            "encoding": split.encoding,
            "segments": f"{split.count} ({split.units} {unit})",
        }
        if media:  # which has no segments
            cost = {"media": ", ".join(media)}
        output.show(card({"to": number, "from": sender, "kind": kind, **cost}))
        headers = "".join(f"{name}: {value}\n" for name, value in _headers(request).items())
        print(f"\n{request.method} {request.url}\n{headers}\n{request.content.decode()}\n")
    if not output.is_json:
        print("Nothing was sent.")


def _request(
    settings: Settings, to: str, sender: str, text: str, media: Sequence[str]
) -> httpx.Request:
    """Let the client send into nothing, and keep what it sent."""
    sent: list[httpx.Request] = []

    def accept(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={"data": {"createMessage": {"id": "dry-run"}}})

    log = logging.getLogger("volt")
    before, log.disabled = log.disabled, True  # it would tell of a request that never was
    try:
        with (
            httpx.Client(transport=httpx.MockTransport(accept)) as into_nothing,
            Volt(
                token="none",  # noqa: S106
                url=settings.url,
                from_=sender,
                http_client=into_nothing,
            ) as client,
        ):
            client.send(to, text, media=media)
    finally:
        log.disabled = before
    return sent[0]


def _headers(request: httpx.Request) -> dict[str, str]:
    """The headers that the client chooses; the others are HTTP's own."""
    chosen = {name: request.headers[name] for name in ("Content-Type", "Accept")}
    return {"Authorization": f"Bearer {_TOKEN}"} | chosen
