# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import re

from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from .common import DvcCase

FORM = "/my/account-standardize"


@tagged("-at_install", "post_install")
class TestPortal(DvcCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.newcomer_user = cls.env["res.users"].create(
            {
                "name": "Lê Hoàng Mới",
                "login": "dvc_newcomer",
                "password": "dvc_newcomer",
                "group_ids": [(6, 0, cls.env.ref("base.group_portal").ids)],
            }
        )

    def hidden(self, page, name):
        return re.search(rf'name="{name}"[^>]*value="([^"]*)"', page.text).group(1)

    def post(self, url, page, **values):
        return self.url_open(url, data={"csrf_token": self.hidden(page, "csrf_token"), **values})

    def code(self, page):
        return re.search(r"o_dvc_sandbox_code\"[^>]*>(\d{6})<", page.text).group(1)

    def test_every_page_shows_the_form_until_standardised(self):
        self.authenticate("dvc_newcomer", "dvc_newcomer")
        for path in ("/my", "/my/home", "/my/account"):
            page = self.url_open(path)
            self.assertEqual((page.url.endswith(FORM), page.status_code), (True, 200), path)
        self.authenticate("dvc_citizen", "dvc_citizen")
        self.assertTrue(self.url_open("/my").url.endswith("/my"))

    def test_standardise(self):
        self.authenticate("dvc_newcomer", "dvc_newcomer")
        page = self.post(FORM, self.url_open(FORM), **self.NEW_FACTS)
        facts = {name: self.hidden(page, name) for name in self.NEW_FACTS}
        challenge, code = self.hidden(page, "challenge"), self.code(page)
        wrong = f"{(int(code) + 1) % 1000000:06d}"
        page = self.post(FORM, page, step="code", challenge=challenge, code=wrong, sandbox_code=code, **facts)
        self.assertIn('id="dvc_error"', page.text)
        self.assertEqual(self.code(page), code)
        account = self.env["dvc.account"].search([("user_id", "=", self.newcomer_user.id)])
        self.assertEqual(account.state, "unstandardized")
        page = self.post(FORM, page, step="code", challenge=challenge, code=code, **facts)
        self.assertTrue(page.url.endswith("/my"))
        self.assertEqual(account.state, "standardized")

    def test_an_error_stands_at_its_field(self):
        self.authenticate("dvc_newcomer", "dvc_newcomer")
        form = self.url_open(FORM)
        wrong = {"citizen_id": "003203001234", "issue_date": "2031-01-01", "phone": "12345", "full_name": " "}
        for name, value in wrong.items():
            page = self.post(FORM, form, **{**self.NEW_FACTS, name: value})
            field = re.search(rf'name="{name}"[^>]*/>\s*<div[^>]*id="dvc_wrong"', page.text)
            self.assertTrue(field, name)
            self.assertEqual(page.text.count("is-invalid"), 1, name)
            kept = next(other for other in wrong if other != name)
            self.assertIn(self.NEW_FACTS[kept], page.text, "what was right is not typed twice")

    def test_only_accents_differ(self):
        self.authenticate("dvc_newcomer", "dvc_newcomer")
        facts = {**self.NEW_FACTS, "full_name": "Le Hoang Moi"}
        page = self.post(FORM, self.url_open(FORM), **facts)
        page = self.post(
            FORM, page, step="code", challenge=self.hidden(page, "challenge"), code=self.code(page), **facts
        )
        self.assertIn("Only the accents or the spelling of the name differ", page.text)

    def test_a_new_phone(self):
        self.authenticate("dvc_citizen", "dvc_citizen")
        self.assertNotIn('name="full_name"', self.url_open(FORM).text)
        row = self.env["dvc.identity.source"].search([("full_name", "=", self.CITIZEN_FACTS["full_name"])])
        row.phone = "0914990055"
        facts = {**self.CITIZEN_FACTS, "phone": "+84914990055", "change": "1"}
        page = self.post(FORM, self.url_open(f"{FORM}?change=1"), **facts)
        page = self.post(
            FORM, page, step="code", challenge=self.hidden(page, "challenge"), code=self.code(page), **facts
        )
        self.assertIn("0914***055", page.text)
        self.assertEqual(self.citizen._open_phone(), "+84914990055")

    def test_code_of_another_phone(self):
        self.authenticate("dvc_newcomer", "dvc_newcomer")
        page = self.post(FORM, self.url_open(FORM), **{**self.NEW_FACTS, "phone": "0914990088"})
        challenge, code = self.hidden(page, "challenge"), self.code(page)
        self.post(FORM, page, step="code", challenge=challenge, code=code, **self.NEW_FACTS)
        account = self.env["dvc.account"].search([("user_id", "=", self.newcomer_user.id)])
        self.assertEqual(account.state, "unstandardized")

    def test_post_without_token(self):
        self.authenticate("dvc_newcomer", "dvc_newcomer")
        self.assertEqual(self.url_open(FORM, data=dict(self.NEW_FACTS)).status_code, 400)

    def test_logged_out(self):
        self.assertIn("/web/login", self.url_open(FORM).url)

    def test_locked_account_is_told_why(self):
        self.stranger.with_user(self.officer).lock("Giấy tờ giả")
        self.authenticate("dvc_stranger", "dvc_stranger")
        page = self.url_open("/my")
        self.assertTrue(page.url.endswith(FORM))
        self.assertIn("Giấy tờ giả", page.text)

    def test_lock_ends_sessions(self):
        self.authenticate("dvc_citizen", "dvc_citizen")
        self.assertTrue(self.url_open("/my").url.endswith("/my"))
        self.citizen.with_user(self.officer).lock("x")
        self.env.flush_all()
        self.env.registry.clear_cache()
        self.assertIn("/web/login", self.url_open("/my").url)

    def test_reset_password(self):
        url = "/dvc/reset"
        page = self.post(url, self.url_open(url), step="phone", phone="0914990001")
        page = self.post(url, page, step="code", challenge=self.hidden(page, "challenge"), code=self.code(page))
        token = self.hidden(page, "token")
        page = self.post(url, page, step="password", token=token, new_password="Mat-khau-2026", again="khac")
        self.assertIn('id="dvc_error"', page.text)
        page = self.post(url, page, step="password", token=token, new_password="Mat-khau-2026", again="Mat-khau-2026")
        self.assertNotIn('id="dvc_error"', page.text)
        self.authenticate("dvc_citizen", "Mat-khau-2026")
        self.assertTrue(self.url_open("/my").url.endswith("/my"))

    def test_pages_load_nothing_from_outside(self):
        self.authenticate("dvc_newcomer", "dvc_newcomer")
        for path in (FORM, "/dvc/reset"):
            loaded = re.findall(
                r"<(?:script|link|img|iframe)[^>]*(?:src|href)=\"((?:https?:)?//[^\"]+)", self.url_open(path).text
            )
            outside = [address for address in loaded if not address.startswith(self.base_url())]
            self.assertFalse(outside, path)

    def test_phone_stays_as_typed(self):
        self.authenticate("dvc_newcomer", "dvc_newcomer")
        facts = {**self.NEW_FACTS, "full_name": "Lê Hoàng Khác", "phone": "0914 990 003"}
        page = self.post(FORM, self.url_open(FORM), **facts)
        challenge, code = self.hidden(page, "challenge"), self.code(page)
        page = self.post(FORM, page, step="code", challenge=challenge, code=code, **facts)
        self.assertRegex(page.text, r'name="phone"[^>]*value="0914 990 003"')

    def test_account_is_not_deleted(self):
        """Its dossiers and money would have no owner to reach them."""
        self.authenticate("dvc_citizen", "dvc_citizen")
        page = self.url_open("/my/security")
        self.assertNotIn("portal_deactivate_account", page.text)
        values = {"validation": "dvc_citizen", "password": "dvc_citizen"}
        self.post("/my/deactivate_account", page, **values)
        self.assertEqual((self.citizen_user.login, self.citizen_user.active), ("dvc_citizen", True))
        with self.assertRaises(UserError):
            self.citizen_user._deactivate_portal_user()

    def test_language_and_title(self):
        for path, title in (("/web/login", "Log in"), ("/dvc/reset", "New password")):
            page = self.url_open(path)
            self.assertRegex(page.text, r'<html[^>]* lang="en-US"')
            self.assertIn(f"<title>{title} · Public services</title>", page.text)
            self.assertNotIn("/web/database/manager", self.url_open("/dvc/reset").text)

    def test_lock_reason_in_the_citizens_language(self):
        self.env["res.lang"]._activate_lang("vi_VN")
        rival = self._registered("+84914990009")
        rival.with_context(lang="en_US").standardize(**self.CITIZEN_FACTS)
        self.assertEqual(rival.state, "locked")
        vietnamese = rival.with_context(lang="vi_VN").env._("This person or phone has a standardised account already.")
        self.assertEqual(rival.lock_reason, vietnamese)
