# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models

from odoo.addons.dvc_account.exceptions import Refusal
from odoo.addons.dvc_account.models.dvc_guarded import FLOW

from ..domain import deadline, states

# (first day, rule set): the law in force on the day of reception.
RULE_SETS = (("2025-07-01", "ND118/2025"), ("0001-01-01", "ND61/2018"))
MOVES_WITH_INPUT = {
    "refuse": "dvc_dossier.dvc_dossier_refusal_action",
    "request_supplement": "dvc_dossier.dvc_dossier_guidance_request_action",
    "withdraw": "dvc_dossier.dvc_dossier_closing_action",
    "stop": "dvc_dossier.dvc_dossier_closing_action",
}


class DvcDossier(models.Model):
    """The one funnel through which a dossier moves."""

    _inherit = "dvc.dossier"

    def _is_flow(self) -> bool:
        return self.env.context.get("dvc_flow") is FLOW

    def _bad_transition(self, verb: str):
        labels = dict(self._fields["state"]._description_selection(self.env))
        return Refusal(
            "dossier.bad_transition",
            self.env._("This cannot be done while the dossier is “%(state)s”.", state=labels[self.state]),
        )

    def _check_move(self, verb: str) -> None:
        """Check that the state table has this move from the dossier's state.

        :raise Refusal: dossier.bad_transition
        """
        if self.state not in states.sources(verb):
            raise self._bad_transition(verb)

    def _move(self, verb: str, target: str, reason: str = "", **values):
        """Move the dossier: table, one write, one event, hooks.

        :param verb: of the state table
        :param target: the state to reach
        :param reason: why, kept with the event
        :param values: other guarded fields that the move sets
        :return: the event
        :raise Refusal: dossier.bad_transition
        """
        self.ensure_one()
        source, now = self.state, fields.Datetime.now()
        if states.verb_for(source, target) != verb:
            raise self._bad_transition(verb)
        # The caller was checked by the method that calls; the flow writes what nobody may write directly.
        dossier_sudo = self.sudo()._in_flow()
        dossier_sudo.write(
            {"state": target, "stage_id": dossier_sudo._stage_of(target).id, **values, **self._clock_values(target, now, values)}
        )
        event = dossier_sudo.env["dvc.dossier.event"].create(
            [
                {
                    "dossier_id": self.id,
                    "company_id": self.company_id.id,
                    "code": dossier_sudo.code,
                    "verb": verb,
                    "from_state": source,
                    "to_state": target,
                    "at": now,
                    "user_id": self.env.uid,
                    "role": self.env["dvc.journal"]._role_of(self.env.user),
                    "reason": reason or False,
                    "clock": dossier_sudo._clock_reading(),
                }
            ]
        )
        dossier_sudo = dossier_sudo.with_context(dvc_flow=None)
        dossier_sudo._notify_move(event)
        dossier_sudo._after_move(event)
        return event

    def _stage_of(self, state: str):
        return self.env["dvc.dossier.stage"].search(
            [("state", "=", state), ("company_id", "in", (False, self.company_id.id))], order="company_id, sequence", limit=1
        )

    def _clock(self):
        return self.company_id._dvc_clock()

    def _clock_values(self, target: str, now, values: dict) -> dict:
        """Return which deadline runs in the target state, or how the last one ended."""
        if target in states.STANDING:
            return {"sla_deadline_at": False, "sla_risk_at": False, "sla_outcome": False, "stopped_at": now}
        proof = values.get("receive_proof") or self.receive_proof
        due = values.get("due_proof") or self.due_proof
        running = proof if target == states.SUBMITTED else due
        if target in (states.SUBMITTED, states.RECEIVED, states.PROCESSING):
            end = values.get("due_at") if target != states.SUBMITTED else values.get("receive_deadline")
            end = end or (self.due_at if target != states.SUBMITTED else self.receive_deadline)
            if not end or not running:
                return {"sla_deadline_at": False, "sla_risk_at": False, "sla_outcome": False, "stopped_at": False}
            start = fields.Datetime.to_datetime(running["start"])
            return {
                "sla_deadline_at": end,
                "sla_risk_at": deadline.risk_moment(self._clock(), start, end, self.company_id.dvc_risk_share),
                "sla_outcome": False,
                "stopped_at": False,
            }
        if self.sla_outcome:
            return {}
        end = self.due_at or self.receive_deadline
        missed = bool(end and now > end and not self.stopped_at)
        return {"sla_outcome": "missed" if missed else "met", "stopped_at": False}

    def _clock_reading(self) -> dict:
        text = fields.Datetime.to_string
        return {
            "receive_deadline": text(self.receive_deadline) or False,
            "due_at": text(self.due_at) or False,
            "sla": self.sla_outcome or "running",
        }

    def _notify_move(self, event) -> None:
        """Tell the citizen by SMS or mail what has happened, once per event."""
        text = self._move_text(event)
        if not text or not self.account_id:
            return
        outbox = self.env["dvc.outbox"]
        outbox._queue("sms", self.account_id._open_phone(), "", text, dedup_key=f"event:{event.id}:sms", record=self)

    def _move_text(self, event) -> str:
        """Return the notice of a move; empty: none."""
        code = self.code
        texts = {
            states.SUBMITTED: self.env._("Dossier %(code)s was submitted.", code=code),
            states.RECEIVED: self.env._("Dossier %(code)s was received.", code=code),
            states.PAYMENT: self.env._("Dossier %(code)s: please pay the fee.", code=code),
            states.SUPPLEMENT: self.env._("Dossier %(code)s needs corrections: please open it and follow the guidance.", code=code),
            states.REFUSED: self.env._("Dossier %(code)s was refused: please open it to read why.", code=code),
            states.DONE: self.env._("Dossier %(code)s: the result is ready.", code=code),
            states.RETURNED: self.env._("Dossier %(code)s: the result was returned.", code=code),
            states.STOPPED: self.env._("Dossier %(code)s was stopped.", code=code),
        }
        return texts.get(event.to_state, "")

    # Moves that other addons make

    def _received_values(self, now) -> dict:
        """Return what reception sets: the moment, the limit, the rules in force."""
        procedure = self.procedure_id
        proof = deadline.due(self._clock(), now, procedure.time_limit_value, procedure.time_limit_unit)
        day = fields.Date.to_string(self.env["dvc.account"]._today())
        return {
            "received_at": now,
            "due_at": proof.result,
            "due_proof": proof.as_dict(),
            "rule_set": next(name for first, name in RULE_SETS if first <= day),
        }

    def _resume_paid(self, reason: str = ""):
        """Receive a dossier whose fee has been paid: its limit starts now."""
        self.ensure_one()
        return self._move("pay", states.RECEIVED, reason, **self._received_values(fields.Datetime.now()))

    def _finish(self, reason: str = ""):
        """The last result is signed and verified: ready to hand over."""
        return self._move("finish", states.DONE, reason, done_at=fields.Datetime.now())

    def _return(self, reason: str = ""):
        """The result has been handed over or delivered.

        :raise Refusal: what the release blockers say
        """
        for blocker in self._release_blockers():
            raise blocker
        now = fields.Datetime.now()
        return self._move("return", states.RETURNED, reason, returned_at=now, closed_at=now)

    def _reopen(self, reason: str):
        """Take a result back before the handover."""
        return self._move("reopen", states.PROCESSING, reason, done_at=False)

    def board_move(self, stage_id: int):
        """Move a dragged card: the same checked call as the button.

        :param stage_id: the column it was dropped on
        :return: the action of the dialog where the move needs input, else True
        :raise Refusal: as the move's own method
        """
        self.ensure_one()
        return self._move_to_stage(self.env["dvc.dossier.stage"].browse(stage_id).exists())

    def _move_to_stage(self, stage):
        self.ensure_one()
        if not stage:
            raise Refusal("input.invalid", self.env._("This column does not exist."))
        if stage.state == self.state:
            self.check_access("write")
            # The column within a state is a matter of taste; the flow's guard is for states.
            self._in_flow().write({"stage_id": stage.id})
            return True
        verb = states.verb_for(self.state, stage.state)
        # A drop on "received" and one on "payment" are both the officer's reception.
        if self.state == states.SUBMITTED and stage.state in (states.RECEIVED, states.PAYMENT):
            verb = "receive"
        if verb in MOVES_WITH_INPUT:
            action = self.env["ir.actions.act_window"]._for_xml_id(MOVES_WITH_INPUT[verb])
            return {**action, "context": {"default_dossier_id": self.id, "default_verb": verb}}
        if verb == "receive":
            self.receive()
        elif verb == "start":
            self.start()
        else:
            raise self._bad_transition(verb or "")
        return True
