# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64
import binascii

from odoo import fields, models
from odoo.exceptions import AccessError

from odoo.addons.dvc_account.contract import has_role
from odoo.addons.dvc_account.exceptions import Refusal

from ..domain import statement_csv, transfer_note


class DvcBankStatement(models.Model):
    """A bank's statement of one day or more: what came in becomes top-ups, the rest waits in a queue."""

    _name = "dvc.bank.statement"
    _description = "Bank statement"
    _order = "date desc, id desc"

    name = fields.Char(required=True)
    date = fields.Date(required=True, default=fields.Date.context_today)
    file = fields.Binary(string="CSV file", attachment=True, help="Columns: reference, date, amount, note.")
    filename = fields.Char()
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

    def action_import(self) -> bool:
        """Read the file and match its lines.

        :raise Refusal: statement.unreadable
        """
        self.ensure_one()
        self.check_access("write")
        if not has_role(self.env, "accountant"):
            raise AccessError(self.env._("Your role does not allow this operation."))
        try:
            lines = statement_csv.read(base64.b64decode(self.with_context(bin_size=False).file or b"", validate=True))
        except (statement_csv.BadStatement, binascii.Error) as error:
            row = getattr(error, "row", 0)
            raise Refusal(
                "statement.unreadable", self.env._("The statement cannot be read: check line %(row)s.", row=row)
            ) from None
        # Lines are made from the bank's file only, after the role was checked.
        lines_sudo = self.env["dvc.bank.statement.line"].sudo()
        known = set(lines_sudo.search([("bank_ref", "in", [line.bank_ref for line in lines])]).mapped("bank_ref"))
        rows = {}
        for line in lines:
            if line.bank_ref not in known:
                rows.setdefault(
                    line.bank_ref,
                    {
                        "statement_id": self.id,
                        "bank_ref": line.bank_ref,
                        "date": line.date,
                        "amount": line.amount,
                        "note": line.note,
                    },
                )
        accounts = {reference: transfer_note.account_in(row["note"]) for reference, row in rows.items()}
        existing = set(self.env["dvc.account"].browse(filter(None, accounts.values())).exists().ids)
        for reference, row in rows.items():
            row["account_id"] = accounts[reference] if accounts[reference] in existing else False
        lines_sudo._in_flow().create(list(rows.values()))._match_guarded()
        return True
