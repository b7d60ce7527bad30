# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Verify the signatures of a file, offline, against given anchors; bytes in, a plain dictionary out."""

import asyncio
import hashlib
import io
import re
import zipfile
from dataclasses import dataclass, field
from datetime import datetime, timezone

from asn1crypto import crl as asn1_crl
from asn1crypto import pem, x509
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation import (
    DocumentSecurityStore,
    KeyUsageConstraints,
    SignatureCoverageLevel,
    async_validate_pdf_signature,
)
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko_certvalidator import ValidationContext

from . import raw_check
from .verdicts import worst

SIGNATURES_MAX = 64
UID = "0.9.2342.19200300.100.1.1"
WEAK_DIGESTS = frozenset({"md5", "sha1"})
CITIZEN_ID = re.compile(r"(CCCD|CMND|HC):([0-9A-Z]+)")
TAX_ID = re.compile(r"(MST|MNS):([0-9A-Z-]+)")
CHANGED = "the document was changed after signing"
AMENDABLE = frozenset({CHANGED, "form values were changed after signing"})
# pyHanko's sub-indications of ETSI EN 319 102-1.
INDICATIONS = {
    "EXPIRED": "expired",
    "NOT_YET_VALID": "expired",
    "OUT_OF_BOUNDS_NO_POE": "expired",
    "OUT_OF_BOUNDS_NOT_REVOKED": "expired",
    "REVOKED": "revoked",
    "REVOKED_NO_POE": "revoked",
    "NO_CERTIFICATE_CHAIN_FOUND": "untrusted",
    "NO_SIGNING_CERTIFICATE_FOUND": "untrusted",
    "CHAIN_CONSTRAINTS_FAILURE": "untrusted",
    "SIG_CONSTRAINTS_FAILURE": "untrusted",
}
LEVELS = {"/ETSI.CAdES.detached": "PAdES", "/adbe.pkcs7.detached": "CMS"}


@dataclass
class Trust:
    """Whom to trust: certificates and revocation lists, in DER or PEM."""

    anchors: list[bytes] = field(default_factory=list)
    intermediates: list[bytes] = field(default_factory=list)
    crls: list[bytes] = field(default_factory=list)


def _der(data: bytes) -> bytes:
    return pem.unarmor(data)[2] if pem.detect(data) else data


def _certificates(items: list[bytes]) -> list[x509.Certificate]:
    return [x509.Certificate.load(_der(item)) for item in items]


def verify_bytes(data: bytes, filename: str = "", trust: Trust | None = None, at: datetime | None = None) -> dict:
    """Return ``{verdict, sha256, signatures}`` of a file.

    :param data: the file
    :param trust: anchors, intermediates and CRLs; none: nobody is trusted
    :param at: the moment of the check, aware; now when not given
    """
    trust, at = trust or Trust(), at or datetime.now(timezone.utc)
    answer = {"verdict": "unreadable", "sha256": hashlib.sha256(data).hexdigest(), "signatures": []}
    if data.startswith(b"%PDF-"):
        return answer | _verify_pdf(data, trust, at)
    return answer | {"verdict": _other_kind(data)}


def _other_kind(data: bytes) -> str:
    """Tell unsigned files from those whose kind of signature cannot be checked here."""
    if data.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                names = archive.namelist()
        except zipfile.BadZipFile:
            return "unreadable"
        signed = any(name.startswith(("_xmlsignatures/", "META-INF/documentsignatures")) for name in names)
        return "unsupported" if signed else "unsigned"
    if b"http://www.w3.org/2000/09/xmldsig#" in data:
        return "unsupported"
    if data[:1] == b"\x30":
        return "unsupported"
    return "unsigned"


def _verify_pdf(data: bytes, trust: Trust, at: datetime) -> dict:
    try:
        reader = _open(data)
        fields = _signature_fields(reader)
    except Exception:  # whatever the parser stumbles over, the file cannot be read
        return {"verdict": "modified" if raw_check.has_signature_trace(data) and b"%%EOF" in data else "unreadable"}
    if reader.encrypted:
        return {"verdict": "unreadable"}
    if len(fields) > SIGNATURES_MAX:
        return {"verdict": "unreadable"}
    if not fields:
        return {"verdict": "modified" if raw_check.has_signature_trace(data) else "unsigned"}
    signatures = [asyncio.run(_verify_field(data, reader, one, trust, at)) for one in fields]
    if raw_check.has_trailing_data(data):
        for signature in signatures:
            signature |= {"verdict": "modified", "detail": "data after the end of the file"}
    _amend(signatures, len(data))
    for signature in signatures:
        signature.pop("end", None)
    return {"verdict": worst(signature["verdict"] for signature in signatures), "signatures": signatures}


