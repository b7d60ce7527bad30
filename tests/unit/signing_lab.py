# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""A laboratory of keys and damaged files for the tests of ``dvc_account/signing``."""

import asyncio
import datetime
import io
from pathlib import Path

from asn1crypto import crl
from conftest import load_package
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko_certvalidator import ValidationContext
from reportlab.pdfgen import canvas

demo_pki = load_package("dvc_account", "signing", "demo_pki")
sign = load_package("dvc_account", "signing", "sign")
specification = load_package("dvc_account", "signing", "specification")
trust = load_package("dvc_account", "signing", "trust")

NOW = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
DAY = datetime.timedelta(days=1)
PASSWORD = b"only for tests"
UID = NameOID.USER_ID


def page(text: str = "Giấy khai sinh", pages: int = 1) -> bytes:
    """Return a small PDF."""
    sink = io.BytesIO()
    drawing = canvas.Canvas(sink, invariant=True)
    for number in range(pages):
        drawing.drawString(100, 700, f"{text.encode('ascii', 'replace').decode()} {number}")
        drawing.showPage()
    drawing.save()
    return sink.getvalue()


class Lab:
    """Two hierarchies, a time-stamping root, a rogue root with the same names, and people of all fates."""

    def __init__(self, folder: Path):
        self.folder = folder
        start = NOW - 400 * DAY
        self.citizen_root = demo_pki.Authority("citizen_root", "LAB Root CA", start)
        self.citizen_ca = demo_pki.Authority("citizen_ca", "LAB Citizens CA", start, self.citizen_root)
        self.authority_root = demo_pki.Authority("authority_root", "LAB Government Root CA", start)
        self.authority_ca = demo_pki.Authority("authority_ca", "LAB Agencies CA", start, self.authority_root)
        self.timestamp_root = demo_pki.Authority("timestamp_root", "LAB Time Stamp Root CA", start)
        self.rogue_root = rogue_root = demo_pki.Authority("citizen_root", "LAB Root CA", start)
        self.rogue_ca = rogue_ca = demo_pki.Authority("citizen_ca", "LAB Citizens CA", start, rogue_root)
        self.rogues = (rogue_root, rogue_ca)
        agency = ((NameOID.ORGANIZATION_NAME, "UBND phường Thử"), (UID, "MNS:1047001"))
        self.citizen = self.person("citizen", self.citizen_ca, ("Nguyễn Văn An", (UID, "CCCD:046090000001")))
        self.revoked = self.person("revoked", self.citizen_ca, ("Lê Bị Thu Hồi", (UID, "CCCD:046090000003")))
        self.expired = self.person(
            "expired", self.citizen_ca, ("Trần Hết Hạn", (UID, "CCCD:046090000002")), end=NOW - 30 * DAY
        )
        self.plain = self.person("plain", self.citizen_ca, ("Không Chống Chối Bỏ",), stamp=True)
        self.rogue = self.person("rogue", rogue_ca, ("Nguyễn Văn An", (UID, "CCCD:046090000001")))
        self.leader = self.person("leader", self.authority_ca, ("Lãnh Đạo", *agency))
        self.seal = self.person("seal", self.authority_ca, ("UBND phường Thử", *agency))
        self.tsa = self.person("tsa", self.timestamp_root, ("LAB TSA",), stamp=True)
        self.rogue_tsa = self.person("rogue_tsa", rogue_root, ("LAB TSA",), stamp=True)
        self.expired_revoked = self.person("both", self.citizen_ca, ("Hết hạn và thu hồi",), end=NOW - 30 * DAY)
        self.revoked_on = NOW - 10 * DAY
        self.citizen_ca.revoke(self.serial(self.revoked), self.revoked_on)
        self.citizen_ca.revoke(self.serial(self.expired_revoked), NOW - 50 * DAY)

    def person(self, label, issuer, subject, stamp=False, end=None):
        """Return the key file of a new person."""
        key = rsa.generate_private_key(65537, 2048)
        name = demo_pki.subject(subject[0], *subject[1:])
        certificate = issuer.issue(name, key.public_key(), stamp=stamp, end=end)
        chain = [issuer.certificate]
        bundle = pkcs12.serialize_key_and_certificates(
            label.encode(), key, certificate, chain, serialization.BestAvailableEncryption(PASSWORD)
        )
        (self.folder / f"{label}.p12").write_bytes(bundle)
        (self.folder / "password").write_bytes(PASSWORD)
        return sign.KeyFile(self.folder / f"{label}.p12", self.folder / "password")

    def authority_of_its_own(self, revoked_on):
        """Return an authority under the citizens' root that was revoked."""
        ca = demo_pki.Authority("fallen_ca", "LAB Fallen CA", NOW - 400 * DAY, self.citizen_root)
        self.citizen_root.revoke(ca.certificate.serial_number, revoked_on)
        return ca

    @property
    def authorities(self):
        """Return those whose lists a check needs."""
        return [self.citizen_root, self.citizen_ca, self.authority_root, self.authority_ca, self.timestamp_root]

    def trust(self, **changes):
        """Return the laboratory's trust, each anchor for its purpose."""
        lists = {
            "citizens": [_pem(self.citizen_root)],
            "authorities": [_pem(self.authority_root)],
            "timestamps": [_pem(self.timestamp_root)],
            "intermediates": [_pem(self.citizen_ca), _pem(self.authority_ca)],
            "crls": [authority.crl() for authority in self.authorities],
        }
        return trust.Trust(**{**lists, **changes})

    def serial(self, key) -> int:
        return key.signer().signing_cert.serial_number

    def timestamper(self, key=None, at=None):
        """Return a time-stamping authority of the laboratory, at any moment."""
        stamper = sign.local_timestamper(key or self.tsa)
        stamper.fixed_dt = at
        return stamper

    def signed(self, key, data=None, **options) -> bytes:
        """Return a PDF with one more signature."""
        return sign.sign_pdf(data or page(), key, **options)

    def archived(self, key, at=None, timestamper=None) -> bytes:
        """Return a PDF signed with its proof archived in it (B-LT)."""
        context = ValidationContext(
            trust_roots=specification.certificates([_pem(key_root) for key_root in self.roots_of(key)]),
            other_certs=specification.certificates([_pem(self.citizen_ca), _pem(self.rogue_ca)]),
            crls=[crl.CertificateList.load(authority.crl()) for authority in (*self.authorities, *self.rogues)],
            allow_fetching=False,
            moment=at,
        )
        return self._sign(
            key,
            embed_validation_info=True,
            validation_context=context,
            timestamper=timestamper or self.timestamper(),
        )

    def roots_of(self, key):
        return [self.rogue_root if key is self.rogue else self.citizen_root, self.timestamp_root]

    def certified(self, key) -> bytes:
        """Return a PDF whose author allows no change."""
        return self._sign(key, certify=True, docmdp_permissions=fields.MDPPerm.NO_CHANGES)

    def signed_weakly(self, key) -> bytes:
        """Return a PDF signed over SHA-1, as old tokens do."""
        return self._sign(key, md_algorithm="sha1")

    def _sign(self, key, timestamper=None, md_algorithm="sha256", **options) -> bytes:
        metadata = signers.PdfSignatureMetadata(
            field_name="Signature1", md_algorithm=md_algorithm, subfilter=fields.SigSeedSubFilter.PADES, **options
        )
        writer = IncrementalPdfFileWriter(io.BytesIO(page()))
        signer = signers.PdfSigner(metadata, signer=key.signer(), timestamper=timestamper)
        return asyncio.run(signer.async_sign_pdf(writer)).getvalue()

    def stamped_document(self, data: bytes, key, at=None, field=None) -> bytes:
        """Return a PDF with an authority's time stamp on it, in a field that is there or one of its own."""
        writer = IncrementalPdfFileWriter(io.BytesIO(data))
        stamper = signers.PdfTimeStamper(self.timestamper(key, at), field_name=field)
        return asyncio.run(stamper.async_timestamp_pdf(writer, "sha256")).getvalue()


def _pem(authority) -> bytes:
    return authority.certificate.public_bytes(serialization.Encoding.PEM)
