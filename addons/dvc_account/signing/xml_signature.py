# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Signatures in XML files: XML Signature and XAdES, by our own strict reading; see docs/adr/0015.

Only what is simple is taken: references within the document, the enveloped-signature transform and
canonical forms. Nothing is fetched, no program in the file (XSLT, XPath) is run.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from asn1crypto import x509
from cryptography.exceptions import UnsupportedAlgorithm
from lxml import etree

from . import xml_cms
from .found import Found, moment_text
from .ladder import EXHAUSTED, WEAK_DIGESTS, CmsSignature, judge
from .reasons import VERDICTS
from .specification import Specification
from .trust import Trust
from .verdicts import WORST_FIRST, Unreadable
from .xml_document import CANONICAL, DEFAULT_CANONICAL, DS, OBJECT, SIGNATURE, Document, NotReadable, Target, uncovered

SIGNATURES_MAX = 64
REFERENCES_MAX = 32
CERTIFICATES_MAX = 16
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
EXCLUSIVE = "{http://www.w3.org/2001/10/xml-exc-c14n#}"
DIGESTS = {
    "http://www.w3.org/2001/04/xmldsig-more#md5": "md5",
    "http://www.w3.org/2000/09/xmldsig#sha1": "sha1",
    "http://www.w3.org/2001/04/xmldsig-more#sha224": "sha224",
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
}
BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")
TRACES = (b"xmldsig#", b"SignatureValue")
# Clocks that tell no zone are Vietnam's.
LOCAL = timezone(timedelta(hours=7))


class Flaw(ValueError):
    """A signature is not worth anything; ``reason`` is of ``reasons.VERDICTS``."""

    def __init__(self, reason: str, technical: str = ""):
        super().__init__(reason)
        self.reason, self.technical = reason, technical


@dataclass(frozen=True)
class Reference:
    """What was signed: where it is, how it is read, and its digest."""

    target: Target
    algorithm: str
    prefixes: tuple[str, ...]
    enveloped: bool
    digest: str
    value: bytes


def is_xml(data: bytes) -> bool:
    """Tell whether a file looks like XML."""
    return data.startswith(BYTE_ORDER_MARKS) or data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<"


def check_all(data: bytes, trust: Trust, at: datetime) -> list[Found]:
    """Return a finding for each signature; none: it is unsigned.

    :param at: the moment of the check, aware
    :raise Unreadable: damaged, or over the limits
    """
    try:
        document = Document(data)
    except NotReadable:
        plain = data.replace(b"\x00", b"")
        if any(trace in plain for trace in TRACES):
            return [Found().settle("damaged_file")]
        raise Unreadable("damaged") from None
    if len(document.signatures) > SIGNATURES_MAX:
        raise Unreadable("too_many")
    if not document.signatures:
        reason = document.remains()
        return [Found().settle(reason)] if reason else []
    return asyncio.run(_check_all(document, trust, at))


async def _check_all(document: Document, trust: Trust, at: datetime) -> list[Found]:
    rules = Specification(trust)
    found = [await _guarded(document, signature, rules, at) for signature in document.signatures]
    for one in found:
        one.covering = one.verdict == "valid"
    return found


async def _guarded(document: Document, signature, rules: Specification, at: datetime) -> Found:
    found = Found(field=(signature.get("Id") or "")[:100])
    try:
        await _check(found, document, signature, rules, at)
    except EXHAUSTED:
        raise
    except Flaw as flaw:
        found.settle(flaw.reason, flaw.technical)
    except (NotImplementedError, UnsupportedAlgorithm) as error:
        found.settle("algorithm", str(error))
    except Exception as error:  # damaged in whatever way: a signature that cannot be evaluated holds nothing
        found.settle("damaged_signature", type(error).__name__)
    return found


async def _check(found: Found, document: Document, signature, rules: Specification, at: datetime) -> None:
    parts = _Parts(signature)
    certificates = parts.certificates()
    if not certificates:
        raise Flaw("no_certificate")
    found.name_signer(certificates[0])
    if any(ancestor.tag == SIGNATURE for ancestor in signature.iterancestors()):
        raise Flaw("kind", "counter-signature")
    if not document.encoding_known:
        raise Flaw("kind", "encoding")
    references = [_reference(document, element) for element in parts.references]
    for reference in references:
        _check_digest(document, signature, reference)
    elements = {reference.target.element for reference in references}
    properties = _SignedProperties(signature, elements)
    signed = parts.signed_info(document)
    certificate = xml_cms.signer_of(properties.named(certificates), parts.method, parts.value, signed)
    found.name_signer(certificate)
    stamps = properties.stamps()
    found.level = properties.level(bool(stamps))
    found.signed_at = found.claimed_at = moment_text(properties.claimed_at())
    proof = properties.proof()
    rules.know(**proof)
    bare = xml_cms.signed_data(parts.method, parts.value, certificate, certificates, stamps)
    digest = hashlib.new(xml_cms.METHODS[parts.method].digest, signed).digest()
    await judge(found, CmsSignature(bare, digest, properties.imprint(document, parts.value_element)), rules, at)
    reason = uncovered(document, signature, [reference.target for reference in references])
    found.covers_whole_file = found.intact and not reason
    if reason and WORST_FIRST.index(VERDICTS[reason]) < WORST_FIRST.index(found.verdict):
        found.settle(reason)
    weak = sorted({reference.digest for reference in references} & WEAK_DIGESTS)
    if weak and found.verdict == "valid":
        found.digest, found.good_now = weak[0], False
        found.settle("weak_digest")


