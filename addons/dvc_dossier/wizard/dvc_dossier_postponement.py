# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models


class DvcDossierPostponement(models.TransientModel):
    """Dialog: apologise and set a new date, once."""

    _name = "dvc.dossier.postponement"
    _description = "Apology and new date"

    dossier_id = fields.Many2one("dvc.dossier", required=True, readonly=True)
    due_at = fields.Datetime(string="New date", required=True)
    reason = fields.Text(required=True)

    def action_postpone(self):
        """Put the date off."""
        self.ensure_one()
        self.dossier_id.postpone(fields.Datetime.to_string(self.due_at), self.reason)
        return {"type": "ir.actions.act_window_close"}
