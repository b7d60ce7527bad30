# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import os
from pathlib import Path
from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from .common import ResultCase


@tagged("post_install", "-at_install")
class TestVerifyPage(ResultCase, HttpCase):
    def test_verify_tells_no_personal_data(self):
        result = self.signed(self.dossier(), number="12/TLKS", issue_date="2026-01-20")
        answer = self.env["dvc.result"].with_user(self.integrator).verify(result.code.lower())
        self.assertEqual(
            answer,
            {
                "valid": True,
                "number": "12/TLKS",
                "issuer": self.agency.name,
                "issue_date": "2026-01-20",
                "sha256": result.sha256,
                "replaced_by": False,
            },
        )
        for code in ("", "x", f"{result.code}9", "%"):
            self.assertRefused("result.unknown", result.verify, code)

    def test_an_unsigned_result_is_not_valid(self):
        self.assertFalse(self.env["dvc.result"].verify(self.published(self.dossier()).code)["valid"])

    def test_the_file_is_read_once_and_again_when_it_was_touched(self):
        result = self.signed(self.dossier())
        file = result.signed_attachment_id
        path = Path(file._full_path(file.store_fname))
        self.assertTrue(result.verify(result.code)["valid"])
        with patch("builtins.open", side_effect=AssertionError("read again")):
            self.assertTrue(result.verify(result.code)["valid"])
        content, moments = path.read_bytes(), path.stat()
        self.addCleanup(path.write_bytes, content)
        path.write_bytes(content[:-10] + b"tampered\n\n")
        os.utime(path, ns=(moments.st_atime_ns, moments.st_mtime_ns))
        self.assertFalse(result.verify(result.code)["valid"])
        path.write_bytes(content)
        self.assertTrue(result.verify(result.code)["valid"])
        file.raw = content + b"\n"
        self.assertFalse(result.verify(result.code)["valid"])

    def test_page_needs_no_login(self):
        result = self.signed(self.dossier(), number="12/TLKS")
        page = self.url_open(f"/dvc/verify/{result.code}")
        self.assertEqual(page.status_code, 200)
        for text in (result.code, "12/TLKS", self.agency.name, result.sha256, "alert-success"):
            self.assertIn(text, page.text)
        for secret in (self.CITIZEN_FACTS["full_name"], self.citizen.citizen_id_masked):
            self.assertNotIn(secret, page.text)
        self.assertEqual(page.headers["Cache-Control"], "no-store")

    def test_page_says_so_where_the_code_is_unknown_or_out_of_force(self):
        self.assertEqual(self.url_open("/dvc/verify").status_code, 200)
        unknown = self.url_open("/dvc/verify?code=%3Cscript%3Ealert(1)%3C/script%3E")
        self.assertEqual(unknown.status_code, 404)
        self.assertNotIn("<script>alert(1)", unknown.text)
        result = self.published(self.dossier())
        page = self.url_open(f"/dvc/verify/{result.code}")
        self.assertIn("alert-danger", page.text)

    def test_citizen_downloads_their_own_issued_result_only(self):
        dossier = self.dossier(delivery="electronic")
        result = self.signed(dossier)
        address = f"/my/dossiers/{dossier.id}/results/{result.id}"
        waiting = self.published(self.dossier())
        self.authenticate("dvc_citizen", "dvc_citizen")
        file = self.url_open(address)
        self.assertEqual(file.status_code, 200)
        self.assertEqual(file.content, result.signed_attachment_id.raw)
        other = f"/my/dossiers/{waiting.dossier_id.id}/results/{waiting.id}"
        self.assertEqual(self.url_open(other).status_code, 404)
        self.assertEqual(self.url_open(f"/dvc/result/{result.id}/file").status_code, 404)
        self.authenticate("dvc_stranger", "dvc_stranger")
        self.assertEqual(self.url_open(address).status_code, 404)
        self.authenticate(None, None)
        self.assertNotEqual(self.url_open(address).headers.get("Content-Type"), "application/pdf")
