# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import io

import pypdf

from odoo.http import Request
from odoo.tests import HttpCase, tagged

from odoo.addons.dvc_account.signing.sign import sign_pdf
from odoo.addons.dvc_account.tests.citizen_keys import CertificateCase

from .common import DossierCase


@tagged("-at_install", "post_install")
class TestSignaturePortal(CertificateCase, DossierCase, HttpCase):
    """What citizens read of the check of their own files."""

    clock_stands = False

    def setUp(self):
        super().setUp()
        (self.citizen_user | self.stranger_user).lang = "en_US"
        self.authenticate("dvc_citizen", "dvc_citizen")

    def _upload(self, data, component="TK01"):
        return self.url_open(
            "/my/dossiers/upload",
            data={"csrf_token": Request.csrf_token(self), "component": component},
            files={"file": ("a.pdf", data, "application/pdf")},
        ).json()

    def _dossier(self):
        signed = sign_pdf(self.page(), self.key)
        answer = self._upload(signed)
        page = self.url_open(
            f"/my/dossiers/new/{self.procedure.code}",
            data={
                "csrf_token": Request.csrf_token(self),
                "agency": self.agency.dvc_agency_code,
                "delivery": "counter",
                "copies": "1",
                "upload_TK01": answer["id"],
            },
            files={"file_GCS": ("b.pdf", self.page(), "application/pdf")},
        )
        self.assertIn("Your dossier was submitted", page.text)
        dossier = self.env["dvc.dossier"].search([("account_id", "=", self.citizen.id)], limit=1)
        return dossier, dossier.component_ids.filtered(lambda file: file.code == "TK01"), page.text

    def test_a_chosen_file_is_answered_with_its_sentence(self):
        answer = self._upload(sign_pdf(self.page(), self.revoked_key))
        self.assertIn("was revoked before", answer["sentence"])
        self.assertEqual(answer["signers"], "Nguyễn Thị Kiểm")
        check = self.env["dvc.signature.check"].search([], limit=1)
        self.assertEqual((check.cause, check.account_id, check.verdict), ("upload", self.citizen, "revoked"))
        self.assertEqual(self._upload(self.page())["signers"], "")

    def test_the_dossier_s_page_says_what_it_means(self):
        dossier, file, page = self._dossier()
        for part in ("Nothing more needs to be done.", "Signed by:", "has no digital signature"):
            self.assertIn(part, page)
        self.assertIn(f"/my/dossiers/{dossier.id}/files/{file.id}/signatures", page)

    def test_the_check_s_page_and_its_paper(self):
        dossier, file, _page = self._dossier()
        url = f"/my/dossiers/{dossier.id}/files/{file.id}"
        page = self.url_open(f"{url}/signatures")
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        for part in ("Signature valid", "TEST SmartSign CA", "046*******01", file.check_id.sha256):
            self.assertIn(part, page.text)
        self.assertNotIn("Checked by", page.text)
        self.assertNotIn(self.CITIZEN_FACTS["citizen_id"], page.text)
        paper = self.url_open(f"{url}/signature-report")
        self.assertEqual(paper.headers["Content-Type"], "application/pdf")
        text = " ".join(part.extract_text() for part in pypdf.PdfReader(io.BytesIO(paper.content)).pages)
        self.assertIn(dossier.code, text)
        line = self.env["dvc.journal"].search([("event", "=", "signature.report_printed")], limit=1)
        self.assertEqual(
            (line.user_id, line.account_id, line.dossier_code), (self.citizen_user, self.citizen, dossier.code)
        )

    def test_nobody_else_gets_either(self):
        dossier, file, _page = self._dossier()
        url = f"/my/dossiers/{dossier.id}/files/{file.id}"
        other = self.url_open(f"/my/dossiers/{dossier.id}/files/{file.id + 10**6}/signature-report")
        self.assertEqual(other.status_code, 404)
        self.authenticate("dvc_stranger", "dvc_stranger")
        self.assertEqual(self.url_open(f"{url}/signature-report").status_code, 404)
        self.assertNotIn(file.check_id.sha256, self.url_open(f"{url}/signatures").text)
        self.authenticate(None, None)
        self.assertIn("/web/login", self.url_open(f"{url}/signature-report").url)

    def test_the_vault(self):
        _dossier, file, _page = self._dossier()
        document = self.env["dvc.document"]._deposit(
            self.citizen,
            self.document_type,
            file.attachment_id,
            file.sha256,
            "component",
            verdict=file.verdict,
            check_id=file.check_id.id,
        )
        page = self.url_open("/my/documents").text
        self.assertIn("Nothing more needs to be done.", page)
        self.assertIn("Signed by:", page)
        self.assertIn("Signature valid", self.url_open(f"/my/documents/{document.id}/signatures").text)
        self.assertTrue(self.url_open(f"/my/documents/{document.id}/signature-report").content.startswith(b"%PDF-"))
        self.authenticate("dvc_stranger", "dvc_stranger")
        self.assertEqual(self.url_open(f"/my/documents/{document.id}/signature-report").status_code, 404)
        self.assertNotIn("Signature valid", self.url_open(f"/my/documents/{document.id}/signatures").text)