def _open(data: bytes) -> PdfFileReader:
    try:
        reader = PdfFileReader(io.BytesIO(data))
        if not reader.xrefs.hybrid_xrefs_present:
            return reader
    except PdfReadError:
        pass
    # Word's "save as PDF" writes hybrid references, which only the lenient reader takes.
    return PdfFileReader(io.BytesIO(data), strict=False)


def _signature_fields(reader: PdfFileReader) -> list:
    """Return the filled signature fields, malformed ones too."""
    return [
        (name, value, reference)
        for name, value, reference in enumerate_sig_fields(reader)
        if value is not None
    ]


async def _verify_field(data: bytes, reader: PdfFileReader, found, trust: Trust, at: datetime) -> dict:
    name, _value, reference = found
    answer = _blank()
    try:
        field_object = reference.get_object()
        signature_object = field_object.raw_get("/V").get_object()
        filter_name = str(signature_object.get("/SubFilter", ""))
        if filter_name == "/ETSI.RFC3161":
            return answer | {"verdict": "valid", "level": "document time stamp", "end": len(data)}
        if filter_name not in LEVELS:
            return answer | {"verdict": "unsupported", "detail": f"kind of signature {filter_name[:40]}"}
        contents = bytes(signature_object["/Contents"])
        byte_range = [int(number) for number in signature_object["/ByteRange"]]
        answer["end"] = byte_range[2] + byte_range[3]
        answer["level"] = LEVELS[filter_name]
        if not raw_check.byte_range_ok(data, byte_range, len(contents)):
            return answer | {"verdict": "modified", "detail": "the signature does not cover what it should"}
        embedded = EmbeddedPdfSignature(reader, field_object, name)
        _describe(answer, embedded)
    except Exception as error:  # a signature that cannot even be read is a damaged one
        return answer | {"verdict": "modified", "detail": f"damaged signature: {type(error).__name__}"}
    return answer | await _judge(data, reader, embedded, trust, at)


def _blank() -> dict:
    return {
        "signer": "",
        "citizen_id_masked": "",
        "tax_id": "",
        "issuer": "",
        "serial": "",
        "signed_at": "",
        "timestamped": False,
        "level": "",
        "intact": False,
        "covers_whole_file": False,
        "trusted": False,
        "revoked": False,
        "verdict": "unknown",
        "detail": "",
        "end": 0,
    }


def _describe(answer: dict, embedded: EmbeddedPdfSignature) -> None:
    """Fill in who signed, as the certificate says; names are read from the RDNs, never from one string."""
    certificate = embedded.signer_cert
    if certificate is None:
        return
    values: dict[str, list[str]] = {}
    for rdn in certificate.subject.chosen:
        for pair in rdn:
            values.setdefault(pair["type"].dotted, []).append(str(pair["value"].native))
    answer["signer"] = ", ".join(values.get("2.5.4.3", []))
    answer["issuer"] = certificate.issuer.human_friendly
    answer["serial"] = f"{certificate.serial_number:X}"
    for uid in values.get(UID, []):
        if found := CITIZEN_ID.fullmatch(uid):
            answer["citizen_id_masked"] = f"{found[2][:3]}{'*' * 7}{found[2][-2:]}"
        elif found := TAX_ID.fullmatch(uid):
            answer["tax_id"] = found[2]
    moment = embedded.self_reported_timestamp
    if moment:
        answer["signed_at"] = moment.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S")


async def _judge(data: bytes, reader, embedded: EmbeddedPdfSignature, trust: Trust, at: datetime) -> dict:
    """Return verdict and facts of one signature: integrity first, then trust."""
    if embedded.signer_cert is None:
        return {"verdict": "modified", "detail": "the signer's certificate is missing"}
    try:
        status = await _status(reader, embedded, trust, at)
        moment = _proven_time(status)
        if moment and not status.trusted:
            # What has expired or was revoked since was good when it was proven to exist.
            status = await _status(reader, embedded, trust, moment)
    except Exception as error:  # a signature that cannot even be evaluated is no signature
        return {"verdict": "modified", "detail": f"damaged signature: {type(error).__name__}"}
    facts = {
        "intact": bool(status.intact and status.valid),
        "trusted": bool(status.trusted),
        "timestamped": moment is not None,
        "covers_whole_file": status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
    }
    if not facts["intact"]:
        return facts | {"verdict": "modified", "detail": "the content was changed after signing"}
    names = {name for name, _value, _reference in enumerate_sig_fields(reader)}
    if changed := _changed_after(status, names):
        return facts | {"verdict": "modified", "detail": changed}
    if embedded.md_algorithm.lower() in WEAK_DIGESTS:
        return facts | {"verdict": "unknown", "detail": f"weak digest {embedded.md_algorithm}"}
    return facts | _trust_verdict(status)


