# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""A PDF on its way to its signature: everything is fixed but the signature's value.

Whoever keeps the key gets no more than a digest. What is kept meanwhile is plain bytes and numbers, so
that the value may come seconds or minutes later, in another process.
"""

import asyncio
import io
from dataclasses import dataclass

from asn1crypto import algos, cms, x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.signers.pdf_byterange import PreparedByteRangeDigest
from pyhanko.sign.signers.pdf_signer import PdfTBSDocument
from pyhanko_certvalidator.registry import SimpleCertificateStore

from .failure import SigningFailed

DIGEST = "sha256"
# The signature's value, its attributes and what stands around them.
BODY_BYTES = 4096
# Of a time stamp with its authority's certificates; a larger one is left out.
STAMP_BYTES = 12288


@dataclass(frozen=True)
class Prepared:
    """A PDF with room for a signature.

    :param document: the PDF, its signature's place still empty
    :param digest: SHA-256 of all but that place
    :param start: of the place in the document
    :param end: of the place in the document
    :param attributes: DER of the signed attributes: the very bytes that are signed
    :param certificate: the signer's, DER
    :param chain: of the authorities above, DER
    """

    document: bytes
    digest: bytes
    start: int
    end: int
    attributes: bytes
    certificate: bytes
    chain: tuple[bytes, ...]

    @property
    def hash(self) -> bytes:
        """Return the digest that a remote service is asked to sign."""
        digest = hashes.Hash(hashes.SHA256())
        digest.update(self.attributes)
        return digest.finalize()


def prepare(
    writer: IncrementalPdfFileWriter,
    metadata: signers.PdfSignatureMetadata,
    certificate: x509.Certificate,
    chain: list[x509.Certificate],
    **appearance,
) -> Prepared:
    """Return the document with an empty place for a signature, and what is to be signed.

    :param certificate: whose signature
    :param chain: kept in the signature beside it
    :param appearance: ``new_field_spec`` and ``stamp_style`` of pyHanko's PdfSigner
    :raise SigningError: not a PDF that can be signed
    """
    signer = _external(certificate, chain, 512)
    room = 2 * (BODY_BYTES + STAMP_BYTES + sum(len(one.dump()) for one in (certificate, *chain)))

    async def run() -> Prepared:
        place, _document, output = await signers.PdfSigner(
            metadata, signer=signer, **appearance
        ).async_digest_doc_for_signing(writer, bytes_reserved=room)
        attributes = await signer.signed_attrs(place.document_digest, DIGEST, use_pades=True)
        return Prepared(
            output.getvalue(),
            place.document_digest,
            place.reserved_region_start,
            place.reserved_region_end,
            attributes.dump(),
            certificate.dump(),
            tuple(one.dump() for one in chain),
        )

    return asyncio.run(run())


def _external(certificate: x509.Certificate, chain, value: bytes | int) -> signers.ExternalSigner:
    registry = SimpleCertificateStore()
    registry.register_multiple(chain)
    return signers.ExternalSigner(certificate, registry, signature_value=value)


def mechanism_of(certificate: x509.Certificate) -> algos.SignedDigestAlgorithm:
    """Return how a certificate's key signs."""
    return _external(certificate, [], 1).get_signature_mechanism_for_digest(DIGEST)


def finish(prepared: Prepared, value: bytes, timestamper=None) -> bytes:
    """Return the signed PDF.

    :param value: the signature's value, from wherever the key is kept
    :param timestamper: proves the time (B-T); one that gives no answer is done without (B-B)
    :raise SigningFailed: signature.wrong_key: the value is not of the certificate's key
    """
    certificate = x509.Certificate.load(prepared.certificate)
    check_value(certificate, prepared.attributes, value)
    chain = [x509.Certificate.load(one) for one in prepared.chain]
    signer = _external(certificate, chain, value)
    attributes = cms.CMSAttributes.load(prepared.attributes)

    async def run() -> bytes:
        message = await _stamped(signer, attributes, timestamper, (prepared.end - prepared.start - 2) // 2)
        output = io.BytesIO(prepared.document)
        place = PreparedByteRangeDigest(prepared.digest, prepared.start, prepared.end)
        await PdfTBSDocument.async_finish_signing(output, place, message)
        return output.getvalue()

    return asyncio.run(run())


async def _stamped(signer: signers.ExternalSigner, attributes, timestamper, room: int) -> cms.ContentInfo:
    """Return the signature with its time stamp where one comes and has room."""
    if timestamper:
        try:
            message = await signer.async_sign_prescribed_attributes(DIGEST, attributes, timestamper=timestamper)
        except OSError:
            # The value is given already and must not be asked for twice: the time is proven later.
            message = None
        if message is not None and len(message.dump()) <= room:
            return message
    return await signer.async_sign_prescribed_attributes(DIGEST, attributes)


def check_value(certificate: x509.Certificate, data: bytes, value: bytes) -> None:
    """Check that a signature's value was made of the data by the certificate's key.

    :raise SigningFailed: signature.wrong_key
    """
    try:
        key = serialization.load_der_public_key(certificate.public_key.dump())
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(value, data, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(value, data, ec.ECDSA(hashes.SHA256()))
        elif isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
            key.verify(value, data)
        else:
            raise UnsupportedAlgorithm("kind of key")
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError) as error:
        raise SigningFailed("signature.wrong_key", type(error).__name__) from None
