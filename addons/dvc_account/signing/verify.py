# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Verify the signatures of a file, offline, against given anchors; bytes in, a plain dictionary out."""

import asyncio
import hashlib
from datetime import UTC, datetime

from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields

from . import cms_envelope, cms_signature, raw_check, reasons, xml_signature
from .archive_kind import archive_kind
from .document import Document, Reader
from .found import Found
from .ladder import EXHAUSTED
from .pdf_signature import check
from .signer import is_same_agency
from .specification import Specification
from .trust import Trust
from .verdicts import SIGNED, WORST_FIRST, Unreadable, worst

SIGNATURES_MAX = 64
# A visible mark beside a citizen's signature has room in an eighth of a page of A4; square points.
MARK_AREA_MAX = 62_000
PDF = b"%PDF-"
PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


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
        found, reason = _judge(data, signed, trust or Trust(), at or datetime.now(UTC))
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


def _judge(data: bytes, signed: bytes, trust: Trust, at: datetime) -> tuple[list[Found], str]:
    """Return the findings and the reason of a file.

    :raise Unreadable: it cannot be checked
    """
    if _is_cms(data):
        return _verify_cms(data, signed, trust, at)
    if PDF in data[:1024]:
        found = _verify_pdf(data, trust, at)
    elif xml_signature.is_xml(data):
        found = xml_signature.check_all(data, trust, at)
    else:
        return [], _other_kind(data)
    return found, _worst(found)


def _is_cms(data: bytes) -> bool:
    try:
        return cms_envelope.unwrap(data) is not None
    except cms_envelope.DamagedArmour:
        return True


def _verify_cms(data: bytes, signed: bytes, trust: Trust, at: datetime) -> tuple[list[Found], str]:
    """Judge a CMS file, and the signatures within what it signs: neither makes good what is wrong with the other."""
    try:
        envelope = cms_signature.open_envelope(cms_envelope.unwrap(data), signed)
    except cms_envelope.DamagedArmour:
        envelope = None
    except NotImplementedError:
        return [], "kind"
    if envelope is None:
        damaged = [Found().settle("damaged_signature")]
        return damaged, _worst(damaged)
    found = asyncio.run(cms_signature.check_all(envelope, trust, at))
    inner, reason = ([], "valid") if envelope.content is None else _within(envelope.content, trust, at)
    return found + inner, min(_worst(found), reason, key=lambda one: WORST_FIRST.index(reasons.VERDICTS[one]))


def _within(content: bytes, trust: Trust, at: datetime) -> tuple[list[Found], str]:
    """Return the findings within a signed content, and a reason that never betters what was found around it."""
    if _is_cms(content):
        return [], "kind"
    found, reason = _judge(content, b"", trust, at)
    # Kinds of files that no signature of their own is known of may be signed like all others.
    return found, "valid" if reason in ("unsigned", "format") else reason


def _worst(found: list[Found]) -> str:
    """Return the reason of the worst signature; without any the file is unsigned."""
    verdict = worst(one.verdict for one in found)
    return next((one.reason for one in found if one.verdict == verdict), "unsigned")


def _other_kind(data: bytes) -> str:
    """Tell unsigned files from those whose kind of signature cannot be checked here."""
    if data.startswith(b"PK\x03\x04"):
        return archive_kind(data)
    if data.startswith(PICTURES):
        return "unsigned"
    return "kind" if data[:1] == b"\x30" else "format"


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
