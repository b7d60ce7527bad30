# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import uuid

from odoo import api, fields, models

from odoo.addons.dvc_account.contract import has_role

KINDS = {"done": "success", "waiting": "info", "rejected": "warning"}


class DvcWalletRefundAsk(models.TransientModel):
    """Dialog: give a payment back, or ask an accountant to."""

    _name = "dvc.wallet.refund.ask"
    _description = "Refund of a payment"

    transfer_id = fields.Many2one(
        "dvc.wallet.transfer", string="Payment", required=True, readonly=True, ondelete="cascade"
    )
    # Not readonly: the form sends it, so that a second click that saves the dialog anew has the same key.
    key = fields.Char(required=True, default=lambda self: str(uuid.uuid4()), copy=False)
    currency_id = fields.Many2one(related="transfer_id.currency_id")
    paid = fields.Monetary(string="Paid", related="transfer_id.amount", related_sudo=False)
    refunded = fields.Monetary(string="Refunded already", compute="_compute_left")
    waiting = fields.Monetary(string="Waiting for an accountant", compute="_compute_left")
    left = fields.Monetary(string="Left to refund", compute="_compute_left")
    amount = fields.Monetary(
        string="Amount to refund",
        compute="_compute_amount",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
    )
    reason = fields.Char(required=True)
    is_final = fields.Boolean(compute="_compute_is_final")

    @api.depends("transfer_id")
    def _compute_left(self):
        requests = self.env["dvc.wallet.refund.request"]
        for dialog in self:
            payment = dialog.transfer_id
            asked = requests.search([("transfer_id", "=", payment.id), ("state", "=", "waiting")])
            dialog.refunded = payment._refunded() if payment else 0.0
            dialog.waiting = sum(asked.mapped("amount"))
            dialog.left = payment._left_to_refund() - dialog.waiting if payment else 0.0

    @api.depends("transfer_id")
    def _compute_amount(self):
        for dialog in self:
            dialog.amount = dialog.left

    @api.depends_context("uid")
    def _compute_is_final(self):
        self.is_final = has_role(self.env, "accountant")

    def action_confirm(self) -> dict:
        """Refund, or ask for it; tell what became of it."""
        self.ensure_one()
        self.transfer_id._check_refunder()
        answer = self.env["dvc.wallet"].refund(
            transfer=self.transfer_id.id, amount=self.amount, reason=self.reason, idempotency_key=self.key
        )
        texts = {
            "done": self.env._("The refund is done."),
            "waiting": self.env._("The refund waits for an accountant, who decides."),
            "rejected": self.env._("An accountant has rejected this refund."),
        }
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": KINDS[answer["state"]],
                "message": texts[answer["state"]],
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
