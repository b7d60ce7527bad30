# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import io
import json
import re
import zipfile

from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from odoo.addons.dvc_account.models.dvc_otp import Asker

from .common import DvcCase

HOME = "/my/data"


@tagged("-at_install", "post_install")
class TestPortalPersonalData(DvcCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.citizen_user.lang = "en_US"
        self.authenticate("dvc_citizen", "dvc_citizen")

    def hidden(self, page, name):
        return re.search(rf'name="{name}"[^>]*value="([^"]*)"', page.text).group(1)

    def post(self, url, page, **values):
        return self.url_open(url, data={"csrf_token": self.hidden(page, "csrf_token"), **values})

    def code(self, page):
        return re.search(r"o_dvc_sandbox_code\"[^>]*>(\d{6})<", page.text).group(1)

    def test_linked_and_private(self):
        self.assertIn('href="/my/data"', self.url_open("/my").text)
        page = self.url_open(HOME)
        self.assertEqual((page.status_code, page.headers["Cache-Control"]), (200, "no-store"))
        self.assertIn("Nobody has read", page.text)

    def test_who_read_when_and_why(self):
        code = "000.91.29.H57-260101-0001"
        self.citizen.with_user(self.specialist)._show_revealed("So với sổ hộ tịch", code)
        page = self.url_open(HOME).text
        for text in ("Specialist", self.agency.name, "So với sổ hộ tịch", code):
            self.assertIn(text, page)
        self.assertNotIn("dvc_specialist", page)
        self.assertNotIn("046185990001", page)

    def test_paged(self):
        for _number in range(11):
            self.citizen.with_user(self.officer)._show_revealed("Gọi điện")
        self.assertEqual(self.url_open(HOME).text.count("Gọi điện"), 20)
        self.assertEqual(self.url_open(f"{HOME}/page/2").text.count("Gọi điện"), 2)

    def test_download_by_a_code(self):
        page = self.post(f"{HOME}/download", self.url_open(HOME), step="send")
        challenge, code = self.hidden(page, "challenge"), self.code(page)
        wrong = f"{(int(code) + 1) % 1000000:06d}"
        page = self.post(f"{HOME}/download", page, step="code", challenge=challenge, code=wrong, sandbox_code=code)
        self.assertEqual(page.status_code, 422)
        self.assertIn('id="dvc_error"', page.text)
        done = self.post(f"{HOME}/download", page, step="code", challenge=challenge, code=self.code(page))
        self.assertEqual((done.headers["Content-Type"], done.headers["Cache-Control"]), ("application/zip", "no-store"))
        archive = zipfile.ZipFile(io.BytesIO(done.content))
        data = json.loads(archive.read("data.json"))
        self.assertEqual(data["accounts"][0]["citizen_id"], "046185990001")
        summary = archive.read("summary.html").decode()
        self.assertTrue(summary.startswith("<!DOCTYPE html>"))
        self.assertIn("046185990001", summary)
        self.assertNotRegex(summary, r"(src|href)=")
        self.assertIn("All data kept about you", self.url_open(HOME).text)
        again = self.post(f"{HOME}/download", page, step="code", challenge=challenge, code=code)
        self.assertEqual(again.status_code, 422)

    def test_codes_for_other_purposes_and_persons_give_nothing(self):
        page = self.url_open(HOME)
        for phone, purpose in (("+84914990001", "reset_password"), ("+84914990002", "personal_data")):
            answer, code = self.env["dvc.account"]._issue_code(phone, purpose, Asker(""))
            done = self.post(f"{HOME}/download", page, step="code", challenge=answer["challenge"], code=code)
            self.assertEqual((done.status_code, "zip" in done.headers["Content-Type"]), (422, False), purpose)

    def test_file_follow_and_withdraw(self):
        page = self.url_open(f"{HOME}/request?type=deletion")
        page = self.post(f"{HOME}/request", page, type="correction", text="", agency="000.91.29.H57")
        self.assertEqual(page.status_code, 422)
        text = "Sai tên đệm, số 046185990001"
        page = self.post(f"{HOME}/request", page, type="correction", text=text, agency="000.91.29.H57")
        record = self.env["dvc.data.request"].search([("account_id", "=", self.citizen.id)])
        self.assertTrue(page.url.endswith(f"{HOME}/requests/{record.id}?note=filed"))
        self.assertEqual((record.company_id, record.text), (self.agency, "Sai tên đệm, số 046*******01"))
        record.with_user(self.officer)._answer("Chúng tôi đang so", False)
        page = self.url_open(f"{HOME}/requests/{record.id}")
        self.assertIn("Chúng tôi đang so", page.text)
        self.assertNotIn("dvc_officer", page.text)
        self.assertIn(record.name, self.url_open(HOME).text)
        page = self.post(f"{HOME}/requests/{record.id}/withdraw", page)
        self.assertEqual(record.state, "withdrawn")
        self.assertIn("was withdrawn", page.text)

    def test_of_others_nothing(self):
        theirs = self.env["dvc.data.request"]._file(self.stranger, "access", "", self.agency)
        self.assertTrue(self.url_open(f"{HOME}/requests/{theirs.id}").url.endswith(HOME))
        self.post(f"{HOME}/requests/{theirs.id}/withdraw", self.url_open(f"{HOME}/request"))
        self.assertEqual(theirs.state, "new")

    def test_without_token_nothing(self):
        for path in ("download", "request"):
            self.assertEqual(self.url_open(f"{HOME}/{path}", data={"step": "send"}).status_code, 400)

    def test_staff_have_no_such_page(self):
        self.officer.password = "dvc_officer_1"
        self.authenticate("dvc_officer", "dvc_officer_1")
        self.assertNotIn("/my/data", self.url_open(HOME).url)

    def test_the_way_to_deletion_is_named(self):
        self.assertIn("/my/data", self.url_open("/my/security").text)
        with self.assertRaises(UserError) as caught:
            self.citizen_user._deactivate_portal_user()
        self.assertIn("/my/data", str(caught.exception))
