# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import contextlib
from unittest.mock import patch

import psycopg2
from freezegun import freeze_time

from odoo import SUPERUSER_ID, api, sql_db
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import FEE, WalletCommon


@tagged("post_install", "-at_install")
class TestWalletApi(WalletCommon):
    def tearDown(self):
        self._check_ledger()
        super().tearDown()

    # top_up and balance

    def test_top_up(self):
        self.assertEqual(self._balance(), {"available": 0.0, "held": 0.0, "currency": "VND"})
        self.assertFalse(self.citizen.wallet_ids, "Reading a balance opens no wallet.")
        answer = self._top_up(50_000)
        self.assertEqual(answer["available"], 50_000)
        self.assertEqual(self._balance()["available"], 50_000)
        self.assertEqual(self._wallets(self.accountant).top_up(self.citizen.id, 1, "FT-last")["available"], 50_001)

    def test_same_reference_is_credited_once(self):
        first = self._top_up(50_000, bank_ref="FT-one")
        self._top_up(10_000)
        self.assertEqual(self._top_up(50_000, bank_ref="FT-one"), first)
        self.assertEqual(self._wallets(self.accountant).top_up(self.citizen.id, 50_000.0, " FT-one "), first)
        self.assertEqual(self._balance()["available"], 60_000)

    def test_same_reference_for_something_else(self):
        self._top_up(50_000, bank_ref="FT-one")
        with self._refused("wallet.key_reused"):
            self._top_up(50_001, bank_ref="FT-one")
        with self._refused("wallet.key_reused"):
            self._top_up(50_000, account=self.stranger, bank_ref="FT-one")

    def test_bad_amounts(self):
        for amount in (0, -1, -50_000, 0.5, 1e16):
            with self.subTest(amount), self._refused("wallet.bad_amount"):
                self._top_up(amount)
        for amount in ("1000", True, float("nan"), None):
            with self.subTest(amount), self._refused("input.invalid"):
                self._top_up(amount)
        with self._refused("input.invalid"):
            self._top_up(1000, bank_ref="  ")

    def test_monthly_limit(self):
        self._top_up(60_000_000)
        with self._refused("wallet.limit"):
            self._top_up(40_000_001)
        self._top_up(40_000_000)
        with self._refused("wallet.limit"):
            self._top_up(1)
        self._top_up(1_000_000, account=self.stranger)
        # The month is Vietnam's: 31/03/2026 17:00 UTC is 00:00 on 1 April there.
        with freeze_time("2026-03-31 16:59:59"), self._refused("wallet.limit"):
            self._top_up(1)
        with freeze_time("2026-03-31 17:00:00"):
            self._top_up(100_000_000)
        self.env["ir.config_parameter"].set_param("dvc_wallet.monthly_limit", "0")
        self._top_up(500_000_000)

    def test_locked_account(self):
        answer = self._top_up(1000, bank_ref="FT-before")
        self.citizen._lock("staff", "Nghi ngờ")
        with self._refused("account.locked"):
            self._top_up(1000)
        self.assertEqual(self._top_up(1000, bank_ref="FT-before"), answer)

    def test_unknown_account(self):
        for account in (0, -1, 2**31 - 1):
            with self.subTest(account), self._refused("account.unknown"):
                self._wallets().balance(account)

    # pay

    def test_pay(self):
        self._top_up(50_000)
        dossier = self._due(copies=2)
        self.assertEqual(dossier._fee_due(), 2 * FEE)
        self.assertFalse(dossier.due_at)
        answer = self._wallets().pay(dossier.id, "k1")
        self.assertEqual(answer["available"], 50_000 - 2 * FEE)
        self.assertEqual(answer["state"], "received")
        self.assertEqual(dossier.state, "received")
        self.assertTrue(dossier.due_at)
        self.assertEqual(dossier._fee_due(), 0)
        receipt = dossier.receipt_ids
        self.assertEqual(answer["receipt_number"], receipt.display_name)
        self.assertEqual((receipt.amount, receipt.transfer_id.id), (2 * FEE, answer["transfer"]))
        fees = self.env["dvc.wallet"]._collecting("fees", self.agency)
        self.assertEqual(fees.total, 2 * FEE)

    def test_paying_again(self):
        dossier, answer = self._paid()
        self._top_up(1000)
        dossier.with_user(self.specialist).start()
        self.assertEqual(self._wallets().pay(dossier.id, f"pay-{dossier.id}"), answer, "The first answer, not today's.")
        with self._refused("wallet.nothing_due"):
            self._wallets().pay(dossier.id, "another key")
        other = self._due()
        with self._refused("wallet.key_reused"):
            self._wallets().pay(other.id, f"pay-{dossier.id}")

    def test_nothing_is_due_before_the_reception(self):
        self._top_up()
        dossier = self._submit()
        self.assertEqual(dossier._fee_due(), FEE)
        with self._refused("wallet.nothing_due"):
            self._wallets().pay(dossier.id, "k")

    def test_too_little_money(self):
        self._top_up(FEE - 1)
        dossier = self._due()
        with self._refused("wallet.insufficient"):
            self._wallets().pay(dossier.id, "k")
        self.assertEqual(dossier.state, "payment")
        self.assertFalse(dossier.receipt_ids)
        self._top_up(1)
        self.assertEqual(self._wallets().pay(dossier.id, "k")["available"], 0)

    def test_who_pays(self):
        self._top_up()
        dossier = self._due()
        self.assertEqual(self._wallets(self.citizen_user).pay(dossier.id, "k")["state"], "received")
        for user in (self.stranger_user, self.officer2):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._wallets(user).pay(dossier.id, "other")
        for user in (self.specialist, self.leader, self.accountant, self.auditor):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._wallets(user).pay(dossier.id, "other")
        for unknown in (0, -1, 2**31 - 1):
            with self.subTest(unknown), self._refused("dossier.unknown"):
                self._wallets().pay(unknown, "k")
        with self._refused("input.invalid"):
            self._wallets().pay(dossier.id, " ")

    def test_a_citizens_keys_are_their_own(self):
        self._top_up()
        self._top_up(account=self.stranger)
        mine, other = self._due(), self._due(account_id=self.stranger.id)
        self._wallets(self.stranger_user).pay(other.id, "guessed")
        self.assertEqual(self._wallets().pay(mine.id, "guessed")["state"], "received")

    def test_everybodys_keys_are_their_own(self):
        self._top_up()
        mine, other = self._due(), self._due()
        first = self._wallets().pay(mine.id, "k")
        self.assertEqual(self._wallets(self.officer).pay(other.id, "k")["state"], "received")
        with self._refused("wallet.nothing_due"):
            self._wallets(self.officer).pay(mine.id, "again")
        self.assertEqual(self._wallets().pay(mine.id, "k"), first)

    def test_a_payment_changes_the_dossiers_row_whatever_its_state(self):
        self.procedure.fee_after = True
        self._top_up()
        for pay in (
            lambda dossier: self._wallets().pay(dossier.id, f"k{dossier.id}"),
            lambda dossier: dossier.with_user(self.officer).action_pay_cash(),
        ):
            dossier = self._submit()
            dossier.with_user(self.officer).receive()
            before = self._row_version(dossier)
            pay(dossier)
            self.assertNotEqual(self._row_version(dossier), before)

    def _row_version(self, dossier):
        self.env.flush_all()
        self.env.cr.execute("SELECT ctid::text FROM dvc_dossier WHERE id = %s", [dossier.id])
        return self.env.cr.fetchone()[0]

    def test_of_two_payments_at_once_one_runs_again(self):
        """Two real connections: the second one's snapshot is older than what the first has paid."""
        connection = sql_db.db_connect(self.env.cr.dbname)
        with connection.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            procedure = env["dvc.procedure"].search([], limit=1)
            values = {"procedure_id": procedure.id, "company_id": env.company.id, "delivery": "counter"}
            dossier_id = env["dvc.dossier"]._in_flow().create(values).id
        try:
            with connection.cursor() as first, connection.cursor() as second:
                one, two = (
                    api.Environment(cr, SUPERUSER_ID, {})["dvc.dossier"].browse(dossier_id) for cr in (first, second)
                )
                self.assertEqual(two.state, "draft")
                one._lock_for_payment()
                first.commit()
                with self.assertRaises(psycopg2.errors.SerializationFailure), mute_logger("odoo.sql_db"):
                    two._lock_for_payment()
                second.rollback()
        finally:
            with connection.cursor() as cr:
                api.Environment(cr, SUPERUSER_ID, {})["dvc.dossier"].browse(dossier_id).unlink()

    def test_cash(self):
        dossier = self._due()
        for user in (self.specialist, self.accountant, self.integrator):
            with self.subTest(user.login), self.assertRaises(AccessError):
                dossier.with_user(user).action_pay_cash()
        action = dossier.with_user(self.officer).action_pay_cash()
        self.assertEqual(action["type"], "ir.actions.report")
        self.assertEqual((dossier.state, dossier.receipt_ids.method), ("received", "cash"))
        with self._refused("wallet.nothing_due"):
            dossier.with_user(self.officer).action_pay_cash()
        self.assertEqual(self.env["dvc.wallet"]._collecting("cash", self.agency).total, -FEE)

    def test_a_locked_duplicates_dossier_is_paid_by_the_account_that_took_over(self):
        dossier = self._due(account_id=self.stranger.id)
        self._top_up(FEE)
        self.stranger._lock("duplicate", "Trùng", merged_into=self.citizen)
        with self.assertRaises(AccessError):
            self._wallets(self.stranger_user).pay(dossier.id, "k")
        self.assertEqual(self._wallets(self.citizen_user).pay(dossier.id, "k")["available"], 0)

    def test_the_account_that_took_over_may_be_taken_over_too(self):
        last = self._registered("0901234599")
        self.stranger._lock("duplicate", "Trùng", merged_into=self.citizen)
        self.citizen._lock("duplicate", "Trùng", merged_into=last)
        self.assertEqual(self.stranger._heirs(), last)
        self.assertEqual((self.stranger | self.citizen | last)._heirs(), last)
        last._lock("duplicate", "Trùng", merged_into=self.stranger)
        self.assertEqual(len(self.stranger._heirs()), 1, "A circle has an end.")
        self.env["dvc.account"]._heirs()

    # pay_from_wallet

    def test_hold_and_capture(self):
        self._top_up(10_000)
        dossier = self._submit(pay_from_wallet=True, client_ref="ref")
        self.assertEqual(self._balance(), {"available": 10_000 - FEE, "held": FEE, "currency": "VND"})
        self.assertEqual(self._submit(pay_from_wallet=True, client_ref="ref"), dossier)
        self.assertEqual(self._balance()["held"], FEE)
        answer = dossier.with_user(self.officer).receive()
        self.assertEqual(answer["state"], "received")
        self.assertTrue(answer["due_at"])
        self.assertEqual(self._balance(), {"available": 10_000 - FEE, "held": 0, "currency": "VND"})
        self.assertEqual((dossier.hold_ids.state, dossier.receipt_ids.amount), ("captured", FEE))
        with self._refused("wallet.nothing_due"):
            self._wallets().pay(dossier.id, "k")

    def test_rows_are_locked_in_one_order(self):
        self._top_up()
        dossiers = self._submit(pay_from_wallet=True) | self._submit(pay_from_wallet=True)
        calls = []
        with contextlib.ExitStack() as stack:
            for model, method in (
                ("dvc.wallet.hold", "_claim"),
                ("dvc.wallet", "_move_posted"),
                ("dvc.receipt", "_issue"),
            ):
                stack.enter_context(self._noted(model, method, calls))
            dossiers.with_user(self.officer).action_receive()
        self.assertEqual(calls, ["_claim", "_move_posted"] * 2 + ["_issue"] * 2)
        self.assertEqual(dossiers.mapped("state"), ["received"] * 2)
        self.assertEqual(dossiers.receipt_ids.mapped("amount"), [FEE] * 2)
        self.assertEqual(dossiers.receipt_ids.issued_by_id, self.officer)

    def _noted(self, model, method, calls):
        real = getattr(self.registry[model], method)

        def noted(records, *args, **kwargs):
            calls.append(method)
            return real(records, *args, **kwargs)

        return patch.object(self.registry[model], method, noted)

    def test_a_client_cannot_put_its_receipt_off(self):
        self._top_up()
        dossier = self._due()
        self._wallets().with_context(dvc_receipts_later=[]).pay(dossier.id, "k")
        self.assertEqual(dossier.receipt_ids.amount, FEE)

    def test_hold_needs_the_money(self):
        self._top_up(FEE - 1)
        before = self.env["dvc.dossier"].search_count([])
        with self._refused("wallet.insufficient"):
            self._submit(pay_from_wallet=True)
        self.assertEqual(self.env["dvc.dossier"].search_count([]), before)

    def test_held_money_pays_nothing_else(self):
        self._top_up(FEE)
        due = self._due()
        self._submit(pay_from_wallet=True)
        with self._refused("wallet.insufficient"):
            self._wallets().pay(due.id, "k")

    def test_hold_is_released(self):
        for verb, text in (("refuse", "Không thuộc thẩm quyền"), ("withdraw", "Không còn nhu cầu")):
            with self.subTest(verb):
                self._top_up(FEE)
                available = self._balance()["available"]
                dossier = self._submit(pay_from_wallet=True)
                getattr(dossier.with_user(self.officer), verb)(text)
                self.assertEqual((dossier.hold_ids.state, self._balance()["held"]), ("released", 0))
                self.assertEqual(self._balance()["available"], available)

    def test_hold_survives_a_supplement(self):
        self._top_up(FEE)
        dossier = self._submit(pay_from_wallet=True)
        self._ask(dossier)
        self.assertEqual(dossier.hold_ids.state, "held")
        dossier.with_user(self.integrator).supplement(self._files("TK01", text="mới"))
        self.assertEqual(dossier.with_user(self.officer).receive()["state"], "received")

    def test_hold_expires(self):
        self._top_up(FEE)
        dossier = self._submit(pay_from_wallet=True)
        with freeze_time("2026-04-20 02:00:00"):
            self.env.ref("dvc_wallet.ir_cron_expire_holds").method_direct_trigger()
        self.assertEqual((dossier.hold_ids.state, self._balance()["held"]), ("expired", 0))
        self.assertEqual(dossier.with_user(self.officer).receive()["state"], "payment")

    def test_what_is_held_and_what_is_due_differ(self):
        self.fee.kind, self.fee.first_pages, self.fee.next_amount = "per_page", 2, 1000
        self._top_up(100_000)
        more = self._submit(pay_from_wallet=True)
        more.with_user(self.officer).fee_pages = 3
        self.assertEqual(more.with_user(self.officer).receive()["state"], "payment")
        self.assertEqual((more.hold_ids.state, self._balance()["held"]), ("released", 0))
        dossier = self._submit()
        dossier.with_user(self.officer).fee_pages = 3
        less = dossier
        less._hold_fee()
        less.with_user(self.officer).fee_pages = 1
        less.with_user(self.officer).receive()
        self.assertEqual(less.receipt_ids.amount, FEE)
        self.assertEqual(self._balance()["held"], 0)

    # statement

    def test_statement(self):
        self._top_up(50_000, bank_ref="FT-1")
        dossier = self._due()
        self._wallets().pay(dossier.id, "k")
        lines = self._wallets(self.citizen_user).statement(self.citizen.id, "2026-03-09", "2026-03-09")
        self.assertEqual(
            [(line["kind"], line["amount"], line["balance"], line["reference"]) for line in lines],
            [("top_up", 50_000, 50_000, "FT-1"), ("payment", -FEE, 50_000 - FEE, dossier.code)],
        )
        self.assertEqual(lines[0]["at"], "2026-03-09 02:00:00")
        self.assertEqual(self._wallets().statement(self.citizen.id, "2026-03-10", "2026-12-31"), [])
        self.assertEqual(self._wallets().statement(self.stranger.id, "2026-01-01", "2026-12-31"), [])
        for first, last in (("2026-03-10", "2026-03-09"), ("09/03/2026", "2026-03-09"), ("2026-02-30", "2026-03-09")):
            with self.subTest(first), self._refused("input.invalid"):
                self._wallets().statement(self.citizen.id, first, last)
        self.assertEqual(len(self._wallets().statement(self.citizen.id, "1900-01-01", "9999-12-30")), 2)

    def test_days_are_vietnams(self):
        with freeze_time("2026-03-09 16:59:00"):
            self._top_up(1000)
        with freeze_time("2026-03-09 17:01:00"):
            self._top_up(2000)
        days = {
            day: [line["amount"] for line in self._wallets().statement(self.citizen.id, day, day)]
            for day in ("2026-03-09", "2026-03-10")
        }
        self.assertEqual(days, {"2026-03-09": [1000], "2026-03-10": [2000]})

    # the money of a locked duplicate

    def test_money_passes_with_the_account_once_two_have_agreed(self):
        self._top_up(30_000, account=self.stranger)
        self.stranger._in_flow().write({"citizen_id_hash": self.citizen.citizen_id_hash})
        self.stranger._lock("duplicate", "Trùng", merged_into=self.citizen)
        self.stranger._ask_for_transfers(self.citizen)
        case = self.env["dvc.account.case"].search([("account_id", "=", self.stranger.id)])
        self.assertIn("30,000", case.holdings)
        case.with_user(self.officer).sudo()._check("Cùng số định danh")
        case.with_user(self.manager).sudo()._complete("Đúng")
        self.assertEqual((self._balance(self.stranger)["available"], self._balance()["available"]), (0, 30_000))
        transfer = self.env["dvc.wallet.transfer"].search(
            [("kind", "=", "transfer"), ("account_id", "=", self.citizen.id)]
        )
        self.assertEqual(sum(transfer.entry_ids.mapped("amount")), 0)
        self.assertTrue(self._wallets(self.accountant).audit()["ok"])

    def test_money_of_a_locked_duplicate_passes_after_a_check(self):
        self._top_up(30_000, account=self.stranger)
        wallet = self.stranger.wallet_ids
        with self._refused("wallet.nothing_due"):
            wallet.with_user(self.accountant).action_pass_money()
        self.stranger._lock("duplicate", "Trùng", merged_into=self.citizen)
        self.assertEqual(self._balance(self.stranger)["available"], 30_000)
        self.assertIn(wallet, self.env["dvc.wallet"].search([("is_locked_duplicate", "=", True)]))
        with self.assertRaises(AccessError):
            wallet.with_user(self.manager).action_pass_money()
        wallet.with_user(self.accountant).action_pass_money()
        self.assertEqual((self._balance(self.stranger)["available"], self._balance()["available"]), (0, 30_000))
        with self._refused("wallet.nothing_due"):
            wallet.with_user(self.accountant).action_pass_money()
