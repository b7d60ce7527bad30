# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What a library's word is not enough for: each signature's ByteRange, on the bytes themselves."""

import bisect
import re

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError

END = b"%%EOF"
WHITE = b"\r\n \t\x00\x0c"
BYTE_RANGE = b"/ByteRange"
BRACKET = re.compile(rb"\s*\[")
# How much white space may follow the end of a file; copies of more would cost more than the rest of the check.
TAIL = 4096
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
    return data[max(0, end - TAIL) : end].rstrip(WHITE).endswith(END)


def has_trailing_data(data: bytes, covered: int, later_revisions: int) -> bool:
    """Tell whether something stands behind the signatures that the file's own tables do not know.

    :param covered: where the last signature's range ends
    :param later_revisions: how many revisions the cross-reference tables name behind it
    """
    if data.count(END, covered) != later_revisions:
        return True
    last = data.rfind(END)
    return last < 0 or bool(data[last + len(END) :].strip(WHITE))


def traces(data: bytes) -> list[int]:
    """Return where the bytes hold what only a signature leaves."""
    found, place = [], data.find(BYTE_RANGE)
    while place >= 0:
        if BRACKET.match(data, place + len(BYTE_RANGE)):
            found.append(place)
        place = data.find(BYTE_RANGE, place + 1)
    return found


def count_traces(data: bytes, reader) -> int:
    """Return how many traces of signatures a file holds outside of its streams: a stream may be another signed file.

    :param reader: of the file
    """
    found = traces(data)
    if len(found) < 2:
        return len(found)
    streams = _streams(data, reader)
    return sum(not _is_inside(trace, streams) for trace in found)


def _is_inside(place: int, spans: list[tuple[int, int]]) -> bool:
    number = bisect.bisect(spans, (place, place))
    return number > 0 and place < spans[number - 1][1]


def _streams(data: bytes, reader) -> list[tuple[int, int]]:
    """Return from where to where the file's streams go, in their order."""
    spans = []
    for number in range(reader.xrefs.total_revisions):
        for reference in reader.xrefs.explicit_refs_in_revision(number):
            start = reader.xrefs.get_historical_ref(reference, number)
            if isinstance(start, int):
                content = _read(reader, reference, number)
                if isinstance(content, generic.StreamObject):
                    begin = data.find(content.encoded_data, start)
                    spans.append((begin, begin + len(content.encoded_data)))
    return sorted(span for span in spans if span[0] >= 0)


def _read(reader, reference, revision: int):
    try:
        return reader.get_object(reference, revision=revision)
    except PdfError:  # a trace in what cannot be read is a trace
        return None


def count_usage_rights(data: bytes, reader) -> int:
    """Return how many traces belong to rights that Adobe's products give to a form, which are in no field.

    Only what says so in its own object, and leaves a trace of its own: a signature that was taken from
    its field must not pose as such rights, nor rights without a signature stand for one.
    """
    try:
        reference = reader.root["/Perms"].raw_get("/UR3")
        start = reader.xrefs[reference.reference]
        (transform,) = reference.get_object().raw_get("/Reference")
        method = transform.raw_get("/TransformMethod") if isinstance(transform, dict) else ""
        return int(method == "/UR3" and BYTE_RANGE in data[start : data.index(b"endobj", start)])
    except (PdfError, KeyError, TypeError, ValueError, AttributeError):
        return 0
