# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import re

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from odoo.addons.dvc_account.exceptions import Refusal

from .common import DvcCase, DvcCommon

RESET = "/dvc/reset"


@tagged("-at_install", "post_install")
class TestRecovery(DvcCase, HttpCase):
    """The desk starts a recovery, the citizen completes it on their own phone."""

    def start(self, user=None):
        """Have the desk start it; return link and code of the message, and what the officer was told."""
        before = self.env["dvc.outbox"].search([], limit=1).id or 0
        told = self.citizen.with_user(user or self.officer).action_start_recovery()
        [message] = self.env["dvc.outbox"].search([("id", ">", before)])
        text = self.env["dvc.secret"]._box().open(message.body_secret, "outbox")
        link = re.search(r"link=([\w-]+)", text).group(1)
        return link, re.search(r"\b\d{6}\b", text).group(), told

    def hidden(self, page, name):
        return re.search(rf'name="{name}"[^>]*value="([^"]*)"', page.text).group(1)

    def post(self, page, **values):
        return self.url_open(RESET, data={"csrf_token": self.hidden(page, "csrf_token"), **values})

    def answer(self, link, code):
        page = self.url_open(f"{RESET}?link={link}")
        return self.post(page, step="code", challenge=self.hidden(page, "challenge"), code=code)

    def other_browser(self):
        self.opener.cookies.clear()
        self.authenticate(None, None)

    def test_citizen_completes_it(self):
        link, code, told = self.start()
        for secret in (link, code, "0914990001", "914990001"):
            self.assertNotIn(secret, str(told))
        page = self.url_open(f"{RESET}?link={link}")
        self.assertIn('id="dvc_code"', page.text)
        self.assertNotIn(code, page.text)
        page = self.answer(link, code)
        password = "Mat-khau-2026"
        page = self.post(page, step="password", token=self.hidden(page, "token"), new_password=password, again=password)
        self.assertIn("alert-success", page.text)
        self.authenticate("dvc_citizen", password)
        line = self.env["dvc.journal"].search([("event", "=", "account.recovery_started")], limit=1)
        self.assertEqual((line.user_id, line.account_id, line.role), (self.officer, self.citizen, "officer"))
        self.assertNotIn(code, str(line.read()))

    def test_officers_see_none_of_it(self):
        self.start()
        for model in ("dvc.otp", "dvc.outbox"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.officer).search([])

    def test_the_first_browser_that_answers_holds_it(self):
        link, code, _told = self.start()
        wrong = f"{(int(code) + 1) % 1000000:06d}"
        self.assertIn('id="dvc_error"', self.answer(link, wrong).text)
        self.other_browser()
        page = self.url_open(f"{RESET}?link={link}")
        self.assertIn('id="dvc_phone"', page.text, "no longer good elsewhere")
        page = self.post(page, step="code", challenge=link, code=code)
        self.assertIn('id="dvc_error"', page.text)

    def test_link_is_no_integrators(self):
        link, code, _told = self.start()
        with self.assertRaisesRegex(Refusal, "otp.expired"):
            self.env["dvc.account"].with_user(self.integrator).verify_otp(link, code)

    def test_link_expires(self):
        with freeze_time("2026-03-02 02:00:00"):
            link, _code, _told = self.start()
        self.assertIn('id="dvc_phone"', self.url_open(f"{RESET}?link={link}").text)
        self.assertIn('id="dvc_phone"', self.url_open(f"{RESET}?link=nothing").text)

    def test_who_may_start(self):
        for user in (self.specialist, self.leader, self.accountant, self.auditor, self.integrator, self.citizen_user):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.citizen.with_user(user).action_start_recovery()
        self.start(self.manager)

    def test_locked_account_is_refused_with_the_reason(self):
        self.citizen.with_user(self.officer).lock("Giấy tờ giả")
        with self.assertRaisesRegex(Refusal, r"\[account.locked\].*Giấy tờ giả"):
            self.citizen.with_user(self.officer).action_start_recovery()
        newcomer = self._registered("+84914990003")
        with self.assertRaisesRegex(Refusal, "account.not_standardized"):
            newcomer.with_user(self.officer).action_start_recovery()

    def test_limits(self):
        for _round in range(3):
            self.start()
        with self.assertRaisesRegex(Refusal, "otp.too_many"):
            self.start()

    def test_a_stranger_who_asks_for_codes_bars_nobody(self):
        api = self.env["dvc.account"].with_user(self.integrator)
        for _round in range(5):
            api.request_otp("0914990001", "reset_password")
        with self.assertRaisesRegex(Refusal, "otp.too_many"):
            api.request_otp("0914990001", "reset_password")
        link, code, _told = self.start()
        self.assertTrue(self.hidden(self.answer(link, code), "token"))


