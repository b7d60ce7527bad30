# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Keys and certificates of citizens, for the tests of registration: a provider of their own, and its enemies."""

import base64
import datetime
import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from ..exceptions import Refusal
from ..report import paper
from ..signing import demo_pki
from ..signing.sign import KeyFile, local_timestamper, sign_pdf
from .common import DvcCase

PASSWORD = b"only for tests"
NOW = datetime.datetime.now(datetime.UTC).replace(microsecond=0)


class CertificateCase(DvcCase):
    """A provider that citizens' signatures lead to, an impostor with its names, and keys of several fates."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.keys = Path(folder.name)
        start = NOW - demo_pki.BACKDATED
        cls.root = demo_pki.Authority("root", "TEST National Root CA", start)
        cls.provider_ca = demo_pki.Authority("ca", "TEST SmartSign CA", start, cls.root)
        cls.stamps = demo_pki.Authority("stamps", "TEST Time Stamp Root CA", start)
        cls.fake_root = demo_pki.Authority("root", "TEST National Root CA", start)
        cls.fake_ca = demo_pki.Authority("ca", "TEST SmartSign CA", start, cls.fake_root)
        number, other = cls.CITIZEN_FACTS["citizen_id"], cls.STRANGER_FACTS["citizen_id"]
        cls.key = cls.issue("mine", f"CCCD:{number}")
        cls.second_key = cls.issue("second", f"CCCD:{number}")
        cls.strangers_key = cls.issue("strangers", f"CCCD:{other}")
        cls.revoked_key = cls.issue("revoked", f"CCCD:{number}")
        cls.provider_ca.revoke(cls.certificate("revoked").serial_number, NOW - datetime.timedelta(days=1))
        cls.env["dvc.trust.anchor"].search([]).active = False
        cls.anchor = cls.trust(cls.root, "citizen")
        cls.trust(cls.provider_ca, "citizen", is_intermediate=True)
        cls.trust(cls.stamps, "timestamp")
        cls.provider = cls.env["dvc.certificate.provider"].create(
            {"code": "test", "name": "TEST SmartSign", "issuer_mark": "TEST SmartSign"}
        )

    @classmethod
    def trust(cls, authority, purpose, **values):
        return cls.env["dvc.trust.anchor"].create(
            {
                "name": f"{authority.label} {purpose}",
                "certificate": authority.certificate.public_bytes(serialization.Encoding.PEM).decode(),
                "crl": base64.b64encode(authority.crl()),
                "purpose": purpose,
                **values,
            }
        )

    @classmethod
    def issue(cls, label, *uids, issuer=None, **options) -> KeyFile:
        """Return the key of a new certificate that names somebody by numbers."""
        issuer = issuer or cls.provider_ca
        key = rsa.generate_private_key(65537, 2048)
        name = demo_pki.subject("Nguyễn Thị Kiểm", *((NameOID.USER_ID, uid) for uid in uids))
        made = issuer.issue(name, key.public_key(), **options)
        bundle = pkcs12.serialize_key_and_certificates(
            label.encode(), key, made, [issuer.certificate], serialization.BestAvailableEncryption(PASSWORD)
        )
        (cls.keys / f"{label}.p12").write_bytes(bundle)
        (cls.keys / f"{label}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
        (cls.keys / "password").write_bytes(PASSWORD)
        return KeyFile(cls.keys / f"{label}.p12", cls.keys / "password")

    @classmethod
    def certificate(cls, label) -> x509.Certificate:
        return x509.load_pem_x509_certificate((cls.keys / f"{label}.pem").read_bytes())

    @classmethod
    def timestamper(cls):
        if not (cls.keys / "tsa.p12").exists():
            cls.issue("tsa", issuer=cls.stamps, stamp=True)
        return local_timestamper(KeyFile(cls.keys / "tsa.p12", cls.keys / "password"))

    @staticmethod
    def page() -> bytes:
        sheet = paper.Paper("Giấy", size=paper.A4)
        sheet.start()
        sheet.heading("Giấy tờ")
        return sheet.to_bytes()

    def certificates(self, user=None):
        return self.env["dvc.certificate"].with_user(user or self.citizen_user)

    def challenge(self, account=None, user=None) -> bytes:
        """Return the document to sign."""
        account = account or self.citizen
        return base64.b64decode(self.certificates(user or account.user_id).challenge(account.id)["content"])

    def register(self, data: bytes, account=None, user=None, **more) -> dict:
        account = account or self.citizen
        content = base64.b64encode(data).decode()
        return self.certificates(user or account.user_id).register(account.id, content, "a.pdf", **more)

    def registered(self, key=None, **more):
        """Return a certificate in use, proven by the challenge."""
        answer = self.register(sign_pdf(self.challenge(), key or self.key), **more)
        self.assertEqual(answer["state"], "active")
        return self.env["dvc.certificate"].browse(answer["id"])

    def refused(self, code, call, *args, **kwargs):
        with self.assertRaises(Refusal) as caught, self.env.cr.savepoint():
            call(*args, **kwargs)
        self.assertEqual(caught.exception.code, code)
        self.assertNotIn(self.CITIZEN_FACTS["citizen_id"], str(caught.exception))
        self.assertNotIn(self.STRANGER_FACTS["citizen_id"], str(caught.exception))
        return caught.exception

    def messages(self, record, channel="sms"):
        domain = [("res_model", "=", record._name), ("res_id", "=", record.id), ("channel", "=", channel)]
        return self.env["dvc.outbox"].search(domain, order="id")
