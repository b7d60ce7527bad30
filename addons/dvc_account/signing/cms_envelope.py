# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""How a CMS signature comes as a file: DER or BER as it is, armoured as PEM, or as bare base64."""

import base64
import binascii
import re

LABELS = rb"(?:PKCS7|CMS|PKCS #7 SIGNED DATA)"
ARMOUR_START = re.compile(rb"\s{0,16}-----BEGIN " + LABELS + rb"-----")
ARMOUR = re.compile(rb"\s*-----BEGIN " + LABELS + rb"-----\s+([A-Za-z0-9+/=\s]+)-----END " + LABELS + rb"-----\s*")
BASE64 = re.compile(rb"[A-Za-z0-9+/=\s]+")
SEQUENCE = b"\x30"
# The object identifiers of PKCS#7 up to their last number; that of signed data.
PKCS7 = bytes.fromhex("06092a864886f70d0107")
SIGNED_DATA = PKCS7 + b"\x02"
# Within how many bytes the identifier stands: behind two lengths.
HEAD = 32


class DamagedArmour(ValueError):
    """It says that it is a CMS file, but its armour cannot be taken off, or something stands around it."""


def unwrap(data: bytes) -> bytes | None:
    """Return the DER or BER of a CMS file; None: it is none.

    :raise DamagedArmour: it is armoured, and not whole or not alone
    """
    if data[:1] == SEQUENCE:
        return data if PKCS7 in data[:HEAD] else None
    if ARMOUR_START.match(data):
        armour = ARMOUR.fullmatch(data)
        if not armour:
            raise DamagedArmour
        return _decoded(armour[1])
    if data.lstrip()[:2] == b"MI" and BASE64.fullmatch(data):
        try:
            inner = _decoded(data)
        except DamagedArmour:
            return None
        return inner if inner[:1] == SEQUENCE and PKCS7 in inner[:HEAD] else None
    return None


def _decoded(text: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except binascii.Error:
        raise DamagedArmour from None


def is_signature(data: bytes) -> bool:
    """Tell whether a file is a CMS signature, in whatever wrapping."""
    try:
        inner = unwrap(data)
    except DamagedArmour:
        return False
    return inner is not None and SIGNED_DATA in inner[:HEAD]