@tagged("-at_install", "post_install")
class TestResetPage(DvcCase, HttpCase):
    """The page that gives a new password: in whose hands a code is good, and what strangers learn."""

    hidden, post, other_browser = TestRecovery.hidden, TestRecovery.post, TestRecovery.other_browser

    def ask(self, phone="0914990001", **values):
        return self.post(self.url_open(RESET), step="phone", phone=phone, **values)

    def code(self, page):
        return re.search(r"o_dvc_sandbox_code\"[^>]*>(\d{6})<", page.text).group(1)

    def test_another_session_completes_nothing(self):
        page = self.ask()
        challenge, code = self.hidden(page, "challenge"), self.code(page)
        self.other_browser()
        stranger = self.post(self.url_open(RESET), step="code", challenge=challenge, code=code)
        self.assertIn('id="dvc_phone"', stranger.text)
        with self.assertRaisesRegex(Refusal, "otp.expired"):
            self.env["dvc.account"].with_user(self.integrator).verify_otp(challenge, code)

    def test_another_session_uses_no_token(self):
        page = self.ask()
        page = self.post(page, step="code", challenge=self.hidden(page, "challenge"), code=self.code(page))
        token = self.hidden(page, "token")
        self.other_browser()
        password = "Mat-khau-2026"
        page = self.post(self.url_open(RESET), step="password", token=token, new_password=password, again=password)
        self.assertIn('id="dvc_error"', page.text)
        self.authenticate("dvc_citizen", "dvc_citizen")

    def test_another_code_after_a_minute(self):
        with freeze_time("2026-03-02 02:00:00"):
            page = self.ask()
        first, code = self.hidden(page, "challenge"), self.code(page)
        self.assertRegex(page.text, r'o_dvc_code_again[^>]*data-seconds="60"')
        with freeze_time("2026-03-02 02:00:30"):
            again = {"step": "phone", "phone": "0914990001", "challenge": first, "sandbox_code": code}
            page = self.post(page, **again)
            self.assertIn('id="dvc_error"', page.text)
            self.assertEqual((self.hidden(page, "challenge"), self.code(page)), (first, code), "it goes on waiting")
            self.assertRegex(page.text, r'data-seconds="30"')
        with freeze_time("2026-03-02 02:01:01"):
            page = self.post(page, **again)
            second, new_code = self.hidden(page, "challenge"), self.code(page)
            self.assertNotEqual(second, first)
            self.assertIn('id="dvc_phone"', self.post(page, step="code", challenge=first, code=code).text)
            page = self.post(page, step="code", challenge=second, code=new_code)
            self.assertTrue(self.hidden(page, "token"))

    def test_known_and_unknown_phones_get_one_page(self):
        pages = []
        for phone in ("0914990001", "0914990098"):
            self.other_browser()
            page = self.ask(phone)
            text = page.text.replace(phone, "PHONE")
            for name in ("csrf_token", "challenge"):
                text = text.replace(self.hidden(page, name), name)
            text = text.replace(self.code(page), "CODE")
            pages.append((page.status_code, re.sub(r"csrf_token: \"[^\"]*\"|\d{9,}|[0-9a-f]{32,}", "", text)))
        self.assertEqual(pages[0], pages[1])

    def test_sessions_end_and_the_citizen_is_told(self):
        self.authenticate("dvc_citizen", "dvc_citizen")
        self.assertTrue(self.url_open("/my").url.endswith("/my"))
        before, cookies = self.env["dvc.outbox"].search([], limit=1).id or 0, self.opener.cookies.copy()
        self.citizen_user.email = "kiem@example.com"
        self.other_browser()
        page = self.ask()
        page = self.post(page, step="code", challenge=self.hidden(page, "challenge"), code=self.code(page))
        password = "Mat-khau-2026"
        self.post(page, step="password", token=self.hidden(page, "token"), new_password=password, again=password)
        self.env.registry.clear_cache()
        self.opener.cookies = cookies
        self.assertIn("/web/login", self.url_open("/my").url)
        notice = self.env["dvc.outbox"].search([("id", ">", before), ("is_secret", "=", False)])
        self.assertEqual(notice.recipient_masked, "0914***001")
        self.assertNotIn(password, notice.body)
        mail = self.env["mail.mail"].search([("email_to", "ilike", "kiem@example.com")], limit=1)
        self.assertIn("Password", mail.subject)

    def test_rule_is_shown_beforehand(self):
        page = self.ask()
        page = self.post(page, step="code", challenge=self.hidden(page, "challenge"), code=self.code(page))
        for part in ("o_dvc_password_rule", "at least 8 characters", 'autocomplete="new-password"', "o_show_password"):
            self.assertIn(part, page.text)

    def test_demo_phone(self):
        page = self.url_open("/dvc/demo-phone")
        self.assertIn("test environment", page.text)
        message = self.env["dvc.outbox"]._queue("sms", "+84914990001", "", "Hồ sơ <b>xong</b>", "demo.phone")
        message._send_guarded()
        data = {"csrf_token": self.hidden(page, "csrf_token")}
        page = self.url_open("/dvc/demo-phone", data={**data, "phone": "0914 990 001"})
        self.assertIn("Hồ sơ &lt;b&gt;xong&lt;/b&gt;", page.text)
        page = self.url_open("/dvc/demo-phone", data={**data, "phone": "0914 990 002"})
        self.assertNotIn("Hồ sơ", page.text)
        self.assertIn('id="dvc_error"', self.url_open("/dvc/demo-phone", data={**data, "phone": "1"}).text)

    def test_no_demo_phone_elsewhere(self):
        parameters = self.env["ir.config_parameter"]
        for name, value in (("sms_gateway_url", "https://sms.example"), ("sms_channel", "odoo")):
            parameters.set_param(f"dvc_account.{name}", value)
            self.assertEqual(self.url_open("/dvc/demo-phone").status_code, 404, name)
            parameters.set_param(f"dvc_account.{name}", "")
        self.env.ref("base.module_dvc_account").demo = False
        self.assertEqual(self.url_open("/dvc/demo-phone").status_code, 404)


