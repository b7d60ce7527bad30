# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Questions to OCSP responders and what their answers are worth (RFC 6960)."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from asn1crypto.keys import PublicKeyInfo
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

ANSWER_MAX = 64 * 1024
TOLERANCE = timedelta(minutes=5)
# How long an answer holds that names no end.
FRESH = timedelta(hours=24)
STATUSES = {
    ocsp.OCSPCertStatus.GOOD: "good",
    ocsp.OCSPCertStatus.REVOKED: "revoked",
    ocsp.OCSPCertStatus.UNKNOWN: "unknown",
}
UNPARSABLE = (ValueError, TypeError, KeyError, OverflowError, UnsupportedAlgorithm)


class AnswerRefused(ValueError):
    """An answer that proves nothing.

    ``reason`` is size, form, refused, other, nonce, responder, signature, weak, future or old.
    """

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Answer:
    """What a responder says of one certificate.

    :param status: good, revoked or unknown: the responder does not know the certificate
    :param this_update: aware
    :param next_update: aware; none: the answer names no end
    :param revoked_at: aware; none: not revoked
    """

    status: str
    this_update: datetime
    next_update: datetime | None
    revoked_at: datetime | None


def question(issuer: bytes, serial: int, nonce: bytes) -> bytes:
    """Return the request about a certificate, in DER.

    :param issuer: certificate of its authority, DER
    :param nonce: proves that the answer was made for this question
    """
    name_hash, key_hash = _hashes(x509.load_der_x509_certificate(issuer), hashes.SHA1())
    # SHA-1 only names the authority here, and is what every responder understands.
    builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(name_hash, key_hash, serial, hashes.SHA1())
    request = builder.add_extension(x509.OCSPNonce(nonce), critical=False).build()
    return request.public_bytes(serialization.Encoding.DER)


def read_answer(data: bytes, issuer: bytes, serial: int, nonce: bytes, now: datetime) -> Answer:
    """Return what a responder says of a certificate, once its answer was found good.

    :param data: as received
    :param issuer: certificate of the authority, DER
    :param nonce: of the question; an answer without one counts if it is fresh, as many responders answer from stock
    :param now: aware
    :raise AnswerRefused: it proves nothing
    """
    if len(data) > ANSWER_MAX:
        raise AnswerRefused("size")
    try:
        response, authority = ocsp.load_der_ocsp_response(data), x509.load_der_x509_certificate(issuer)
        if response.response_status != ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise AnswerRefused("refused")
        one = _single(response, authority, serial)
        _check_nonce(response, nonce)
        _check_signature(response, authority, now)
        return _read(one, now)
    except AnswerRefused:
        raise
    except UNPARSABLE:
        raise AnswerRefused("form") from None


def _hashes(authority: x509.Certificate, algorithm: hashes.HashAlgorithm) -> tuple[bytes, bytes]:
    """Return how a question names an authority: by its name and its key."""
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    # The bit string of the key alone, without the number of unused bits before it.
    key = PublicKeyInfo.load(authority.public_key().public_bytes(*form))["public_key"].contents[1:]
    name = authority.subject.public_bytes()
    first, second = (hashlib.new(algorithm.name, part, usedforsecurity=False).digest() for part in (name, key))
    return first, second


def _single(response: ocsp.OCSPResponse, authority: x509.Certificate, serial: int) -> ocsp.OCSPSingleResponse:
    for one in response.responses:
        named = (one.issuer_name_hash, one.issuer_key_hash)
        if one.serial_number == serial and named == _hashes(authority, one.hash_algorithm):
            return one
    raise AnswerRefused("other")


def _check_nonce(response: ocsp.OCSPResponse, nonce: bytes) -> None:
    given = [one.value.nonce for one in response.extensions if isinstance(one.value, x509.OCSPNonce)]
    if given and given != [nonce]:
        raise AnswerRefused("nonce")


def _check_signature(response: ocsp.OCSPResponse, authority: x509.Certificate, now: datetime) -> None:
    algorithm = response.signature_hash_algorithm
    if algorithm is not None and algorithm.name in ("md5", "sha1"):
        raise AnswerRefused("weak")
    signer = _responder(response, authority, now)
    try:
        _verify(signer.public_key(), response.signature, response.tbs_response_bytes, algorithm)
    except InvalidSignature:
        raise AnswerRefused("signature") from None


def _responder(response: ocsp.OCSPResponse, authority: x509.Certificate, now: datetime) -> x509.Certificate:
    """Return whose signature an answer must have: the authority itself, or whom it appointed."""
    if _is_named(response, authority):
        return authority
    for candidate in response.certificates:
        if _is_named(response, candidate) and _is_appointed(candidate, authority, now):
            return candidate
    raise AnswerRefused("responder")


def _is_named(response: ocsp.OCSPResponse, certificate: x509.Certificate) -> bool:
    if response.responder_name is not None:
        return response.responder_name == certificate.subject
    return response.responder_key_hash == x509.SubjectKeyIdentifier.from_public_key(certificate.public_key()).digest


def _is_appointed(candidate: x509.Certificate, authority: x509.Certificate, now: datetime) -> bool:
    if not candidate.not_valid_before_utc <= now <= candidate.not_valid_after_utc:
        return False
    try:
        candidate.verify_directly_issued_by(authority)
        usages = candidate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (InvalidSignature, x509.ExtensionNotFound, *UNPARSABLE):
        return False
    return ExtendedKeyUsageOID.OCSP_SIGNING in usages


def _verify(key, signature: bytes, signed: bytes, algorithm: hashes.HashAlgorithm | None) -> None:
    match key:
        case rsa.RSAPublicKey():
            key.verify(signature, signed, padding.PKCS1v15(), algorithm)
        case ec.EllipticCurvePublicKey():
            key.verify(signature, signed, ec.ECDSA(algorithm))
        case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey():
            key.verify(signature, signed)
        case _:
            raise UnsupportedAlgorithm("kind of key")


def _read(one: ocsp.OCSPSingleResponse, now: datetime) -> Answer:
    this_update, next_update = one.this_update_utc, one.next_update_utc
    if this_update > now + TOLERANCE:
        raise AnswerRefused("future")
    if now - TOLERANCE > (next_update or this_update + FRESH):
        raise AnswerRefused("old")
    return Answer(STATUSES[one.certificate_status], this_update, next_update, one.revocation_time_utc)
