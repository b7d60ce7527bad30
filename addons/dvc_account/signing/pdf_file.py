# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""A PDF as a whole: all its signatures, and what they are to each other."""

import asyncio
from datetime import datetime

from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields

from . import active_content, raw_check
from .document import Document, Reader
from .found import Found
from .ladder import EXHAUSTED
from .pdf_signature import check
from .signer import is_same_agency
from .specification import Specification
from .trust import Trust
from .verdicts import SIGNED, Unreadable

SIGNATURES_MAX = 64
# A visible mark beside a citizen's signature has room in an eighth of a page of A4; square points.
MARK_AREA_MAX = 62_000
PDF = b"%PDF-"


def is_pdf(data: bytes) -> bool:
    """Tell whether readers take a file for a PDF."""
    return PDF in data[:1024]


def has_traces(data: bytes) -> bool:
    """Tell whether the bytes hold what only a signature leaves."""
    return bool(raw_check.traces(data))


def check_all(data: bytes, trust: Trust, at: datetime, active: list[str]) -> list[Found]:
    """Return the findings of a PDF; none: it is unsigned.

    :param active: gets what the file does beyond showing pages
    :raise Unreadable: encrypted, damaged, or over the limits
    """
    if not data.startswith(PDF):
        # What a reader skips before the file's start moves every byte that a signature names.
        return _refused(data, "leading_data")
    try:
        reader, fields = _open(data)
    except EXHAUSTED:
        raise
    except Unreadable:
        raise
    except Exception:  # whatever the parser stumbles over, the file cannot be read
        return _refused(data, "damaged_file")
    active += active_content.kinds(reader)
    if len(fields) > SIGNATURES_MAX:
        raise Unreadable("too_many")
    found = asyncio.run(_check_all(data, reader, fields, trust, at)) if fields else []
    if raw_check.count_traces(data, reader) > len(fields) + raw_check.count_usage_rights(data, reader):
        found.append(Found().settle("removed"))
    elif found:
        _check_end(data, reader, found)
    _amend(found)
    counted = [one for one in found if one.counts]
    last = max((one.end for one in counted), default=0)
    for one in counted:
        one.covering = one.end == last and one.verdict == "valid"
    return counted


def _refused(data: bytes, reason: str) -> list[Found]:
    if not has_traces(data):
        raise Unreadable("damaged")
    return [Found().settle(reason)]


def _open(data: bytes) -> tuple[PdfFileReader, list]:
    """Return the reader and the filled signature fields, malformed ones too.

    :raise Unreadable: encrypted
    :raise PdfReadError: damaged
    """
    try:
        return _open_as(data, strict=True)
    except PdfReadError as error:
        # Much software writes files that only a lenient reader takes. Whoever appends to such a
        # file after it was signed must not be the one who makes it so.
        reader, fields = _open_as(data, strict=False)
        signed = min((end for _name, value, _reference in fields if (end := _end(value))), default=len(data))
        if signed < len(data) and _opens_strictly(data[:signed]):
            raise error
        return reader, fields


def _open_as(data: bytes, strict: bool) -> tuple[PdfFileReader, list]:
    reader = Reader(data, strict)
    return reader, _fields(reader)


def _opens_strictly(data: bytes) -> bool:
    try:
        return bool(_open_as(data, strict=True))
    except PdfReadError:
        return False


def _end(value) -> int:
    """Return where the bytes end that a signature names; 0: it does not tell."""
    try:
        return int(value["/ByteRange"][2]) + int(value["/ByteRange"][3])
    except (KeyError, IndexError, TypeError, ValueError):
        return 0


def _fields(reader: PdfFileReader) -> list:
    if reader.encrypted:
        raise Unreadable("encrypted")
    return list(enumerate_sig_fields(reader, filled_status=True))


async def _check_all(data: bytes, reader: PdfFileReader, fields: list, trust: Trust, at: datetime) -> list[Found]:
    rules = Specification(trust, reader)
    document = Document(data, reader)
    return [await check(document, field, rules, at) for field in fields]


def _check_end(data: bytes, reader: PdfFileReader, found: list[Found]) -> None:
    """Have nothing stand behind the signatures that the file's own tables do not know."""
    covered = max(one.end for one in found)
    if not 0 < covered <= len(data):
        return
    tables = [reader.xrefs.get_startxref_for_revision(number) for number in range(reader.xrefs.total_revisions)]
    if raw_check.has_trailing_data(data, covered, sum(table >= covered for table in tables)):
        for one in found:
            one.counts, one.amendable = True, False
            one.settle("trailing_data")


def _amend(found: list[Found]) -> None:
    """Turn a change after an agency's signature into an amendment where its later signature covers it.

    Vietnamese practice: the leader signs, the clerk numbers, the agency's seal covers both. Nobody
    else amends an agency's paper, and nobody a citizen's; nor does another's mark cover what was signed.
    """
    for one in found:
        later = [other for other in found if other.end > one.end]
        seals = [other for other in later if other.verdict == "valid" and other.agency]
        if one.amendable and any(is_same_agency(one.identity, seal.identity) for seal in seals):
            one.settle("amended")
        room = 0 if one.agency else MARK_AREA_MAX
        if one.verdict in SIGNED and any(other.area > room and not other.agency for other in later):
            one.settle("drawn_over")
