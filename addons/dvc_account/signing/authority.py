# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What an authority's certificate says, for whoever must decide to trust it."""

import datetime
from dataclasses import dataclass

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from .demo_pki import AUTHORITIES
from .signer import COMMON_NAME

UNPARSABLE = (ValueError, TypeError, KeyError, OverflowError, UnsupportedAlgorithm)
WEAK_DIGESTS = ("md2", "md4", "md5", "sha1")
RSA_BITS_MIN, CURVE_BITS_MIN = 2048, 224
USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
)


@dataclass(frozen=True)
class Authority:
    """An authority's certificate.

    :param key: kind and size, e.g. ``RSA 4096``
    :param key_identifier: hex; certificates below name it as their authority's
    :param is_root: it has signed itself
    :param is_ca: it may issue certificates
    :param weak: ``digest``, ``key``
    :param is_demo: of the demonstration
    """

    name: str
    subject: str
    issuer: str
    serial: str
    sha256: str
    sha1: str
    valid_from: datetime.datetime
    valid_to: datetime.datetime
    key: str
    digest: str
    key_usage: tuple[str, ...]
    key_identifier: str
    is_root: bool
    is_ca: bool
    weak: tuple[str, ...]
    is_demo: bool


def describe(der: bytes) -> Authority:
    """Return what a certificate says.

    :raise ValueError: it cannot be read
    """
    try:
        return _describe(x509.load_der_x509_certificate(der))
    except UNPARSABLE as error:
        raise ValueError(str(error)) from None


def _describe(certificate: x509.Certificate) -> Authority:
    common = [str(one.value) for one in certificate.subject if one.oid.dotted_string == COMMON_NAME]
    kind, bits_ok = _key(certificate)
    digest = _digest(certificate)
    weak = (("digest",) if digest in WEAK_DIGESTS else ()) + (() if bits_ok else ("key",))
    return Authority(
        name=", ".join(common)[:255] or certificate.subject.rfc4514_string()[:255],
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        serial=f"{certificate.serial_number:X}",
        sha256=certificate.fingerprint(hashes.SHA256()).hex(),
        sha1=certificate.fingerprint(hashes.SHA1()).hex(),
        valid_from=certificate.not_valid_before_utc.replace(tzinfo=None),
        valid_to=certificate.not_valid_after_utc.replace(tzinfo=None),
        key=kind,
        digest=digest,
        key_usage=_usage(certificate),
        key_identifier=_key_identifier(certificate),
        is_root=certificate.issuer == certificate.subject
        # What is signed too weakly cannot be verified any more, and is told apart by its names.
        and (is_issued_by(certificate, certificate) or digest in WEAK_DIGESTS),
        is_ca=_is_ca(certificate),
        weak=weak,
        is_demo=bool(AUTHORITIES.intersection(common)),
    )


def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Tell whether a certificate bears the signature of another one's key, and its name."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, *UNPARSABLE):
        return False
    return True


def _key(certificate: x509.Certificate) -> tuple[str, bool]:
    """Return a key's kind and size, and whether it is strong enough."""
    try:
        key = certificate.public_key()
    except UNPARSABLE:
        return "", False
    match key:
        case rsa.RSAPublicKey():
            return f"RSA {key.key_size}", key.key_size >= RSA_BITS_MIN
        case ec.EllipticCurvePublicKey():
            return f"EC {key.curve.name}", key.curve.key_size >= CURVE_BITS_MIN
        case dsa.DSAPublicKey():
            return f"DSA {key.key_size}", False
        case _:
            return type(key).__name__.removesuffix("PublicKey").lstrip("_"), True


def _digest(certificate: x509.Certificate) -> str:
    try:
        algorithm = certificate.signature_hash_algorithm
    except UNPARSABLE:
        return ""
    return algorithm.name if algorithm else ""


def _extension(certificate: x509.Certificate, kind):
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except (x509.ExtensionNotFound, *UNPARSABLE):
        return None


def _usage(certificate: x509.Certificate) -> tuple[str, ...]:
    found = _extension(certificate, x509.KeyUsage)
    return tuple(name for name in USAGES if found and getattr(found, name))


def _is_ca(certificate: x509.Certificate) -> bool:
    usage, constraints = _extension(certificate, x509.KeyUsage), _extension(certificate, x509.BasicConstraints)
    return bool(constraints and constraints.ca) and (usage is None or usage.key_cert_sign)


def _key_identifier(certificate: x509.Certificate) -> str:
    named = _extension(certificate, x509.SubjectKeyIdentifier)
    if named:
        return named.digest.hex()
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER)).public_key.sha1.hex()
