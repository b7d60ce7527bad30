# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What a library's word is not enough for: each signature's ByteRange, on the bytes themselves."""

import re

BYTE_RANGE = re.compile(rb"/ByteRange\s*\[([^\]]{0,200})\]")
HEX = re.compile(rb"<[0-9A-Fa-f\s]*>")
TAIL_MAX = 64


def byte_range_ok(data: bytes, byte_range, contents_length: int) -> bool:
    """Tell whether a ByteRange leaves out exactly the signature's own hex string.

    :param byte_range: the four numbers, as the file has them
    :param contents_length: of the decoded /Contents, bytes
    """
    if len(byte_range) != 4 or not all(isinstance(number, int) for number in byte_range):
        return False
    start, gap, resume, rest = byte_range
    end = resume + rest
    if start != 0 or not 0 < gap < resume <= end <= len(data):
        return False
    hole = data[gap:resume]
    if not HEX.fullmatch(hole) or len(hole) != 2 * contents_length + 2:
        return False
    return data[:end].rstrip(b"\r\n \t\x00").endswith(b"%%EOF")


def has_trailing_data(data: bytes) -> bool:
    """Tell whether anything but white space follows the last end-of-file mark."""
    end = data.rfind(b"%%EOF")
    return end < 0 or bool(data[end + 5 :].strip(b"\r\n \t\x00"))


def has_signature_trace(data: bytes) -> bool:
    """Tell whether the bytes hold what only a signature leaves."""
    return bool(BYTE_RANGE.search(data))
