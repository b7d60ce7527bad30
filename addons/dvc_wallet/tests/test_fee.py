# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import contextlib
from unittest.mock import patch

import psycopg2
from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import FEE, WalletCommon


@tagged("post_install", "-at_install")
class TestFee(WalletCommon):
    def _lines(self, dossier):
        return [(line["code"], line["amount"]) for line in dossier._fee_lines()]

    def test_fees_of_the_catalogue(self):
        def fees(code):
            [found] = self.env["dvc.procedure"].with_user(self.integrator).search_catalogue(code)
            return [fee["amount"] for fee in found["fees"]]

        self.assertEqual(fees("2.000635"), [8000])
        self.assertEqual(fees("1.001193"), [])
        self.assertEqual(fees("2.000815"), [2000])
        self.assertEqual(fees("1.004873"), [10_000])

    def test_submission_tells_the_fee(self):
        answer = self._as(self.integrator).submit(**self._arguments(copies=3))
        self.assertEqual(answer["fee_due"], 3 * FEE)

    def test_free_of_charge(self):
        self.fee.active = False
        dossier = self._submit()
        self.assertEqual(dossier._fee_due(), 0)
        self.assertEqual(dossier.with_user(self.officer).receive()["state"], "received")

    def test_an_agencys_own_fee_replaces_the_general_one(self):
        self.fee.copy({"company_id": self.other_agency.id, "amount": 5000})
        self.fee.copy({"code": "PHI_HAI", "kind": "fixed", "amount": 1000})
        self.assertEqual(self._lines(self._submit()), [("PHI_THU", FEE), ("PHI_HAI", 1000)])
        other = self._submit(agency_code=self.other_agency.dvc_agency_code)
        self.assertEqual(dict(self._lines(other)), {"PHI_THU": 5000, "PHI_HAI": 1000})

    def test_the_day_of_the_submission_counts(self):
        self.fee.valid_to = "2026-03-09"
        self.fee.copy({"valid_from": "2026-03-10", "valid_to": False, "amount": 9000})
        self.assertEqual(self._lines(self._submit()), [("PHI_THU", FEE)])
        # 23:00 in Vietnam on the 9th, 00:30 on the 10th.
        for moment, amount in (("2026-03-09 16:00:00", FEE), ("2026-03-09 17:30:00", 9000)):
            with self.subTest(moment), freeze_time(moment):
                self.assertEqual(self._lines(self._submit()), [("PHI_THU", amount)])

    def test_a_later_change_alters_no_submitted_dossier(self):
        paid, free = self._due(), self._submit(agency_code=self.other_agency.dvc_agency_code, copies=2)
        self.fee.write({"amount": 9000, "name": "Phí mới"})
        self.assertEqual((paid._fee_due(), free._fee_due()), (FEE, 2 * FEE))
        self.fee.active = False
        self.assertEqual((paid._fee_due(), free._fee_due()), (FEE, 2 * FEE))
        none = self._submit()
        self.fee.active = True
        self.assertEqual((none._fee_due(), self._submit()._fee_due()), (0, 9000))
        self._top_up()
        self._wallets().pay(paid.id, "k")
        self.assertEqual((paid.receipt_ids.amount, paid.receipt_ids.lines[0]["name"]), (FEE, "Phí thử nghiệm"))
        with self._refused("field.guarded"):
            none.with_user(self.officer).fee_rules = {"rules": []}

    def test_pages_count_by_the_rule_of_the_submission(self):
        self.fee.write({"kind": "per_page", "amount": 2000, "first_pages": 2, "next_amount": 1000})
        dossier = self._submit()
        self.fee.write({"amount": 5000, "next_amount": 5000})
        dossier.with_user(self.officer).fee_pages = 5
        self.assertEqual(dossier._fee_due(), 7000)

    def test_a_newer_fee_ends_the_older_one(self):
        self.fee.copy({"valid_from": "2026-01-01", "amount": 9000})
        self.assertEqual(self._lines(self._submit()), [("PHI_THU", 9000)])

    def test_pages_are_fixed_at_the_reception(self):
        self.fee.write({"kind": "per_page", "amount": 2000, "first_pages": 2, "next_amount": 1000, "cap": 200_000})
        dossier = self._submit(copies=3)
        dossier.with_user(self.officer).fee_pages = 5
        self.assertEqual(dossier._fee_due(), 21_000)
        self.assertEqual(dossier.fee_total, 21_000)
        self.assertEqual(dossier.fee_explanation, "Phí thử nghiệm: 3 bản × (2 trang × 2.000 đ + 3 trang × 1.000 đ)")
        dossier.with_user(self.officer).receive()
        with self._refused("wallet.fee_fixed"):
            dossier.with_user(self.officer).fee_pages = 1

    def test_fee_after_reception(self):
        self.procedure.fee_after = True
        dossier = self._submit()
        self.assertEqual(dossier.with_user(self.officer).receive()["state"], "received")
        self.assertEqual(dossier._fee_due(), FEE)
        self.assertEqual([blocker.code for blocker in dossier._release_blockers()], ["wallet.fee_unpaid"])
        self._top_up()
        answer = self._wallets().pay(dossier.id, "k")
        self.assertEqual((answer["state"], dossier._fee_due()), ("received", 0))
        self.assertFalse(dossier._release_blockers())

    def test_nothing_is_due_for_a_closed_dossier(self):
        for state in ("refused", "withdrawn", "stopped"):
            with self.subTest(state):
                self.assertEqual(self._in_state(state)._fee_due(), 0)

    def test_receipts_of_parts_sum_to_what_was_paid(self):
        self.procedure.fee_after = True
        self.fee.copy({"code": "PHI_HAI", "name": "Phí thứ hai", "kind": "fixed", "amount": 1000, "sequence": 5})
        self.fee.write({"kind": "per_page", "first_pages": 1, "next_amount": 3000})
        self._top_up()
        dossier = self._submit(pay_from_wallet=True)
        self.assertEqual(dossier.hold_ids.amount, FEE + 1000)
        dossier.with_user(self.officer).fee_pages = 2
        with self._settled() as settled:
            dossier.with_user(self.officer).receive()
            self.assertEqual((dossier.state, dossier._fee_due(), settled), ("received", 3000, []))
            self._wallets().pay(dossier.id, "rest")
            self.assertEqual(settled, [dossier])
        first, rest = dossier.receipt_ids.sorted("number")
        self.assertEqual([line["amount"] for line in first.lines], [1000, FEE])
        self.assertEqual([(line["code"], line["amount"]) for line in rest.lines], [("PHI_THU", 3000)])
        for receipt in (first, rest):
            self.assertEqual(sum(line["amount"] for line in receipt.lines), receipt.amount)
        self.assertIn("= 11.000 đ, lần này thu 3.000 đ", rest.lines[0]["explanation"])
        self._check_ledger()

    @contextlib.contextmanager
    def _settled(self):
        """Note which dossiers are told that nothing is due any more."""
        told = []
        with patch.object(self.registry["dvc.dossier"], "_fee_settled", lambda dossier: told.append(dossier)):
            yield told

    def test_a_result_that_waited_for_the_fee_goes_out(self):
        self.procedure.fee_after = True
        self._top_up()
        dossier = self._in_state("done", delivery="electronic")
        self.assertEqual([blocker.code for blocker in dossier._release_blockers()][:1], ["wallet.fee_unpaid"])
        returned = patch.object(self.registry["dvc.dossier"], "_fee_settled", lambda self: self._return())
        with returned, self._no_release_blockers():
            answer = self._wallets().pay(dossier.id, "k")
        self.assertEqual((answer["state"], dossier.state), ("returned", "returned"))
        self.assertEqual(self._wallets().pay(dossier.id, "k"), answer)

    def test_a_ward_changes_its_own_fees_only(self):
        for user in (self.manager, self.accountant):
            with self.subTest(user.login):
                fee = self.fee.with_user(user)
                self.assertEqual(fee.name, "Phí thử nghiệm")
                with self.assertRaises(AccessError):
                    fee.amount = 1
                values = {"procedure_id": self.procedure.id, "code": user.login, "name": "Riêng", "amount": 5}
                with self.assertRaises(AccessError):
                    fee.create({**values, "company_id": False})
                with self.assertRaises(AccessError):
                    fee.create({**values, "company_id": self.other_agency.id})
                own = fee.create(values)
                self.assertEqual(own.company_id, self.agency)
                own.amount = 6
                with self.assertRaises(AccessError):
                    own.company_id = False
                self.env.invalidate_all()
        admin = self.env.ref("base.user_admin")
        self.fee.with_user(admin).amount = 7000
        self.assertEqual(self.fee.amount, 7000)

    def test_a_refund_does_not_make_the_fee_due_again(self):
        dossier, answer = self._paid()
        self._wallets(self.accountant).refund(answer["transfer"], FEE, "Miễn phí", "r")
        self.assertEqual(dossier._fee_due(), 0)

    def test_board_asks_as_often_for_many_as_for_few(self):
        dossiers = self.env["dvc.dossier"].browse()
        for _ in range(6):
            dossiers |= self._due()
        dossiers[:1].mapped("fee_due")
        counts = []
        for some in (dossiers[:2], dossiers):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(set(some.mapped("fee_due")), {FEE})
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    def test_a_submission_with_a_fee_stays_within_its_budget(self):
        self._submit(client_ref="warm")
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self._submit(client_ref="cold")
        self.env.flush_all()
        self.assertLessEqual(self.env.cr.sql_log_count - before, 60)

    def test_one_fee_of_a_code_begins_on_a_day(self):
        with self.assertRaises(psycopg2.errors.UniqueViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.fee.copy({"name": "Phí lặp"}).flush_recordset()
        self.procedure.fee_ids = [Command.create({"code": "X", "name": "X", "amount": 1})]
        self.assertEqual(len(self.procedure.fee_ids), 2)
