"""The keys that webhooks are signed with, and the signatures.

How Volt signs is known in part: by RSA, in `X-Respond-Flow-Signature`; its newer webhooks by
Standard Webhooks, whose form is public. What is not known of the first is chosen here as most
others do it: PKCS #1 v1.5 over SHA-256 of the body's bytes, in base64.
"""

import base64
from functools import cached_property

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256

from volt.sandbox._database import Database

RSA_HEADER = "X-Respond-Flow-Signature"


class Keys:
    """A pair of RSA keys and one of Ed25519, made when first used and then kept."""

    def __init__(self, database: Database) -> None:
        """Keep them in this database."""
        self._database = database

    def rsa_signature(self, body: bytes) -> str:
        """The value of `X-Respond-Flow-Signature` for a body."""
        return base64.b64encode(self._rsa.sign(body, PKCS1v15(), SHA256())).decode()

    def standard_headers(self, event_id: str, body: bytes, *, at: float) -> dict[str, str]:
        """The headers of Standard Webhooks for a body, sent at this time (Ed25519, `v1a`)."""
        signed = f"{event_id}.{int(at)}.".encode() + body
        signature = base64.b64encode(self._ed25519.sign(signed)).decode()
        return {
            "Webhook-Id": event_id,
            "Webhook-Timestamp": str(int(at)),
            "Webhook-Signature": f"v1a,{signature}",
        }

    def public(self) -> dict[str, str]:
        """The public keys: `rsa` and `ed25519` as PEM, `standard` as Standard Webhooks has it."""
        raw = self._ed25519.public_key().public_bytes_raw()
        return {
            "rsa": _public_pem(self._rsa.public_key()),
            "ed25519": _public_pem(self._ed25519.public_key()),
            "standard": f"whpk_{base64.b64encode(raw).decode()}",
        }

    @cached_property
    def _rsa(self) -> RSAPrivateKey:
        if pem := self._kept("rsa"):
            key = serialization.load_pem_private_key(pem, password=None)
            assert isinstance(key, RSAPrivateKey)  # noqa: S101  # kept under this name
            return key
        key = generate_private_key(public_exponent=65537, key_size=2048)
        self._keep("rsa", key)
        return key

    @cached_property
    def _ed25519(self) -> Ed25519PrivateKey:
        if pem := self._kept("ed25519"):
            key = serialization.load_pem_private_key(pem, password=None)
            assert isinstance(key, Ed25519PrivateKey)  # noqa: S101  # kept under this name
            return key
        key = Ed25519PrivateKey.generate()
        self._keep("ed25519", key)
        return key

    def _kept(self, name: str) -> bytes | None:
        row = self._database.row("SELECT pem FROM keys WHERE name = ?", name)
        return row["pem"].encode() if row else None

    def _keep(self, name: str, key: RSAPrivateKey | Ed25519PrivateKey) -> None:
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),  # they sign what a sandbox makes up, and nothing else
        )
        self._database.insert("keys", name=name, pem=pem.decode())


def _public_pem(key: RSAPublicKey | Ed25519PublicKey) -> str:
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()
