# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Fingerprints of certificates as people read, copy and compare them."""

import re

# Fewer digits could be met by a certificate made for it.
DIGITS_MIN = 16
LABEL = re.compile(r"^\s*(?:sha-?(?:256|1)\b)?\s*(?:fingerprint|thumbprint|dấu vân tay)?\s*[=:]?\s*", re.IGNORECASE)
GROUPING = re.compile(r"[\s:.\-–_,]")
HEX = re.compile(r"[0-9a-f]*")


def groups(digits: str, size: int = 4) -> str:
    """Return a fingerprint in groups that the eye can follow: ``AB12 CD34 …``."""
    upper = digits.upper()
    return " ".join(upper[at : at + size] for at in range(0, len(upper), size))


def digits_of(text: str) -> str | None:
    """Return the hex digits of a fingerprint in whatever grouping; None: there is something else in it."""
    # 64 digits may begin with what looks like a label; a label is followed by something that is no digit.
    for candidate in (text, LABEL.sub("", text, count=1)):
        found = GROUPING.sub("", candidate).lower()
        if found and HEX.fullmatch(found):
            return found
    return None


def confirms(text: str, sha256: str, sha1: str) -> bool:
    """Tell whether somebody typed or pasted a certificate's fingerprint.

    :param text: the whole SHA-256 or SHA-1 fingerprint, or at least 16 digits in a row of the SHA-256 one
    :param sha256: of the certificate, hex
    :param sha1: of the certificate, hex
    """
    found = digits_of(text)
    if not found:
        return False
    return found == sha1.lower() or (len(found) >= DIGITS_MIN and found in sha256.lower())
