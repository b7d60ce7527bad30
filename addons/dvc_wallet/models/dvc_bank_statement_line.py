# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models
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
    _guarded_fields = frozenset(
        "statement_id bank_ref occurrence date amount currency_id note state to_match transfer_id problem".split()
    )

    statement_id = fields.Many2one("dvc.bank.statement", required=True, readonly=True, ondelete="restrict", index=True)
    bank_ref = fields.Char(string="Bank reference", required=True, readonly=True)
    occurrence = fields.Integer(
        required=True,
        default=1,
        readonly=True,
        aggregator=None,
        help="1 for the first line of a reference, 2 for the second, …",
    )
    date = fields.Date(required=True, readonly=True)
    amount = fields.Monetary(required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, default=lambda self: self.env.ref("base.VND"))
    note = fields.Char(string="Transfer note", readonly=True)
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
    to_match = fields.Boolean(
        string="Waits for the job", readonly=True, help="Its note names the wallet: the job tops it up."
    )
    transfer_id = fields.Many2one("dvc.wallet.transfer", readonly=True, ondelete="restrict", index="btree_not_null")
    problem = fields.Char(readonly=True, help="Why it could not become a top-up.")

    _bank_ref_uniq = models.UniqueIndex("(bank_ref, occurrence)", "This line was imported already.")
    _to_match_idx = models.Index("(id) WHERE to_match")

    def write(self, vals):
        if "account_id" in vals and any(line.state != "unmatched" for line in self):
            raise Refusal("statement.decided", self.env._("This line is decided: whose it is cannot be changed."))
        # What an accountant has looked at is topped up by their click only, not by the job.
        if "account_id" in vals:
            self.filtered("to_match")._in_flow().write({"to_match": False})
        return super().write(vals)

    def _match_guarded(self) -> None:
        """Top up what names its wallet; a line that is refused stays in the queue with the reason."""
        # In the order of the accounts: two imports at once lock their wallets one after the other.
        for line in self.filtered("to_match").sorted(lambda line: (line.account_id.id, line.id)):
            try:
                with self.env.cr.savepoint():
                    line._match()
            except Refusal as refusal:
                line._in_flow().write({"problem": str(refusal), "to_match": False})

    def _match(self) -> None:
        self.ensure_one()
        # A further payment under a reference that the bank has used is money of its own.
        reference = self.bank_ref if self.occurrence == 1 else f"{self.bank_ref}#{self.occurrence}"
        transfer = self.env["dvc.wallet"]._top_up(self.account_id, self.amount, reference)
        self._in_flow().write({"state": "matched", "transfer_id": transfer.id, "problem": False, "to_match": False})

    @api.model
    def _cron_match(self) -> None:
        """Top up what a long statement left, line by line."""
        domain = [("to_match", "=", True)]
        progress = self.env["ir.cron"]
        progress._commit_progress(remaining=self.search_count(domain))
        for line in self.search(domain, order="id", limit=5000):
            line.try_lock_for_update().filtered_domain(domain)._match_guarded()
            if not progress._commit_progress(1):
                return

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
        lines_sudo._in_flow().write({"state": "ignored", "to_match": False})
        return True
