# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""One signature of a PDF: first whether it is intact, then whether its signer is trusted."""

from datetime import datetime
from functools import partial

from cryptography.exceptions import UnsupportedAlgorithm
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation.ades import ades_lta_validation
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature, async_validate_pdf_timestamp
from pyhanko.sign.validation.policy_decl import PdfSignatureValidationSpec
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from . import comparison, later_fields, raw_check
from .found import Found, moment_text
from .ladder import EXHAUSTED, CmsSignature, judge
from .later_fields import DOCUMENT_TIME_STAMP
from .specification import Specification

PADES = "/ETSI.CAdES.detached"
LEVELS = {PADES: "PAdES", "/adbe.pkcs7.detached": "CMS"}
AMENDABLE = ("changed", "form_changed")


async def check(data: bytes, reader: PdfFileReader, field, rules: Specification, at: datetime) -> Found:
    """Return what a filled signature field is worth; a damaged one is a finding, never an error.

    :param data: the file
    :param field: of the reader's enumeration: name, value, reference
    :param at: the moment of the check, aware
    """
    found = Found()
    try:
        return await _check(found, data, reader, field, rules, at)
    except EXHAUSTED:
        raise
    except (NotImplementedError, UnsupportedAlgorithm) as error:
        return found.settle("algorithm", type(error).__name__)
    except Exception as error:  # damaged in whatever way: a signature that cannot be evaluated holds nothing
        return found.settle("damaged_signature", type(error).__name__)


async def _check(found, data, reader, field, rules, at) -> Found:
    name, _value, reference = field
    found.field = name[:100]
    field_object = reference.get_object()
    signature = field_object.raw_get("/V").get_object()
    kind = str(signature.get("/SubFilter", ""))
    if kind != DOCUMENT_TIME_STAMP and kind not in LEVELS:
        return found.settle("kind", kind)
    byte_range = [int(number) for number in signature["/ByteRange"]]
    embedded = EmbeddedPdfSignature(reader, field_object, name)
    found.end = byte_range[2] + byte_range[3] if len(byte_range) == 4 else 0
    if not raw_check.byte_range_ok(data, byte_range, len(embedded.pkcs7_content)):
        return found.settle("not_covered")
    if kind == DOCUMENT_TIME_STAMP:
        return await _check_time_stamp(found, embedded)
    if str(embedded.sig_object_type) == "/DocTimeStamp":
        return found.settle("false_time_stamp")
    if embedded.signer_cert is None:
        return found.settle("no_certificate")
    if kind == PADES and not _names_certificate(embedded.signer_info):
        # Without it another certificate for the same key would do as well.
        return found.settle("no_certificate_named")
    found.name_signer(embedded.signer_cert)
    found.area = later_fields.area(field_object)
    _describe(found, embedded, kind, rules)
    embedded.compute_integrity_info()
    found.covers_whole_file = embedded.coverage == SignatureCoverageLevel.ENTIRE_FILE
    await judge(found, _cms_signature(embedded), rules, at)
    if found.verdict == "modified":
        return found
    if changed := _changed_after(data, found, embedded):
        # Who certified a document allowed no such change; who was not good then is not good now.
        certified = embedded.docmdp_level is not None
        found.amendable = changed in AMENDABLE and not certified and found.verdict == "valid" and found.agency
        return found.settle(changed)
    return found


def _names_certificate(signer_info) -> bool:
    names = {attribute["type"].native for attribute in signer_info["signed_attrs"] or ()}
    return bool(names & {"signing_certificate", "signing_certificate_v2"})


def _cms_signature(embedded: EmbeddedPdfSignature) -> CmsSignature:
    archived = partial(_archived, embedded) if _stamped_later(embedded) else None
    return CmsSignature(embedded.signed_data, embedded.compute_digest(), archived)


async def _archived(embedded: EmbeddedPdfSignature, specification, timing):
    return await ades_lta_validation(embedded, PdfSignatureValidationSpec(specification), timing)


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
    return found.settle("time_stamp" if found.intact else "broken_time_stamp")


def _describe(found: Found, embedded: EmbeddedPdfSignature, kind: str, rules: Specification) -> None:
    found.signed_at = found.claimed_at = moment_text(embedded.self_reported_timestamp)
    found.level = LEVELS[kind]
    if found.level == "PAdES":
        stamped = next(extract_tst_data_iter(embedded.signer_info, signed=False), None) is not None
        found.level += " B-LT" if stamped and rules.archived else " B-T" if stamped else " B-B"


def _changed_after(data: bytes, found: Found, embedded: EmbeddedPdfSignature) -> str:
    """Return the reason why what was changed since is more than archival additions and signatures; empty: it is not."""
    if embedded.coverage == SignatureCoverageLevel.ENTIRE_FILE:
        return ""
    if embedded.coverage != SignatureCoverageLevel.ENTIRE_REVISION:
        return "not_covered"
    # Two opinions: what is shown, by our own comparison, and what was written, by the library's.
    if reason := comparison.changed(data, found.end, embedded.reader, embedded.signed_revision):
        return reason
    integrity = embedded.summarise_integrity_info()
    level = getattr(embedded.diff_result, "modification_level", ModificationLevel.OTHER)
    if not integrity["docmdp_ok"] or level == ModificationLevel.OTHER:
        return "changed"
    return "form_changed" if later_fields.changed(embedded.reader, embedded.signed_revision) else ""


def _stamped_later(embedded: EmbeddedPdfSignature) -> bool:
    later = embedded.reader.embedded_timestamp_signatures
    return any(other.signed_revision > embedded.signed_revision for other in later)
