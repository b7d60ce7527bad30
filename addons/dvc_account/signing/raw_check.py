# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What a library's word is not enough for: each signature's ByteRange, on the bytes themselves."""

import re

END = b"%%EOF"
WHITE = b"\r\n \t\x00\x0c"
BYTE_RANGE = re.compile(rb"/ByteRange\s*\[")
HEX = re.compile(rb"<[0-9A-Fa-f]*>")


def byte_range_ok(data: bytes, byte_range, contents_length: int) -> bool:
    """Tell whether a ByteRange leaves out exactly the signature's own hex string.

    :param byte_range: the four numbers, as the file has them
    :param contents_length: of the decoded /Contents, bytes
    """
    if len(byte_range) != 4 or not all(isinstance(number, int) for number in byte_range):
        return False
    start, gap, resume, rest = byte_range
    end = resume + rest
    if start != 0 or not 0 < gap < resume < end <= len(data):
        return False
    hole = data[gap:resume]
    if not contents_length or len(hole) != 2 * contents_length + 2 or not HEX.fullmatch(hole):
        return False
    return data[:end].rstrip(WHITE).endswith(END)


def has_trailing_data(data: bytes, covered: int, later_revisions: int) -> bool:
    """Tell whether something stands behind the signatures that the file's own tables do not know.

    :param covered: where the last signature's range ends
    :param later_revisions: how many revisions the cross-reference tables name behind it
    """
    if data.count(END, covered) != later_revisions:
        return True
    last = data.rfind(END)
    return last < 0 or bool(data[last + len(END) :].strip(WHITE))


def count_traces(data: bytes) -> int:
    """Return how often the bytes hold what only a signature leaves."""
    return len(BYTE_RANGE.findall(data))


def count_usage_rights(reader) -> int:
    """Return how many traces belong to rights that Adobe's products give to a form, which are in no field.

    Only what says so in its own object: a signature taken from its field must not pose as such rights.
    """
    try:
        rights = reader.root["/Perms"]["/UR3"]
        (reference,) = rights.raw_get("/Reference")
        return int(isinstance(reference, dict) and reference.raw_get("/TransformMethod") == "/UR3")
    except (KeyError, TypeError, ValueError, AttributeError):
        return 0
