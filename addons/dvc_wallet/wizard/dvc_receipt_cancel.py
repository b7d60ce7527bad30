# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models


class DvcReceiptCancel(models.TransientModel):
    """Ask for the reason of a cancellation."""

    _name = "dvc.receipt.cancel"
    _description = "Cancel a receipt"

    receipt_id = fields.Many2one("dvc.receipt", required=True, ondelete="cascade")
    reason = fields.Char(required=True)

    def action_confirm(self) -> dict:
        """Cancel the receipt."""
        self.ensure_one()
        self.receipt_id._cancel(self.reason)
        return {"type": "ir.actions.act_window_close"}
