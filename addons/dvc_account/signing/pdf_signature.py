# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""One signature of a PDF: first whether it is intact, then whether its signer is trusted."""

import base64
import itertools
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import UnsupportedAlgorithm
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation.ades import (
    ades_basic_validation,
    ades_lta_validation,
    ades_timestamp_validation,
)
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter, message_imprint_checker
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature, async_validate_pdf_timestamp
from pyhanko.sign.validation.policy_decl import PdfSignatureValidationSpec
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo

from . import later_fields, raw_check
from .later_fields import DOCUMENT_TIME_STAMP
from .signer import Identity, identity, person_numbers
from .specification import Specification

LEVELS = {"/ETSI.CAdES.detached": "PAdES", "/adbe.pkcs7.detached": "CMS"}
WEAK_DIGESTS = frozenset({"md2", "md5", "sha1"})
STAMPS_MAX = 5
TOLERANCE = timedelta(minutes=5)
CHANGED = "the document was changed after signing"
FORM_CHANGED = "form values were changed after signing"
AMENDABLE = (CHANGED, FORM_CHANGED)
# What goes beyond the single signature: the process is out of its means, so the whole file is unreadable.
EXHAUSTED = (MemoryError, RecursionError)
# Sub-indications of ETSI EN 319 102-1; those not named here leave the verdict open.
INDICATIONS = {
    "OK": "valid",
    "FORMAT_FAILURE": "modified",
    "HASH_FAILURE": "modified",
    "SIG_CRYPTO_FAILURE": "modified",
    "REVOKED": "revoked",
    "REVOKED_NO_POE": "revoked",
    "REVOKED_CA_NO_POE": "revoked",
    "EXPIRED": "expired",
    "NOT_YET_VALID": "expired",
    "OUT_OF_BOUNDS_NO_POE": "expired",
    "OUT_OF_BOUNDS_NOT_REVOKED": "expired",
    "NO_CERTIFICATE_CHAIN_FOUND": "untrusted",
    "NO_SIGNING_CERTIFICATE_FOUND": "untrusted",
    "CHAIN_CONSTRAINTS_FAILURE": "untrusted",
    "SIG_CONSTRAINTS_FAILURE": "untrusted",
}


@dataclass
class Found:
    """What the check of one signature found."""

    identity: Identity = Identity()
    signed_at: str = ""
    timestamped: bool = False
    level: str = ""
    intact: bool = False
    covers_whole_file: bool = False
    trusted: bool = False
    revoked: bool = False
    verdict: str = "unknown"
    detail: str = ""
    # For the judgement of the file, not part of the answer.
    end: int = 0
    counts: bool = True
    agency: bool = False
    amendable: bool = False
    fingerprint: str = ""
    covering: bool = False
    anchor: str = ""
    good_now: bool = False
    certificate: bytes = b""
    numbers: tuple[str, ...] = ()

    def settle(self, verdict: str, detail: str = "") -> "Found":
        self.verdict, self.detail = verdict, detail
        return self

    def answer(self) -> dict:
        """Return the part of the answer that callers see."""
        known = asdict(self.identity)
        return {
            "signer": known["name"],
            "citizen_id_masked": known["citizen_id_masked"],
            "tax_id": known["tax_id"],
            "issuer": known["issuer"],
            "serial": known["serial"],
            "signed_at": self.signed_at,
            "timestamped": self.timestamped,
            "level": self.level,
            "intact": self.intact,
            "covers_whole_file": self.covers_whole_file,
            "trusted": self.trusted,
            "revoked": self.revoked,
            "verdict": self.verdict,
            "detail": self.detail,
        }

    def evidence(self) -> dict:
        """Return what is kept with the check, beyond the answer.

        ``fingerprint`` of the signer's certificate, whether it is an ``agency``'s, whether the
        signature is the last one: ``covering`` all others; fingerprint of the ``anchor`` that its
        path ends at, whether the certificate is good at the moment of the check: ``good_now``.
        """
        return {
            "fingerprint": self.fingerprint,
            "agency": self.agency,
            "covering": self.covering,
            "anchor": self.anchor,
            "good_now": self.good_now,
        }

    def holder(self) -> dict:
        """Return what is personal: for the server's own use, neither answered nor kept readable.

        ``certificate`` of the signer (DER in base64) and the ``numbers`` it names them by.
        """
        return {"certificate": base64.b64encode(self.certificate).decode(), "numbers": list(self.numbers)}


