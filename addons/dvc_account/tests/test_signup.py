# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import re
from unittest.mock import patch

from odoo.exceptions import AccessDenied, UserError
from odoo.tests import HttpCase, tagged

from odoo.addons.dvc_account.domain import one_time_code

from .common import DvcCase

LOGGER = "odoo.addons.base.models.res_users._logger"
PHONE = "0914 990 001"


@tagged("-at_install", "post_install")
class TestSignup(DvcCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param("auth_signup.invitation_scope", "b2c")

    def token_of(self, page):
        return re.search(r'name="csrf_token"[^>]*value="([^"]*)"', page.text).group(1)

    def sign_up(self, login, password="Mat-khau-2026"):
        page = self.url_open("/web/signup")
        values = {"login": login, "name": "Lê Hoàng Mới", "password": password}
        return self.url_open(
            "/web/signup",
            data={**values, "confirm_password": values["password"], "csrf_token": self.token_of(page)},
        )

    def test_reset_page_answers_alike(self):
        token = self.token_of(self.url_open("/web/login"))
        for login in (PHONE, "0914 990 099", "dvc_citizen", "dvc_officer", "nobody@example.com"):
            page = self.url_open("/web/reset_password", data={"login": login, "csrf_token": token})
            self.assertTrue(page.url.endswith("/dvc/reset"), login)
            self.assertNotIn(self.CITIZEN_FACTS["full_name"], page.text)
        self.assertNotIn("/web/reset_password", self.url_open("/web/login").text)

    def test_address_leads_to_no_login(self):
        self.citizen_user.email = "kiem@example.com"
        for path in ("/web/reset_password", "/web/signup"):
            page = self.url_open(f"{path}?signup_email=kiem@example.com")
            self.assertNotIn("dvc_citizen", page.url + page.text)

    def test_link_sent_to_staff_works(self):
        self.officer.partner_id.signup_prepare(signup_type="reset")
        token = self.officer.partner_id._generate_signup_token()
        url = f"/web/reset_password?token={token}"
        page = self.url_open(url)
        self.assertIn("confirm_password", page.text)
        page = self.url_open(
            url,
            data={
                "token": token,
                "password": "Mat-khau-2026",
                "confirm_password": "Mat-khau-2026",
                "csrf_token": self.token_of(page),
            },
        )
        self.authenticate("dvc_officer", "Mat-khau-2026")

    def test_no_mail_for_citizens(self):
        self.citizen_user.email = "kiem@example.com"
        for login in ("dvc_citizen", "kiem@example.com"):
            with self.assertRaises(UserError):
                self.env["res.users"].reset_password(login)
        with self.assertRaisesRegex(Exception, "No account found"):
            self.env["res.users"].reset_password(PHONE)

    def login(self, login, password):
        credential = {"type": "password", "login": login, "password": password}
        return self.env["res.users"]._login(credential, {"interactive": False})

    def test_log_tells_no_number(self):
        with patch(LOGGER) as logger:
            self.assertEqual(self.login("+84 914990001", "dvc_citizen")["uid"], self.citizen_user.id)
            for login in (PHONE, "0914990099", "046185990001"):
                with self.assertRaises(AccessDenied):
                    self.login(login, "wrong")
        lines = [str(call) for call in logger.mock_calls if "Login" in str(call)]
        self.assertEqual(len(lines), 4)
        for line in lines:
            self.assertNotRegex(line, r"914.?990|046185")

    def test_login_that_is_a_number(self):
        self.officer.login = "0234567890"
        self.officer.password = "Mat-khau-2026"
        self.assertEqual(self.login("0234567890", "Mat-khau-2026")["uid"], self.officer.id)

    def test_sign_up(self):
        self.sign_up("moi@example.com")
        user = self.env["res.users"].search([("login", "=", "moi@example.com")])
        account = self.env["dvc.account"].search([("user_id", "=", user.id)])
        self.assertTrue(user.has_group("base.group_portal"))
        self.assertEqual((user.lang, user.tz), ("vi_VN", "Asia/Ho_Chi_Minh"))
        self.assertEqual((account.state, account.name), ("unstandardized", "Lê Hoàng Mới"))
        self.assertEqual(account.partner_id, user.partner_id)

    def test_number_is_no_login(self):
        """It would stand readable in the table, and bar its owner."""
        for login in (PHONE, "046090990003"):
            page = self.sign_up(login)
            self.assertIn("alert-danger", page.text)
            self.assertFalse(self.env["res.users"].search([("login", "=", login)]))

    def test_weak_passwords(self):
        """One rule wherever a citizen sets a password, and its text without the code of a refusal."""
        for password in ("Ngan-1", "chicochu", "11111111a", "moi@example.com1"):
            page = self.sign_up("moi@example.com", password)
            self.assertIn("alert-danger", page.text)
            self.assertNotIn("account.weak_password", page.text)
            self.assertFalse(self.env["res.users"].search([("login", "=", "moi@example.com")]), password)
        for password in ("Ngan-1", "x914990001"):
            with self.assertRaisesRegex(UserError, "^The password"):
                self.citizen_user.with_user(self.citizen_user).change_password("dvc_citizen", password)
        self.citizen_user.with_user(self.citizen_user).change_password("dvc_citizen", "Mat-khau-2026")
        self.authenticate("dvc_citizen", "Mat-khau-2026")

    def test_weak_password_of_an_invited_citizen(self):
        self.citizen_user.partner_id.signup_prepare(signup_type="reset")
        token = self.citizen_user.partner_id._generate_signup_token()
        url = f"/web/reset_password?token={token}"
        for password, login in (("Ngan-1", "dvc_citizen"), ("Mat-khau-2026", "Mat-khau-2026")):
            sent = {"token": token, "password": password, "confirm_password": password}
            self.url_open(url, data={**sent, "csrf_token": self.token_of(self.url_open(url))})
            self.authenticate("dvc_citizen", login)
            self.logout()

    def test_staff_passwords_have_another_policy(self):
        self.officer._change_password("chicochu")

    def test_a_taken_address_is_not_told(self):
        """Its owner learns of it by mail; the stranger gets words that fit whatever the cause."""
        self.sign_up("moi@example.com")
        self.authenticate(None, None)
        self.env["res.users"].search([("login", "=", "moi@example.com")]).email = "moi@example.com"
        before = self.env["dvc.outbox"].search([], limit=1).id or 0
        for _round in range(2):
            page = self.sign_up("moi@example.com")
            self.assertIn("alert-danger", page.text)
            self.assertNotIn("already registered", page.text)
        notice = self.env["dvc.outbox"].search([("id", ">", before)])
        self.assertEqual((len(notice), notice.channel, notice.recipient_masked), (1, "mail", "m***@example.com"))

    def test_the_form_is_judged_before_the_address(self):
        """Or a weak password would ask who has an account without opening one."""
        texts = []
        self.sign_up("moi@example.com")
        self.authenticate(None, None)
        for login in ("moi@example.com", "khac@example.com"):
            page = self.sign_up(login, "Ngan-1")
            texts.append(re.search(r'alert-danger"[^>]*>([^<]*)<', page.text).group(1))
        self.assertEqual(texts[0], texts[1])

    def test_sign_ups_of_one_connection_are_limited(self):
        limit = one_time_code.SIGN_UP_ADDRESS
        key = self.env["dvc.account"]._address_key("127.0.0.1")
        for _round in range(limit.most):
            self.env["dvc.attempt"]._take(limit.scope, key, limit.most, limit.seconds)
        self.assertIn("alert-danger", self.sign_up("moi@example.com").text)
        self.assertFalse(self.env["res.users"].search([("login", "=", "moi@example.com")]))

    def test_sign_up_page_shows_the_rule(self):
        page = self.url_open("/web/signup")
        self.assertIn("at least 8 characters", page.text)
        self.assertEqual(page.text.count('autocomplete="new-password"'), 2)

    def test_changed_password_is_told(self):
        before = self.env["dvc.outbox"].search([], limit=1).id or 0
        self.citizen_user.with_user(self.citizen_user).change_password("dvc_citizen", "Mat-khau-2026")
        notice = self.env["dvc.outbox"].search([("id", ">", before)])
        self.assertEqual(notice.recipient_masked, "0914***001")