def _changed_after(status, signature_names: set[str]) -> str:
    """Return what was changed after signing beyond archival additions and further signatures; empty: nothing."""
    if status.coverage not in (SignatureCoverageLevel.ENTIRE_FILE, SignatureCoverageLevel.ENTIRE_REVISION):
        return "the signature does not cover the document"
    if status.coverage == SignatureCoverageLevel.ENTIRE_FILE:
        return ""
    if status.docmdp_ok is False or status.modification_level == ModificationLevel.OTHER:
        return CHANGED
    changed = set(getattr(status.diff_result, "changed_form_fields", None) or ())
    if changed - signature_names:
        return "form values were changed after signing"
    return ""


def _context(reader: PdfFileReader, trust: Trust, moment: datetime) -> ValidationContext:
    """Return a context that trusts the anchors only, fetches nothing and demands revocation data."""
    crls = [asn1_crl.CertificateList.load(_der(item)) for item in trust.crls]
    others = _certificates(trust.intermediates)
    store = _security_store(reader)
    if store:
        others += list(store.load_certs())
        crls += [asn1_crl.CertificateList.load(reference.get_object().data) for reference in store.crls]
    return ValidationContext(
        trust_roots=_certificates(trust.anchors),
        other_certs=others,
        crls=crls,
        allow_fetching=False,
        revocation_mode="require",
        moment=moment,
    )


def _security_store(reader: PdfFileReader) -> DocumentSecurityStore | None:
    try:
        return DocumentSecurityStore.read_dss(reader)
    except (ValueError, KeyError, PdfReadError, NoDSSFoundError):
        return None


async def _status(reader: PdfFileReader, embedded: EmbeddedPdfSignature, trust: Trust, moment: datetime):
    stamps = ValidationContext(
        trust_roots=_certificates(trust.anchors),
        other_certs=_certificates(trust.intermediates),
        crls=[asn1_crl.CertificateList.load(_der(item)) for item in trust.crls],
        allow_fetching=False,
        # A time stamp is judged without the demand for its own revocation data.
        revocation_mode="soft-fail",
    )
    return await async_validate_pdf_signature(
        embedded,
        signer_validation_context=_context(reader, trust, moment),
        ts_validation_context=stamps,
        key_usage_settings=KeyUsageConstraints(key_usage={"non_repudiation"}),
    )


def _proven_time(status) -> datetime | None:
    """Return the time that a trusted time stamp proves, else None: a signer's own clock proves nothing."""
    stamp = status.timestamp_validity
    return stamp.timestamp if stamp is not None and stamp.valid and stamp.intact and stamp.trusted else None


def _trust_verdict(status) -> dict:
    """Return the verdict of an intact signature: whether its signer is trusted, and why not."""
    if status.trusted:
        return {"verdict": "valid"}
    if status.revoked:
        return {"verdict": "revoked", "revoked": True, "detail": "the certificate was revoked"}
    problem = status.trust_problem_indic
    name = getattr(problem, "name", "") or ""
    return {"verdict": INDICATIONS.get(name, "unknown"), "detail": name.lower().replace("_", " ")}


def _amend(signatures: list[dict], size: int) -> None:
    """Turn a change after a signature into an amendment where a later valid signature covers it all.

    Vietnamese practice: the leader signs, the clerk numbers, the agency's seal covers both.
    """
    for position, signature in enumerate(signatures):
        if signature["verdict"] != "modified" or signature["detail"] not in AMENDABLE or not signature["intact"]:
            continue
        later = signatures[position + 1 :]
        if any(other["verdict"] == "valid" and other["covers_whole_file"] and other["tax_id"] for other in later):
            signature |= {"verdict": "amended", "detail": "amended, and covered by the agency's signature"}
