# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64
import binascii
from collections import Counter

from odoo import fields, models
from odoo.exceptions import AccessError

from odoo.addons.dvc_account.contract import has_role
from odoo.addons.dvc_account.exceptions import Refusal

from ..domain import statement_csv, transfer_note

# So many lines are matched while the accountant waits; the job takes the others, each in a transaction of its own.
AT_ONCE = 200


class DvcBankStatement(models.Model):
    """A bank's statement of one day or more: what came in becomes top-ups, the rest waits in a queue."""

    _name = "dvc.bank.statement"
    _description = "Bank statement"
    _order = "date desc, id desc"

    name = fields.Char(required=True)
    date = fields.Date(required=True, default=fields.Date.context_today)
    file = fields.Binary(string="CSV file", attachment=True, help="Columns: reference, date, amount, note.")
    filename = fields.Char()
    columns_hint = fields.Text(string="Accepted column headings", compute="_compute_columns_hint")
    example_hint = fields.Text(string="Example", compute="_compute_columns_hint")
    line_ids = fields.One2many("dvc.bank.statement.line", "statement_id", string="Lines", readonly=True)
    line_count = fields.Integer(compute="_compute_counts")
    unmatched_count = fields.Integer(string="To match", compute="_compute_counts")

    def _compute_counts(self):
        groups = self.env["dvc.bank.statement.line"]._read_group(
            [("statement_id", "in", self.ids)], ["statement_id", "state"], ["__count"]
        )
        for statement in self:
            mine = {state: count for owner, state, count in groups if owner == statement}
            statement.line_count = sum(mine.values())
            statement.unmatched_count = mine.get("unmatched", 0)

    def _compute_columns_hint(self):
        names = {
            "bank_ref": self.env._("Bank reference"),
            "date": self.env._("Date"),
            "amount": self.env._("Amount"),
            "note": self.env._("Note"),
        }
        hint = "\n".join(f"{names[column]}: {', '.join(heads)}" for column, heads in statement_csv.HEADS.items())
        self.columns_hint = hint
        self.example_hint = statement_csv.EXAMPLE.format(note=transfer_note.note_for(126)).strip()

    def action_import(self) -> bool:
        """Read the file and match its lines; of a long one, the rest is matched by a job soon after.

        :raise Refusal: statement.unreadable
        """
        self.ensure_one()
        self.check_access("write")
        if not has_role(self.env, "accountant"):
            raise AccessError(self.env._("Your role does not allow this operation."))
        rows = self._new_rows(self._read_file())
        # Lines are made from the bank's file only, after the role was checked.
        lines_sudo = self.env["dvc.bank.statement.line"].sudo()._in_flow().create(rows)
        waiting = lines_sudo.filtered("to_match")
        waiting[:AT_ONCE]._match_guarded()
        if len(waiting) > AT_ONCE:
            self.env.ref("dvc_wallet.ir_cron_match_lines")._trigger()
        return True

    def _read_file(self) -> list[statement_csv.StatementLine]:
        """Return the incoming lines of the file.

        :raise Refusal: statement.unreadable
        """
        try:
            content = base64.b64decode(self.with_context(bin_size=False).file or b"", validate=True)
            return statement_csv.read(content)
        except statement_csv.BadStatement as bad:
            problem, row = bad.problem, bad.row
        except binascii.Error:
            problem, row = "encoding", 0
        texts = {
            "encoding": self.env._("The statement is no UTF-8 text: save it as CSV (UTF-8)."),
            "head": self.env._("The statement's first line must name reference, date, amount and note."),
            "row": self.env._("The statement cannot be read: check line %(row)s.", row=row),
            "rows": self.env._("A statement has at most %(most)s lines: split it.", most=statement_csv.ROWS_MAX),
        }
        raise Refusal("statement.unreadable", texts[problem])

    def _new_rows(self, lines: list[statement_csv.StatementLine]) -> list[dict]:
        """Return the values of the lines that were not imported before.

        A line that says the same as one kept already is the same line of the bank. One that only has a reference
        in common with it is other money: it waits in the queue, told apart by its occurrence.
        """
        # Bank lines are no agency's; the role was checked by the caller.
        earlier_sudo = self.env["dvc.bank.statement.line"].sudo()
        earlier_sudo = earlier_sudo.search([("bank_ref", "in", [line.bank_ref for line in lines])])
        kept = Counter((line.bank_ref, line.date, int(line.amount), line.note or "") for line in earlier_sudo)
        last = Counter()
        for line in earlier_sudo:
            last[line.bank_ref] = max(last[line.bank_ref], line.occurrence)
        named = {line: transfer_note.account_in(line.note) for line in lines}
        existing = set(self.env["dvc.account"].browse(set(filter(None, named.values()))).exists().ids)
        rows = []
        for line in lines:
            same = (line.bank_ref, line.date, line.amount, line.note)
            if kept[same]:
                kept[same] -= 1
                continue
            last[line.bank_ref] += 1
            account = named[line] if named[line] in existing else False
            rows.append(self._row(line, account, last[line.bank_ref]))
        return rows

    def _row(self, line: statement_csv.StatementLine, account: int | bool, occurrence: int) -> dict:
        again = occurrence > 1
        return {
            "statement_id": self.id,
            "bank_ref": line.bank_ref,
            "occurrence": occurrence,
            "date": line.date,
            "amount": line.amount,
            "note": line.note,
            "account_id": account,
            "to_match": bool(account) and not again,
            "problem": again
            and self.env._("The bank used this reference before: check whether this is another payment."),
        }
