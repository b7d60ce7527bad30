# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models


class DvcDossierRefusal(models.TransientModel):
    """Dialog: refuse a dossier."""

    _name = "dvc.dossier.refusal"
    _description = "Refusal"

    dossier_id = fields.Many2one("dvc.dossier", required=True, readonly=True)
    reason = fields.Text(required=True)
    legal_basis = fields.Text()

    def action_refuse(self):
        """Refuse the dossier with what the dialog holds."""
        self.ensure_one()
        self.dossier_id.refuse(self.reason, self.legal_basis or None)
        return {"type": "ir.actions.act_window_close"}
