# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Tell a file with a private key from one with certificates only: keys are never taken in."""

import base64
import binascii

from asn1crypto import keys, pem, pkcs12

MARK = b"PRIVATE KEY-----"
UNPARSABLE = (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError, binascii.Error)


def holds_private_key(data: bytes) -> bool:
    """Tell whether there is a private key in a file: PEM, PKCS#12, PKCS#8 or PKCS#1, which may be in base64.

    :param data: the file, untrusted
    """
    text = data.strip()
    if MARK in text:
        return True
    if text[:1] != b"\x30":
        try:
            text = base64.b64decode(b"".join(text.split()), validate=True)
        except (ValueError, binascii.Error):
            return False
        if MARK in text or pem.detect(text):
            return MARK in text
    return _is_store(text) or any(_is_key(kind, text) for kind in KINDS)


def _is_store(data: bytes) -> bool:
    try:
        store = pkcs12.Pfx.load(data)
        return store["version"].native == "v3" and store["auth_safe"]["content_type"].native in ("data", "signed_data")
    except UNPARSABLE:
        return False


KINDS = (keys.PrivateKeyInfo, keys.EncryptedPrivateKeyInfo, keys.RSAPrivateKey, keys.ECPrivateKey)


def _is_key(kind, data: bytes) -> bool:
    try:
        found = kind.load(data, strict=True)
        return found.native is not None and all(name in found.native for name in _names(kind))
    except UNPARSABLE:
        return False


def _names(kind) -> tuple[str, ...]:
    return {
        keys.PrivateKeyInfo: ("private_key_algorithm", "private_key"),
        keys.EncryptedPrivateKeyInfo: ("encryption_algorithm", "encrypted_data"),
        keys.RSAPrivateKey: ("private_exponent", "prime1"),
        keys.ECPrivateKey: ("private_key",),
    }[kind]
