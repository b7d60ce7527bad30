# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models


class DvcWalletRefundReject(models.TransientModel):
    """Dialog: why a refund is rejected."""

    _name = "dvc.wallet.refund.reject"
    _description = "Rejection of a refund"

    request_id = fields.Many2one(
        "dvc.wallet.refund.request", string="Refund request", required=True, readonly=True, ondelete="cascade"
    )
    reason = fields.Char(required=True)

    def action_confirm(self) -> dict:
        """Reject the refund."""
        self.ensure_one()
        self.request_id._as_accountant()._reject(self.reason)
        return {"type": "ir.actions.act_window_close"}