class _Parts:
    """The parts of a signature element, each where the standard wants it.

    :raise Flaw: damaged_signature
    """

    def __init__(self, signature):
        children = list(signature.iterchildren("*"))
        names = [child.tag for child in children]
        expected = [f"{DS}SignedInfo", f"{DS}SignatureValue"]
        rest = names[2:][names[2:3] == [f"{DS}KeyInfo"] :]
        if names[:2] != expected or any(name != OBJECT for name in rest):
            raise Flaw("damaged_signature", "unexpected parts")
        if any(isinstance(node, etree._Comment | etree._ProcessingInstruction) for node in signature.iter()):
            raise Flaw("damaged_signature", "comments within")
        self.info, self.value_element = children[:2]
        self.key_info = children[2] if names[2:3] == [f"{DS}KeyInfo"] else None
        inner = list(self.info.iterchildren("*"))
        tags = [child.tag for child in inner]
        if tags[:2] != [f"{DS}CanonicalizationMethod", f"{DS}SignatureMethod"] or set(tags[2:]) != {f"{DS}Reference"}:
            raise Flaw("damaged_signature", "unexpected parts")
        self.references = inner[2:]
        if len(self.references) > REFERENCES_MAX:
            raise Unreadable("too_many")
        self._form, self.method = inner[0], _algorithm(inner[1], xml_cms.METHODS)
        self.value = _decoded(self.value_element)

    def signed_info(self, document: Document) -> bytes:
        """Return what the signer's key signed."""
        return document.canonical(
            Target(self.info, whole=False), _algorithm(self._form, CANONICAL), _prefixes(self._form)
        )

    def certificates(self) -> list[x509.Certificate]:
        """Return the certificates that the signature brings along, those of persons first."""
        if self.key_info is None:
            return []
        elements = self.key_info.findall(f"{DS}X509Data/{DS}X509Certificate")
        if len(elements) > CERTIFICATES_MAX:
            raise Unreadable("too_many")
        found = [x509.Certificate.load(_decoded(element), strict=True) for element in elements]
        return sorted(found, key=lambda certificate: bool(certificate.ca))


def _algorithm(element, known) -> str:
    algorithm = element.get("Algorithm") or ""
    if algorithm not in known:
        raise Flaw("algorithm", algorithm)
    return algorithm


def _prefixes(element) -> tuple[str, ...]:
    inclusive = element.find(f"{EXCLUSIVE}InclusiveNamespaces")
    return tuple((inclusive.get("PrefixList") or "").split()) if inclusive is not None else ()


def _decoded(element) -> bytes:
    if len(element):
        raise Flaw("damaged_signature", "elements in base64")
    try:
        return base64.b64decode("".join((element.text or "").split()), validate=True)
    except (binascii.Error, ValueError):
        raise Flaw("damaged_signature", "base64") from None


def _reference(document: Document, element) -> Reference:
    """Return what a reference says.

    :raise Flaw: algorithm: what cannot be followed; content_missing: it points out of the document
    """
    uri = element.get("URI")
    if uri is None or (uri and not uri.startswith("#")):
        raise Flaw("content_missing", "reference out of the document")
    if uri.startswith("#xpointer("):
        raise Flaw("algorithm", "xpointer")
    parts = [child.tag for child in element.iterchildren("*")]
    wanted = [f"{DS}DigestMethod", f"{DS}DigestValue"]
    if parts not in (wanted, [f"{DS}Transforms", *wanted]):
        raise Flaw("damaged_signature", "unexpected parts")
    enveloped, form, prefixes = _transforms(element.find(f"{DS}Transforms"))
    target = document.target(uri)
    if target is None:
        # Nothing has the name, or several have it: programs would choose differently.
        raise Flaw("not_covered", "no such element, or several")
    method, value = element.find(f"{DS}DigestMethod"), element.find(f"{DS}DigestValue")
    return Reference(target, form, prefixes, enveloped, DIGESTS[_algorithm(method, DIGESTS)], _decoded(value))


