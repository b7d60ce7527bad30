# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models

from odoo.addons.dvc_account.contract import contract

from ..domain import checklist, deadline, states

# What a proof keeps of a date that was put off.
PUT_OFF = ("promised", "postponed_to")


class DvcDossier(models.Model):
    """The answer to a supplement request."""

    _inherit = "dvc.dossier"

    @contract("citizen", "integrator", "officer", unknown="dossier.unknown")
    def supplement(self, components: list[dict]) -> dict:
        """Answer a supplement request; a partial answer is kept and the state stays.

        :param components: as in ``submit``, of the components asked for or their alternatives
        :return: ``{state, receive_deadline, due_at, missing}``; ``missing`` lists the codes still to come
        :raise Refusal: dossier.bad_transition, component.unknown, file.*
        """
        self._check_move("supplement")
        # The caller may act for the dossier; files are kept by this flow only.
        dossier_sudo = self.sudo()
        # Two partial answers at once would each miss the other, and nobody would move the dossier on.
        dossier_sudo._take_turns()
        asked = dossier_sudo.guidance_ids[-1:].item_ids
        catalogue = dossier_sudo.procedure_id.component_ids
        allowed = catalogue.filtered(
            lambda part: part in asked.component_id or part.instead_of_id in asked.component_id
        )
        parts = self._check_components(dossier_sudo.account_id, allowed, components)
        dossier_sudo.env["dvc.dossier.component"]._hand_in(dossier_sudo, self._read_parts(parts))
        missing = dossier_sudo._note_answers(asked, [part["component"].code for part in parts])
        if not missing:
            target = dossier_sudo.resume_state
            self._move("supplement", target, **dossier_sudo._answered_values(fields.Datetime.now()))
        return {**self._answer("state", "receive_deadline", "due_at"), "missing": missing}

    def _note_answers(self, asked, given: list[str]) -> list[str]:
        """Mark what was answered; in sudo.

        :return: the codes still to come
        """
        now = fields.Datetime.now()
        instead = self.procedure_id.component_ids._instead_of()
        open_items = asked.filtered(lambda item: not item.answered_at)
        missing = checklist.unanswered(open_items.mapped("component_code"), given, instead)
        answered = open_items.filtered(lambda item: item.component_code not in missing)
        answered._in_flow().write({"answered_at": now})
        if not missing:
            asked.guidance_id._in_flow().write({"answered_at": now})
        return list(dict.fromkeys(missing))

    def _answered_values(self, now) -> dict:
        """Return the deadlines after a complete answer: a new hour at the desk, the limit anew or resumed later."""
        values = {"resume_state": False}
        if self.resume_state == states.SUBMITTED:
            return {**values, **self._hour_values(now, self.receive_proof)}
        if not self.due_proof:
            return values
        goes_on = self.procedure_id.supplement_rule == "pause"
        again = deadline.resume if goes_on else deadline.restart
        proof = again(self._clock(), deadline.Proof.from_dict(self.due_proof), self.stopped_at or now, now)
        # A limit that goes on keeps the date that was put off; one that starts anew is a new promise.
        put_off = {name: self.due_proof[name] for name in PUT_OFF if goes_on and name in self.due_proof}
        return {**values, "due_at": proof.result, "due_proof": {**proof.as_dict(), **put_off}}
