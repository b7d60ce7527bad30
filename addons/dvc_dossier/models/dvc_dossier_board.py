# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import models

from odoo.addons.dvc_account.contract import contract
from odoo.addons.dvc_account.exceptions import Refusal

from ..domain import states

# The dialog of a move that needs input.
DIALOGS = {
    "refuse": "dvc.dossier.refusal",
    "request_supplement": "dvc.dossier.guidance.request",
    "supplement": "dvc.dossier.answer",
    "withdraw": "dvc.dossier.closing",
    "stop": "dvc.dossier.closing",
    "assign": "dvc.dossier.assignment",
    "postpone": "dvc.dossier.postponement",
}


class DvcDossier(models.Model):
    """Board and buttons: every one of them is the same checked call."""

    _inherit = "dvc.dossier"

    @contract("officer", "specialist", "leader", unknown="dossier.unknown")
    def board_move(self, stage_id: int) -> dict | bool:
        """Move a dragged card: the same checked call as the button.

        :param stage_id: the column it was dropped on
        :return: the action of the dialog where the move needs input, else True
        :raise Refusal: as the move's own method
        """
        return self._move_to_stage(self.env["dvc.dossier.stage"].browse(stage_id).exists())

    def _move_to_stage(self, stage):
        """Make the move that a column stands for, or return its dialog."""
        self.ensure_one()
        if not stage or (stage.company_id and stage.company_id != self.company_id):
            raise Refusal("input.invalid", self.env._("This column does not exist."))
        if stage.state == self.state:
            self.check_access("write")
            # The column within a state is a matter of taste; the guard is for states.
            self._in_flow().write({"stage_id": stage.id})
            return True
        verb = states.verb_for(self.state, stage.state)
        if not verb:
            raise self._bad_transition()
        dialog = self._dialog(verb)
        if dialog:
            return dialog
        return self._move_by_drag(verb)

    def _move_by_drag(self, verb: str) -> bool:
        """Hook: make a move that needs no input; what only its own screen can do is refused."""
        if verb == "receive":
            self.action_receive()
        elif verb == "start":
            self.start()
        else:
            raise self._bad_transition()
        return True

    def _dialog(self, verb: str) -> dict | None:
        """Hook: return the action of the dialog that a move needs, or None."""
        model = DIALOGS.get(verb)
        if not model:
            return None
        self.ensure_one()
        context = {"default_dossier_id": self.id}
        if model == "dvc.dossier.closing":
            context["default_verb"] = verb
        return {
            "type": "ir.actions.act_window",
            "name": self.env["ir.model"]._get(model).name,
            "res_model": model,
            "views": [(False, "form")],
            "target": "new",
            "context": context,
        }

    def action_receive(self):
        """Receive the chosen dossiers, one by one.

        :raise Refusal: component.to_fix where somebody has marked a file as wrong
        """
        for dossier in self:
            if any(part.is_current and part.review == "to_fix" for part in dossier.component_ids):
                text = self.env._("%(code)s has files marked to be fixed: ask for a supplement, or accept them.")
                raise Refusal("component.to_fix", text % {"code": dossier.code})
            dossier.receive()
        return True

    def action_start(self):
        """Start the processing, for oneself."""
        for dossier in self:
            dossier.start()
        return True

    def action_refuse(self):
        """Open the dialog of a refusal."""
        return self._dialog("refuse")

    def action_request_supplement(self):
        """Open the dialog of a supplement request."""
        return self._dialog("request_supplement")

    def action_answer(self):
        """Open the dialog that takes a supplement in."""
        return self._dialog("supplement")

    def action_assign(self):
        """Open the dialog of an assignment."""
        return self._dialog("assign")

    def action_postpone(self):
        """Open the dialog of an apology with a new date."""
        return self._dialog("postpone")

    def action_withdraw(self):
        """Open the dialog of a withdrawal."""
        return self._dialog("withdraw")

    def action_stop(self):
        """Open the dialog that stops a dossier."""
        return self._dialog("stop")
