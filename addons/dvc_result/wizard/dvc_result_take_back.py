# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models
from odoo.exceptions import AccessError

from odoo.addons.dvc_account.contract import has_role


class DvcResultTakeBack(models.TransientModel):
    """Dialog that takes a done dossier's results back before they are handed over."""

    _name = "dvc.result.take.back"
    _description = "Take a result back"

    result_id = fields.Many2one("dvc.result", required=True)
    reason = fields.Text(required=True)

    def action_take_back(self):
        """Take the results back: the dossier is in processing again, with its due date."""
        self.ensure_one()
        if not has_role(self.env, "leader", "manager"):
            raise AccessError(self.env._("Only a leader or a manager takes a result back."))
        self.result_id.check_access("read")
        # sudo: role and agency are checked above; results are written by their flow only
        result_sudo = self.result_id.sudo()
        result_sudo._take_back_dossier(result_sudo.dossier_id, self.reason)
        return {"type": "ir.actions.act_window_close"}
