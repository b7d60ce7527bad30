# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Encryption and keyed hashes under one master key that lives outside the database."""

import base64
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
_VERSION = "v1"
_NONCE = 12


class BadSecret(ValueError):
    """The value was not sealed by this key, or was changed since."""


class SecretBox:
    """Seals texts with AES-256-GCM and hashes them with HMAC-SHA-256.

    Each label has keys of its own (HKDF), so a value sealed as one thing cannot pass as another
    and equal values of two kinds have unlike hashes.
    """

    def __init__(self, master: bytes):
        if len(master) < KEY_BYTES:
            raise ValueError("the master key is too short")
        self._master = master

    def seal(self, text: str, label: str) -> str:
        """Return the text encrypted, as ASCII."""
        nonce = os.urandom(_NONCE)
        sealed = AESGCM(self._key(f"seal:{label}")).encrypt(nonce, text.encode(), label.encode())
        return f"{_VERSION}.{base64.b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, label: str) -> str:
        """Return the text again.

        :raise BadSecret: another key, another label, or a changed value
        """
        version, _dot, body = sealed.partition(".")
        try:
            if version != _VERSION:
                raise BadSecret
            raw = base64.b64decode(body, validate=True)
            return AESGCM(self._key(f"seal:{label}")).decrypt(raw[:_NONCE], raw[_NONCE:], label.encode()).decode()
        except (InvalidTag, ValueError):
            raise BadSecret from None

    def digest(self, text: str, label: str) -> str:
        """Return the keyed hash of a text, 64 hex digits, the same for the same text and label."""
        return hmac.new(self._key(f"hash:{label}"), text.encode(), hashlib.sha256).hexdigest()

    def _key(self, info: str) -> bytes:
        return HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=info.encode()).derive(self._master)