async def check(
    data: bytes, reader: PdfFileReader, field, names: set[str], rules: Specification, at: datetime
) -> Found:
    """Return what a filled signature field is worth; a damaged one is a finding, never an error.

    :param data: the file
    :param field: of the reader's enumeration: name, value, reference
    :param names: of all signature fields
    :param at: the moment of the check, aware
    """
    found = Found()
    try:
        return await _check(found, data, reader, field, names, rules, at)
    except EXHAUSTED:
        raise
    except (NotImplementedError, UnsupportedAlgorithm) as error:
        return found.settle("unsupported", f"cannot be checked here: {type(error).__name__}")
    except Exception as error:  # damaged in whatever way: a signature that cannot be evaluated holds nothing
        return found.settle("modified", f"damaged signature: {type(error).__name__}")


async def _check(found, data, reader, field, names, rules, at) -> Found:
    name, _value, reference = field
    field_object = reference.get_object()
    signature = field_object.raw_get("/V").get_object()
    kind = str(signature.get("/SubFilter", ""))
    if kind != DOCUMENT_TIME_STAMP and kind not in LEVELS:
        return found.settle("unsupported", f"kind of signature: {kind[:40] or 'not told'}")
    byte_range = [int(number) for number in signature["/ByteRange"]]
    embedded = EmbeddedPdfSignature(reader, field_object, name)
    found.end = byte_range[2] + byte_range[3] if len(byte_range) == 4 else 0
    if not raw_check.byte_range_ok(data, byte_range, len(embedded.pkcs7_content)):
        return found.settle("modified", "the signature does not cover what it should")
    if kind == DOCUMENT_TIME_STAMP:
        return await _check_time_stamp(found, embedded)
    if str(embedded.sig_object_type) == "/DocTimeStamp":
        return found.settle("modified", "a time stamp that poses as a signature")
    if embedded.signer_cert is None:
        return found.settle("modified", "the signer's certificate is missing")
    found.identity, found.fingerprint = identity(embedded.signer_cert), embedded.signer_cert.sha256.hex()
    found.certificate, found.numbers = embedded.signer_cert.dump(), tuple(person_numbers(embedded.signer_cert))
    _describe(found, embedded, kind, rules)
    embedded.compute_integrity_info()
    found.covers_whole_file = embedded.coverage == SignatureCoverageLevel.ENTIRE_FILE
    await _judge(found, embedded, rules, at)
    if found.verdict == "modified":
        return found
    if changed := _changed_after(embedded, names):
        # Who certified a document allowed no such change; who was not good then is not good now.
        found.amendable = changed in AMENDABLE and embedded.docmdp_level is None and found.verdict == "valid"
        return found.settle("modified", changed)
    return found


async def _check_time_stamp(found: Found, embedded: EmbeddedPdfSignature) -> Found:
    """A document's time stamp is nobody's signature: sound it counts for nothing by itself, broken it does."""
    found.level = "document time stamp"
    # Its authority is looked at where it is to prove something, by the long-term check.
    status = await async_validate_pdf_timestamp(
        embedded, ValidationContext(trust_roots=[], allow_fetching=False), skip_diff=True
    )
    found.intact = bool(status.intact and status.valid)
    found.covers_whole_file = embedded.coverage == SignatureCoverageLevel.ENTIRE_FILE
    found.counts = not found.intact
    return found.settle("unknown" if found.intact else "modified", "" if found.intact else "a broken time stamp")


def _describe(found: Found, embedded: EmbeddedPdfSignature, kind: str, rules: Specification) -> None:
    moment = embedded.self_reported_timestamp
    found.signed_at = _text(moment) if moment else ""
    found.level = LEVELS[kind]
    if found.level == "PAdES":
        stamped = next(extract_tst_data_iter(embedded.signer_info, signed=False), None) is not None
        found.level += " B-LT" if stamped and rules.archived else " B-T" if stamped else " B-B"


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _changed_after(embedded: EmbeddedPdfSignature, names: set[str]) -> str:
    """Return what was changed since, beyond archival additions and further signatures; empty: nothing."""
    if embedded.coverage == SignatureCoverageLevel.ENTIRE_FILE:
        return ""
    if embedded.coverage != SignatureCoverageLevel.ENTIRE_REVISION:
        return "the signature does not cover the document"
    integrity = embedded.summarise_integrity_info()
    level = getattr(embedded.diff_result, "modification_level", ModificationLevel.OTHER)
    if not integrity["docmdp_ok"] or level == ModificationLevel.OTHER:
        return CHANGED
    others = set(embedded.diff_result.changed_form_fields) - names
    return FORM_CHANGED if others or later_fields.changed(embedded.reader, embedded.signed_revision) else ""