class TestDeskDialog(DvcCommon):
    """The code that proves the phone when the desk standardises an account."""

    def dialog(self, user):
        account = self._registered("+84914990003")
        return (
            self.env["dvc.account.standardization"].with_user(user).create({"account_id": account.id, **self.NEW_FACTS})
        )

    def test_another_code_after_a_minute(self):
        with freeze_time("2026-03-02 02:00:00"):
            dialog = self.dialog(self.officer)
            dialog.action_send_code()
            first = dialog.sandbox_code
            with self.assertRaisesRegex(Refusal, "otp.too_soon"):
                dialog.action_send_code()
        with freeze_time("2026-03-02 02:01:01"):
            challenge = dialog.challenge
            dialog.action_send_code()
            self.assertNotEqual(dialog.challenge, challenge)
            dialog.code = dialog.sandbox_code
            dialog.action_confirm()
        self.assertEqual(dialog.account_id.state, "standardized")
        self.assertTrue(first)

    def test_code_is_the_officers_who_asked(self):
        dialog = self.dialog(self.officer)
        dialog.action_send_code()
        other = self.dialog(self.colleague)
        other.write({"code": dialog.sandbox_code})
        other.sudo().challenge = dialog.challenge
        with self.assertRaisesRegex(Refusal, "otp.expired"):
            other.action_confirm()
