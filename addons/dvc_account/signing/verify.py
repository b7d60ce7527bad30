# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Verify the signatures of a file, offline, against given anchors; bytes in, a plain dictionary out."""

import asyncio
import hashlib
from datetime import UTC, datetime

from . import cms_envelope, cms_signature, pdf_file, reasons, xml_signature
from .archive_kind import archive_kind
from .found import Found
from .ladder import EXHAUSTED
from .trust import Trust
from .verdicts import WORST_FIRST, Unreadable, worst

PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


def verify_bytes(
    data: bytes,
    filename: str = "",
    trust: Trust | None = None,
    at: datetime | None = None,
    signed: bytes = b"",
    sha256: str = "",
) -> dict:
    """Return ``{verdict, reason, sha256, active, signatures, evidence, holders}`` of a file.

    ``active`` names what the file does beyond showing pages, see ``active_content``.
    ``reason`` is the file's own where no signature decides, else the worst signature's; see ``reasons.VERDICTS``.
    ``evidence`` has a line for each signature, see ``Found.evidence``: kept, but not answered to callers.
    ``holders`` likewise, see ``Found.holder``: neither answered nor kept readable.

    :param data: the file
    :param filename: tells nothing about the content, and is not used to judge it
    :param trust: whom to trust; none: nobody
    :param at: the moment of the check, aware; now when not given
    :param signed: the file that a detached signature belongs to
    :param sha256: of the file, where it is known; answered as it is told
    """
    found: list[Found] = []
    active: list[str] = []
    try:
        found, reason = _judge(data, signed, trust or Trust(), at or datetime.now(UTC), active)
    except Unreadable as error:
        found, reason = [], error.reason
    except EXHAUSTED:
        found, reason = [], "limits"
    except Exception:  # whatever a file makes the checker stumble over: its signatures cannot be believed
        found, reason = [], "damaged_file" if pdf_file.has_traces(data) else "damaged"
    return {
        "verdict": reasons.VERDICTS[reason],
        "reason": reason,
        "sha256": sha256 or hashlib.sha256(data).hexdigest(),
        "active": active,
        "signatures": [one.answer() for one in found],
        "evidence": [one.evidence() for one in found],
        "holders": [one.holder() for one in found],
    }


def _judge(data: bytes, signed: bytes, trust: Trust, at: datetime, active: list[str]) -> tuple[list[Found], str]:
    """Return the findings and the reason of a file.

    :param active: gets what the file does beyond showing pages
    :raise Unreadable: it cannot be checked
    """
    if _is_cms(data):
        return _verify_cms(data, signed, trust, at, active)
    if pdf_file.is_pdf(data):
        found = pdf_file.check_all(data, trust, at, active)
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


def _verify_cms(data: bytes, signed: bytes, trust: Trust, at: datetime, active: list[str]) -> tuple[list[Found], str]:
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
    inner, reason = ([], "valid") if envelope.content is None else _within(envelope.content, trust, at, active)
    return found + inner, min(_worst(found), reason, key=lambda one: WORST_FIRST.index(reasons.VERDICTS[one]))


def _within(content: bytes, trust: Trust, at: datetime, active: list[str]) -> tuple[list[Found], str]:
    """Return the findings within a signed content, and a reason that never betters what was found around it."""
    if _is_cms(content):
        return [], "kind"
    found, reason = _judge(content, b"", trust, at, active)
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
