"""Whether a webhook is from Volt: its signature, by Standard Webhooks with Ed25519.

Volt's newer webhooks (of its Register API) are signed so; the vendor's public example is a test of
this module. How its message webhooks are signed, in `X-Respond-Flow-Signature`, is not published
beyond "RSA", so those cannot be verified here.

It needs `pip install 'volt-sms[webhooks]'` (cryptography, loaded on first use).

Source: Standard Webhooks, "Verifying webhooks" and "Signature scheme"; the vendor's example.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from volt.errors import ConfigurationError, InputError, SignatureError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

__all__ = ["RSA_HEADER", "verify"]

#: The header of the signature whose details are not published.
RSA_HEADER = "X-Respond-Flow-Signature"

_NAMES = ("webhook-id", "webhook-timestamp", "webhook-signature")
#: What stands before the 32 bytes of an Ed25519 key in DER (RFC 8410, section 4).
_DER_HEAD = bytes.fromhex("302a300506032b6570032100")


def verify(
    payload: bytes,
    headers: Mapping[str, str],
    *,
    public_key: str,
    tolerance: timedelta | None = timedelta(minutes=5),
    now: datetime | None = None,
) -> None:
    """Make sure that a webhook was signed with a key, and lately. It returns if so.

    Verify before you read anything of it, with the bytes as they came: JSON written anew is not
    the same. The id in `Webhook-Id` is that of the event, also when it is delivered twice.

    Args:
        payload: The body of the request.
        headers: Its headers, by name in upper or lower case.
        public_key: The sender's Ed25519 key: PEM, or base64 alone, of its DER or of its 32 bytes
            (also with `whpk_` before it).
        tolerance: How far the timestamp may be from now, before or after: who recorded a webhook
            cannot deliver it again later. None: any time.
        now: The time to compare with, aware; None: the clock's.

    Raises:
        SignatureError: It was not signed with this key, was changed, or is too old.
        InputError: `payload` is text, or `public_key` is no Ed25519 key.
        ConfigurationError: The extra is not installed.
    """
    if not isinstance(payload, bytes):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InputError("the bytes of the body as they came, not text", argument="payload")
    key = _read_key(public_key)
    event_id, timestamp, signatures = _signed(headers)
    if tolerance is not None:
        _check_age(timestamp, now or datetime.now(UTC), tolerance)
    signed = f"{event_id}.{timestamp}.".encode() + payload
    candidates = [entry[4:] for entry in signatures.split(" ") if entry.startswith("v1a,")]
    if not candidates:
        raise SignatureError("the webhook has no signature of the kind v1a (Ed25519)")
    if not any(_is_signed(key, signed, signature) for signature in candidates):
        raise SignatureError("the webhook was not signed with this key, or was changed since")


def _signed(headers: Mapping[str, str]) -> tuple[str, str, str]:
    given = {name.lower(): value.strip() for name, value in headers.items()}
    if missing := [name for name in _NAMES if not given.get(name)]:
        hint = ""
        if RSA_HEADER.lower() in given:
            hint = f"; it has {RSA_HEADER}, whose details the vendor does not publish"
        raise SignatureError(f"the webhook has no {missing[0].title()} header{hint}")
    event_id, timestamp, signatures = (given[name] for name in _NAMES)
    return event_id, timestamp, signatures


def _check_age(timestamp: str, now: datetime, tolerance: timedelta) -> None:
    if not re.fullmatch(r"[0-9]{1,11}", timestamp):
        raise SignatureError("the webhook's timestamp is no number of seconds since 1970")
    age = now - datetime.fromtimestamp(int(timestamp), UTC)
    if abs(age) > tolerance:
        when = "ago" if age > timedelta() else "ahead"
        raise SignatureError(
            f"the webhook was signed {abs(age)} {when}; at most {tolerance} is allowed"
        )


def _is_signed(key: "Ed25519PublicKey", signed: bytes, signature: str) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        key.verify(base64.b64decode(signature, validate=True), signed)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _read_key(public_key: str) -> "Ed25519PublicKey":
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ModuleNotFoundError:
        raise ConfigurationError(
            "verifying a webhook needs an extra: pip install 'volt-sms[webhooks]'"
        ) from None
    text = re.sub(r"-----[A-Z ]+-----|\s", "", public_key).removeprefix("whpk_")
    try:
        raw = base64.b64decode(text, validate=True).removeprefix(_DER_HEAD)
        return Ed25519PublicKey.from_public_bytes(raw)
    except ValueError:
        raise InputError(
            "no Ed25519 key: give it as PEM, or in base64", argument="public_key"
        ) from None
