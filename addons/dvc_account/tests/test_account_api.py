# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import contextlib
import datetime
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import CheckViolation

from odoo import fields
from odoo.exceptions import AccessError, ConcurrencyError
from odoo.tools import mute_logger

from odoo.addons.dvc_account.exceptions import Refusal
from odoo.addons.dvc_account.identity.http_source import SourceUnavailable
from odoo.addons.dvc_account.models.dvc_identity_source import DvcIdentitySource

from .common import DvcCommon


class TestAccountApi(DvcCommon):
    def as_user(self, account, user):
        return account.with_user(user).with_context({})  # pylint: disable=context-overridden

    def register(self, *args, **kwargs):
        return self.env["dvc.account"].with_user(self.integrator).register(*args, **kwargs)

    def assertRefused(self, code, method, *args, **kwargs):
        with self.assertRaises(Refusal) as caught:
            method(*args, **kwargs)
        self.assertEqual(caught.exception.code, code)
        self.assertTrue(str(caught.exception).startswith(f"[{code}] "))

    def test_register(self):
        answer = self.register("0914 990 009", name="  Lê   Thị Nga ", external_ref="hue-s-1")
        self.assertEqual(answer["state"], "unstandardized")
        account = self.env["dvc.account"].browse(answer["id"])
        self.assertEqual(account.name, "Lê Thị Nga")
        self.assertFalse(account.user_id, "no login before standardisation")
        self.assertEqual(account.phone_masked, "0914***009")
        self.assertEqual(self.register("0914990008", external_ref="hue-s-1"), answer)
        self.assertNotEqual(self.register("0914990009")["id"], answer["id"], "never merged by phone")

    def test_register_bad_phone(self):
        for phone in ("", "12345", "+14155552671", "0914", "abc"):
            self.assertRefused("account.bad_phone", self.register, phone)

    def test_register_checks_the_address(self):
        for email in ("nga", "nga@", "@example.com", "nga@example", "nga le@example.com", "a@b.vn, c@d.vn", "x" * 200):
            self.assertRefused("input.invalid", self.register, "0914990009", email=email)
        for email, kept in ((" nga.le@example.com ", "nga.le@example.com"), ("", False), (None, False)):
            answer = self.register("0914990009", email=email)
            self.assertEqual(self.env["dvc.account"].browse(answer["id"]).email, kept)

    def test_register_is_not_for_citizens(self):
        with self.assertRaises(AccessError):
            self.env["dvc.account"].with_user(self.citizen_user).register("0914990009")

    def test_standardize_locks_claimants(self):
        claimant = self._registered(self.NEW_FACTS["phone"])
        account = self._registered("0914990077")
        answer = self.as_user(account, self.integrator).standardize(**self.NEW_FACTS)
        self.assertEqual(answer, {"state": "standardized", "reason": False, "locked_ids": claimant.ids})
        self.assertEqual((account.state, claimant.state, claimant.lock_cause), ("standardized", "locked", "duplicate"))
        self.assertEqual(account.name, "Lê Hoàng Mới")

    def test_the_login_is_made_when_it_is_needed(self):
        account = self._registered("0914990077")
        self.as_user(account, self.integrator).standardize(**self.NEW_FACTS)
        self.assertFalse(account.user_id)
        account._ensure_login()
        self.assertTrue(account.user_id.has_group("base.group_portal"))
        self.assertNotIn("914990003", account.user_id.login)
        self.assertEqual(account.user_id.partner_id, account.partner_id)
        self.env.cr.execute("SELECT password FROM res_users WHERE id = %s", [account.user_id.id])
        self.assertFalse(self.env.cr.fetchone()[0])

    def test_standardize_queries(self):
        account = self.as_user(self._registered("0914990077"), self.integrator)
        self.env.flush_all()
        with self.assertQueryCount(25):
            account.standardize(**self.NEW_FACTS)
            self.env.flush_all()

    def test_standardize_twice_is_the_same(self):
        answer = self.as_user(self.citizen, self.integrator).standardize(**self.CITIZEN_FACTS)
        self.assertEqual(answer, {"state": "standardized", "reason": False, "locked_ids": []})

    def test_second_account_of_a_person_is_locked(self):
        account = self._registered("0914990077")
        answer = self.as_user(account, self.officer).standardize(**self.CITIZEN_FACTS)
        self.assertEqual((answer["state"], answer["reason"]), ("locked", "duplicate"))
        self.assertEqual(account.merged_into_id, self.citizen)
        self.assertEqual(self.citizen.state, "standardized")
        self.assertRefused("account.locked", self.as_user(account, self.officer).standardize, **self.CITIZEN_FACTS)

    def test_phone_that_moved_on(self):
        """A standardised account whose claim about its phone became wrong gives way."""
        source = self.env["dvc.identity.source"]
        rows = source.search([("full_name", "in", (self.CITIZEN_FACTS["full_name"], self.NEW_FACTS["full_name"]))])
        rows.filtered(lambda row: row.full_name == self.CITIZEN_FACTS["full_name"]).phone = "0914990066"
        rows.filtered(lambda row: row.full_name == self.NEW_FACTS["full_name"]).phone = self.CITIZEN_FACTS["phone"]
        account = self._registered("0914990077")
        facts = dict(self.NEW_FACTS, phone=self.CITIZEN_FACTS["phone"])
        answer = self.as_user(account, self.integrator).standardize(**facts)
        self.assertEqual(answer["locked_ids"], self.citizen.ids)
        self.assertFalse(self.citizen.merged_into_id, "another person's account is not merged")

    def test_malformed_facts(self):
        account = self.as_user(self._registered("0914990077"), self.integrator)
        for code, wrong in (
            ("account.bad_citizen_id", {"citizen_id": "999185990001"}),
            ("account.bad_citizen_id", {"citizen_id": "04618599000"}),
            ("account.bad_phone", {"phone": "123"}),
            ("account.bad_date", {"issue_date": "2031-01-01"}),
            ("account.bad_date", {"issue_date": "12/05/2021"}),
            ("account.bad_date", {"issue_date": "2015-12-31"}),
            ("input.invalid", {"full_name": "  "}),
            ("input.invalid", {"full_name": 7}),
        ):
            with self.subTest(wrong):
                self.assertRefused(code, account.standardize, **{**self.NEW_FACTS, **wrong})
        self.assertEqual(account.state, "unstandardized")

    def test_mismatch_and_attempts(self):
        account = self.as_user(self._registered("0914990077"), self.integrator)
        wrong = {**self.NEW_FACTS, "issue_date": "2022-03-03"}
        for _round in range(5):
            answer = account.standardize(**wrong)
            self.assertEqual(answer, {"state": "rejected", "reason": "identity_mismatch", "locked_ids": []})
        self.assertEqual(account.standardize(**self.NEW_FACTS)["reason"], "too_many_attempts")
        other = self.as_user(self._registered("0914990078"), self.integrator)
        self.assertEqual(other.standardize(**self.NEW_FACTS)["reason"], "too_many_attempts", "counted per CCCD too")
        with self.subTest("a day later"):
            self.env.cr.execute("UPDATE dvc_attempt SET moments = '[1]' WHERE scope = 'standardize'")
            self.assertEqual(account.standardize(**self.NEW_FACTS)["state"], "standardized")

    def test_right_answers_do_not_count(self):
        for _round in range(7):
            self.assertEqual(
                self.as_user(self.citizen, self.integrator).standardize(**self.CITIZEN_FACTS)["state"], "standardized"
            )

    def test_source_down_then_completed(self):
        account = self._registered("0914990077")
        down = patch.object(DvcIdentitySource, "_match", side_effect=SourceUnavailable("down"))
        with down:
            answer = self.as_user(account, self.integrator).standardize(**self.NEW_FACTS)
        self.assertEqual(answer, {"state": "pending", "reason": "source_unavailable", "locked_ids": []})
        self.assertEqual(account.state, "pending")
        self.assertGreater(account.check_next_at, fields.Datetime.now())
        with self.cron_later():
            self.env["dvc.account"]._cron_standardize()
        self.assertEqual((account.state, account.check_next_at), ("standardized", False))

    @contextlib.contextmanager
    def cron_later(self):
        """Run jobs as they are two hours from now."""
        later = fields.Datetime.now() + datetime.timedelta(hours=2)
        progress = patch.object(type(self.env["ir.cron"]), "_commit_progress", return_value=True)
        with freeze_time(later), progress:
            yield

    def test_each_failure_doubles_the_wait(self):
        account = self.as_user(self._registered("0914990077"), self.integrator)
        down = patch.object(DvcIdentitySource, "_match", side_effect=SourceUnavailable("down"))
        waits = []
        with down:
            for _try in range(6):
                account.standardize(**self.NEW_FACTS)
                waits.append(round((account.check_next_at - fields.Datetime.now()).total_seconds() / 60))
        self.assertEqual(waits, [5, 10, 20, 40, 60, 60])

    def test_a_changed_phone_waits_for_the_source_too(self):
        """The account stays standardised meanwhile, with what is proven of it."""
        account = self.as_user(self.citizen, self.integrator)
        phone = "+84914990044"
        row = self.env["dvc.identity.source"].search([("full_name", "=", self.CITIZEN_FACTS["full_name"])])
        down = patch.object(DvcIdentitySource, "_match", side_effect=SourceUnavailable("down"))
        with down:
            answer = account.standardize(**{**self.CITIZEN_FACTS, "phone": phone})
        self.assertEqual((answer["state"], self.citizen.state), ("pending", "standardized"))
        self.assertEqual(self.citizen._open_phone(), self.CITIZEN_FACTS["phone"])
        row.phone = phone
        with self.cron_later():
            self.env["dvc.account"]._cron_standardize()
        self.assertEqual((self.citizen.state, self.citizen._open_phone()), ("standardized", phone))

    def test_queued_facts_are_sealed(self):
        account = self._registered("0914990077")
        down = patch.object(DvcIdentitySource, "_match", side_effect=SourceUnavailable("down"))
        with down:
            self.as_user(account, self.integrator).standardize(**self.NEW_FACTS)
        self.env.flush_all()
        self.env.cr.execute("SELECT t::text FROM dvc_account t WHERE id = %s", [account.id])
        stored = self.env.cr.fetchone()[0]
        for value in (self.NEW_FACTS["citizen_id"], self.NEW_FACTS["phone"][3:]):
            self.assertNotIn(value, stored)

    def test_a_name_that_only_looks_alike(self):
        account = self.as_user(self._registered("0914990077"), self.integrator)
        for name, hint in (("Le Hoang Moi", "name_accents"), ("Mới Lê Hoàng", "name_order"), ("Trần Văn", "name")):
            answer = account.standardize(**{**self.NEW_FACTS, "full_name": name})
            self.assertEqual((answer["reason"], answer["hint"]), ("identity_mismatch", hint))
        answer = account.standardize(**{**self.NEW_FACTS, "full_name": "Trần", "issue_date": "2021-01-01"})
        self.assertNotIn("hint", answer, "whoever does not know the card learns nothing")

    def test_citizen_only_for_oneself(self):
        own = self.as_user(self.citizen, self.citizen_user)
        self.assertEqual(own.standardize(**self.CITIZEN_FACTS)["state"], "standardized")
        with self.assertRaises(AccessError):
            self.as_user(self.citizen, self.stranger_user).standardize(**self.STRANGER_FACTS)
        for user in (self.specialist, self.auditor):
            with self.assertRaises(AccessError):
                self.as_user(self.citizen, user).standardize(**self.CITIZEN_FACTS)

    def test_find(self):
        accounts = self.env["dvc.account"].with_user(self.integrator)
        expected = {"id": self.citizen.id, "state": "standardized"}
        self.assertEqual(accounts.find(citizen_id=self.CITIZEN_FACTS["citizen_id"]), expected)
        self._registered(self.CITIZEN_FACTS["phone"])
        self.assertEqual(accounts.find(phone="0914 990 001"), expected, "of several the standardised one")
        self.assertFalse(accounts.find(phone=self.CITIZEN_FACTS["phone"], citizen_id="046079990002"))
        shared = [self._registered("0914990055") for _i in range(2)]
        self.assertFalse(accounts.find(phone="0914990055"))
        shared[0].lock("test")
        self.assertFalse(accounts.find(phone="nonsense"))
        self.assertRefused("input.invalid", accounts.find)

    def test_lock_and_unlock_by_two(self):
        account = self.as_user(self.citizen, self.officer)
        self.assertRefused("account.reason_required", account.lock, " ")
        self.assertRefused("account.reason_required", account.unlock, "")
        self.assertRefused("account.not_locked", account.unlock, "x")
        rounds = self.citizen_user.sudo().dvc_session_round
        self.assertEqual(account.lock("Giả mạo"), {"state": "locked"})
        self.assertGreater(self.citizen_user.sudo().dvc_session_round, rounds, "sessions end")
        self.assertEqual(account.unlock("Nhầm"), {"state": "requested"})
        self.assertEqual(account.unlock("Nhầm"), {"state": "requested"}, "the same officer does not complete")
        self.assertEqual(self.as_user(self.citizen, self.colleague).unlock("Đúng"), {"state": "standardized"})

    def test_unlock_of_a_duplicate_starts_over(self):
        account = self._registered("0914990077")
        self.as_user(account, self.officer).standardize(**self.CITIZEN_FACTS)
        self.as_user(account, self.officer).unlock("x")
        self.assertEqual(self.as_user(account, self.manager).unlock("y"), {"state": "unstandardized"})

    def test_unlock_ends_the_merger(self):
        account = self._registered("0914990077")
        self.as_user(account, self.officer).standardize(**self.CITIZEN_FACTS)
        self.assertEqual(self.citizen._owner_accounts(), self.citizen | account)
        self.as_user(account, self.officer).unlock("x")
        self.as_user(account, self.manager).unlock("y")
        self.assertFalse(account.merged_into_id)
        self.assertEqual(self.citizen._owner_accounts(), self.citizen)

    def test_merger_is_not_the_citizens_to_read(self):
        account = self._registered("0914990077")
        self.as_user(account, self.officer).standardize(**self.CITIZEN_FACTS)
        self.assertEqual(account.with_user(self.officer).merged_into_id, self.citizen)
        account._in_flow().write({"user_id": self.stranger_user.copy({"login": "dvc_duplicate"}).id})
        for name in ("merged_into_id", "merged_ids"):
            with self.assertRaises(AccessError):
                account.with_user(account.user_id).read([name])

    def test_merger_only_of_locked_accounts(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation), self.env.cr.savepoint():
            self.stranger._in_flow().write({"merged_into_id": self.citizen.id})
            self.env.flush_all()

    def test_formerly_standardised_account_passes_to_the_persons_new_one(self):
        self.citizen.with_user(self.officer).lock("Mất điện thoại")
        claimant = self._registered("0914990078")
        claimant._in_flow().write({"citizen_id_hash": self.citizen.citizen_id_hash, "state": "locked"})
        account = self._registered("0914990077")
        with patch.object(type(account), "_after_standardize") as after:
            answer = self.as_user(account, self.officer).standardize(**self.CITIZEN_FACTS)
        self.assertEqual(answer, {"state": "standardized", "reason": False, "locked_ids": []})
        self.assertEqual(self.citizen.merged_into_id, account)
        self.assertFalse(claimant.merged_into_id, "claimed the number, was never proven")
        after.assert_called_once_with(self.citizen)
        self.as_user(self.citizen, self.colleague).unlock("Nhầm")
        self.assertEqual(self.as_user(self.citizen, self.manager).unlock("Nhầm"), {"state": "unstandardized"})
        self.assertFalse(self.citizen.merged_into_id)

    def test_duplicates_follow_their_account_to_the_new_one(self):
        duplicate = self._registered("0914990078")
        self.as_user(duplicate, self.officer).standardize(**self.CITIZEN_FACTS)
        self.citizen.with_user(self.officer).lock("Mất điện thoại")
        account = self._registered("0914990077")
        self.as_user(account, self.officer).standardize(**self.CITIZEN_FACTS)
        self.assertEqual((self.citizen | duplicate).merged_into_id, account)

    def test_proven_account_keeps_its_number(self):
        """A slip of the pen after an unlock does not make it another person's duplicate."""
        account = self.as_user(self.stranger, self.officer)
        account.lock("x")
        self.stranger._in_flow().write({"locked_from": "unstandardized"})
        account.unlock("x")
        self.as_user(self.stranger, self.manager).unlock("y")
        digest = self.stranger.citizen_id_hash
        self.assertEqual(account.standardize(**self.NEW_FACTS)["reason"], "identity_mismatch")
        self.assertEqual((self.stranger.citizen_id_hash, self.stranger.state), (digest, "unstandardized"))
        self.assertEqual(account.standardize(**self.STRANGER_FACTS)["state"], "standardized")

    def test_source_down_while_comparing_rivals(self):
        """Which of two holders of a phone is right cannot be told in an outage: nobody is locked."""
        account = self._registered("0914990077")
        facts = dict(self.NEW_FACTS, phone=self.CITIZEN_FACTS["phone"])
        answers = [{"match": True, "mismatched": [], "name": "none"}, SourceUnavailable("down")]
        with patch.object(DvcIdentitySource, "_match", side_effect=answers):
            answer = self.as_user(account, self.integrator).standardize(**facts)
        self.assertEqual(answer, {"state": "pending", "reason": "source_unavailable", "locked_ids": []})
        self.assertEqual((account.state, self.citizen.state), ("pending", "standardized"))

    def test_concurrent_winner_is_met_by_a_rerun(self):
        """The unique index tells of it, the log does not tell whose row it was."""
        account = self._registered("0914990077")
        blind = patch.object(type(account), "_rivals", lambda self, facts: self.browse())
        with blind, self.assertNoLogs("odoo.sql_db"), self.assertRaises(ConcurrencyError):
            self.as_user(account, self.integrator).standardize(**self.CITIZEN_FACTS)
        self.assertEqual(account.state, "unstandardized")
        answer = self.as_user(account, self.integrator).standardize(**self.CITIZEN_FACTS)
        self.assertEqual(answer["state"], "locked")
        self.assertEqual(account.merged_into_id, self.citizen)

    def test_job_goes_on_after_a_concurrent_winner(self):
        account = self._registered("0914990077")
        account._in_flow().write({"state": "pending", "check_next_at": fields.Datetime.now()})
        met = patch.object(type(account), "_complete_check", side_effect=ConcurrencyError("standardize"))
        with met as complete, patch.object(type(self.env["ir.cron"]), "_commit_progress", return_value=True):
            self.env["dvc.account"]._cron_standardize()
        complete.assert_called()
        self.assertEqual(account.state, "pending")

    def test_records(self):
        accounts = self.env["dvc.account"].with_user(self.officer)
        self.assertRefused("account.unknown", accounts.browse(99999999).lock, "x")
        self.assertRefused("call.one_record", (self.citizen | self.stranger).with_user(self.officer).lock, "x")

    def test_no_plain_write(self):
        for name, value in (("state", "standardized"), ("citizen_id_hash", "x"), ("user_id", self.officer.id)):
            with self.subTest(name):
                self.assertRefused("field.guarded", self.citizen.with_user(self.manager).write, {name: value})

    def test_access_log(self):
        self.citizen.with_user(self.officer)._reveal_citizen_id("Kiểm tra hồ sơ", "000.91.29.H57-260101-0001")
        log = self.as_user(self.citizen, self.citizen_user).access_log()
        self.assertEqual(len(log), 1)
        self.assertEqual(
            {key: log[0][key] for key in ("reader_role", "agency", "purpose", "dossier_code")},
            {
                "reader_role": "officer",
                "agency": self.agency.name,
                "purpose": "Kiểm tra hồ sơ",
                "dossier_code": "000.91.29.H57-260101-0001",
            },
        )
        self.assertEqual(self.as_user(self.citizen, self.auditor).access_log(), log)
        with self.assertRaises(AccessError):
            self.as_user(self.citizen, self.stranger_user).access_log()