def _transforms(element) -> tuple[bool, str, tuple[str, ...]]:
    """Return whether the signature is left out, and the canonical form.

    :raise Flaw: algorithm
    """
    enveloped, form, prefixes = False, DEFAULT_CANONICAL, ()
    steps = [] if element is None else list(element.iterchildren("*"))
    for number, step in enumerate(steps):
        algorithm = step.get("Algorithm") or ""
        if step.tag == f"{DS}Transform" and algorithm == ENVELOPED and not enveloped:
            enveloped = True
        elif step.tag == f"{DS}Transform" and algorithm in CANONICAL and number == len(steps) - 1:
            form, prefixes = algorithm, _prefixes(step)
        else:
            raise Flaw("algorithm", algorithm)
    return enveloped, form, prefixes


def _check_digest(document: Document, signature, reference: Reference) -> None:
    without = signature if reference.enveloped else None
    octets = document.canonical(reference.target, reference.algorithm, reference.prefixes, without)
    if not hmac.compare_digest(hashlib.new(reference.digest, octets).digest(), reference.value):
        raise Flaw("broken_hash")


class _SignedProperties:
    """What XAdES adds to a signature; only what the signature covers is believed.

    :param elements: what its references name
    :raise Flaw: not_covered: properties that are not signed; damaged_signature: more than one set of them
    """

    def __init__(self, signature, elements: set):
        objects = signature.findall(OBJECT)
        self._all = [child for holder in objects for child in holder.iterchildren("{*}QualifyingProperties")]
        signed = [part for one in self._all for part in one.iterchildren("{*}SignedProperties")]
        if len(self._all) > 1 or len(signed) > 1:
            raise Flaw("damaged_signature", "several sets of properties")
        covered = [part for part in signed if {part, *part.iterancestors()} & elements]
        if signed and not covered:
            raise Flaw("not_covered", "signed properties that are not signed")
        target = self._all[0].get("Target") if self._all else None
        if covered and target and target != f"#{signature.get('Id')}":
            raise Flaw("damaged_signature", "properties of another signature")
        self._signed = covered[0] if covered else None
        # Invoices have the time in the standard's own properties.
        plain = [part for holder in objects for part in holder.iter(f"{DS}SignatureProperties")]
        self._plain = next((part for part in plain if {part, *part.iterancestors()} & elements), None)

    def named(self, certificates: list[x509.Certificate]) -> list[x509.Certificate]:
        """Return the certificates that may be the signer's: the one that is named, where one is.

        :raise Flaw: wrong_certificate
        """
        names = (
            []
            if self._signed is None
            else [part for part in self._signed.iter("{*}SigningCertificate", "{*}SigningCertificateV2")]
        )
        for name in names:
            digest = name.find("{*}Cert/{*}CertDigest")
            method = DIGESTS[_algorithm(digest.find(f"{DS}DigestMethod"), DIGESTS)]
            value = _decoded(digest.find(f"{DS}DigestValue"))
            certificates = [one for one in certificates if hashlib.new(method, one.dump()).digest() == value]
        if not certificates:
            raise Flaw("wrong_certificate", "signing certificate")
        return certificates

    def level(self, stamped: bool) -> str:
        if self._signed is None:
            return "XMLDSig"
        return "XAdES B-T" if stamped else "XAdES B-B"

    def claimed_at(self) -> datetime | None:
        """Return the time by the signer's own clock."""
        holder = self._signed if self._signed is not None else self._plain
        element = None if holder is None else next(holder.iter("{*}SigningTime"), None)
        try:
            moment = datetime.fromisoformat((element.text or "").strip()) if element is not None else None
            return moment and (moment if moment.tzinfo else moment.replace(tzinfo=LOCAL)).astimezone(UTC)
        except (ValueError, OverflowError):
            return None

    def _stamp_elements(self) -> list:
        path = "{*}UnsignedProperties/{*}UnsignedSignatureProperties/{*}SignatureTimeStamp"
        return [] if self._signed is None else self._all[0].findall(path)

    def stamps(self) -> list[bytes]:
        """Return the time stamps of the signature, in DER."""
        return [
            _decoded(token)
            for element in self._stamp_elements()
            for token in element.iterchildren("{*}EncapsulatedTimeStamp")
        ]

    def imprint(self, document: Document, value_element):
        """Return what the time stamps are to be of: the signature's value as an element, in canonical form."""
        forms = [element.find(f"{DS}CanonicalizationMethod") for element in self._stamp_elements()]
        form = next((form.get("Algorithm") for form in forms if form is not None), DEFAULT_CANONICAL)
        if form not in CANONICAL:
            form = DEFAULT_CANONICAL
        octets = document.canonical(Target(value_element, whole=False), form) if forms else b""
        return lambda algorithm: hashlib.new(algorithm, octets).digest()

    def proof(self) -> dict[str, list[bytes]]:
        """Return the certificates and the revocation data that were added for the signature's proof."""
        names = {
            "certs": "EncapsulatedX509Certificate",
            "crls": "EncapsulatedCRLValue",
            "ocsps": "EncapsulatedOCSPValue",
        }
        if self._signed is None:
            return {}
        return {key: [_decoded(part) for part in self._all[0].iter(f"{{*}}{name}")] for key, name in names.items()}
