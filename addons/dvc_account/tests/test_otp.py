# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import re

from freezegun import freeze_time

from odoo.addons.dvc_account.exceptions import Refusal

from .common import DvcCommon


class TestOtp(DvcCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.api = cls.env["dvc.account"].with_user(cls.integrator)

    def ask(self, phone=None, purpose="reset_password"):
        """Return the challenge and the code of the message it caused, if any."""
        before = self.env["dvc.outbox"].search([], limit=1).id or 0
        answer = self.api.request_otp(phone or self.CITIZEN_FACTS["phone"], purpose)
        self.assertEqual(set(answer), {"challenge", "expires_at"})
        message = self.env["dvc.outbox"].search([("id", ">", before)])
        if not message:
            return answer["challenge"], None
        text = self.env["dvc.secret"]._box().open(message.body_secret, "outbox")
        return answer["challenge"], re.search(r"\b\d{6}\b", text).group()

    def refused(self, method, *args):
        try:
            method(*args)
        except Refusal as refusal:
            return refusal.code
        return None

    def test_reset_password(self):
        challenge, code = self.ask()
        token = self.api.verify_otp(challenge, code)["token"]
        self.assertEqual(self.refused(self.api.reset_password, token, "123"), "account.weak_password")
        self.assertEqual(self.refused(self.api.reset_password, token, "914990001-a"), "account.weak_password")
        self.assertIs(self.api.reset_password(token, "Mat-khau-2026"), True)
        self.assertEqual(self.refused(self.api.reset_password, token, "Mat-khau-2027"), "otp.expired", "single use")
        credential = {"type": "password", "login": "0914 990 001", "password": "Mat-khau-2026"}
        found = self.env["res.users"]._login(credential, {"interactive": False})
        self.assertEqual(found["uid"], self.citizen_user.id, "the phone is a login")

    def test_unknown_phone_answers_alike(self):
        challenge, code = self.ask("0914990099")
        self.assertTrue(challenge)
        self.assertIsNone(code)
        self.assertEqual(self.refused(self.api.verify_otp, challenge, "000000"), "otp.wrong")

    def test_wrong_five_times(self):
        challenge, code = self.ask()
        wrong = f"{(int(code) + 1) % 1000000:06d}"
        for _round in range(5):
            self.assertEqual(self.refused(self.api.verify_otp, challenge, wrong), "otp.wrong")
        self.assertEqual(self.refused(self.api.verify_otp, challenge, code), "otp.too_many")

    def test_expires(self):
        with freeze_time("2026-03-02 02:00:00"):
            challenge, code = self.ask()
        with freeze_time("2026-03-02 02:05:01"):
            self.assertEqual(self.refused(self.api.verify_otp, challenge, code), "otp.expired")

    def test_code_is_good_once(self):
        challenge, code = self.ask()
        self.api.verify_otp(challenge, code)
        self.assertEqual(self.refused(self.api.verify_otp, challenge, code), "otp.expired")

    def test_token_is_for_its_purpose(self):
        challenge, code = self.ask(purpose="track")
        token = self.api.verify_otp(challenge, code)["token"]
        self.assertEqual(self.refused(self.api.reset_password, token, "Mat-khau-2026"), "otp.expired")

    def test_too_many_requests(self):
        for _round in range(5):
            self.ask()
        self.assertEqual(
            self.refused(self.api.request_otp, self.CITIZEN_FACTS["phone"], "reset_password"), "otp.too_many"
        )
        self.ask(self.STRANGER_FACTS["phone"])

    def test_malformed(self):
        self.assertEqual(self.refused(self.api.request_otp, "0914990001", "other"), "input.invalid")
        self.assertEqual(self.refused(self.api.request_otp, "1", "track"), "account.bad_phone")
        self.assertEqual(self.refused(self.api.verify_otp, "nothing", "123456"), "otp.expired")

    def test_nothing_readable_is_kept(self):
        challenge, code = self.ask()
        for table in ("dvc_otp", "dvc_outbox", "dvc_journal", "dvc_attempt"):
            self.env.flush_all()
            self.env.cr.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE ANY(%s)", [[f"%{challenge}%"]])
            kept = self.env.cr.fetchone()[0]
            self.assertEqual(kept, 1 if table == "dvc_outbox" else 0, table)
        self.env.cr.execute("SELECT count(*) FROM dvc_outbox t WHERE t.body LIKE %s", [f"%{code}%"])
        self.assertEqual(self.env.cr.fetchone()[0], 0)
