# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import datetime

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from ..domain import account_findings
from ..models import dvc_account_finding as module
from .common import DvcCommon


class TestFindings(DvcCommon):
    def found(self, *accounts) -> dict[str, set]:
        """Return the rules by account, of these accounts only."""
        self.env.flush_all()
        ids = [account.id for account in accounts]
        findings = self.env["dvc.account.finding"].search([("account_id", "in", ids)])
        return {
            account: set(findings.filtered(lambda f, a=account: f.account_id == a).mapped("rule"))
            for account in accounts
        }

    def claimed(self, phone, **values):
        account = self._registered(phone)
        account.sudo()._in_flow().write(values)
        return account

    def test_every_rule_has_name_reason_and_level(self):
        self.assertEqual([code for code, _name in module.RULE_NAMES], list(account_findings.RULES))
        self.assertEqual(set(module.REASONS), set(account_findings.RULES))
        self.assertEqual({branch[0] for branch in module._BRANCHES}, set(account_findings.RULES))
        levels = self.env["dvc.account.finding"]._fields["level"].get_values(self.env)
        self.assertEqual(set(account_findings.LEVELS.values()), set(levels))

    def test_an_account_nobody_tried(self):
        account = self._registered("0914990011", name="Lê Văn Tư")
        self.assertEqual(self.found(account), {account: {"never_tried"}})

    def test_a_try_that_did_not_match(self):
        account = self._registered("0914990011", name="Lê Văn Tư")
        for _time in range(account_findings.MISMATCHES):
            self.assertEqual(self.found(account)[account] - {"not_matched"}, set() if _time else {"never_tried"})
            account.standardize("Lê Văn Tư", "046090990099", "2022-03-02", "0914990011")
        self.assertEqual(self.found(account), {account: {"not_matched", "many_mismatches"}})
        finding = self.env["dvc.account.finding"].search(
            [("account_id", "=", account.id), ("rule", "=", "many_mismatches")]
        )
        self.assertEqual(finding.total, 3)
        self.assertIn("3", finding.reason)

    @mute_logger("odoo.addons.dvc_account.models.dvc_account_standardize")
    def test_waiting_for_the_source(self):
        self.env["ir.config_parameter"].set_param("dvc_account.identity_url", "http://identity.example")
        account = self._registered("0914990011")
        account.standardize(**{**self.NEW_FACTS, "phone": "0914990011"})
        self.assertEqual(account.state, "pending")
        self.assertEqual(self.found(account)[account], set())
        # The journal keeps the moment; another account's line stands for one written two days ago.
        line = self.env["dvc.journal"].search([("event", "=", "account.standardize_pending")], limit=1)
        older = self._registered("0914990012")
        older._in_flow().write({"state": "pending"})
        line.sudo().create(
            {
                **line.copy_data()[0],
                "at": fields.Datetime.now() - datetime.timedelta(hours=25),
                "account_id": older.id,
            }
        )
        self.assertEqual(self.found(older)[older], {"waiting_long"})
        # A mismatch in between begins the waiting anew.
        self.env["dvc.journal"]._log("account.identity_mismatch", record=older, account=older)
        self.env["dvc.journal"]._log("account.standardize_pending", record=older, account=older)
        self.assertEqual(self.found(older)[older], set())

    def test_claims_of_a_standardised_account(self):
        number = self.env["dvc.account"]._citizen_values(self.CITIZEN_FACTS["citizen_id"])
        account = self.claimed(self.STRANGER_FACTS["phone"], **number)
        self.assertEqual(self.found(account)[account], {"never_tried", "number_taken", "phone_taken"})
        findings = self.env["dvc.account.finding"].search([("account_id", "=", account.id), ("other_id", "!=", False)])
        self.assertEqual(
            {finding.rule: finding.other_id for finding in findings},
            {"number_taken": self.citizen, "phone_taken": self.stranger},
        )

    def test_claims_shared(self):
        number = self.env["dvc.account"]._citizen_values("046090990099")
        one, two, three = (self.claimed("0914990011", **number) for _each in range(3))
        four = self.claimed("0914990012", **number)
        self.assertEqual(self.found(one)[one], {"never_tried", "number_shared", "phone_shared"})
        self.assertEqual(self.found(four)[four], {"never_tried", "number_shared"})
        totals = self.env["dvc.account.finding"].search([("account_id", "=", one.id), ("total", ">", 0)])
        self.assertEqual({finding.rule: finding.total for finding in totals}, {"number_shared": 3, "phone_shared": 2})
        (two | three | four)._lock("staff", "Thử")
        self.assertEqual(self.found(one)[one], {"never_tried"})

    def test_contradictions_of_one_account(self):
        today = self.env["dvc.account"]._today()
        number = self.env["dvc.account"]._citizen_values("046090990099")
        odd = self._registered("0914990011", name="khach2019")
        born = self.claimed("0914990012", birth_date="1991-01-01", **number)
        early = self.claimed("0914990013", issue_date="2015-12-31")
        future = self.claimed("0914990014", issue_date=today + datetime.timedelta(days=1))
        fine = self.claimed("0914990015", name="Lê Văn Tư", birth_date="1990-01-01", issue_date=today)
        found = self.found(odd, born, early, future, fine)
        self.assertEqual(found[odd], {"never_tried", "odd_name"})
        self.assertEqual(found[born], {"never_tried", "birth_conflict"})
        self.assertEqual(found[early], {"never_tried", "bad_issue_date"})
        self.assertEqual(found[future], {"never_tried", "bad_issue_date"})
        self.assertEqual(found[fine], {"never_tried"})
        born.with_user(self.manager).birth_date = "1990-01-01"
        odd.with_user(self.manager).name = "Lê Văn Tư"
        self.assertEqual(self.found(born)[born] | self.found(odd)[odd], {"never_tried"})

    def test_standardised_and_locked(self):
        self.assertEqual(self.found(self.citizen)[self.citizen], {"never_logged_in"})
        self.env["res.users.log"].with_user(self.citizen_user).sudo().create({})
        self.assertEqual(self.found(self.citizen)[self.citizen], set())
        self.stranger._in_flow().write({"user_id": False})
        self.assertEqual(self.found(self.stranger)[self.stranger], {"no_login"})
        self.citizen.with_user(self.officer).lock("Thử")
        self.assertEqual(self.found(self.citizen)[self.citizen], set())
        self.citizen.with_user(self.officer).unlock("Thử")
        self.assertEqual(self.found(self.citizen)[self.citizen], {"unlock_waiting"})

    def test_nobody_to_write_to(self):
        account = self.env["dvc.account"]._in_flow().create({"name": "Lê Văn Tư"})
        self.assertEqual(self.found(account)[account], {"never_tried", "no_contact"})
        account.email = "tu@example.com"
        self.assertEqual(self.found(account)[account], {"never_tried"})

    def test_verdicts_are_nobodys_to_set(self):
        account = self._registered("0914990011", name="khach2019")
        for name in ("has_odd_name", "has_birth_conflict", "has_issue_conflict"):
            with self.assertRaisesRegex(Exception, "field.guarded"):
                account.with_user(self.manager).write({name: False})

    def test_searchable_groupable_in_few_queries(self):
        findings = self.env["dvc.account.finding"].with_user(self.officer)
        for index in range(3):
            self._registered(f"09149901{index:02d}", name="khach")

        def read():
            self.env.invalidate_all()
            domain = [("rule", "in", ["never_tried", "odd_name"])]
            found = findings.search_fetch(domain, ["account_id", "rule", "total"], limit=80)
            found.mapped("reason"), found.mapped("account_id.phone_masked")
            return findings._read_group(domain, ["rule", "state"], ["__count"])

        read()
        with self.assertQueryCount(6):
            few = read()
        for index in range(3, 60):
            self._registered(f"09149901{index:02d}", name="khach")
        with self.assertQueryCount(6):
            many = read()
        self.assertEqual([count + 57 for *_group, count in few], [count for *_group, count in many])

    def test_who_sees_them(self):
        account = self._registered("0914990011")
        domain = [("account_id", "=", account.id)]
        for user in (self.officer, self.officer2, self.manager, self.auditor):
            self.assertTrue(self.env["dvc.account.finding"].with_user(user).search(domain), user.login)
        for user in (self.specialist, self.leader, self.accountant, self.integrator, self.citizen_user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env["dvc.account.finding"].with_user(user).search(domain)
        finding = self.env["dvc.account.finding"].search(domain, limit=1)
        self.assertEqual(finding.with_user(self.auditor).action_open_account()["res_id"], account.id)
        with self.assertRaises(AccessError):
            finding.with_user(self.auditor).action_add_to_campaign()
