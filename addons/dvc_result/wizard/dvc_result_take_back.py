# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models
from odoo.exceptions import AccessError

from odoo.addons.dvc_account.contract import has_role


class DvcResultTakeBack(models.TransientModel):
    """Dialog that takes a done dossier's results back, or rejects one that waits for its signature."""

    _name = "dvc.result.take.back"
    _description = "Take a result back"

    result_id = fields.Many2one("dvc.result", required=True)
    result_state = fields.Selection(related="result_id.state")
    dossier_id = fields.Many2one(related="result_id.dossier_id")
    replaced_by_id = fields.Many2one(
        "dvc.result",
        domain="[('dossier_id', '=', dossier_id), ('id', '!=', result_id), ('state', 'in', ('to_sign', 'signed'))]",
        help="A result published already that takes its place. None: the next one published does.",
    )
    reason = fields.Text(required=True)

    def action_take_back(self):
        """Take the results back: the dossier is in processing again, with its due date."""
        self.ensure_one()
        self.result_id.check_access("read")
        # sudo: role and agency are checked here; results are written by their flow only
        result_sudo = self.result_id.sudo()
        if result_sudo.state == "to_sign":
            self._check_may_reject(result_sudo.dossier_id)
            result_sudo._withdraw(self.reason or "", result_sudo.browse(self.replaced_by_id.id))
        else:
            if not has_role(self.env, "leader", "manager"):
                raise AccessError(self.env._("Only a leader or a manager takes a result back."))
            result_sudo._take_back_dossier(result_sudo.dossier_id, self.reason or "")
        return {"type": "ir.actions.act_window_close"}

    def _check_may_reject(self, dossier) -> None:
        handles = has_role(self.env, "specialist") and dossier.assignee_id == self.env.user
        if not handles and not has_role(self.env, "leader", "manager"):
            raise AccessError(
                self.env._("Only a leader, a manager or the specialist of the dossier rejects its result.")
            )
