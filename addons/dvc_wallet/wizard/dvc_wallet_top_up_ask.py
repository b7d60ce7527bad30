# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models


class DvcWalletTopUpAsk(models.TransientModel):
    """Dialog: credit money that has arrived at the bank, by hand."""

    _name = "dvc.wallet.top.up.ask"
    _description = "Top-up by hand"

    account_id = fields.Many2one("dvc.account", string="Account", required=True, ondelete="cascade")
    currency_id = fields.Many2one("res.currency", required=True, default=lambda self: self.env.ref("base.VND"))
    amount = fields.Monetary(required=True)
    bank_ref = fields.Char(
        string="Bank reference",
        required=True,
        help="The bank's own reference of this transfer; the same one is credited once.",
    )

    def action_confirm(self) -> dict:
        """Credit the money; tell what became of it."""
        self.ensure_one()
        known = self._known()
        self.env["dvc.wallet"].top_up(account_id=self.account_id.id, amount=self.amount, bank_ref=self.bank_ref)
        message = (
            self.env._("This reference was credited before: nothing was added.")
            if known
            else self.env._("The money is in the wallet.")
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if known else "success",
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _known(self) -> bool:
        """Tell whether the reference was credited before."""
        domain = [("key", "=", f"bank:{(self.bank_ref or '').strip()}")]
        return bool(self.env["dvc.wallet.transfer"].search_count(domain, limit=1))
