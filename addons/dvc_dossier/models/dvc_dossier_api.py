# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from odoo.addons.dvc_account.contract import contract, has_role
from odoo.addons.dvc_account.domain.arguments import InvalidArgument, LongText, parse_moment
from odoo.addons.dvc_account.exceptions import Refusal

from ..domain import deadline, states

LIST_MAX = 500
CHANGES_MAX = 5000


class DvcDossier(models.Model):
    """What officers, specialists and integrators call on dossiers; submissions: dvc_dossier_submit."""

    _inherit = "dvc.dossier"

    def _check_acting(self) -> None:
        """Check that a citizen acts on their own dossier, and staff on one of their agencies'.

        :raise AccessError: somebody else's
        """
        self.ensure_one()
        if self.env.su or has_role(self.env, "officer", "specialist", "leader", "manager", "integrator"):
            self.check_access("read")
        # The citizen's dossiers are told by the account, which the citizen may not search.
        elif self.sudo().account_id.user_id != self.env.user:
            raise AccessError(self.env._("This dossier belongs to somebody else."))

    def _reason(self, reason: str) -> str:
        if not reason.strip():
            raise Refusal("dossier.reason_required", self.env._("Please give the reason."))
        return reason.strip()

    @api.model
    def _by_code(self, code: str):
        """Return a dossier that the caller may read.

        :raise Refusal: dossier.unknown
        :raise AccessError: another agency's or another citizen's
        """
        # Looked up beyond the caller's rules to tell "unknown" from "not yours".
        dossier = self.sudo().search([("code", "=", code)], limit=1).with_env(self.env) if code else self
        if not dossier:
            raise Refusal("dossier.unknown", self.env._("This dossier does not exist."))
        dossier._check_acting() if not has_role(self.env, "auditor") else dossier.check_access("read")
        return dossier

    @contract("officer", unknown="dossier.unknown")
    def receive(self) -> dict:
        """Receive a submitted dossier; where a fee is due first, it waits for the payment.

        :return: ``{state, received_at, due_at}``, both False while ``payment``
        :raise Refusal: dossier.bad_transition, component.invalid_signature
        """
        self._check_acting()
        self._check_move("receive")
        # Role and agency were checked; the flow writes from here on.
        dossier_sudo = self.sudo()
        bad = dossier_sudo.component_ids.filtered(
            lambda part: part.is_current and part.verdict in ("modified", "revoked", "expired")
        )
        if bad:
            raise Refusal(
                "component.invalid_signature",
                self.env._("The signature of %(components)s is not valid: ask for a supplement.", components=", ".join(bad.mapped("code"))),
            )
        now = fields.Datetime.now()
        if dossier_sudo._needs_payment_first():
            event = self._move("receive", states.PAYMENT)
        else:
            event = self._move("receive", states.RECEIVED, **dossier_sudo._received_values(now))
        self._note_late_reception(event)
        return self._answer("state", "received_at", "due_at")

    def _note_late_reception(self, event) -> None:
        if self.receive_deadline and event.at > self.receive_deadline:
            self.env["dvc.violation"]._record("late_reception", self, self.env.user, event)

    @contract("officer", "specialist", unknown="dossier.unknown")
    def refuse(self, reason: LongText, legal_basis: LongText | None = None) -> dict:
        """Refuse a dossier, with reason and legal basis (form 03).

        :return: ``{state}``
        :raise Refusal: dossier.bad_transition, dossier.reason_required
        """
        self._check_acting()
        self._check_move("refuse")
        self._check_desk_only(states.REFUSED)
        text = self._reason(reason)
        text = f"{text}\n{legal_basis.strip()}" if legal_basis else text
        event = self._move("refuse", states.REFUSED, text, closed_at=fields.Datetime.now())
        if event.from_state == states.SUBMITTED:
            self._note_late_reception(event)
        return self._answer("state")

    def _check_desk_only(self, target: str) -> None:
        if (self.state, target) in states.DESK_ONLY and not self.env.su and not has_role(self.env, "officer"):
            raise AccessError(self.env._("Before reception this is the one-stop officer's task."))

    @contract("officer", "specialist", "manager", unknown="dossier.unknown")
    def assign(self, login: str) -> dict:
        """Assign a dossier to a specialist of its agency.

        :return: ``{state, assignee}``
        :raise Refusal: user.unknown, dossier.bad_transition
        """
        self._check_acting()
        if self.state not in states.OPEN - {states.DONE}:
            raise self._bad_transition("assign")
        user = self._assignable(login)
        # Role and agency were checked; the assignee is a guarded field.
        self.sudo()._in_flow().write({"assignee_id": user.id})
        self.env["dvc.journal"]._log("dossier.assigned", record=self, dossier_code=self.code, detail={"to": user.id})
        return {"state": self.state, "assignee": user.login}

    def _assignable(self, login: str):
        # Logins are looked up among all users; only staff of this agency can be chosen.
        user = self.env["res.users"].sudo().search([("login", "=", login)], limit=1)
        if not user or self.company_id not in user.company_ids or not user.has_group("dvc_account.group_specialist"):
            raise Refusal("user.unknown", self.env._("There is no specialist %(login)s in this agency.", login=login))
        return user

    @contract("specialist", unknown="dossier.unknown")
    def start(self, login: str | None = None) -> dict:
        """Start the processing, for oneself or for a colleague.

        :return: ``{state, assignee}``
        :raise Refusal: dossier.bad_transition, user.unknown
        """
        self._check_acting()
        self._check_move("start")
        for blocker in self._start_blockers():
            raise blocker
        user = self._assignable(login) if login else self.env.user
        self._move("start", states.PROCESSING, assignee_id=user.id)
        return {"state": self.state, "assignee": user.login}

    @contract("citizen", "integrator", "officer", unknown="dossier.unknown")
    def withdraw(self, reason: LongText) -> dict:
        """Withdraw a dossier at the citizen's wish.

        :return: ``{state}``
        :raise Refusal: dossier.bad_transition, dossier.reason_required
        """
        self._check_acting()
        self._check_move("withdraw")
        self._move("withdraw", states.WITHDRAWN, self._reason(reason), closed_at=fields.Datetime.now())
        return self._answer("state")

    @contract("officer", "manager", unknown="dossier.unknown")
    def stop(self, reason: LongText) -> dict:
        """Stop a dossier that waits or is in process.

        :return: ``{state}``
        :raise Refusal: dossier.bad_transition, dossier.reason_required
        """
        self._check_acting()
        self._check_move("stop")
        self._move("stop", states.STOPPED, self._reason(reason), closed_at=fields.Datetime.now())
        return self._answer("state")

    @contract("officer", "manager", unknown="dossier.unknown")
    def postpone(self, due_at: str, reason: LongText) -> dict:
        """Apologise and set a new date, once (form 04; NĐ 61/2018 Art. 19(9)).

        :param due_at: the new moment, UTC ``YYYY-MM-DD HH:MM:SS``, after the present one
        :return: ``{due_at}``
        :raise Refusal: dossier.postponed_already, dossier.reason_required, dossier.bad_transition
        """
        self._check_acting()
        if self.state not in (states.RECEIVED, states.PROCESSING):
            raise self._bad_transition("postpone")
        if self.postponed_at:
            raise Refusal("dossier.postponed_already", self.env._("The date was put off once already: the law allows it once."))
        text = self._reason(reason)
        moment = parse_moment(due_at, "due_at")
        if moment <= max(self.due_at or moment, fields.Datetime.now()):
            raise InvalidArgument("due_at", "range")
        # Role and agency were checked; dates are guarded fields.
        dossier_sudo = self.sudo()._in_flow()
        proof = {**(dossier_sudo.due_proof or {}), "postponed_to": due_at, "postponed_reason": text}
        dossier_sudo.write({"due_at": moment, "postponed_at": fields.Datetime.now(), "due_proof": proof, "sla_deadline_at": moment})
        dossier_sudo._issue_postponement(text)
        return {"due_at": fields.Datetime.to_string(self.due_at)}

    def _issue_postponement(self, reason: str) -> None:
        """Write the event of the new date and tell the citizen; papers extend it."""
        self.env["dvc.dossier.event"].create(
            [
                {
                    "dossier_id": self.id,
                    "company_id": self.company_id.id,
                    "code": self.code,
                    "verb": "postpone",
                    "from_state": self.state,
                    "to_state": self.state,
                    "user_id": self.env.uid,
                    "role": self.env["dvc.journal"]._role_of(self.env.user),
                    "reason": reason,
                    "clock": self._clock_reading(),
                }
            ]
        )

    def _answer(self, *names: str) -> dict:
        """Return fields of the dossier as integrators get them."""
        answer = {}
        for name in names:
            value = self[name]
            answer[name] = fields.Datetime.to_string(value) if self._fields[name].type == "datetime" else value
            answer[name] = answer[name] or False
        return answer

    @api.readonly
    @api.model
    @contract("citizen", "integrator", "officer")
    def list_for(self, account_id: int, state: str | None = None, limit: int = 80, offset: int = 0) -> list:
        """List a citizen's dossiers, matched by CCCD: also those filed before the account existed.

        :param state: only this state
        :param limit: at most 500
        :return: list of ``{code, procedure_code, state, national_status, due_at, sla}``, newest first
        """
        if not 1 <= limit <= LIST_MAX or offset < 0:
            raise InvalidArgument("limit", "range")
        if state and state not in states.STATES:
            raise InvalidArgument("state", "format")
        account_sudo = self.env["dvc.account"]._for_caller(account_id)
        owner = Domain("account_id", "in", account_sudo._owner_accounts().ids)
        if account_sudo.state == "standardized" and account_sudo.citizen_id_hash:
            owner |= Domain("applicant_citizen_hash", "=", account_sudo.citizen_id_hash)
        domain = owner & (Domain("state", "=", state) if state else Domain("state", "!=", states.DRAFT))
        # The account was checked; its dossiers may be with any agency.
        found = self.sudo().search(domain, order="submitted_at desc, id desc", limit=limit, offset=offset)
        return [
            {
                "code": dossier.code or False,
                "procedure_code": dossier.procedure_id.code,
                "state": dossier.state,
                "national_status": dossier.national_status or False,
                "due_at": fields.Datetime.to_string(dossier.due_at) or False,
                "sla": dossier.sla,
            }
            for dossier in found
        ]

    @api.readonly
    @api.model
    @contract("integrator", "officer", "specialist", "manager")
    def track(self, code: str) -> dict:
        """Tell where a dossier stands, without personal data.

        :return: ``{code, state, national_status, receive_deadline, due_at, sla, timeline, supplement, fee_due}``
        :raise Refusal: dossier.unknown
        """
        # The caller may read it; what is told holds no personal data.
        return self._by_code(code).sudo()._tracking()

    def _tracking(self) -> dict:
        """Return what tracking tells; the public page shows it after a one-time code."""
        self.ensure_one()
        asked = self.guidance_ids[-1:].item_ids if self.state == states.SUPPLEMENT else self.guidance_ids.item_ids
        return {
            "code": self.code,
            **self._answer("state", "receive_deadline", "due_at", "sla"),
            "national_status": self.national_status or False,
            "timeline": [
                {
                    "at": fields.Datetime.to_string(event.at),
                    "state": event.to_state,
                    "national_status": states.NATIONAL_STATUS[event.to_state] or False,
                }
                for event in self.event_ids
            ],
            "supplement": [
                {"component_code": item.component_code, "instruction": item.instruction}
                for item in asked
                if self.state == states.SUPPLEMENT and not item.answered_at
            ],
            "fee_due": self._fee_due(),
        }

    @api.readonly
    @api.model
    @contract()
    def deadline_proof(self, code: str) -> dict:
        """Prove the deadlines of a dossier: what was counted, on which calendar, with which stops.

        :return: ``{receive: {start, limit, intervals, stops, result}, due: {…} or False}``
        :raise Refusal: dossier.unknown
        """
        # The caller may read the dossier; proofs hold no personal data.
        dossier_sudo = self._by_code(code).sudo()
        return {"receive": dossier_sudo.receive_proof or False, "due": dossier_sudo.due_proof or False}

    @api.model
    @contract("integrator", "auditor")
    def changes(self, since: int, limit: int = 1000) -> dict:
        """List the moves after a position; none is lost and none comes twice, whatever commits late.

        :param since: the last answer's ``next``, 0 at first
        :param limit: at most 5000
        :return: ``{events: [{id, at, code, from, to, national_status}], next}``
        """
        if since < 0 or not 1 <= limit <= CHANGES_MAX:
            raise InvalidArgument("since" if since < 0 else "limit", "range")
        # The feed is sealed by whoever asks, and told by agency.
        seals_sudo = self.env["dvc.dossier.event.seal"].sudo()
        try:
            with self.env.cr.savepoint():
                seals_sudo._seal()
        except psycopg2.errors.UniqueViolation as error:
            # Another reader sealed after our snapshot: Odoo runs this call again.
            raise psycopg2.errors.SerializationFailure(str(error)) from None
        domain = Domain("id", ">", since) & Domain("event_id.company_id", "in", self.env.companies.ids)
        found = seals_sudo.search(domain, order="id", limit=limit)
        return {
            "events": [
                {
                    "id": seal.event_id.id,
                    "at": fields.Datetime.to_string(seal.event_id.at),
                    "code": seal.event_id.code,
                    "from": seal.event_id.from_state or False,
                    "to": seal.event_id.to_state,
                    "national_status": states.NATIONAL_STATUS[seal.event_id.to_state] or False,
                }
                for seal in found
            ],
            "next": found[-1:].id or since,
        }
