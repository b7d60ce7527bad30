# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models


class DvcAccountDecision(models.TransientModel):
    """Asks for the reason of a lock or an unlock."""

    _name = "dvc.account.decision"
    _description = "Lock or unlock an account"
    _inherit = ["dvc.masked.text"]
    _masked_text_fields = frozenset({"reason"})

    account_id = fields.Many2one("dvc.account", required=True, readonly=True)
    verb = fields.Selection([("lock", "Lock"), ("unlock", "Unlock")], required=True, readonly=True)
    reason = fields.Text(required=True)

    def action_confirm(self) -> dict:
        """Lock or unlock with the reason given."""
        self.ensure_one()
        answer = self.account_id.lock(self.reason) if self.verb == "lock" else self.account_id.unlock(self.reason)
        if answer["state"] != "requested":
            return {"type": "ir.actions.client", "tag": "soft_reload"}
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("Asked for. A second officer or a manager completes the unlock."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
