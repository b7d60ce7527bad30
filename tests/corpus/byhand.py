# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""A signer of our own: the PDF part on bytes, the CMS part from asn1crypto, each detail open to abuse."""

import hashlib
import re

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

from . import revision
from .pki import DER, NOW

HASHES = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
    "sha1": hashes.SHA1,
    "md5": hashes.MD5,
}


def sign(
    data: bytes,
    build,
    kind=b"/adbe.pkcs7.detached",
    reserved=8000,
    entries=b"",
    field=b"",
    name=b"Sig",
    order="range_first",
    contents=None,
    byte_range=None,
    root_change=None,
    dictionary_type=b"/Sig",
    more=None,
    number=None,
) -> bytes:
    """Return the file with one more signature.

    :param build: signed bytes → CMS in DER
    :param entries: more of the signature's dictionary
    :param contents: hexadecimal digits → what is written in place of ``<digits>``, of the same length
    :param byte_range: (gap, resume, end) → what is written as the range, at most 60 bytes
    :param more: further objects of the revision
    """
    first = number or revision.size(data)
    root_number = int(revision.root(data).split()[0])
    root = revision.body_of(data, root_number)
    place = b"/Contents <" + b"0" * 2 * reserved + b">"
    span = b"/ByteRange " + b"[0 ********** ********** **********]".ljust(60)
    order_of = span + b" " + place if order == "range_first" else place + b" " + span
    value = b"<< /Type %s /Filter /Adobe.PPKLite /SubFilter %s %s /M (D:20260101000000Z) %s >>" % (
        dictionary_type,
        kind,
        order_of,
        entries,
    )
    widget = b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (%s) /V %d 0 R /F 132 /Rect [0 0 0 0] %s >>" % (
        name + b"%d" % first,
        first,
        field,
    )
    form = re.search(rb"/Fields\s*\[([^\]]*)\]", root)
    listed = b"/Fields [%s %d 0 R]" % (form[1] if form else b"", first + 1)
    if form:
        root = root.replace(form[0], listed)
    else:
        root = root[: root.rindex(b">>")] + b"/AcroForm << %s /SigFlags 3 >> >>" % listed
    if root_change:
        root = root_change(root)
    out = bytearray(revision.append(data, {root_number: root, first: value, first + 1: widget, **(more or {})}))
    gap = out.index(place, len(data)) + len(b"/Contents ")
    resume = gap + 2 * reserved + 2
    end = len(out)
    told = b"[0 %d %d %d]" % (gap, resume, end - resume)
    if byte_range:
        told = byte_range(gap, resume, end)
    where = out.index(span, len(data)) + len(b"/ByteRange ")
    out[where : where + 60] = told.ljust(60)
    der = build(bytes(out[:gap] + out[resume:]))
    digits = der.hex().encode().ljust(2 * reserved, b"0")
    out[gap:resume] = contents(digits) if contents else b"<" + digits + b">"
    return bytes(out)


def attribute(kind, *values):
    return cms.CMSAttribute({"type": kind, "values": list(values)})


def signed_data(
    content: bytes,
    person,
    digest="sha256",
    attributes=None,
    drop=(),
    ess=True,
    certificates=None,
    with_attributes=True,
    content_type="data",
    message_digest=None,
    scheme="pkcs1",
    encapsulated=None,
    claimed_digest=None,
    sid=None,
    unsigned=None,
    tamper=None,
    signer_infos=None,
    moment=NOW,
) -> bytes:
    """Return a CMS signature in DER.

    :param attributes: further signed attributes
    :param drop: types that are left out
    :param certificates: in place of the person's own and its chain
    :param tamper: changes the SignedData before it is written
    """
    certificate = person.asn1
    listed = [certificate, *(asn1_x509.Certificate.load(one.public_bytes(DER)) for one in person.chain)]
    info = {
        "version": "v1",
        "sid": sid
        or cms.SignerIdentifier(
            {
                "issuer_and_serial_number": cms.IssuerAndSerialNumber(
                    {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
                )
            }
        ),
        "digest_algorithm": {"algorithm": claimed_digest or digest},
    }
    hashed = hashlib.new(digest, content).digest() if message_digest is None else message_digest
    told = [
        attribute("content_type", content_type),
        attribute("signing_time", cms.Time({"utc_time": core.UTCTime(moment)})),
        attribute("message_digest", hashed),
    ]
    if ess:
        identifier = tsp.ESSCertIDv2({"cert_hash": hashlib.sha256(certificate.dump()).digest()})
        told.append(attribute("signing_certificate_v2", tsp.SigningCertificateV2({"certs": [identifier]})))
    told = [one for one in told if one["type"].native not in drop] + list(attributes or [])
    to_sign = content
    if with_attributes:
        info["signed_attrs"] = cms.CMSAttributes(told)
        to_sign = info["signed_attrs"].untag().dump() if False else cms.CMSAttributes(told).dump()
    info["signature"], info["signature_algorithm"] = raw_signature(person, to_sign, digest, scheme)
    if unsigned:
        info["unsigned_attrs"] = cms.CMSAttributes(unsigned(info["signature"]))
    infos = [cms.SignerInfo(info)]
    inner = {"content_type": "data"} if encapsulated is None else {"content_type": "data", "content": encapsulated}
    found = {
        "version": "v1",
        "digest_algorithms": [{"algorithm": claimed_digest or digest}],
        "encap_content_info": inner,
        "certificates": [
            cms.CertificateChoices("certificate", one) for one in (listed if certificates is None else certificates)
        ],
        "signer_infos": (signer_infos or (lambda one: one))(infos),
    }
    if tamper:
        tamper(found)
    return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(found)}).dump()


def raw_signature(person, data: bytes, digest: str, scheme: str):
    """Return (signature, algorithm)."""
    algorithm = HASHES[digest]()
    if scheme == "ecdsa" or isinstance(person.key, ec.EllipticCurvePrivateKey):
        return person.key.sign(data, ec.ECDSA(algorithm)), algos.SignedDigestAlgorithm({"algorithm": f"{digest}_ecdsa"})
    if scheme == "pss":
        pss = padding.PSS(padding.MGF1(algorithm), algorithm.digest_size)
        parameters = {
            "hash_algorithm": {"algorithm": digest},
            "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": digest}},
            "salt_length": algorithm.digest_size,
        }
        return person.key.sign(data, pss, algorithm), algos.SignedDigestAlgorithm(
            {"algorithm": "rsassa_pss", "parameters": parameters}
        )
    name = "rsassa_pkcs1v15" if scheme == "pkcs1" else scheme
    return person.key.sign(data, padding.PKCS1v15(), algorithm), algos.SignedDigestAlgorithm({"algorithm": name})


def plain(person, **options):
    """Return a builder for :func:`sign`."""
    return lambda content: signed_data(content, person, **options)
