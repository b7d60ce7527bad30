# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""A certificate as its holder has it in a file: PEM, DER or P7B; and what a screen may show of it."""

import base64
import binascii
import datetime
from dataclasses import dataclass

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from .private_key import holds_private_key
from .signer import COMMON_NAME, masked, person_numbers

SIZE_MAX = 64 * 1024
CERTIFICATES_MAX = 10
BUNDLE_MAX, BUNDLE_CERTIFICATES_MAX = 1024 * 1024, 100
PATH_MAX = 6
# Whatever a parser makes of a file that is none.
UNPARSABLE = (ValueError, TypeError, KeyError, OverflowError, RecursionError, binascii.Error, UnsupportedAlgorithm)


class CertificateRefused(ValueError):
    """A file or certificate that cannot be registered; ``reason`` is size, key, form, several or usage."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Facts:
    """What is kept of a certificate in clear; numbers of persons are masked in the subject."""

    name: str
    subject: str
    issuer: str
    serial: str
    fingerprint: str
    valid_from: datetime.datetime
    valid_to: datetime.datetime


def holders_certificate(data: bytes) -> tuple[bytes, list[bytes]]:
    """Return the one certificate of a person in a file, and the authorities' beside it, in DER.

    :param data: PEM, DER or P7B, which may be in base64 again
    :raise CertificateRefused: too large, a private key in it, none or several of persons
    """
    if len(data) > SIZE_MAX:
        raise CertificateRefused("size")
    if holds_private_key(data):
        raise CertificateRefused("key")
    try:
        found = _parsed(data)
        persons = [one for one in found if not _is_authority(one)]
    except UNPARSABLE:
        raise CertificateRefused("form") from None
    if not found or len(found) > CERTIFICATES_MAX:
        raise CertificateRefused("form")
    if len(persons) != 1:
        raise CertificateRefused("several")
    person = persons[0]
    return _der(person), [_der(one) for one in found if one != person]


def bundle(data: bytes) -> list[bytes]:
    """Return every certificate of a file once, in the file's order, in DER.

    :param data: PEM, several of them, DER or P7B, which may be in base64 again
    :raise CertificateRefused: too large, a private key in it, or no certificates
    """
    if len(data) > BUNDLE_MAX:
        raise CertificateRefused("size")
    if b"PRIVATE KEY-----" in data:
        raise CertificateRefused("key")
    try:
        found = list(dict.fromkeys(_der(one) for one in _parsed(data)))
    except UNPARSABLE:
        raise CertificateRefused("form") from None
    if not found or len(found) > BUNDLE_CERTIFICATES_MAX:
        raise CertificateRefused("form")
    return found


def _parsed(data: bytes) -> list[x509.Certificate]:
    text = data.strip()
    if b"-----BEGIN CERTIFICATE-----" in text:
        return x509.load_pem_x509_certificates(text)
    if b"-----BEGIN PKCS7-----" in text:
        return pkcs7.load_pem_pkcs7_certificates(text)
    if data[:1] != b"\x30":
        data = base64.b64decode(b"".join(text.split()), validate=True)
    try:
        return [x509.load_der_x509_certificate(data)]
    except ValueError:
        return pkcs7.load_der_pkcs7_certificates(data)


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def facts(der: bytes) -> Facts:
    """Return what a certificate says.

    :raise CertificateRefused: it cannot be read
    """
    try:
        certificate, known = x509.load_der_x509_certificate(der), asn1_x509.Certificate.load(der)
        names = [pair for rdn in certificate.subject.rdns for pair in rdn]
        common = [str(pair.value) for pair in names if pair.oid.dotted_string == COMMON_NAME]
        return Facts(
            name=", ".join(common)[:255],
            subject=masked(certificate.subject.rfc4514_string())[:1000],
            issuer=certificate.issuer.rfc4514_string()[:1000],
            serial=f"{certificate.serial_number:X}",
            fingerprint=known.sha256.hex(),
            valid_from=certificate.not_valid_before_utc.replace(tzinfo=None),
            valid_to=certificate.not_valid_after_utc.replace(tzinfo=None),
        )
    except UNPARSABLE:
        raise CertificateRefused("form") from None


def numbers(der: bytes) -> list[str]:
    """Return the numbers that name the holder, in clear.

    :raise CertificateRefused: it cannot be read
    """
    try:
        return person_numbers(asn1_x509.Certificate.load(der))
    except UNPARSABLE:
        raise CertificateRefused("form") from None


def check_usage(der: bytes) -> None:
    """Check that a certificate is for signing documents.

    :raise CertificateRefused: usage
    """
    certificate = x509.load_der_x509_certificate(der)
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return
    except ValueError:
        raise CertificateRefused("form") from None
    if not usage.content_commitment:
        raise CertificateRefused("usage")


def leads_to(der: bytes, authorities: list[bytes], anchors: list[bytes]) -> str | None:
    """Return the fingerprint of the anchor at the end of a certificate's path; None: there is none.

    A first look at a certificate that has signed nothing yet. Revocation and the rest of the path's
    rules are the verifier's, once its holder has signed.

    :param authorities: certificates that may stand between, in DER or PEM
    :param anchors: trusted ones, in DER or PEM
    """
    trusted, between = _load(anchors), [one for one in _load(authorities) if _is_authority(one)]
    current = x509.load_der_x509_certificate(der)
    for _step in range(PATH_MAX):
        if anchor := _issuer(current, trusted):
            return asn1_x509.Certificate.load(_der(anchor)).sha256.hex()
        current = _issuer(current, between)
        if current is None:
            return None
    return None


def _load(items: list[bytes]) -> list[x509.Certificate]:
    return [
        x509.load_pem_x509_certificate(item)
        if item.lstrip().startswith(b"-----")
        else x509.load_der_x509_certificate(item)
        for item in items
    ]


def _issuer(certificate: x509.Certificate, candidates: list[x509.Certificate]) -> x509.Certificate | None:
    for candidate in candidates:
        try:
            certificate.verify_directly_issued_by(candidate)
        except (*UNPARSABLE, InvalidSignature):
            continue
        return candidate
    return None
