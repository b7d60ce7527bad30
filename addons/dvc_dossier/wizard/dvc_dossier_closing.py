# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models


class DvcDossierClosing(models.TransientModel):
    """Dialog: withdraw or stop a dossier."""

    _name = "dvc.dossier.closing"
    _description = "Withdrawal or stop"

    dossier_id = fields.Many2one("dvc.dossier", required=True, readonly=True)
    verb = fields.Selection([("withdraw", "Withdraw at the citizen's wish"), ("stop", "Stop")], required=True)
    reason = fields.Text(required=True)

    def action_close(self):
        """Withdraw or stop the dossier."""
        self.ensure_one()
        close = self.dossier_id.withdraw if self.verb == "withdraw" else self.dossier_id.stop
        close(self.reason)
        return {"type": "ir.actions.act_window_close"}
