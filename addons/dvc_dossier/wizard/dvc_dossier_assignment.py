# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models


class DvcDossierAssignment(models.TransientModel):
    """Dialog: assign a dossier to a specialist."""

    _name = "dvc.dossier.assignment"
    _description = "Assignment"

    dossier_id = fields.Many2one("dvc.dossier", required=True, readonly=True)
    company_id = fields.Many2one(related="dossier_id.company_id")
    user_id = fields.Many2one("res.users", string="Specialist", required=True)

    def action_assign(self):
        """Assign the dossier to the chosen specialist."""
        self.ensure_one()
        self.dossier_id.assign(self.user_id.login)
        return {"type": "ir.actions.act_window_close"}
