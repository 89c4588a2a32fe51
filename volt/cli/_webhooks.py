"""`volt webhook`: where Volt posts events to, and whether what came is from Volt."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

from volt import e164
from volt.cli import _settings
from volt.cli._exit import Exit
from volt.cli._output import Output, card, complain, working
from volt.cli._parameters import JSON
from volt.cli._reading import read_bytes
from volt.errors import InputError

if TYPE_CHECKING:
    from volt import Webhook

webhook = App(
    name="webhook",
    help="List, add or remove webhooks; verify what one received.",
    group_parameters="Options",
)

#: The events as they name themselves, and as the API does.
_EVENTS = {
    "sent": "MESSAGE_SENT",
    "finalized": "MESSAGE_FINALIZED",
    "received": "MESSAGE_RECEIVED",
}


@webhook.command(name="list")
def webhook_list(*, json: JSON = False) -> int:
    """List the webhooks that are registered.

    For example:
      volt webhook list
    """
    output = Output(json=json)
    with _settings.load().client() as client, working("Asking Volt…"):
        found = client.get_webhooks() or []
    for place, item in enumerate(found):
        if place and not output.is_json:
            print()
        _show(output, item)
    if not found and not output.is_json:
        complain("volt webhook list: there are none")
    return Exit.DONE


@webhook.command(name="add")
def webhook_add(
    url: Annotated[str, Parameter("URL")],
    /,
    *,
    number: Annotated[str | None, Parameter("--number", metavar="NUMBER")] = None,
    event: Annotated[
        list[Literal["sent", "finalized", "received"]] | None,
        Parameter("--event", metavar="EVENT", negative=(), consume_multiple=False),
    ] = None,
    json: JSON = False,
) -> int:
    """Register a URL that Volt posts events to.

    Volt first posts a test request to it, and registers it only if that is answered with a 2XX
    status. If it is not known whether that was done (exit code 5), `volt webhook list` tells.

    For example:
      volt webhook add https://example.com/volt --event received

    Args:
        url: The public URL.
        number: The number whose events it is to receive; else all of your organization's.
        event: An event to receive; repeat it for several. What Volt takes none for is not known.
    """
    from volt import WebhookEventType

    if not url.startswith(("https://", "http://")):
        raise InputError("begin with https:// and a host", argument="URL")
    given: dict[str, object] = {}
    if number is not None:
        given["primary_phone"] = e164.parse(number, argument="--number")
    if event:
        given["event_types"] = [WebhookEventType(_EVENTS[name]) for name in event]
    settings = _settings.load()
    with settings.client() as client, working("Volt is trying the URL…"):
        added = client.register_webhook(url=url, **given)  # type: ignore[arg-type]
    _show(Output(json=json), added)
    return Exit.DONE


@webhook.command(name="remove")
def webhook_remove(id_: Annotated[str, Parameter("ID")], /, *, json: JSON = False) -> int:
    """Remove a webhook: Volt posts nothing to it from then on.

    For example:
      volt webhook remove wh_1c9xq2n5k7w3m8v4t6zd

    Args:
        id_: The webhook's id, as `volt webhook list` shows it.
    """
    with _settings.load().client() as client, working("Removing the webhook…"):
        removed = client.delete_webhook(id=id_)
    _show(Output(json=json), removed)
    return Exit.DONE


def _show(output: Output, found: "Webhook") -> None:
    if output.is_json:
        output.json(found.raw)
        return
    names = {value: name for name, value in _EVENTS.items()}
    output.show(
        card(
            {
                "id": found.id,
                "url": found.url,
                "number": found.primary_phone,
                "events": ", ".join(
                    names.get(event.value, event.value) for event in found.event_types or []
                ),
                "made": found.created_at,
                "changed": found.last_updated_at,
            }
        )
    )


@webhook.command(name="verify")
def webhook_verify(
    payload: Annotated[str, Parameter("FILE", allow_leading_hyphen=True)] = "-",
    /,
    *,
    key: Annotated[str, Parameter("--key", metavar="KEY")],
    id_: Annotated[str, Parameter("--id", metavar="TEXT")],
    timestamp: Annotated[str, Parameter("--timestamp", metavar="SECONDS")],
    signature: Annotated[str, Parameter("--signature", metavar="TEXT")],
    tolerance: Annotated[float, Parameter("--tolerance", metavar="SECONDS")] = 300.0,
    json: JSON = False,
) -> int:
    """Verify that a webhook was signed by Volt (Standard Webhooks, Ed25519).

    It exits with 0 if so, and with 3 if not. Volt's message webhooks carry another signature, in
    X-Respond-Flow-Signature, of which the vendor publishes only that it is RSA: it cannot be
    verified.

    For example:
      volt webhook verify body.json --key volt.pem --id "$ID" --timestamp "$AT" --signature "$BY"

    Args:
        payload: The body as it came, byte for byte; - is standard input.
        key: The public key: a PEM file, or the key in base64.
        id_: The header Webhook-Id.
        timestamp: The header Webhook-Timestamp.
        signature: The header Webhook-Signature.
        tolerance: How old it may be, or how far ahead; 0: of any age.
    """
    from volt import webhooks

    if not 0 <= tolerance <= 10**9:
        raise InputError("seconds, from 0 (any age)", argument="--tolerance")
    body = read_bytes(payload, argument="FILE")
    webhooks.verify(
        body,
        {"Webhook-Id": id_, "Webhook-Timestamp": timestamp, "Webhook-Signature": signature},
        public_key=_read_key(key),
        tolerance=timedelta(seconds=tolerance) if tolerance else None,
    )
    output = Output(json=json)
    if output.is_json:
        output.json({"verified": True, "id": id_, "timestamp": timestamp})
    else:
        from rich.text import Text

        output.show(Text("signed with this key", "green"))
    return Exit.DONE


def _read_key(key: str) -> str:
    """The key itself, or what the file of that name holds."""
    try:
        is_file = Path(key).is_file()
    except (OSError, ValueError):  # base64 may be too long for a name
        is_file = False
    if not is_file:
        return key
    return read_bytes(key, argument="--key").decode("ascii", errors="replace")
