# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from ..exceptions import Refusal
from ..signing import demo_pki
from .citizen_keys import NOW, CertificateCase
from .common import DvcCommon

CITY, WARD = "ỦY BAN NHÂN DÂN THÀNH PHỐ HUẾ", "ỦY BAN NHÂN DÂN PHƯỜNG THỬ MỘT"


class TestCertificateAgency(CertificateCase, DvcCommon):
    """Certificates of the government's authority carry no number: they name the agency."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        start = NOW - demo_pki.BACKDATED
        cls.state_root = demo_pki.Authority("state", "TEST Government Root CA", start)
        cls.state_anchor = cls.trust(cls.state_root, "authority")

    def _pem(self, *names, common="Trần Quang Minh", issuer=None):
        oids = (NameOID.ORGANIZATION_NAME, *[NameOID.ORGANIZATIONAL_UNIT_NAME] * 5)
        subject = demo_pki.subject(common, *zip(oids, names, strict=False))
        key = rsa.generate_private_key(65537, 2048)
        made = (issuer or self.state_root).issue(subject, key.public_key())
        return made.public_bytes(Encoding.PEM).decode()

    def _register(self, pem, purpose="leader", **values):
        certificates = self.env["dvc.certificate"].with_user(self.manager)
        return certificates.create(
            {"purpose": purpose, "company_id": self.agency.id, "certificate": pem, "user_id": False, **values}
        )

    def _refused(self, pem, **values):
        with self.assertRaises(Refusal) as refused, self.env.cr.savepoint():
            self._register(pem, **values)
        self.assertEqual(refused.exception.code, "certificate.not_agency")

    def test_an_official_of_this_agency(self):
        self.assertEqual(self._register(self._pem(CITY, WARD, "Văn phòng")).name, "Trần Quang Minh")

    def test_the_seal_is_named_by_its_common_name(self):
        pem = self._pem(CITY, common=WARD)
        self.assertTrue(self._register(pem, "seal"))
        self._refused(self._pem(CITY, common=WARD), purpose="leader")

    def test_of_another_agency_or_of_nobody(self):
        self._refused(self._pem(CITY, "ỦY BAN NHÂN DÂN PHƯỜNG THỬ HAI"))
        self._refused(self._pem(CITY))
        self._refused(self._pem("ỦY BAN NHÂN DÂN TỈNH KHÁC", WARD))

    def test_only_the_state_s_authorities_are_believed(self):
        self._refused(self._pem(CITY, WARD, issuer=self.provider_ca))
        self._refused(self._pem(CITY, WARD, issuer=self.fake_ca))
        self.state_anchor.active = False
        self._refused(self._pem(CITY, WARD))

    def test_a_name_of_before_a_merger(self):
        old = self._pem("UBND TỈNH THỪA THIÊN HUẾ", "UBND xã Thử Cũ")
        self._refused(old)
        self.agency.dvc_certificate_names = "UBND phường khác\nỦy ban nhân dân xã Thử Cũ"
        self.assertTrue(self._register(old))
