# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Verify the signatures of a file, offline, against given anchors; bytes in, a plain dictionary out."""

import asyncio
import contextlib
import hashlib
import io
import zipfile
from datetime import UTC, datetime

from pyhanko.pdf_utils.misc import PdfReadError, PdfStrictReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields

from . import raw_check, reasons
from .found import Found
from .ladder import EXHAUSTED
from .pdf_signature import check
from .signer import is_same_agency
from .specification import Specification
from .trust import Trust
from .verdicts import SIGNED, worst

SIGNATURES_MAX = 64
# A visible mark beside a citizen's signature has room in an eighth of a page of A4; square points.
MARK_AREA_MAX = 62_000
PDF = b"%PDF-"
PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
XML_SIGNATURE = b"http://www.w3.org/2000/09/xmldsig#"
OFFICE_SIGNATURES = ("_xmlsignatures/", "META-INF/documentsignatures")


class Unreadable(ValueError):
    """The file cannot be checked; ``reason`` is of ``reasons.VERDICTS``."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


def verify_bytes(
    data: bytes,
    filename: str = "",
    trust: Trust | None = None,
    at: datetime | None = None,
    signed: bytes = b"",
) -> dict:
    """Return ``{verdict, reason, sha256, signatures, evidence, holders}`` of a file.

    ``reason`` is the file's own where no signature decides, else the worst signature's; see ``reasons.VERDICTS``.
    ``evidence`` has a line for each signature, see ``Found.evidence``: kept, but not answered to callers.
    ``holders`` likewise, see ``Found.holder``: neither answered nor kept readable.

    :param data: the file
    :param filename: tells nothing about the content, and is not used to judge it
    :param trust: whom to trust; none: nobody
    :param at: the moment of the check, aware; now when not given
    :param signed: the file that a detached signature belongs to
    """
    found: list[Found] = []
    try:
        if PDF in data[:1024]:
            found = _verify_pdf(data, trust or Trust(), at or datetime.now(UTC))
            reason = _worst(found)
        else:
            reason = _other_kind(data)
    except Unreadable as error:
        found, reason = [], error.reason
    except EXHAUSTED:
        found, reason = [], "limits"
    return {
        "verdict": reasons.VERDICTS[reason],
        "reason": reason,
        "sha256": hashlib.sha256(data).hexdigest(),
        "signatures": [one.answer() for one in found],
        "evidence": [one.evidence() for one in found],
        "holders": [one.holder() for one in found],
    }


def _worst(found: list[Found]) -> str:
    """Return the reason of the worst signature; without any the file is unsigned."""
    verdict = worst(one.verdict for one in found)
    return next((one.reason for one in found if one.verdict == verdict), "unsigned")


def _other_kind(data: bytes) -> str:
    """Tell unsigned files from those whose kind of signature cannot be checked here."""
    if data.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                names = archive.namelist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError):
            return "damaged"
        return "office" if any(name.startswith(OFFICE_SIGNATURES) for name in names) else "unsigned"
    if data.startswith(PICTURES):
        return "unsigned"
    if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<":
        return "kind" if XML_SIGNATURE in data else "unsigned"
    if data[:1] == b"\x30" or b"-----BEGIN PKCS7" in data[:100] or b"-----BEGIN CMS" in data[:100]:
        return "kind"
    return "format"


def _verify_pdf(data: bytes, trust: Trust, at: datetime) -> list[Found]:
    """Return the findings of a PDF; none: it is unsigned.

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
    if len(fields) > SIGNATURES_MAX:
        raise Unreadable("too_many")
    found = asyncio.run(_check_all(data, reader, fields, trust, at)) if fields else []
    if any(one.technical == PdfStrictReadError.__name__ for one in found):
        reader = PdfFileReader(io.BytesIO(data), strict=False)
        found = asyncio.run(_check_all(data, reader, _fields(reader), trust, at))
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
    if not raw_check.traces(data):
        raise Unreadable("damaged")
    return [Found().settle(reason)]


def _open(data: bytes) -> tuple[PdfFileReader, list]:
    """Return the reader and the filled signature fields, malformed ones too.

    :raise Unreadable: encrypted
    """
    with contextlib.suppress(PdfReadError):
        reader = PdfFileReader(io.BytesIO(data))
        if not reader.xrefs.hybrid_xrefs_present:
            return reader, _fields(reader)
    # Word's "save as PDF" writes hybrid references, which only the lenient reader takes.
    reader = PdfFileReader(io.BytesIO(data), strict=False)
    return reader, _fields(reader)


def _fields(reader: PdfFileReader) -> list:
    if reader.encrypted:
        raise Unreadable("encrypted")
    return list(enumerate_sig_fields(reader, filled_status=True))


async def _check_all(data: bytes, reader: PdfFileReader, fields: list, trust: Trust, at: datetime) -> list[Found]:
    rules = Specification(trust, reader)
    return [await check(data, reader, field, rules, at) for field in fields]


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
