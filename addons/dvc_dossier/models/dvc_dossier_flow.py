# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.dvc_account.exceptions import Refusal
from odoo.addons.dvc_account.models.dvc_guarded import FLOW

from ..domain import deadline, states

# (first day, rule set): the law in force on the day of reception.
RULE_SETS = (("2025-07-01", "ND118/2025"), ("0001-01-01", "ND61/2018"))


class DvcDossier(models.Model):
    """The one funnel through which a dossier moves.

    The picture of the states is made from their table by ``domain/states.py:mermaid()``.
    """

    _inherit = "dvc.dossier"

    def _is_flow(self) -> bool:
        return self.env.context.get("dvc_flow") is FLOW

    def _bad_transition(self):
        """Return the refusal of what the dossier's state does not allow."""
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
            raise self._bad_transition()

    def _move(self, verb: str, target: str, reason: str = "", legal_basis: str = "", detail=None, **values):
        """Move the dossier: table, one write, one event, hooks.

        Who calls has checked the caller; two at once are told apart by PostgreSQL, which lets one of two updates of
        the row fail to serialise: Odoo runs that call again, and it then meets the table.

        :param verb: of the state table
        :param target: the state to reach
        :param reason: why, kept with the event
        :param legal_basis: of a refusal
        :param detail: further facts of the event
        :param values: other guarded fields that the move sets
        :return: the event
        :raise Refusal: dossier.bad_transition
        """
        self.ensure_one()
        source, now = self.state, fields.Datetime.now()
        if states.verb_for(source, target) != verb:
            raise self._bad_transition()
        # The caller was checked by the method that calls; the flow writes what nobody may write directly.
        dossier_sudo = self.sudo()
        dossier_sudo._in_flow().write(
            {
                "state": target,
                "stage_id": dossier_sudo._stage_of(target).id,
                **values,
                **dossier_sudo._clock_values(target, now, values),
            }
        )
        event = dossier_sudo._note_event(verb, source, reason, legal_basis=legal_basis, detail=detail, at=now)
        dossier_sudo._notify_citizen(event)
        dossier_sudo._after_move(event)
        return event

    def _note_event(self, verb: str, source: str, reason: str = "", legal_basis: str = "", detail=None, at=None):
        """Write down what happened, in the dossier's history and in the journal; in sudo.

        :param source: the state before; the same as now where nothing moved
        """
        event = self.env["dvc.dossier.event"].create(
            [
                {
                    "dossier_id": self.id,
                    "company_id": self.company_id.id,
                    "code": self.code,
                    "verb": verb,
                    "from_state": source,
                    "to_state": self.state,
                    "at": at or fields.Datetime.now(),
                    "user_id": self.env.uid,
                    "role": self.env["dvc.journal"]._role(),
                    "reason": reason or False,
                    "legal_basis": legal_basis or False,
                    "detail": detail or False,
                    "clock": self._clock_reading(),
                }
            ]
        )
        self.env["dvc.journal"]._log(
            f"dossier.{verb}",
            record=self,
            account=self.account_id,
            dossier_code=self.code,
            detail={"event": event.id, "from": source, "to": self.state},
        )
        return event

    def _stage_of(self, state: str):
        """Return the first column of a state: the agency's own before the shared one."""
        stages = self.env["dvc.dossier.stage"].search(
            [("state", "=", state), ("company_id", "in", (False, self.company_id.id))], order="sequence, id"
        )
        return (stages.filtered("company_id") or stages)[:1]

    # The clock

    def _clock(self):
        return self.company_id._dvc_clock()

    def _clock_values(self, target: str, now, values: dict) -> dict:
        """Return which deadline runs in the target state, or how the last one ended."""
        if target in states.STANDING:
            return {"sla_deadline_at": False, "sla_risk_at": False, "sla_outcome": False, "stopped_at": now}
        if target in (states.SUBMITTED, states.RECEIVED, states.PROCESSING):
            names = ("receive_proof", "receive_deadline") if target == states.SUBMITTED else ("due_proof", "due_at")
            proof, end = (values.get(name) or self[name] for name in names)
            return {"sla_outcome": False, "stopped_at": False, **self._running_values(proof, end)}
        if self.sla_outcome:
            return {}
        end = self._due_promised() or self.receive_deadline
        missed = bool(end and now > end and not self.stopped_at)
        return {"sla_outcome": "missed" if missed else "met", "stopped_at": False}

    def _running_values(self, proof: dict | None, end) -> dict:
        """Return the deadline that runs and from when it is at risk."""
        if not proof or not end:
            return {"sla_deadline_at": False, "sla_risk_at": False}
        counted = deadline.Proof.from_dict(proof)
        share = self.company_id.dvc_risk_share
        risk = deadline.risk_moment(self._clock(), counted.start, end, share, counted.stops)
        return {"sla_deadline_at": end, "sla_risk_at": risk}

    def _due_promised(self):
        """Return the date that counts for being late: one that had passed is not saved by putting it off."""
        promised = fields.Datetime.to_datetime((self.due_proof or {}).get("promised") or False)
        return promised if promised and self.postponed_at and promised < self.postponed_at else self.due_at

    def _clock_reading(self) -> dict:
        """Return how the clock stood after an event."""
        return {
            "receive_deadline": fields.Datetime.to_string(self.receive_deadline) or False,
            "due_at": fields.Datetime.to_string(self.due_at) or False,
            "stopped_at": fields.Datetime.to_string(self.stopped_at) or False,
            "sla": self.sla,
        }

    def _hour_values(self, now, earlier: dict | None = None) -> dict:
        """Return a new working hour to receive the dossier.

        :param earlier: the proof of the hour before, whose stops are kept
        """
        clock, hours = self._clock(), self.company_id.dvc_receive_hours or 1
        if earlier:
            proof = deadline.restart(clock, deadline.Proof.from_dict(earlier), self.stopped_at or now, now)
        else:
            proof = deadline.receive_deadline(clock, now, hours)
        return {"receive_deadline": proof.result, "receive_proof": proof.as_dict()}

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

    # Moves that other addons make

    def _resume_paid(self, reason: str = ""):
        """Receive a dossier whose fee has been paid: its limit starts now."""
        self.ensure_one()
        self._check_move("pay")
        # Who confirms a payment need not be able to read the agency's calendar.
        values = self.sudo()._received_values(fields.Datetime.now())
        return self._move("pay", states.RECEIVED, reason, **values)

    def _finish(self, reason: str = ""):
        """The last result is signed and verified: ready to hand over."""
        now = fields.Datetime.now()
        event = self._move("finish", states.DONE, reason, done_at=now)
        # A new date takes the place of the first one, so what is late here was announced to nobody.
        if self.due_at and now > self.due_at:
            self._note_late_result(event)
        return event

    def _note_late_result(self, event) -> None:
        """Put an answer after its date on the register, once in the dossier's life.

        A refusal is an answer too (NĐ 61/2018 Art. 19(8)), and so is a delay announced too late (Art. 19(9)).
        """
        # Violations of a dossier are counted whoever may read them.
        known = self.sudo().violation_ids.filtered(lambda violation: violation.kind == "late_result")
        if not known:
            self.env["dvc.violation"]._record("late_result", self, self.assignee_id or self.env.user, event)

    def _take_turns(self) -> None:
        """Touch the row first: of two who work on a dossier at once, PostgreSQL lets the later one be run again."""
        self.env.execute_query(SQL("UPDATE dvc_dossier SET id = id WHERE id = %s RETURNING id", self.id))

    def _return(self, reason: str = ""):
        """The result has been handed over or delivered.

        :raise Refusal: what the release blockers say
        """
        self._check_move("return")
        for blocker in self._release_blockers():
            raise blocker
        now = fields.Datetime.now()
        return self._move("return", states.RETURNED, reason, returned_at=now, closed_at=now)

    def _reopen(self, reason: str):
        """Take a result back before the handover.

        :param reason: why, required
        """
        self._check_move("reopen")
        return self._move("reopen", states.PROCESSING, self._reason(reason), done_at=False)