class Ladder:
    """Whether the signer was good: now, at a time that is proven, or by archived proof; the first that holds.

    pyHanko's own step "with time" is not used: it takes a time stamp made after the certificate's
    end for proof, and an expiry hides a revocation from it. Here a proven time counts only where
    the signer's whole path was good at that very moment.
    """

    def __init__(self, embedded: EmbeddedPdfSignature, rules: Specification, at: datetime):
        self._embedded, self._rules, self._at = embedded, rules, at
        self.weak = embedded.md_algorithm.lower() in WEAK_DIGESTS
        self.proven_at: datetime | None = None
        self.good_now = False

    async def climb(self):
        """Return the result that decides."""
        result = await self._basic()
        self.good_now = _ok(result)
        self.proven_at = await self._stamped_at()
        if not _ok(result) and self.proven_at:
            result = await self._basic(self.proven_at)
        if not _ok(result) and _stamped_later(self._embedded):
            result = await self._archived() or result
        return result

    async def _basic(self, moment: datetime | None = None):
        """Judge by today, or by a moment gone by."""
        return await ades_basic_validation(
            signed_data=self._embedded.signed_data,
            validation_spec=self._rules.build(self._embedded.signer_info, past=bool(moment), weak_digest=self.weak),
            timing_info=_timing(moment or self._at, past=bool(moment)),
            raw_digest=self._embedded.compute_digest(),
        )

    async def _stamped_at(self) -> datetime | None:
        """Return the time that a trusted authority proves; a signer's own clock proves nothing."""
        signer_info = self._embedded.signer_info
        for stamp in itertools.islice(extract_tst_data_iter(signer_info, signed=False), STAMPS_MAX):
            result = await _attempt(
                ades_timestamp_validation,
                tst_signed_data=stamp,
                validation_spec=self._rules.build(signer_info),
                timing_info=_timing(self._at),
                expected_tst_imprint=message_imprint_checker(signer_info),
            )
            # A stamp from the future is nobody's proof.
            if result is not None and _ok(result) and result.api_status.timestamp <= self._at + TOLERANCE:
                return result.api_status.timestamp
        return None

    async def _archived(self):
        """Return the result at the time that the chain of the file's later time stamps proves, where it holds."""
        specification = self._rules.build(self._embedded.signer_info, weak_digest=self.weak)
        archived = await _attempt(
            ades_lta_validation, self._embedded, PdfSignatureValidationSpec(specification), _timing(self._at)
        )
        # There only once the whole chain was found good, up to the stamp that today's trust confirms.
        moment = archived and archived.oldest_evidence_record_timestamp
        if not moment or moment > self._at + TOLERANCE:
            return None
        result = await self._basic(moment)
        if _ok(result):
            self.proven_at = moment
        return result


def _timing(moment: datetime, past: bool = False) -> ValidationTimingInfo:
    return ValidationTimingInfo(validation_time=moment, best_signature_time=moment, point_in_time_validation=past)


async def _attempt(step, *args, **kwargs):
    """Return a step's result, or None where its own proof is damaged: it then proves nothing."""
    try:
        return await step(*args, **kwargs)
    except EXHAUSTED:
        raise
    except (SignatureValidationError, ValueError, KeyError, TypeError, AttributeError, NotImplementedError):
        return None


def _ok(result) -> bool:
    return result.ades_subindic.standard_name == "OK"


def _stamped_later(embedded: EmbeddedPdfSignature) -> bool:
    later = embedded.reader.embedded_timestamp_signatures
    return any(other.signed_revision > embedded.signed_revision for other in later)


async def _judge(found: Found, embedded: EmbeddedPdfSignature, rules: Specification, at: datetime) -> None:
    """Settle whether the signature is sound and its signer trusted."""
    ladder = Ladder(embedded, rules, at)
    result = await ladder.climb()
    status = result.api_status
    found.intact = status is not None and bool(status.intact and status.valid)
    if ladder.proven_at:
        found.timestamped, found.signed_at = True, _text(ladder.proven_at)
    name = result.ades_subindic.standard_name
    if status is None and not name.startswith("CRYPTO_CONSTRAINTS"):
        found.settle("modified", "the signature and the certificate it names do not belong together")
    elif not _ok(result):
        found.settle(INDICATIONS.get(name, "unknown"), name.lower().replace("_", " "))
        found.revoked = found.verdict == "revoked"
    else:
        found.trusted, found.good_now = True, ladder.good_now and not ladder.weak
        first = status.validation_path.first
        found.agency, found.anchor = rules.is_agency(first, found.identity), first.sha256.hex() if first else ""
        found.settle("unknown", "weak digest") if ladder.weak else found.settle("valid")
