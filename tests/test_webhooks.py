"""Signatures of webhooks: the vendor's public example, and all that must not pass for one."""

import base64
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from volt import webhooks
from volt.errors import InputError, SignatureError

#: The vendor's public test vector.
KEY = "MCowBQYDK2VwAyEA3wjctSTLJgR7u2or7sx0sW60ad+zZLHYHGUdMQc1QC8="
ID, TIMESTAMP = "01981e54-414d-7223-acd3-b08f82481364", "1752855494"
SIGNATURE = (
    "v1a,uU7CWSRwXw0955x8rUwDnmrn8WJLEVafI1J3X4DDsP+4NOLlz16kD4FeshACNuOcxIfGl/voFXcaRcaPrEqRDg=="
)
BODY = b'{"brand_name":"Amazon","brand_registration_id":"01981e54-4117-71b3-8122-076c7eade396","campaign_registration_id":null,"campaign_website":null,"comments":null,"current_status":"Created","event_category":"BRAND","event_time":"2025-07-18T16:18:14.989348439+00:00","event_type":"Created","previous_status":null}'
HEADERS = {"Webhook-Id": ID, "Webhook-Timestamp": TIMESTAMP, "Webhook-Signature": SIGNATURE}
AT = datetime.fromtimestamp(int(TIMESTAMP), UTC)


def check(
    body: bytes = BODY,
    headers: dict[str, str] = HEADERS,
    key: str = KEY,
    after: timedelta = timedelta(),
) -> None:
    webhooks.verify(body, headers, public_key=key, now=AT + after)


def test_the_vendors_example_is_signed_by_the_vendor() -> None:
    """With the names of the headers in any case."""
    check()
    check(headers={name.upper(): value for name, value in HEADERS.items()})


@pytest.mark.parametrize(
    "key",
    [
        f"-----BEGIN PUBLIC KEY-----\n{KEY}\n-----END PUBLIC KEY-----\n",
        base64.b64encode(base64.b64decode(KEY)[12:]).decode(),
        "whpk_" + base64.b64encode(base64.b64decode(KEY)[12:]).decode(),
    ],
)
def test_a_key_is_taken_in_every_form_that_it_is_published_in(key: str) -> None:
    """PEM; its 32 bytes; and those as Standard Webhooks writes them."""
    check(key=key)


@pytest.mark.parametrize(
    "key", ["", "secret", "-----BEGIN PUBLIC KEY-----", KEY[:-8], "é", f"{KEY}{KEY}"]
)
def test_another_kind_of_key_is_the_callers_mistake(key: str) -> None:
    """And not the sender's."""
    with pytest.raises(InputError, match="public_key: no Ed25519 key"):
        check(key=key)


def test_text_in_place_of_bytes_is_the_callers_mistake() -> None:
    """It would have to be encoded again, and perhaps otherwise."""
    with pytest.raises(InputError, match="payload"):
        check(body=BODY.decode())  # type: ignore[arg-type]


@given(st.integers(0, len(BODY) - 1), st.integers(1, 255))
def test_no_byte_may_be_changed(place: int, change: int) -> None:
    """Wherever it is."""
    changed = bytearray(BODY)
    changed[place] ^= change
    with pytest.raises(SignatureError, match="was changed"):
        check(body=bytes(changed))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("Webhook-Id", "another", "not signed with this key"),
        ("Webhook-Timestamp", "1752855495", "not signed with this key"),
        ("Webhook-Timestamp", "yesterday", "no number of seconds"),
        ("Webhook-Timestamp", "-1", "no number of seconds"),
        ("Webhook-Timestamp", "９", "no number of seconds"),
        ("Webhook-Signature", "v1a,AAAA", "not signed with this key"),
        ("Webhook-Signature", "v1a,é", "not signed with this key"),
        ("Webhook-Signature", SIGNATURE.removeprefix("v1a,"), "no signature of the kind v1a"),
        ("Webhook-Signature", "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=", "no signature of"),
        ("Webhook-Id", "", "no Webhook-Id header"),
        ("Webhook-Signature", " ", "no Webhook-Signature header"),
    ],
)
def test_everything_that_is_signed_counts(name: str, value: str, said: str) -> None:
    """And so does the kind of signature: `v1` is made with a shared secret."""
    with pytest.raises(SignatureError, match=said):
        check(headers=HEADERS | {name: value})


def test_one_of_several_signatures_is_enough() -> None:
    """While keys are changed, the sender signs with both."""
    check(headers=HEADERS | {"Webhook-Signature": f"v1,abc v1a,AAAA {SIGNATURE}"})


def test_a_recorded_webhook_is_of_no_use_later() -> None:
    """Within five minutes it may have been on its way; clocks differ both ways."""
    check(after=timedelta(minutes=5))
    check(after=timedelta(minutes=-5))
    for after in (timedelta(minutes=5, seconds=1), timedelta(minutes=-5, seconds=-1)):
        with pytest.raises(SignatureError, match="was signed .*0:05:01 (ago|ahead)"):
            check(after=after)
    webhooks.verify(BODY, HEADERS, public_key=KEY, tolerance=None)
    with pytest.raises(SignatureError, match="ago"):
        webhooks.verify(BODY, HEADERS, public_key=KEY)  # by the real clock


def test_a_signature_of_another_key_is_none() -> None:
    """Of a key that is sound, and not the one asked for."""
    other = Ed25519PrivateKey.generate()
    signed = base64.b64encode(other.sign(f"{ID}.{TIMESTAMP}.".encode() + BODY)).decode()
    headers = HEADERS | {"Webhook-Signature": f"v1a,{signed}"}
    with pytest.raises(SignatureError):
        check(headers=headers)
    raw = other.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    check(headers=headers, key=base64.b64encode(raw).decode())


def test_the_older_signature_is_named_for_what_it_is() -> None:
    """Its details are not published, so nothing is made up."""
    with pytest.raises(SignatureError, match="X-Respond-Flow-Signature, whose details"):
        check(headers={"X-Respond-Flow-Signature": "abc"})


def test_without_the_extra_the_error_names_the_install() -> None:
    """And nothing else is loaded."""
    code = (
        "import sys; sys.modules['cryptography'] = None\n"
        "from volt import ConfigurationError, webhooks\n"
        "try: webhooks.verify(b'', {}, public_key='x')\n"
        "except ConfigurationError as error: print(error)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.endswith("pip install 'volt-sms[webhooks]'\n")
