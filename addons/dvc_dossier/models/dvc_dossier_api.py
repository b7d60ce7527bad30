# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import AccessError

from odoo.addons.dvc_account.contract import contract, has_role
from odoo.addons.dvc_account.domain.arguments import InvalidArgument, LongText, parse_moment
from odoo.addons.dvc_account.exceptions import Refusal

from ..domain import deadline, dossier_code, states

# A new date years ahead is a slip of the keyboard.
POSTPONED_MAX = timedelta(days=3 * 366)
INVALID_VERDICTS = frozenset({"modified", "revoked", "expired"})


class DvcDossier(models.Model):
    """What officers, specialists, citizens and integrators do to a dossier.

    Submissions are in ``dvc_dossier_submit``, supplement requests in ``dvc_dossier_guidance_api``, their answers in
    ``dvc_dossier_supplement``, what only reads in ``dvc_dossier_queries``.
    """

    _inherit = "dvc.dossier"

    def _reason(self, reason: str) -> str:
        """Return a reason without spaces around it.

        :raise Refusal: dossier.reason_required
        """
        if not reason.strip():
            raise Refusal("dossier.reason_required", self.env._("Please give the reason."))
        return reason.strip()

    @contract("officer", unknown="dossier.unknown")
    def receive(self) -> dict:
        """Receive a submitted dossier; where a fee is due first, it waits for the payment.

        :return: ``{state, received_at, due_at}``, both dates False while ``payment``
        :raise Refusal: dossier.bad_transition, component.invalid_signature, component.check_pending
        """
        self._check_move("receive")
        # Role and agency were checked; the flow writes from here on.
        dossier_sudo = self.sudo()
        dossier_sudo._check_signatures()
        if dossier_sudo._needs_payment_first():
            event = self._move("receive", states.PAYMENT)
        else:
            event = self._move("receive", states.RECEIVED, **dossier_sudo._received_values(fields.Datetime.now()))
        dossier_sudo._note_late_reception(event)
        dossier_sudo._accept_components()
        return self._answer("state", "received_at", "due_at")

    def _check_signatures(self) -> None:
        """Complete the pending checks of the files, and refuse what was tampered with; in sudo.

        :raise Refusal: component.invalid_signature, component.check_pending
        """
        current = self.component_ids.filtered("is_current")
        answers = current._open_answers()
        verdicts = {part: answers[part]["verdict"] if part in answers else part.verdict for part in current}
        bad = current.filtered(lambda part: verdicts[part] in INVALID_VERDICTS)
        if not bad and all(verdicts.values()):
            current._keep_answers(answers)
            return
        current._keep_in_spite_of_refusal(answers)
        if bad:
            raise Refusal(
                "component.invalid_signature",
                self.env._(
                    "The signature of %(components)s is not valid: ask for a supplement.",
                    components=", ".join(dict.fromkeys(bad.mapped("code"))),
                ),
            )
        raise current._check_pending()

    def _accept_components(self) -> None:
        pending = self.component_ids.filtered(lambda part: part.is_current and part.review == "pending")
        pending._in_flow().write({"review": "accepted"})

    def _note_late_reception(self, event) -> None:
        """Put it on the register where the desk answered after its hour; in sudo."""
        if self.receive_deadline and event.at > self.receive_deadline:
            self.env["dvc.violation"]._record("late_reception", self, self.env.user, event)

    @contract("officer", "specialist", unknown="dossier.unknown")
    def refuse(self, reason: LongText, legal_basis: LongText | None = None) -> dict:
        """Refuse a dossier, with reason and legal basis (form 03).

        :param reason: told to the citizen
        :param legal_basis: the provision it follows from
        :return: ``{state}``
        :raise Refusal: dossier.bad_transition, dossier.reason_required
        :raise AccessError: before reception only officers refuse, after it only specialists
        """
        self._check_move("refuse")
        self._check_desk_or_unit()
        event = self._move(
            "refuse",
            states.REFUSED,
            self._reason(reason),
            legal_basis=(legal_basis or "").strip(),
            closed_at=fields.Datetime.now(),
        )
        if event.from_state == states.SUBMITTED:
            # Role and agency were checked above.
            self.sudo()._note_late_reception(event)
        elif self.due_at and event.at > self.due_at:
            self._note_late_result(event)
        return self._answer("state")

    def _check_desk_or_unit(self, desk_too: bool = False) -> None:
        """Check that the desk acts before reception and the unit after it.

        :param desk_too: officers may act after reception too
        :raise AccessError: a specialist before reception, an officer after it
        """
        roles = ("officer",) if self.state == states.SUBMITTED else ("specialist", "officer")[: 1 + desk_too]
        if not self.env.su and not has_role(self.env, *roles):
            raise AccessError(self.env._("Your role does not allow this operation."))

    @contract("officer", "specialist", "manager", unknown="dossier.unknown")
    def assign(self, login: str) -> dict:
        """Assign a dossier to a specialist of its agency.

        :param login: the specialist's
        :return: ``{state, assignee}``
        :raise Refusal: dossier.bad_transition, user.unknown
        """
        if self.state not in states.OPEN - {states.DONE}:
            raise self._bad_transition()
        user = self._assignable(login)
        # Role and agency were checked; the assignee is a guarded field.
        dossier_sudo = self.sudo()
        dossier_sudo._in_flow().write({"assignee_id": user.id})
        dossier_sudo._note_event("assign", self.state, detail={"to": user.id})
        return {"state": self.state, "assignee": user.login}

    def _assignable(self, login: str):
        """Return the specialist of a login, in sudo.

        :raise Refusal: user.unknown
        """
        # Logins are looked up among all users; only staff of this agency can be chosen.
        user_sudo = self.env["res.users"].sudo().search([("login", "=", login)], limit=1)
        in_agency = self.sudo().company_id in user_sudo.company_ids
        if not user_sudo or not in_agency or not user_sudo.has_group("dvc_account.group_specialist"):
            raise Refusal("user.unknown", self.env._("There is no specialist of this login in the agency."))
        return user_sudo

    @contract("specialist", unknown="dossier.unknown")
    def start(self, login: str | None = None) -> dict:
        """Start the processing, for oneself or for a colleague.

        :param login: the colleague's; not given: the caller
        :return: ``{state, assignee}``
        :raise Refusal: dossier.bad_transition, user.unknown
        :raise AccessError: the dossier is another unit's
        """
        self._check_move("start")
        self._check_unit()
        # Role, agency and unit were checked.
        for blocker in self.sudo()._start_blockers():
            raise blocker
        user_sudo = self._assignable(login) if login else self.env.user
        self._move("start", states.PROCESSING, assignee_id=user_sudo.id, detail={"to": user_sudo.id})
        return {"state": self.state, "assignee": user_sudo.login}

    def _is_unit_of(self, user) -> bool:
        """Tell whether a user's unit, where they have one, is the dossier's; assignees and managers may anyway."""
        unit = user.dvc_unit_id
        free = not unit or not self.unit_id or unit == self.unit_id or self.assignee_id == user
        return free or has_role(self.with_user(user).env, "manager")

    def _check_unit(self) -> None:
        """Check that the caller's unit, where they have one, is the dossier's; assignees and managers may anyway.

        :raise AccessError: another unit's dossier
        """
        if not self.env.su and not self._is_unit_of(self.env.user):
            raise AccessError(self.env._("This dossier belongs to another unit: have it assigned to you first."))

    @contract("citizen", "integrator", "officer", unknown="dossier.unknown")
    def withdraw(self, reason: LongText) -> dict:
        """Withdraw a dossier at the citizen's wish.

        :param reason: the citizen's
        :return: ``{state}``
        :raise Refusal: dossier.bad_transition, dossier.reason_required
        """
        return self._close("withdraw", states.WITHDRAWN, reason)

    @contract("officer", "manager", unknown="dossier.unknown")
    def stop(self, reason: LongText) -> dict:
        """Stop a dossier that waits or is in process.

        :param reason: told to the citizen
        :return: ``{state}``
        :raise Refusal: dossier.bad_transition, dossier.reason_required
        """
        return self._close("stop", states.STOPPED, reason)

    def _close(self, verb: str, target: str, reason: str) -> dict:
        self._check_move(verb)
        text = self._reason(reason)
        self._move(verb, target, text, closed_at=fields.Datetime.now(), **self._code_values())
        return self._answer("state")

    def _code_values(self) -> dict:
        """Return a code for a dossier that has none yet: a draft gets one with its first event."""
        if self.code:
            return {}
        # Numbers are taken by the flow, on behalf of a caller who was checked.
        dossier_sudo = self.sudo()
        day = self.env["dvc.account"]._today()
        number = dossier_sudo.env["dvc.dossier.number"]._take(dossier_sudo.company_id, day)
        return {"code": dossier_code.dossier_code(dossier_sudo.company_id.dvc_agency_code, day, number)}

    @contract("officer", "manager", unknown="dossier.unknown")
    def postpone(self, due_at: str, reason: LongText) -> dict:
        """Apologise and set a new date, once (form 04; NĐ 61/2018 Art. 19(9)).

        :param due_at: the new moment, UTC ``YYYY-MM-DD HH:MM:SS``, after the present one
        :param reason: told to the citizen
        :return: ``{due_at}``
        :raise Refusal: dossier.bad_transition, dossier.postponed_already, dossier.reason_required, input.invalid
        """
        if self.state not in (states.RECEIVED, states.PROCESSING):
            raise self._bad_transition()
        if self.postponed_at:
            raise Refusal(
                "dossier.postponed_already", self.env._("The date was put off before: the law allows it once.")
            )
        text, now = self._reason(reason), fields.Datetime.now()
        moment = parse_moment(due_at, "due_at")
        if not max(self.due_at or now, now) < moment <= now + POSTPONED_MAX:
            raise InvalidArgument("due_at", "range")
        # Role and agency were checked; dates are guarded fields.
        dossier_sudo = self.sudo()
        promised = fields.Datetime.to_string(self.due_at)
        proof = {**(dossier_sudo.due_proof or {}), "promised": promised, "postponed_to": due_at, "result": due_at}
        too_late = self.due_at and now > deadline.announce_by(dossier_sudo._clock(), self.due_at)
        # A date that has passed stays the one to be late for.
        running = dossier_sudo._running_values(proof, moment) if not self.due_at or now <= self.due_at else {}
        dossier_sudo._in_flow().write({"due_at": moment, "postponed_at": now, "due_proof": proof, **running})
        event = dossier_sudo._issue_postponement(text)
        if too_late:
            dossier_sudo._note_late_result(event)
        return self._answer("due_at")

    def _issue_postponement(self, reason: str):
        """Write the event of the new date and tell the citizen, in sudo; papers extend it.

        :return: the event
        """
        event = self._note_event(
            "postpone", self.state, reason, detail={"promised": self.due_proof.get("promised") or False}
        )
        self._notify_citizen(event)
        return event

    def _answer(self, *names: str) -> dict:
        """Return fields of the dossier as integrators get them."""
        answer = {}
        for name in names:
            value = self[name]
            if self._fields[name].type == "datetime":
                value = fields.Datetime.to_string(value)
            answer[name] = value or False
        return answer
