# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The life of a demo dossier, told in the past: the values, events and rounds its moves would have left behind."""

from datetime import datetime, timedelta

from odoo import fields

from ..domain import deadline, states
from ..models.dvc_dossier_flow import RULE_SETS


def working_minutes_before(clock, moment: datetime, minutes: int) -> datetime:
    """Return the moment that lies so many working minutes before another (naive UTC)."""
    left = timedelta(minutes=minutes)
    start = moment - timedelta(days=20 + minutes // 120)
    for begin, end in reversed(clock.intervals_between(start, moment)):
        if end - begin >= left:
            return end - left
        left -= end - begin
    return start


class Story:
    """Tell the moves of one dossier in their order.

    :param env: environment of the agency, in sudo
    :param clock: compiled calendar of the agency
    :param procedure: the dossier's procedure
    :param company: the agency
    """

    def __init__(self, env, clock, procedure, company):
        self.env, self.clock, self.procedure, self.company = env, clock, procedure, company
        self.state = states.DRAFT
        self.at = None
        self.values = {"procedure_id": procedure.id, "company_id": company.id, "state": states.DRAFT}
        self.events: list[dict] = []
        self.rounds: list[dict] = []
        self.late_by = None

    def _move(self, target: str, at: datetime, user, reason: str = "", verb: str = "", **values):
        verb = verb or states.verb_for(self.state, target)
        if not verb:
            raise ValueError(f"No move from {self.state} to {target}.")
        source, self.state, self.at = self.state, target, at
        self.values.update(values, state=target)
        self.values.update(self._clock_values(target, at))
        self.events.append(
            {
                "verb": verb,
                "from_state": source,
                "to_state": target,
                "at": at,
                "user_id": user.id,
                "reason": reason or False,
                "clock": {
                    "receive_deadline": fields.Datetime.to_string(self.values.get("receive_deadline")) or False,
                    "due_at": fields.Datetime.to_string(self.values.get("due_at")) or False,
                    "sla": self.values.get("sla_outcome") or "running",
                },
            }
        )
        return self

    def _clock_values(self, target: str, at: datetime) -> dict:
        if target in states.STANDING:
            return {"sla_deadline_at": False, "sla_risk_at": False, "sla_outcome": False, "stopped_at": at}
        due, receive = self.values.get("due_at"), self.values.get("receive_deadline")
        if target in (states.SUBMITTED, states.RECEIVED, states.PROCESSING):
            end = receive if target == states.SUBMITTED else due
            proof = self.values["receive_proof" if target == states.SUBMITTED else "due_proof"]
            counted = deadline.Proof.from_dict(proof)
            risk = deadline.risk_moment(self.clock, counted.start, end, self.company.dvc_risk_share, counted.stops)
            return {"sla_deadline_at": end, "sla_risk_at": risk, "sla_outcome": False, "stopped_at": False}
        if self.values.get("sla_outcome"):
            return {}
        end = due or receive
        missed = end and at > end and not self.values.get("stopped_at")
        return {"sla_outcome": "missed" if missed else "met", "stopped_at": False}

    def _note_reception(self, at: datetime, user) -> None:
        if at > self.values["receive_deadline"]:
            self.late_by = (user, len(self.events) - 1)

    def submit(self, at: datetime, user):
        """Hand in; the working hour to receive runs."""
        proof = deadline.receive_deadline(self.clock, at, self.company.dvc_receive_hours or 1)
        return self._move(
            states.SUBMITTED,
            at,
            user,
            submitted_at=at,
            submitted_by_id=user.id,
            receive_deadline=proof.result,
            receive_proof=proof.as_dict(),
        )

    def _received(self, at: datetime) -> dict:
        proof = deadline.due(self.clock, at, self.procedure.time_limit_value, self.procedure.time_limit_unit)
        day = str((at + timedelta(hours=7)).date())
        return {
            "received_at": at,
            "due_at": proof.result,
            "due_proof": proof.as_dict(),
            "rule_set": next(name for first, name in RULE_SETS if first <= day),
        }

    def receive(self, at: datetime, user, fee_first: bool = False):
        """Receive, or wait for the fee."""
        if fee_first:
            self._move(states.PAYMENT, at, user)
        else:
            self._move(states.RECEIVED, at, user, **self._received(at))
        self._note_reception(at, user)
        return self

    def pay(self, at: datetime, user):
        """The fee is paid: the limit starts."""
        return self._move(states.RECEIVED, at, user, **self._received(at))

    def start(self, at: datetime, user):
        """A specialist starts."""
        return self._move(states.PROCESSING, at, user, assignee_id=user.id)

    def ask(self, at: datetime, user, component, instruction: str):
        """Ask for a correction; the clock stands still."""
        self.rounds.append(
            {"component": component, "instruction": instruction, "user": user, "at": at, "answered_at": False}
        )
        source = self.state
        self._move(states.SUPPLEMENT, at, user, instruction, resume_state=source, guidance_round=len(self.rounds))
        if source == states.SUBMITTED:
            self._note_reception(at, user)
        return self

    def answer(self, at: datetime, user):
        """The citizen answers: a new hour at the desk, the limit anew or resumed."""
        target, stopped = self.values["resume_state"], self.values["stopped_at"]
        self.rounds[-1]["answered_at"] = at
        if target == states.SUBMITTED:
            proof = deadline.receive_deadline(self.clock, at, self.company.dvc_receive_hours or 1)
            values = {"receive_deadline": proof.result, "receive_proof": proof.as_dict()}
        else:
            again = deadline.resume if self.procedure.supplement_rule == "pause" else deadline.restart
            proof = again(self.clock, deadline.Proof.from_dict(self.values["due_proof"]), stopped, at)
            values = {"due_at": proof.result, "due_proof": proof.as_dict()}
        return self._move(target, at, user, resume_state=False, **values)

    def postpone(self, at: datetime, user, to: datetime, reason: str):
        """Apologise and set a new date, once."""
        proof = {
            **self.values["due_proof"],
            "postponed_to": fields.Datetime.to_string(to),
            "postponed_reason": reason,
        }
        self._move(self.state, at, user, reason, "postpone", due_at=to, postponed_at=at, due_proof=proof)
        return self

    def finish(self, at: datetime, user):
        """The result is signed."""
        return self._move(states.DONE, at, user, done_at=at)

    def give(self, at: datetime, user):
        """The result is handed over."""
        return self._move(states.RETURNED, at, user, returned_at=at, closed_at=at)

    def close(self, target: str, at: datetime, user, reason: str):
        """Refuse, withdraw or stop."""
        source = self.state
        self._move(target, at, user, reason, closed_at=at)
        if source == states.SUBMITTED and target == states.REFUSED:
            self._note_reception(at, user)
        return self
