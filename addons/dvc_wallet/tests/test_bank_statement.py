# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from odoo.addons.dvc_account.exceptions import Refusal

from ..domain import statement_csv, transfer_note
from ..models import dvc_bank_statement
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

    def test_the_form_says_what_a_statement_looks_like(self):
        statements = self.env["dvc.bank.statement"].with_user(self.accountant)
        form = Form(statements)
        for heads in statement_csv.HEADS.values():
            for head in heads:
                self.assertIn(head, form.columns_hint)
        [line] = statement_csv.read(form.example_hint.encode())
        self.assertEqual((line.bank_ref, line.amount), ("FT26330001", 50_000))
        self.assertTrue(transfer_note.account_in(line.note))

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
        self.assertEqual(len(self._import(row)), 1)
        self.assertFalse(self._import(row))
        self.assertEqual(self._balance()["available"], 50_000)

    def test_a_reference_used_twice_is_kept_for_the_accountant(self):
        row = f"FT1,2026-03-09,50000,{self.citizen._top_up_note()}"
        lines = self._import(row, row, f"FT1,2026-03-09,7000,{self.citizen._top_up_note()}").sorted("occurrence")
        self.assertEqual(lines.mapped("occurrence"), [1, 2, 3])
        self.assertEqual(lines.mapped("state"), ["matched", "unmatched", "unmatched"])
        self.assertEqual([bool(line.problem) for line in lines], [False, True, True])
        self.assertEqual(self._balance()["available"], 50_000)
        self.env.ref("dvc_wallet.ir_cron_match_lines").method_direct_trigger()
        self.assertEqual(self._balance()["available"], 50_000, "The job leaves it to the accountant.")
        self.assertFalse(self._import(row, row), "The same lines again.")
        # Another amount under a known reference, in a later file.
        later = self._import("FT1,2026-03-10,3000,x")
        self.assertEqual((later.occurrence, later.state, bool(later.problem)), (4, "unmatched", True))
        lines[1].action_match()
        lines[1].action_match()
        self.assertEqual((lines[1].state, lines[1].problem), ("matched", False))
        self.assertNotEqual(lines[1].transfer_id, lines[0].transfer_id)
        self.assertEqual(self._balance()["available"], 100_000)
        self._check_ledger()

    def test_a_long_statement_is_matched_by_the_job(self):
        rows = [f"FT{number},2026-03-09,1000,{self.citizen._top_up_note()}" for number in range(5)]
        with patch.object(dvc_bank_statement, "AT_ONCE", 2):
            lines = self._import(*rows)
        self.assertEqual(self._balance()["available"], 2000)
        waiting = lines.filtered("to_match")
        self.assertEqual(len(waiting), 3)
        # The accountant looked at one of them: the job leaves it alone.
        waiting[0].account_id = self.stranger
        self.env.ref("dvc_wallet.ir_cron_match_lines").method_direct_trigger()
        self.assertEqual(waiting.mapped("state"), ["unmatched", "matched", "matched"])
        self.assertEqual(self._balance()["available"], 4000)
        self._check_ledger()

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
        with self._refused("statement.decided"):
            line.account_id = self.stranger

    def test_ignoring(self):
        line = self._import("FT1,2026-03-09,50000,lai tien gui")
        line.action_ignore()
        with self._refused("statement.decided"):
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
        with self._refused("statement.unreadable"):
            self._import("FT1,2026-03-09,100000.50,x")
        statement = self.env["dvc.bank.statement"].with_user(self.accountant).create({"name": "leer"})
        with self._refused("statement.unreadable"):
            statement.action_import()

    def test_what_is_wrong_with_a_statement_is_said(self):
        head = b"ref,date,amount,note\n"
        for content, part in (
            (b"a,b,c\n", "first line"),
            (b"\xff\xfe\x00", "UTF-8"),
            (head + b"FT1,2026-03-09,1000,x\nFT2,gestern,1000,x\n", "line 3"),
        ):
            statement = self.env["dvc.bank.statement"].with_user(self.accountant)
            statement = statement.create({"name": "S", "file": base64.b64encode(content)})
            with self.subTest(part), self.assertRaises(Refusal) as caught:
                statement.action_import()
            self.assertIn(part, str(caught.exception))
