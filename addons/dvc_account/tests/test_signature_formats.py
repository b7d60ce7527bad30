# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import asyncio
import base64
import hashlib

from lxml import etree
from signxml import XMLSigner

from odoo.exceptions import AccessError

from .citizen_keys import CertificateCase
from .common import DvcCommon

FILE = "Đơn đề nghị số 12/2026\n".encode() * 20


def detached(key, data: bytes, attached=False) -> bytes:
    """Return a CMS signature of a file."""
    signing = key.signer().async_sign_general_data(data, "sha256", detached=not attached, use_cades=True)
    return asyncio.run(signing).dump()


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


class TestSignatureFormats(CertificateCase, DvcCommon):
    """What is no PDF, through the method that integrators call."""

    def verify(self, data, *args, user=None, **named):
        return self.env["dvc.signature"].with_user(user or self.officer).verify(text(data), *args, **named)

    def last_check(self):
        return self.env["dvc.signature.check"].search([], limit=1)

    def test_detached_signature_with_its_file(self):
        signature = detached(self.key, FILE)
        answer = self.verify(signature, "don.txt.p7s", text(FILE))
        self.assertEqual(answer["verdict"], "valid")
        self.assertEqual(answer["sha256"], hashlib.sha256(signature).hexdigest())
        (one,) = answer["signatures"]
        self.assertTrue(one["intact"] and one["covers_whole_file"] and one["trusted"])
        self.assertNotIn(self.CITIZEN_FACTS["citizen_id"], str(answer))
        check = self.last_check()
        self.assertEqual((check.sha256, check.verdict), (answer["sha256"], "valid"))
        self.assertEqual(check.pair_sha256, hashlib.sha256(FILE).hexdigest())

    def test_detached_signature_with_another_file_or_none(self):
        signature = detached(self.key, FILE)
        self.assertEqual(self.verify(signature, signed_content=text(FILE + b"x"))["verdict"], "modified")
        alone = self.verify(signature)
        self.assertEqual(alone["verdict"], "unsupported")
        self.assertEqual(len(alone["signatures"]), 1)
        self.assertFalse(self.last_check().pair_sha256)
        # XML-RPC has no null.
        self.assertEqual(self.verify(signature, False, False)["verdict"], "unsupported")

    def test_armoured_and_attached(self):
        signature = detached(self.key, FILE)
        armoured = b"-----BEGIN PKCS7-----\n" + base64.encodebytes(signature) + b"-----END PKCS7-----\n"
        self.assertEqual(self.verify(armoured, signed_content=text(FILE))["verdict"], "valid")
        self.assertEqual(self.verify(detached(self.key, FILE, attached=True))["verdict"], "valid")

    def test_fates_of_signers(self):
        self.assertEqual(self.verify(detached(self.revoked_key, FILE), signed_content=text(FILE))["verdict"], "revoked")
        self.anchor.active = False
        self.assertEqual(self.verify(detached(self.key, FILE), signed_content=text(FILE))["verdict"], "untrusted")

    def test_a_file_beside_what_is_no_signature(self):
        for data in (FILE, self.page(), b"<a/>"):
            self.refused("file.type", self.verify, data, signed_content=text(FILE))
        self.refused("input.invalid", self.verify, detached(self.key, FILE), signed_content="!")
        self.refused("input.invalid", self.verify, detached(self.key, FILE), signed_content=12)

    def test_roles(self):
        with self.assertRaises(AccessError):
            self.verify(detached(self.key, FILE), signed_content=text(FILE), user=self.citizen_user)

    def test_signed_xml(self):
        key = self.key.signer().signing_key.dump()
        certificate = (self.keys / "mine.pem").read_text()
        pem = b"-----BEGIN PRIVATE KEY-----\n" + base64.encodebytes(key) + b"-----END PRIVATE KEY-----\n"
        root = etree.fromstring("<ToKhai><HoTen>Nguyễn Thị Kiểm</HoTen><SoTien>100</SoTien></ToKhai>")
        signed = etree.tostring(XMLSigner().sign(root, key=pem, cert=certificate), encoding="UTF-8")
        answer = self.verify(signed, "to-khai.xml")
        self.assertEqual(answer["verdict"], "valid")
        self.assertEqual(answer["signatures"][0]["level"], "XMLDSig")
        self.assertEqual(self.verify(signed.replace(b">100<", b">900<"))["verdict"], "modified")
        self.assertEqual(self.verify(b"<?xml version='1.0'?><ToKhai/>")["verdict"], "unsigned")
