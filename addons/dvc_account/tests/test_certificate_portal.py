# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import re

from odoo.tests import HttpCase, tagged

from ..models.dvc_certificate_application import CONSENT_VERSION
from ..signing.sign import sign_pdf
from .citizen_keys import CertificateCase

PAGE = "/my/certificates"


@tagged("-at_install", "post_install")
class TestCertificatePages(CertificateCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.citizen_user.lang = "en_US"
        self.authenticate("dvc_citizen", "dvc_citizen")

    def token(self, page) -> str:
        return re.search(r'name="csrf_token"[^>]*value="([^"]*)"', page.text)[1]

    def post(self, path, page=None, files=None, **values):
        page = page or self.url_open(f"{PAGE}/register")
        return self.url_open(path, data={"csrf_token": self.token(page), **values}, files=files)

    def document(self) -> bytes:
        page = self.post(f"{PAGE}/document")
        self.assertEqual(page.headers["Content-Type"], "application/pdf")
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        self.assertIn("attachment", page.headers["Content-Disposition"])
        return page.content

    def upload(self, data: bytes, **values):
        return self.post(f"{PAGE}/register", files={"file": ("da-ky.pdf", data, "application/pdf")}, **values)

    def test_nothing_yet(self):
        page = self.url_open(PAGE)
        self.assertIn("What a digital signature is for", page.text)
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        self.assertIn(PAGE, self.url_open("/my").text)

    def test_register_replace_and_report_lost(self):
        page = self.upload(sign_pdf(self.document(), self.key))
        first = self.env["dvc.certificate"].search([("account_id", "=", self.citizen.id)])
        self.assertTrue(page.url.endswith(f"{PAGE}/{first.id}?done=active"), page.url)
        self.assertIn("046*******01", page.text)
        self.assertNotIn(self.CITIZEN_FACTS["citizen_id"], page.text)
        page = self.url_open(f"{PAGE}/register?replaces={first.id}")
        self.assertIn('name="replaces"', page.text)
        page = self.upload(sign_pdf(self.document(), self.second_key), replaces=str(first.id))
        second = self.env["dvc.certificate"].search([("account_id", "=", self.citizen.id), ("id", "!=", first.id)])
        self.assertEqual((first.state, second.state, second.is_default), ("replaced", "active", True))
        self.assertIn(f"{PAGE}/{second.id}", self.url_open(f"{PAGE}/{first.id}").text)
        page = self.url_open(f"{PAGE}/{second.id}/lost")
        self.assertEqual(second.state, "active")
        page = self.post(f"{PAGE}/{second.id}/lost", page, reason="Mất điện thoại")
        self.assertIn("Now call its provider", page.text)
        self.assertEqual((second.state, second.ended_reason), ("revoked", "Mất điện thoại"))

    def test_announce_then_prove_or_cancel(self):
        pem = (self.keys / "mine.pem").read_bytes()
        page = self.post(f"{PAGE}/register", files={"file": ("x.pem", pem, "application/x-pem-file")})
        self.assertIn("It is in use once you have shown", page.text)
        made = self.env["dvc.certificate"].search([("account_id", "=", self.citizen.id)])
        page = self.post(f"{PAGE}/{made.id}/stop", self.url_open(f"{PAGE}/{made.id}/stop"))
        self.assertTrue(page.url.endswith(f"{PAGE}?done=stop"))
        self.assertEqual(made.state, "cancelled")

    def test_errors_are_told_on_the_page(self):
        for data, words in (
            (self.document(), "is not signed"),
            (sign_pdf(self.document(), self.strangers_key), "of another person"),
            (b"nothing", "neither a signed PDF nor a certificate"),
            (b"x" * 70_000, "too large"),
            (b"%PDF-" + b"0" * (20 * 1024 * 1024), "at most 20 MB"),
        ):
            page = self.upload(data)
            self.assertEqual(page.status_code, 200)
            error = re.search(r'id="dvc_error"[^>]*>([^<]*)<', page.text)
            self.assertIn(words, error[1])
            self.assertNotIn("[certificate.", page.text)
        page = self.post(f"{PAGE}/register")
        self.assertIn("Please choose the signed file", page.text)
        self.assertFalse(self.env["dvc.certificate"].search([("account_id", "=", self.citizen.id)]))

    def test_apply(self):
        page = self.url_open(f"{PAGE}/apply")
        self.assertIn("TEST SmartSign", page.text)
        page = self.post(f"{PAGE}/apply", page, provider="test")
        application = self.env["dvc.certificate.application"].search([("account_id", "=", self.citizen.id)])
        self.assertTrue(page.url.endswith(f"{PAGE}/applications/{application.id}"))
        self.assertIn("TEST SmartSign", page.text)
        box = re.search(r"<input[^>]*name=\"consent\"[^>]*>", page.text)[0]
        self.assertNotIn("checked", box)
        path = f"{PAGE}/applications/{application.id}"
        page = self.post(f"{path}/submit", page, consent_version=CONSENT_VERSION)
        self.assertIn("Please tick that you agree", page.text)
        self.assertEqual(application.state, "draft")
        page = self.post(f"{path}/submit", page, consent="yes", consent_version="old")
        self.assertIn("The text has changed", page.text)
        page = self.post(f"{path}/submit", page, consent="yes", consent_version=CONSENT_VERSION)
        self.assertEqual(application.state, "submitted")
        self.assertIn("What you agreed to", page.text)
        self.assertIn("application under way", self.url_open(f"{PAGE}/apply").text)
        page = self.post(f"{path}/withdraw", page)
        self.assertEqual(application.state, "withdrawn")

    def test_no_provider_and_a_wrong_one(self):
        page = self.post(f"{PAGE}/apply", provider="nobody")
        self.assertIn("There is no such provider", page.text)
        page = self.post(f"{PAGE}/apply", self.url_open(f"{PAGE}/apply"))
        self.assertIn('id="dvc_error"', page.text)

    def test_others_pages(self):
        certificate = self.registered()
        application = self.env["dvc.certificate.application"].with_user(self.citizen_user)
        application = application.browse(application.prepare(self.citizen.id, "test")["id"])
        self.authenticate("dvc_stranger", "dvc_stranger")
        for path in (f"{PAGE}/{certificate.id}", f"{PAGE}/{certificate.id}/lost", f"{PAGE}/{2**31 - 2}"):
            self.assertTrue(self.url_open(path).url.endswith(PAGE), path)
        self.assertTrue(self.url_open(f"{PAGE}/applications/{application.id}").url.endswith(PAGE))
        self.post(f"{PAGE}/{certificate.id}/lost")
        self.post(f"{PAGE}/applications/{application.id}/withdraw")
        self.assertEqual((certificate.state, application.state), ("active", "draft"))

    def test_without_token_and_logged_out(self):
        certificate = self.registered()
        self.assertEqual(self.url_open(f"{PAGE}/{certificate.id}/lost", data={"reason": "x"}).status_code, 400)
        self.assertEqual(certificate.state, "active")
        # A link alone ends nothing.
        self.url_open(f"{PAGE}/{certificate.id}/default")
        self.authenticate(None, None)
        self.assertIn("/web/login", self.url_open(PAGE).url)
