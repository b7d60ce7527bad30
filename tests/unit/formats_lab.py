# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Signs files that are no PDFs, for tests: CMS by pyHanko, XML by a signer of its own."""

import asyncio
import base64
import hashlib

from asn1crypto import algos, cms, tsp, x509
from conftest import load_package
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from lxml import etree

sign = load_package("dvc_account", "signing", "sign")

DS = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = f"{DS}enveloped-signature"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
RSA = {"sha1": f"{DS}rsa-sha1", "sha256": f"{MORE}rsa-sha256", "sha512": f"{MORE}rsa-sha512"}
DIGEST = {
    "sha1": f"{DS}sha1",
    "sha256": "http://www.w3.org/2001/04/xmlenc#sha256",
    "sha512": "http://www.w3.org/2001/04/xmlenc#sha512",
}
HASH = {"sha1": hashes.SHA1, "sha256": hashes.SHA256, "sha512": hashes.SHA512}
DECLARATION = (
    "<?xml version='1.0' encoding='UTF-8'?>\n<ToKhai xmlns='urn:test' Id='goc'>"
    "<HoTen>Nguyễn Văn An</HoTen><SoTien>100</SoTien></ToKhai>"
).encode()
INVOICE = (
    b"<?xml version='1.0' encoding='UTF-8'?>\n<HDon><DLHDon Id='data'><SHDon>7</SHDon><TgTTTBSo>100</TgTTTBSo></DLHDon>"
    b"<DSCKS><NBan/></DSCKS></HDon>"
)


def cms_signed(key, data: bytes, detached=True, timestamper=None, digest="sha256", cades=True) -> cms.ContentInfo:
    """Return a CMS signature of a file."""
    signer = key.signer()
    signing = signer.async_sign_general_data(data, digest, detached=detached, timestamper=timestamper, use_cades=cades)
    return asyncio.run(signing)


def cms_merged(*signatures: cms.ContentInfo) -> bytes:
    """Return one CMS file with the signers of several."""
    first = signatures[0].copy()
    data = first["content"]
    data["signer_infos"] = [one for signature in signatures for one in signature["content"]["signer_infos"]]
    data["certificates"] = [one for signature in signatures for one in signature["content"]["certificates"]]
    return cms.ContentInfo({"content_type": "signed_data", "content": data}).dump(force=True)


def pem(data: bytes, label="PKCS7") -> bytes:
    return f"-----BEGIN {label}-----\n{base64.encodebytes(data).decode()}-----END {label}-----\n".encode()


def canonical(element, exclusive=False) -> bytes:
    if isinstance(element, etree._Element):
        element = etree.fromstring(etree.tostring(element, with_tail=False))
    return etree.tostring(element, method="c14n", exclusive=exclusive, with_comments=False)


def der(key) -> bytes:
    return key.signer().signing_cert.dump()


def raw_signature(key, data: bytes, method: str) -> bytes:
    """Return a signature's value as XML has it."""
    digest = next(HASH[name]() for name in HASH if name in method)
    if "ecdsa" in method:
        first, second = decode_dss_signature(key.private.sign(data, ec.ECDSA(digest)))
        return first.to_bytes(32, "big") + second.to_bytes(32, "big")
    private = serialization.load_der_private_key(key.signer().signing_key.dump(), None)
    if "MGF1" in method:
        return private.sign(data, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
    return private.sign(data, padding.PKCS1v15(), digest)


class CurveKey:
    """A person's key on an elliptic curve, with their certificate."""

    def __init__(self, authority, name):
        self.private = ec.generate_private_key(ec.SECP256R1())
        certificate = authority.issue(name, self.private.public_key())
        self.signing_cert = x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))

    def signer(self):
        return self


def twin_of(key, authority, name) -> bytes:
    """Return another certificate for somebody's key, in DER."""
    private = serialization.load_der_private_key(key.signer().signing_key.dump(), None)
    return authority.issue(name, private.public_key()).public_bytes(serialization.Encoding.DER)


