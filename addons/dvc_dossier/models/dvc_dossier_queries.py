# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import psycopg2.errors

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.fields import Domain

from odoo.addons.dvc_account.contract import contract, has_role
from odoo.addons.dvc_account.domain.arguments import InvalidArgument

from ..domain import states

LIST_MAX = 1000
CHANGES_MAX = 1000


class DvcDossier(models.Model):
    """What is asked about dossiers."""

    _inherit = "dvc.dossier"

    @api.model
    def _by_code(self, code: str):
        """Return a dossier that the caller may read.

        :raise Refusal: dossier.unknown
        :raise AccessError: another agency's or another citizen's
        """
        # Looked up beyond the caller's rules, to tell "unknown" from "not yours".
        dossier_sudo = self.sudo().search([("code", "=", code)], limit=1) if code else self.sudo().browse()
        if not dossier_sudo:
            raise self._unknown()
        dossier = self.browse(dossier_sudo.id)
        dossier.check_access("read")
        return dossier

    @api.readonly
    @api.model
    @contract("citizen", "integrator", "officer")
    def list_for(self, account_id: int, state: str | None = None, limit: int = 80, offset: int = 0) -> list:
        """List a citizen's dossiers, matched by CCCD: also those filed before the account existed.

        Staff and integrators see those of their agencies.

        :param account_id: the citizen's
        :param state: only this state
        :param limit: 1 to 1000
        :param offset: how many to pass over
        :return: list of ``{code, procedure_code, state, national_status, due_at, sla}``, newest first
        :raise Refusal: account.unknown
        """
        if not 1 <= limit <= LIST_MAX:
            raise InvalidArgument("limit", "range")
        if offset < 0:
            raise InvalidArgument("offset", "range")
        if state and state not in states.STATES:
            raise InvalidArgument("state", "format")
        account_sudo = self.env["dvc.account"]._for_caller(account_id)
        domain = self._owner_domain(account_sudo) & Domain("state", "=" if state else "!=", state or states.DRAFT)
        if not self.env.su and has_role(self.env, "integrator", "officer"):
            domain &= Domain("company_id", "in", self.env.companies.ids)
        # The account was checked, and the agencies of those who belong to some; a citizen's may be with any.
        found_sudo = self.sudo().search(domain, order="submitted_at desc, id desc", limit=limit, offset=offset)
        return [dossier_sudo._listed() for dossier_sudo in found_sudo]

    @api.model
    def _owner_domain(self, account_sudo) -> Domain:
        """Return the domain of a person's dossiers; a claimed number counts only once it is standardised."""
        domain = Domain("account_id", "in", account_sudo._owner_accounts().ids)
        if account_sudo.state == "standardized" and account_sudo.citizen_id_hash:
            domain |= Domain("applicant_citizen_hash", "=", account_sudo.citizen_id_hash)
        return domain

    def _listed(self) -> dict:
        return {
            "code": self.code or False,
            "procedure_code": self.procedure_id.code,
            "state": self.state,
            "national_status": self.national_status or False,
            **self._answer("due_at", "sla"),
        }

    @api.readonly
    @api.model
    @contract("integrator", "officer", "specialist", "manager")
    def track(self, code: str) -> dict:
        """Tell where a dossier stands, without personal data.

        :param code: the dossier's
        :return: ``{code, state, national_status, receive_deadline, due_at, sla, timeline: [{at, state,
            national_status}], supplement: [{component_code, instruction}], fee_due}``
        :raise Refusal: dossier.unknown
        """
        # The caller may read it; what is told holds no personal data.
        return self._by_code(code).sudo()._tracking()

    def _tracking(self) -> dict:
        """Return what tracking tells, in sudo; the public page shows it after a one-time code."""
        self.ensure_one()
        waiting = self.state == states.SUPPLEMENT
        return {
            "national_status": self.national_status or False,
            **self._answer("code", "state", "receive_deadline", "due_at", "sla"),
            "timeline": [
                {
                    "at": fields.Datetime.to_string(event.at),
                    "state": event.to_state,
                    "national_status": states.NATIONAL_STATUS[event.to_state] or False,
                }
                for event in self.event_ids
                if event.from_state != event.to_state
            ],
            "supplement": [
                {"component_code": item.component_code, "instruction": item.instruction}
                for item in self.guidance_ids[-1:].item_ids
                if waiting and not item.answered_at
            ],
            "fee_due": self._fee_due(),
        }

    @api.readonly
    @api.model
    @contract()
    def deadline_proof(self, code: str) -> dict:
        """Prove the deadlines of a dossier: what was counted, on which calendar, with which stops.

        :param code: the dossier's
        :return: ``{receive: {start, limit, intervals: [[from, to]], stops: [[from, to]], result}, due: {…} or False}``
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
        :param limit: 1 to 1000
        :return: ``{events: [{id, at, code, from, to, national_status}], next}``
        """
        if since < 0:
            raise InvalidArgument("since", "range")
        if not 1 <= limit <= CHANGES_MAX:
            raise InvalidArgument("limit", "range")
        # The feed is sealed by whoever asks, and told by agency.
        seals_sudo = self.env["dvc.dossier.event.seal"].sudo()
        try:
            with self.env.cr.savepoint():
                seals_sudo._seal()
        except (psycopg2.errors.UniqueViolation, psycopg2.errors.SerializationFailure):
            # Another reader sealed after our snapshot was taken: Odoo runs this call again.
            raise ConcurrencyError("dossier events") from None
        domain = (
            Domain("id", ">", since)
            & Domain("event_id.company_id", "in", self.env.companies.ids)
            # Assignments and new dates move nothing.
            & Domain("event_id.is_move", "=", True)
        )
        found_sudo = seals_sudo.search(domain, order="id", limit=limit)
        return {
            "events": [seal_sudo.event_id._told() for seal_sudo in found_sudo],
            "next": found_sudo[-1:].id or since,
        }
