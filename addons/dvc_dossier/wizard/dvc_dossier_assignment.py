# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models


class DvcDossierAssignment(models.TransientModel):
    """Dialog: assign a dossier to a specialist."""

    _name = "dvc.dossier.assignment"
    _description = "Assignment"

    dossier_id = fields.Many2one("dvc.dossier", required=True, readonly=True)
    company_id = fields.Many2one(related="dossier_id.company_id")
    assignable_ids = fields.Many2many("res.users", compute="_compute_assignable_ids")
    user_id = fields.Many2one("res.users", string="Specialist", required=True)

    @api.depends("dossier_id")
    def _compute_assignable_ids(self):
        # Roles and agencies of colleagues are not readable.
        specialists_sudo = self.env.ref("dvc_account.group_specialist").sudo().all_user_ids
        for dialog in self:
            agency = dialog.company_id
            dialog.assignable_ids = specialists_sudo.filtered(lambda user, agency=agency: agency in user.company_ids)

    def action_assign(self):
        """Assign the dossier to the chosen specialist."""
        self.ensure_one()
        self.dossier_id.assign(self.user_id.login)
        return {"type": "ir.actions.act_window_close"}