class XmlSigner:
    """Writes the signatures that the tests need, the wrong ones too.

    :param uri: what the first reference names
    :param place: path of the element that gets the signature
    :param named: the certificate that XAdES' properties name; none: the signer's own
    """

    def __init__(
        self,
        key,
        uri="",
        place=".",
        xades=False,
        digest="sha256",
        form=C14N,
        transforms=(ENVELOPED,),
        with_certificate=True,
        named=None,
        timestamper=None,
        certificate=None,
        method=None,
    ):
        self.key, self.uri, self.place, self.xades = key, uri, place, xades
        self.digest, self.form, self.transforms = digest, form, transforms
        self.with_certificate, self.named, self.timestamper = with_certificate, named, timestamper
        self.certificate, self.method = certificate, method or RSA[digest]

    def sign(self, data: bytes) -> bytes:
        """Return the document with one more signature."""
        tree = etree.fromstring(data).getroottree()
        place = tree.getroot().find(self.place)
        number = len(list(tree.getroot().iter(f"{{{DS}}}Signature")))
        signature = etree.fromstring(self._skeleton(f"S{number}"))
        # What is signed is digested before the signature is there: the transform takes it out again.
        before = self._target(tree)
        place.append(signature)
        values = signature.findall(f".//{{{DS}}}DigestValue")
        values[0].text = self._digest(before)
        if self.xades:
            properties = signature.find(f".//{{{XADES}}}SignedProperties")
            signature.findall(f"{{{DS}}}SignedInfo/{{{DS}}}Reference")[1].find(
                f"{{{DS}}}DigestValue"
            ).text = self._digest(canonical(properties))
        info = signature.find(f"{{{DS}}}SignedInfo")
        value = raw_signature(self.key, canonical(info, self.form == EXCLUSIVE), self.method)
        element = signature.find(f"{{{DS}}}SignatureValue")
        element.text = base64.b64encode(value).decode()
        if self.timestamper:
            self._stamp(signature, canonical(element))
        return etree.tostring(tree, xml_declaration=True, encoding="UTF-8")

    def enveloping(self, content: bytes) -> bytes:
        """Return a signature that holds the content itself."""
        signature = etree.fromstring(self._skeleton("S0"))
        holder = etree.SubElement(signature, f"{{{DS}}}Object", Id=self.uri.removeprefix("#"))
        holder.append(etree.fromstring(content))
        return self._finished(signature, canonical(holder))

    def of_itself(self, data: bytes) -> bytes:
        """Return the document with a signature that covers nothing but its own properties."""
        root = etree.fromstring(data)
        signature = etree.fromstring(self._skeleton("S0"))
        root.append(signature)
        self._finished(signature, canonical(signature.find(f".//{{{XADES}}}SignedProperties")))
        return etree.tostring(root)

    def _finished(self, signature, signed: bytes) -> bytes:
        for value in signature.findall(f".//{{{DS}}}Reference/{{{DS}}}DigestValue"):
            value.text = self._digest(signed)
        info = signature.find(f"{{{DS}}}SignedInfo")
        value = raw_signature(self.key, canonical(info, self.form == EXCLUSIVE), self.method)
        signature.find(f"{{{DS}}}SignatureValue").text = base64.b64encode(value).decode()
        return etree.tostring(signature)

    def _target(self, tree) -> bytes:
        exclusive = EXCLUSIVE in self.transforms
        if not self.uri:
            return canonical(tree, exclusive)
        (element,) = tree.xpath("//*[@Id=$name or @id=$name]", name=self.uri.removeprefix("#"))
        return canonical(element, exclusive)

    def _digest(self, data: bytes) -> str:
        return base64.b64encode(hashlib.new(self.digest, data).digest()).decode()

    def _skeleton(self, name: str) -> str:
        steps = "".join(f'<Transform Algorithm="{step}"/>' for step in self.transforms)
        method = f'<DigestMethod Algorithm="{DIGEST[self.digest]}"/><DigestValue/>'
        second = f'<Reference Type="http://uri.etsi.org/01903#SignedProperties" URI="#{name}-P">{method}</Reference>'
        certificate = base64.b64encode(self.certificate or der(self.key)).decode()
        info = f"<KeyInfo><X509Data><X509Certificate>{certificate}</X509Certificate></X509Data></KeyInfo>"
        return (
            f'<Signature xmlns="{DS}" Id="{name}"><SignedInfo><CanonicalizationMethod Algorithm="{self.form}"/>'
            f'<SignatureMethod Algorithm="{self.method}"/><Reference URI="{self.uri}">'
            f"<Transforms>{steps}</Transforms>{method}</Reference>{second if self.xades else ''}</SignedInfo>"
            f"<SignatureValue/>{info if self.with_certificate else ''}"
            f"{self._properties(name) if self.xades else ''}</Signature>"
        )

    def _properties(self, name: str) -> str:
        digest = self._digest(der(self.named or self.key))
        return (
            f'<Object><x:QualifyingProperties xmlns:x="{XADES}" Target="#{name}"><x:SignedProperties Id="{name}-P">'
            "<x:SignedSignatureProperties><x:SigningTime>2026-11-01T08:00:00+07:00</x:SigningTime>"
            f'<x:SigningCertificateV2><x:Cert><x:CertDigest><DigestMethod Algorithm="{DIGEST[self.digest]}"/>'
            f"<DigestValue>{digest}</DigestValue></x:CertDigest></x:Cert></x:SigningCertificateV2>"
            "</x:SignedSignatureProperties></x:SignedProperties></x:QualifyingProperties></Object>"
        )

    def _stamp(self, signature, octets: bytes) -> None:
        """Add a time stamp of the signature's value (XAdES-T)."""
        request = tsp.TimeStampReq(
            {
                "version": 1,
                "message_imprint": {
                    "hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
                    "hashed_message": hashlib.sha256(octets).digest(),
                },
                "cert_req": True,
                "nonce": 7,
            }
        )
        token = asyncio.run(self.timestamper.async_request_tsa_response(request))["time_stamp_token"].dump()
        unsigned = etree.fromstring(
            f'<x:UnsignedProperties xmlns:x="{XADES}"><x:UnsignedSignatureProperties><x:SignatureTimeStamp>'
            f'<CanonicalizationMethod xmlns="{DS}" Algorithm="{C14N}"/><x:EncapsulatedTimeStamp>'
            f"{base64.b64encode(token).decode()}</x:EncapsulatedTimeStamp></x:SignatureTimeStamp>"
            "</x:UnsignedSignatureProperties></x:UnsignedProperties>"
        )
        signature.find(f".//{{{XADES}}}QualifyingProperties").append(unsigned)
