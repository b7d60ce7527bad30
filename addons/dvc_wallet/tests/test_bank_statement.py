# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import WalletCommon


@tagged("post_install", "-at_install")
class TestBankStatement(WalletCommon):
    def _import(self, *rows, user=None):
        text = "ref,date,amount,note\n" + "".join(f"{row}\n" for row in rows)
        statement = (
            self.env["dvc.bank.statement"]
            .with_user(self.accountant)
            .create({"name": "Sổ phụ", "file": base64.b64encode(text.encode()), "filename": "s.csv"})
        )
        statement.with_user(user or self.accountant).action_import()
        return statement.line_ids

    def test_lines_find_their_wallets(self):
        lines = self._import(
            f"FT1,2026-03-09,50000,{self.citizen._top_up_note()}",
            f"FT2,2026-03-09,20000,MBVCB 12 {self.stranger._top_up_note().lower()} CT",
            "FT3,2026-03-09,70000,Nguyen Thi Kiem nap tien",
            "FT4,2026-03-09,-10000,phi",
        )
        states = {line.bank_ref: line.state for line in lines}
        self.assertEqual(states, {"FT1": "matched", "FT2": "matched", "FT3": "unmatched"})
        self.assertEqual(self._balance()["available"], 50_000)
        self.assertEqual(self._balance(self.stranger)["available"], 20_000)
        self._check_ledger()

    def test_a_statement_imported_twice_credits_once(self):
        row = f"FT1,2026-03-09,50000,{self.citizen._top_up_note()}"
        self._import(row, row)
        self.assertFalse(self._import(row))
        self.assertEqual(self._balance()["available"], 50_000)

    def test_the_bank_told_it_before_by_call_back(self):
        answer = self._top_up(50_000, bank_ref="FT1")
        line = self._import(f"FT1,2026-03-09,50000,{self.citizen._top_up_note()}")
        self.assertEqual((line.state, line.transfer_id.id), ("matched", answer["transfer"]))
        self.assertEqual(self._balance()["available"], 50_000)

    def test_another_amount_waits_with_the_reason(self):
        self._top_up(40_000, bank_ref="FT1")
        line = self._import(f"FT1,2026-03-09,50000,{self.citizen._top_up_note()}")
        self.assertEqual(line.state, "unmatched")
        self.assertIn("wallet.key_reused", line.problem)
        self.assertEqual(self._balance()["available"], 40_000)

    def test_matching_by_hand(self):
        line = self._import("FT1,2026-03-09,50000,nap tien")
        with self._refused("account.unknown"):
            line.action_match()
        line.account_id = self.citizen
        line.action_match()
        self.assertEqual((line.state, self._balance()["available"]), ("matched", 50_000))
        line.action_match()
        self.assertEqual(self._balance()["available"], 50_000)

    def test_ignoring(self):
        line = self._import("FT1,2026-03-09,50000,lai tien gui")
        line.action_ignore()
        line.account_id = self.citizen
        line.action_match()
        self.assertEqual((line.state, self._balance()["available"]), ("ignored", 0))

    def test_who_may(self):
        for user in (self.manager, self.auditor, self.officer):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._import(f"FT-{user.id},2026-03-09,1000,x", user=user)

    def test_unreadable(self):
        with self._refused("statement.unreadable"):
            self._import("FT1,gestern,50000,x")
        statement = self.env["dvc.bank.statement"].with_user(self.accountant).create({"name": "leer"})
        with self._refused("statement.unreadable"):
            statement.action_import()
