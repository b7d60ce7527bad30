# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""CMS signatures in files of their own (.p7s, .p7m): CAdES and plain PKCS#7, with their content or without it."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from asn1crypto import cms, core, parser
from cryptography.exceptions import UnsupportedAlgorithm
from pyhanko.sign.general import CMSExtractionError, extract_certificate_info
from pyhanko.sign.validation.generic_cms import (
    extract_self_reported_ts,
    extract_tst_data_iter,
    get_signing_cert_attr,
)

from .found import Found, moment_text
from .ladder import EXHAUSTED, CmsSignature, judge
from .specification import Specification
from .trust import Trust
from .verdicts import Unreadable

SIGNERS_MAX = 64
PDF, PDF_HEAD = b"%PDF-", 1024
SET = b"\x31"
OCSP_RESPONSE = "1.3.6.1.5.5.7.16.2"
ENCRYPTED = frozenset({"enveloped_data", "encrypted_data", "signed_and_enveloped_data", "authenticated_enveloped_data"})
# What is no document: another signature, or a proof of time.
NO_DOCUMENTS = frozenset({"signed_data", "tst_info"})


@dataclass
class Envelope:
    """A parsed CMS file.

    :param content: what is signed; None: it is not in the file, and was not given
    :param fault: why no signature in it counts; empty: nothing is wrong with the file as such
    """

    signed_data: cms.SignedData
    content: bytes | None
    fault: str = ""
    digests: dict[str, bytes] = field(default_factory=dict)

    def digest(self, algorithm: str) -> bytes:
        """Return the content's digest, computed once for all signers.

        :raise NotImplementedError: by an algorithm that is not known
        """
        if algorithm not in self.digests:
            try:
                self.digests[algorithm] = hashlib.new(algorithm, self.content).digest()
            except (ValueError, TypeError):
                raise NotImplementedError(algorithm) from None
        return self.digests[algorithm]


def open_envelope(data: bytes, signed: bytes = b"") -> Envelope | None:
    """Return the parsed file; None: it cannot be parsed.

    :param data: DER or BER
    :param signed: the file that a detached signature belongs to; what an attached one holds must be the same
    :raise Unreadable: encrypted
    :raise NotImplementedError: CMS of another kind than signed data
    """
    try:
        info = cms.ContentInfo.load(data)
        kind = info["content_type"].native
        if kind in ENCRYPTED:
            raise Unreadable("encrypted")
        if kind != "signed_data":
            raise NotImplementedError(kind)
        signed_data = info["content"]
        # Whatever is looked at later is parsed now.
        own, _signers = _own_content(signed_data), list(signed_data["signer_infos"])
        fault = "" if parser.peek(data) == len(data) else "trailing_data"
    except (Unreadable, NotImplementedError, *EXHAUSTED):
        raise
    except Exception:  # whatever the parser stumbles over, it is damaged
        return None
    if PDF in data[:PDF_HEAD] and PDF not in (own or b"")[:PDF_HEAD]:
        # Programs that look for a PDF's start would show another one than what is signed.
        fault = "leading_data"
    if own is not None and signed and own != signed:
        fault = "broken_hash"
    return Envelope(signed_data, own if own is not None else signed or None, fault)


def _own_content(signed_data: cms.SignedData) -> bytes | None:
    content = signed_data["encap_content_info"]["content"]
    return None if isinstance(content, core.Void) else bytes(content)


async def check_all(envelope: Envelope, trust: Trust, at: datetime) -> list[Found]:
    """Return a finding for each signer.

    :param at: the moment of the check, aware
    :raise Unreadable: too many signers
    """
    signers = list(envelope.signed_data["signer_infos"])
    if len(signers) > SIGNERS_MAX:
        raise Unreadable("too_many")
    if not signers:
        # Certificates or content stay where a signature was taken out.
        return [Found().settle("removed")]
    rules = Specification(trust)
    _take_proof(envelope.signed_data, rules)
    found = [await _guarded(envelope, signer_info, rules, at) for signer_info in signers]
    for one in found:
        if envelope.fault and one.verdict != "modified":
            one.settle(envelope.fault)
        one.covering = one.verdict == "valid"
    return found


def _take_proof(signed_data: cms.SignedData, rules: Specification) -> None:
    """Take in the revocation lists that the file carries for its own proof."""
    crls, ocsps = [], []
    for one in signed_data["crls"] or ():
        if one.name == "crl":
            crls.append(one.chosen.dump())
        elif one.chosen["other_rev_info_format"].dotted == OCSP_RESPONSE:
            ocsps.append(one.chosen["other_rev_info"].dump())
    rules.know(crls=crls, ocsps=ocsps)


async def _guarded(envelope: Envelope, signer_info: cms.SignerInfo, rules: Specification, at: datetime) -> Found:
    found = Found()
    try:
        return await _check(found, envelope, signer_info, rules, at)
    except EXHAUSTED:
        raise
    except (NotImplementedError, UnsupportedAlgorithm) as error:
        return found.settle("algorithm", str(error))
    except Exception as error:  # damaged in whatever way: a signature that cannot be evaluated holds nothing
        return found.settle("damaged_signature", type(error).__name__)


async def _check(found: Found, envelope: Envelope, signer_info, rules: Specification, at: datetime) -> Found:
    if not envelope.signed_data["certificates"]:
        return found.settle("no_certificate")
    alone = single(envelope.signed_data, signer_info)
    try:
        certificate = extract_certificate_info(alone).signer_cert
    except CMSExtractionError:
        return found.settle("no_certificate")
    found.name_signer(certificate)
    _describe(found, signer_info)
    if alone["encap_content_info"]["content_type"].native in NO_DOCUMENTS:
        return found.settle("kind", alone["encap_content_info"]["content_type"].native)
    if envelope.content is None:
        return found.settle("content_missing")
    if _is_confusable(signer_info, envelope.content):
        return found.settle("damaged_signature", "signed attributes in the place of a document")
    digest = envelope.digest(signer_info["digest_algorithm"]["algorithm"].native.lower())
    await judge(found, CmsSignature(alone, digest), rules, at)
    found.covers_whole_file = found.intact
    return found


def single(signed_data: cms.SignedData, signer_info: cms.SignerInfo) -> cms.SignedData:
    """Return the structure with one signer and without the content, which is judged by its digest."""
    return cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": signed_data["digest_algorithms"],
            "encap_content_info": {"content_type": signed_data["encap_content_info"]["content_type"].dotted},
            "certificates": signed_data["certificates"],
            "signer_infos": [signer_info],
        }
    )


def _is_confusable(signer_info: cms.SignerInfo, content: bytes) -> bool:
    """Tell whether the content could be the signed attributes of another signature.

    Without attributes of its own a signer signs the content itself: the attributes that somebody
    signed once would pass for a document of theirs.
    """
    if signer_info["signed_attrs"] or content[:1] != SET:
        return False
    try:
        return any(attribute["type"].native for attribute in cms.CMSAttributes.load(content, strict=True))
    except EXHAUSTED:
        raise
    except Exception:  # not such attributes then
        return False


def _describe(found: Found, signer_info: cms.SignerInfo) -> None:
    attributes = signer_info["signed_attrs"]
    claimed = extract_self_reported_ts(signer_info) if attributes else None
    found.signed_at = found.claimed_at = moment_text(claimed)
    found.level = "CMS"
    if attributes and get_signing_cert_attr(attributes) is not None:
        stamped = next(extract_tst_data_iter(signer_info, signed=False), None) is not None
        found.level = "CAdES B-T" if stamped else "CAdES B-B"
