# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models
from odoo.exceptions import AccessError

from odoo.addons.dvc_account.contract import has_role
from odoo.addons.dvc_account.exceptions import Refusal


class DvcBankStatementLine(models.Model):
    """Money that came in at the bank: a top-up once it is known whose it is."""

    _name = "dvc.bank.statement.line"
    _description = "Bank statement line"
    _inherit = ["dvc.guarded"]
    _order = "date desc, id desc"
    _rec_name = "bank_ref"
    _guarded_fields = frozenset("statement_id bank_ref date amount note state transfer_id problem".split())

    statement_id = fields.Many2one("dvc.bank.statement", required=True, readonly=True, ondelete="restrict", index=True)
    bank_ref = fields.Char(string="Bank reference", required=True, readonly=True)
    date = fields.Date(required=True, readonly=True)
    amount = fields.Monetary(required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, default=lambda self: self.env.ref("base.VND"))
    note = fields.Char(readonly=True)
    account_id = fields.Many2one(
        "dvc.account", string="Account", ondelete="restrict", index="btree_not_null", help="Whose wallet it tops up."
    )
    state = fields.Selection(
        [("unmatched", "To match"), ("matched", "Matched"), ("ignored", "No top-up")],
        required=True,
        default="unmatched",
        readonly=True,
        index=True,
    )
    transfer_id = fields.Many2one("dvc.wallet.transfer", readonly=True, ondelete="restrict", index="btree_not_null")
    problem = fields.Char(readonly=True, help="Why it could not become a top-up.")

    _bank_ref_uniq = models.UniqueIndex("(bank_ref)", "This line was imported already.")

    def _match_guarded(self) -> None:
        """Top up what can be; a line that is refused stays in the queue with the reason."""
        for line in self.filtered(lambda line: line.account_id and line.state == "unmatched"):
            try:
                with self.env.cr.savepoint():
                    line._match()
            except Refusal as refusal:
                line._in_flow().write({"problem": str(refusal)})

    def _match(self) -> None:
        self.ensure_one()
        transfer = self.env["dvc.wallet"]._top_up(self.account_id, self.amount, self.bank_ref)
        self._in_flow().write({"state": "matched", "transfer_id": transfer.id, "problem": False})

    def _as_accountant(self):
        """Return the lines in sudo, once the caller may decide them.

        :raise AccessError: no accountant
        """
        self.check_access("write")
        if not has_role(self.env, "accountant"):
            raise AccessError(self.env._("Your role does not allow this operation."))
        # The role was checked; the outcome is written by this flow only.
        return self.sudo()

    def action_match(self) -> bool:
        """Top up the wallets of the accounts that were chosen."""
        for line_sudo in self._as_accountant().filtered(lambda line: line.state == "unmatched"):
            if not line_sudo.account_id:
                raise Refusal(
                    "account.unknown", self.env._("Choose whose wallet line %(ref)s tops up.", ref=line_sudo.bank_ref)
                )
            line_sudo._match()
        return True

    def action_ignore(self) -> bool:
        """Keep lines that are no top-ups out of the queue."""
        lines_sudo = self._as_accountant().filtered(lambda line: line.state == "unmatched")
        lines_sudo._in_flow().write({"state": "ignored"})
        return True
