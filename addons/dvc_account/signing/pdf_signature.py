# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""One signature of a PDF: first whether it is intact, then whether its signer is trusted."""

import contextlib
from datetime import datetime
from functools import partial

from cryptography.exceptions import UnsupportedAlgorithm
from pyhanko.sign.diff_analysis import (
    DEFAULT_DIFF_POLICY,
    FormUpdatingRule,
    GenericFieldModificationRule,
    ModificationLevel,
    SigFieldCreationRule,
    SigFieldModificationRule,
    StandardDiffPolicy,
)
from pyhanko.sign.validation.ades import ades_lta_validation
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature, async_validate_pdf_timestamp
from pyhanko.sign.validation.policy_decl import PdfSignatureValidationSpec
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from . import comparison, later_fields, raw_check
from .document import Document
from .found import Found, moment_text
from .ladder import EXHAUSTED, CmsSignature, judge
from .later_fields import DOCUMENT_TIME_STAMP
from .specification import Specification

PADES = "/ETSI.CAdES.detached"
LEVELS = {PADES: "PAdES", "/adbe.pkcs7.detached": "CMS"}
AMENDABLE = ("changed", "form_changed")
# As the library has it, but for two of its habits: it takes a picture of a field nobody touched for
# changed, and a number that was never in use for freed. Both are seen by our own comparison.
ALLOWED_CHANGES = StandardDiffPolicy(
    global_rules=DEFAULT_DIFF_POLICY.global_rules,
    form_rule=FormUpdatingRule(
        field_rules=[
            SigFieldCreationRule(),
            SigFieldModificationRule(allow_in_place_appearance_stream_changes=False),
            GenericFieldModificationRule(allow_in_place_appearance_stream_changes=False),
        ]
    ),
    reject_object_freeing=False,
)


async def check(document: Document, field, rules: Specification, at: datetime) -> Found:
    """Return what a filled signature field is worth; a damaged one is a finding, never an error.

    :param field: of the reader's enumeration: name, value, reference
    :param at: the moment of the check, aware
    """
    found = Found()
    try:
        return await _check(found, document, field, rules, at)
    except EXHAUSTED:
        raise
    except (NotImplementedError, UnsupportedAlgorithm) as error:
        return found.settle("algorithm", type(error).__name__)
    except Exception as error:  # damaged in whatever way: a signature that cannot be evaluated holds nothing
        return found.settle("damaged_signature", type(error).__name__)


async def _check(found, document, field, rules, at) -> Found:
    name, _value, reference = field
    found.field = name[:100]
    field_object = reference.get_object()
    signature = field_object.raw_get("/V").get_object()
    kind = str(signature.get("/SubFilter", ""))
    if kind != DOCUMENT_TIME_STAMP and kind not in LEVELS:
        return found.settle("kind", kind)
    byte_range = [int(number) for number in signature["/ByteRange"]]
    embedded = EmbeddedPdfSignature(document.reader, field_object, name)
    found.end = byte_range[2] + byte_range[3] if len(byte_range) == 4 else 0
    if not raw_check.byte_range_ok(document.data, byte_range, len(embedded.pkcs7_content)):
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
    with _leniently(document.reader):
        embedded.compute_integrity_info(skip_diff=True)
    found.covers_whole_file = embedded.coverage == SignatureCoverageLevel.ENTIRE_FILE
    await judge(found, _cms_signature(embedded), rules, at)
    if found.verdict == "modified":
        return found
    if changed := _changed_after(document, found, embedded):
        # Who certified a document allowed no such change; who was not good then is not good now.
        certified = embedded.docmdp_level is not None
        found.amendable = changed in AMENDABLE and not certified and found.verdict == "valid"
        return found.settle(changed)
    return found


def _names_certificate(signer_info) -> bool:
    names = {attribute["type"].native for attribute in signer_info["signed_attrs"] or ()}
    return bool(names & {"signing_certificate", "signing_certificate_v2"})


def _cms_signature(embedded: EmbeddedPdfSignature) -> CmsSignature:
    archived = partial(_archived, embedded) if _stamped_later(embedded) else None
    return CmsSignature(embedded.signed_data, embedded.compute_digest(), archived=archived)


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


def _changed_after(document: Document, found: Found, embedded: EmbeddedPdfSignature) -> str:
    """Return the reason why what was changed since is more than archival additions and signatures; empty: it is not."""
    if embedded.coverage == SignatureCoverageLevel.ENTIRE_FILE:
        return ""
    if embedded.coverage != SignatureCoverageLevel.ENTIRE_REVISION:
        return "not_covered"
    reader, revision = document.reader, embedded.signed_revision
    if not document.revisions.are_sound_after(revision, found.end):
        return "changed"
    # Two opinions: what is shown, by our own comparison, and what was written, by the library's.
    before = document.as_signed(found.end)
    if reason := comparison.changed(before, reader, found.end):
        return reason
    if later_fields.changed(before, reader, revision):
        return "form_changed"
    return "" if _is_allowed(embedded) else "changed"


def _is_allowed(embedded: EmbeddedPdfSignature) -> bool:
    """Tell whether the library allows what was written since, and the signature itself does (DocMDP, FieldMDP)."""
    with _leniently(embedded.reader):
        embedded.compute_integrity_info(ALLOWED_CHANGES)
    level = getattr(embedded.diff_result, "modification_level", ModificationLevel.OTHER)
    return bool(embedded.summarise_integrity_info()["docmdp_ok"]) and level != ModificationLevel.OTHER


@contextlib.contextmanager
def _leniently(reader):
    """Have the library accept what our own comparison read strictly: hybrid tables, names of nothing."""
    was_strict, reader.strict = reader.strict, False
    try:
        yield
    finally:
        reader.strict = was_strict


def _stamped_later(embedded: EmbeddedPdfSignature) -> bool:
    later = embedded.reader.embedded_timestamp_signatures
    return any(other.signed_revision > embedded.signed_revision for other in later)
