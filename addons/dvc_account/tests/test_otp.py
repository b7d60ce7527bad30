# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import contextlib
import functools
import re
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessDenied
from odoo.sql_db import Cursor
from odoo.tools import SQL, mute_logger

from odoo.addons.dvc_account.domain import one_time_code
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
        self.assertEqual(len(message), 1, "the same work for every phone")
        if message.is_decoy:
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

    def wrong(self, code):
        return f"{(int(code) + 1) % 1000000:06d}"

    def test_wrong_five_times(self):
        challenge, code = self.ask()
        for _round in range(5):
            self.assertEqual(self.refused(self.api.verify_otp, challenge, self.wrong(code)), "otp.wrong")
        self.assertEqual(self.refused(self.api.verify_otp, challenge, code), "otp.too_many")

    def test_guesses_a_day_are_bounded(self):
        """Whatever the number of codes: ten wrong answers per phone and purpose."""
        answers = []
        for _code in range(3):
            challenge, code = self.ask()
            answers += [self.refused(self.api.verify_otp, challenge, self.wrong(code)) for _round in range(5)]
        self.assertEqual(answers, ["otp.wrong"] * 10 + ["otp.too_many"] * 5)
        challenge, code = self.ask()
        self.assertEqual(self.refused(self.api.verify_otp, challenge, code), "otp.too_many", "the right one neither")
        self.assertEqual(one_time_code.chance_per_day(), 10 / 10**6)
        challenge, code = self.ask(purpose="track")
        self.api.verify_otp(challenge, code)

    def test_right_answers_are_no_guesses(self):
        for day in range(2, 14):
            with freeze_time(f"2026-03-02 {day:02d}:00:00"):
                if day < 12:
                    self.api.verify_otp(*self.ask())
        with freeze_time("2026-03-02 12:00:00"):
            self.assertEqual(self.refused(self.ask), "otp.too_many", "ten codes a day")
        with freeze_time("2026-03-03 11:00:01"):
            self.ask()

    def test_a_new_code_voids_the_earlier_ones(self):
        first, code = self.ask()
        other_purpose, other_code = self.ask(purpose="track")
        other_phone, phones_code = self.ask(self.STRANGER_FACTS["phone"])
        second, new_code = self.ask()
        self.assertEqual(self.refused(self.api.verify_otp, first, code), "otp.expired")
        for challenge, right in ((second, new_code), (other_purpose, other_code), (other_phone, phones_code)):
            self.assertTrue(self.api.verify_otp(challenge, right)["token"])
        codes = self.env["dvc.otp"].search([], limit=4)
        self.assertEqual(codes.mapped("outcome"), ["verified", "verified", "verified", "replaced"])

    def test_only_who_asked_may_complete(self):
        challenge, code = self.ask()
        other_app = self.env["dvc.account"].with_user(self._staff("integrator", login="dvc_other_app"))
        for _round in range(6):
            self.assertEqual(self.refused(other_app.verify_otp, challenge, code), "otp.expired")
        token = self.api.verify_otp(challenge, code)["token"]
        self.assertEqual(self.refused(other_app.reset_password, token, "Mat-khau-2026"), "otp.expired")
        self.assertIs(self.api.reset_password(token, "Mat-khau-2026"), True)

    def test_each_code_has_a_salt_of_its_own(self):
        self.ask()
        self.ask(purpose="track")
        first, second = self.env["dvc.otp"].search([], limit=2)
        self.assertNotEqual(first.salt, second.salt)
        self.assertEqual(len(first.salt), 32)
        challenge, salt = "x", first.salt
        digests = {first._digest(one_time_code.salted(salt, challenge, code)) for code in ("123456", "123457")}
        self.assertEqual(len(digests), 2)

    def statements(self, work):
        """Return the statements that some work sends to PostgreSQL, without their values."""
        seen, execute = [], Cursor.execute

        def watch(cursor, query, params=None, **kwargs):
            text = query.code if isinstance(query, SQL) else str(query)
            seen.append(re.sub(r"_(?:\d+)|\bin \(.*?\)", "", text))
            return execute(cursor, query, params, **kwargs)

        with patch.object(Cursor, "execute", watch):
            work()
        # Savepoints are numbered at random.
        return [text for text in seen if "SAVEPOINT" not in text.upper()]

    def test_a_known_phone_asks_the_database_the_same(self):
        for purpose in ("reset_password", "track", "handover"):
            work = []
            for phone in ("0914990071", "0914990072", self.CITIZEN_FACTS["phone"], "0914990073"):
                # Each on its own: what one has read the next need not read.
                self.env.invalidate_all()
                work.append(self.statements(functools.partial(self.api.request_otp, phone, purpose)))
            self.assertGreater(len(work[1]), 5)
            self.assertEqual(work[2], work[1], purpose)
            self.assertEqual(work[3], work[1], purpose)

    def test_what_is_kept_is_as_long(self):
        self.ask()
        self.ask("0914990074")
        nobody, citizen = self.env["dvc.outbox"].search([], limit=2)
        self.assertEqual((nobody.is_decoy, citizen.is_decoy), (True, False))
        for name in ("recipient_secret", "body_secret", "dedup_key", "next_try_at", "valid_until", "is_urgent"):
            mine, theirs = nobody[name], citizen[name]
            self.assertEqual(
                len(mine) if isinstance(mine, str) else bool(mine),
                len(theirs) if isinstance(theirs, str) else bool(theirs),
                name,
            )
        self.assertNotIn("990074", nobody.recipient_masked)

    def test_a_login_that_is_nobodys_costs_a_check(self):
        """How long a wrong password takes would tell whether a phone or address has an account."""
        users = self.env["res.users"]
        users._dvc_hash_in_vain()
        context = type(users._crypt_context())
        counted = {}

        def try_login(login):
            with contextlib.suppress(AccessDenied), mute_logger("odoo.addons.base.models.res_users"):
                users._login({"type": "password", "login": login, "password": "sai"}, {"interactive": True})

        for login in ("0914990075", "0914990076", "0914990001", "nobody@example.com", "dvc_officer"):
            self.env.invalidate_all()
            with (
                patch.object(context, "verify", autospec=True, side_effect=context.verify) as verify,
                patch.object(
                    context, "verify_and_update", autospec=True, side_effect=context.verify_and_update
                ) as update,
            ):
                counted[login] = (
                    self.statements(lambda login=login: try_login(login)),
                    verify.call_count + update.call_count,
                )
        self.assertEqual({checks for _statements, checks in counted.values()}, {1})
        self.assertEqual(len(counted["0914990001"][0]), len(counted["0914990076"][0]))

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
            self.assertEqual(kept, 0, table)
        self.env.cr.execute("SELECT count(*) FROM dvc_outbox t WHERE t.body LIKE %s", [f"%{code}%"])
        self.assertEqual(self.env.cr.fetchone()[0], 0)
