# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""An XML signature in the clothes of a CMS one: so the same ladder judges both, by the same table.

A CMS signer without signed attributes signs the content itself; here the content is the canonical
form of ``SignedInfo``. Key, algorithm and value are the same, only the wrapping differs.
"""

from dataclasses import dataclass

from asn1crypto import cms, core, x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from pyhanko_certvalidator.sig_validate import DefaultSignatureValidator, SignatureValidationContext


@dataclass(frozen=True)
class Method:
    """A signature method: its digest, and the kind of key and padding (``rsa``, ``pss``, ``ecdsa``)."""

    digest: str
    kind: str


MORE, MORE_2007 = "http://www.w3.org/2001/04/xmldsig-more#", "http://www.w3.org/2007/05/xmldsig-more#"
METHODS = {
    "http://www.w3.org/2000/09/xmldsig#rsa-sha1": Method("sha1", "rsa"),
    f"{MORE}rsa-md5": Method("md5", "rsa"),
    **{f"{MORE}rsa-{digest}": Method(digest, "rsa") for digest in ("sha224", "sha256", "sha384", "sha512")},
    **{
        f"{MORE_2007}{digest}-rsa-MGF1": Method(digest, "pss")
        for digest in ("sha1", "sha224", "sha256", "sha384", "sha512")
    },
    **{f"{MORE}ecdsa-{digest}": Method(digest, "ecdsa") for digest in ("sha1", "sha224", "sha256", "sha384", "sha512")},
}


def _algorithm(method: Method) -> cms.SignedDigestAlgorithm:
    if method.kind != "pss":
        return cms.SignedDigestAlgorithm({"algorithm": f"{method.digest}_{method.kind}"})
    digest = {"algorithm": method.digest}
    return cms.SignedDigestAlgorithm(
        {
            "algorithm": "rsassa_pss",
            "parameters": {
                "hash_algorithm": digest,
                "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": digest},
                "salt_length": {"sha1": 20, "sha224": 28, "sha256": 32, "sha384": 48, "sha512": 64}[method.digest],
            },
        }
    )


def _value(method: Method, value: bytes) -> bytes:
    """Return a signature's value as CMS has it."""
    if method.kind != "ecdsa":
        return value
    half, odd = divmod(len(value), 2)
    if odd or not half:
        raise ValueError("two numbers of one length")
    return encode_dss_signature(int.from_bytes(value[:half], "big"), int.from_bytes(value[half:], "big"))


def signer_of(certificates: list[x509.Certificate], uri: str, value: bytes, signed: bytes) -> x509.Certificate:
    """Return the certificate whose key made a signature; the first where none did.

    :param uri: of METHODS
    """
    method = METHODS[uri]
    context = SignatureValidationContext(contextual_md_algorithm=method.digest, prehashed=False)
    for certificate in certificates if len(certificates) > 1 else ():
        try:
            DefaultSignatureValidator().validate_signature(
                _value(method, value), signed, certificate.public_key, _algorithm(method), context=context
            )
        except (InvalidSignature, UnsupportedAlgorithm, NotImplementedError, ValueError, TypeError, AttributeError):
            continue
        return certificate
    return certificates[0]


def signed_data(
    uri: str, value: bytes, certificate: x509.Certificate, others: list[x509.Certificate], stamps: list[bytes]
) -> cms.SignedData:
    """Return the signature as CMS.

    :param uri: of METHODS
    :param certificate: the signer's
    :param others: which the signature brought along
    :param stamps: time stamps of the signature, in DER; what is none is left out
    """
    method = METHODS[uri]
    digest = cms.DigestAlgorithm({"algorithm": method.digest})
    signer = {
        "version": "v1",
        "sid": {"issuer_and_serial_number": {"issuer": certificate.issuer, "serial_number": certificate.serial_number}},
        "digest_algorithm": digest,
        "signature_algorithm": _algorithm(method),
        "signature": _value(method, value),
    }
    tokens = [token for stamp in stamps if (token := _token(stamp)) is not None]
    if tokens:
        signer["unsigned_attrs"] = [{"type": "signature_time_stamp_token", "values": tokens}]
    known = {one.sha256: one for one in (*others, certificate)}
    # Who else has the signer's issuer and number is not asked for.
    own = known.pop(certificate.sha256)
    same = (own.issuer.sha256, own.serial_number)
    known = [one for one in known.values() if (one.issuer.sha256, one.serial_number) != same]
    return cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [digest],
            "encap_content_info": {"content_type": "data"},
            "certificates": [*known, own],
            "signer_infos": [signer],
        }
    )


def _token(stamp: bytes) -> cms.ContentInfo | None:
    try:
        token = cms.ContentInfo.load(stamp, strict=True)
        return token if token["content_type"].native == "signed_data" and not _is_void(token["content"]) else None
    except (ValueError, TypeError, KeyError):
        return None


def _is_void(value) -> bool:
    return isinstance(value, core.Void)
