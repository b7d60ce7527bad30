# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import hashlib
import json

import psycopg2

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.dvc_account.contract import contract, has_role
from odoo.addons.dvc_account.domain.arguments import Content, check_item
from odoo.addons.dvc_account.exceptions import Refusal

from ..domain import checklist, deadline, dossier_code, form_schema, states


class DvcDossier(models.Model):
    """Handing in: the submission, and the answer to a supplement request."""

    _inherit = "dvc.dossier"

    @api.model
    @contract("citizen", "integrator", "officer")
    def submit(
        self,
        account_id: int,
        procedure_code: str,
        agency_code: str,
        components: list[dict],
        form: dict | None = None,
        copies: int = 1,
        delivery: str | None = None,
        client_ref: str | None = None,
    ) -> dict:
        """Hand a dossier in; one working hour to receive it runs from now.

        :param account_id: a standardised account
        :param procedure_code: of the national catalogue, e.g. ``2.000635``
        :param agency_code: e.g. ``000.12.29.H57``
        :param components: list of ``{code, filename, content}`` (base64) or ``{code, document_id}``
        :param form: the electronic form's values, instead of the declaration's file
        :param copies: how many copies of the result, 1 to 1000
        :param delivery: ``electronic``, ``counter`` or ``post``; the procedure's first when not given
        :param client_ref: the caller's key: the same one gives the same dossier
        :return: ``{id, code, state, receive_deadline, fee_due}``
        :raise Refusal: see the integrator's guide
        """
        return self._submit(
            {
                "account_id": account_id,
                "procedure_code": procedure_code,
                "agency_code": agency_code,
                "components": components,
                "form": form,
                "copies": copies,
                "delivery": delivery,
                "client_ref": client_ref,
            }
        )

    @api.model
    def _submit(self, values: dict) -> dict:
        """Check and keep a submission.

        :param values: the arguments of ``submit``, by name
        """
        account_sudo = self.env["dvc.account"]._for_caller(values["account_id"])
        fingerprint = self._fingerprint(values)
        if known := self._by_client_ref(values["client_ref"], fingerprint):
            return known._submission_answer()
        account_sudo._check_can_submit()
        checked = self._check_submission(account_sudo, values)
        for blocker in self._submit_blockers(checked):
            raise blocker
        # The caller may act for the account; dossiers are created by this flow only.
        try:
            with self.env.cr.savepoint():
                dossier_sudo = self.sudo()._create_submitted(account_sudo, checked, values["client_ref"], fingerprint)
        except psycopg2.errors.UniqueViolation as error:
            if error.diag.constraint_name != "dvc_dossier_client_ref_uniq":
                raise
            # The same submission was committed after our snapshot: Odoo runs this call again and it is found.
            raise psycopg2.errors.SerializationFailure(str(error)) from None
        return dossier_sudo._submission_answer()

    @api.model
    def _fingerprint(self, values: dict) -> str:
        content = {key: value for key, value in values.items() if key != "client_ref"}
        return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()

    @api.model
    def _by_client_ref(self, client_ref: str | None, fingerprint: str):
        # The key is the caller's own: what it made is found whatever the rules say now.
        dossiers_sudo = self.sudo()
        if not client_ref:
            return dossiers_sudo.browse()
        known = dossiers_sudo.search([("submitted_by_id", "=", self.env.uid), ("client_ref", "=", client_ref)], limit=1)
        if known and known.client_fingerprint != fingerprint:
            raise Refusal("dossier.key_reused", self.env._("This reference was used for another submission."))
        return known

    def _submission_answer(self) -> dict:
        return {
            "id": self.id,
            "code": self.code,
            **self._answer("state", "receive_deadline"),
            "fee_due": self._fee_due(),
        }

    @api.model
    def _check_submission(self, account_sudo, values: dict) -> dict:
        """Return the records a submission means.

        :raise Refusal: agency.unknown, procedure.unknown, component.*, delivery.not_allowed, form.invalid, file.*
        """
        # The catalogue and the list of agencies are public.
        company_sudo = self.env["res.company"].sudo()._dvc_agency_by_code(values["agency_code"])
        if not company_sudo or not company_sudo._dvc_is_open(self.env["dvc.account"]._today()):
            raise Refusal("agency.unknown", self.env._("There is no such agency, or it takes no dossiers any more."))
        if has_role(self.env, "officer", "integrator") and company_sudo not in self.env.user.company_ids:
            company_sudo.with_env(self.env).check_access("read")
        procedure_sudo = self.env["dvc.procedure"]._by_code(values["procedure_code"])
        unit_sudo = procedure_sudo.unit_ids.filtered(lambda unit: unit.company_id == company_sudo)[:1]
        if not procedure_sudo or not unit_sudo:
            raise Refusal("procedure.unknown", self.env._("This agency does not handle this procedure."))
        delivery = values["delivery"] or procedure_sudo._delivery_modes()[0]
        if delivery not in procedure_sudo._delivery_modes():
            raise Refusal("delivery.not_allowed", self.env._("The result cannot be delivered in this way."))
        if not 1 <= values["copies"] <= 1000:
            raise Refusal("input.invalid", self.env._("Between 1 and 1000 copies."))
        self._check_form(procedure_sudo, values["form"])
        parts = self._check_components(account_sudo, procedure_sudo, values["components"])
        self._check_complete(procedure_sudo, parts, values["form"])
        return {
            "account": account_sudo,
            "company": company_sudo,
            "procedure": procedure_sudo,
            "unit": unit_sudo,
            "delivery": delivery,
            "copies": values["copies"],
            "form": values["form"],
            "parts": parts,
        }

    @api.model
    def _check_form(self, procedure, form: dict | None) -> None:
        problems = form_schema.problems(procedure.form_schema or [], form) if form is not None else []
        if problems:
            raise Refusal("form.invalid", self.env._("Please check the form: %(fields)s.", fields=", ".join(problems)))

    @api.model
    def _check_components(self, account_sudo, procedure, components: list[dict], allowed=None) -> list[dict]:
        """Return the components with their bytes or vault documents.

        :raise Refusal: component.unknown, input.invalid, file.*
        """
        catalogue = {component.code: component for component in procedure.component_ids}
        parts, seen = [], set()
        for number, item in enumerate(components):
            name = f"components[{number}]"
            taken = check_item(item, {"code": str}, {"filename": str, "content": Content, "document_id": int}, name)
            component = catalogue.get(taken["code"])
            if not component or (allowed is not None and component not in allowed) or taken["code"] in seen:
                raise Refusal("component.unknown", self.env._("Component %(code)s is not asked for, or twice.", code=taken["code"]))
            seen.add(taken["code"])
            if taken["document_id"]:
                parts.append({"component": component, "document": self._vault_document(account_sudo, component, taken["document_id"])})
                continue
            if taken["content"] is None:
                raise Refusal("input.invalid", self.env._("Component %(code)s has no content.", code=taken["code"]))
            data, filename, _kind = self.env["dvc.signature"]._intake(taken["content"], taken["filename"] or taken["code"])
            parts.append({"component": component, "data": data, "filename": filename})
        return parts

    @api.model
    def _vault_document(self, account_sudo, component, document_id: int):
        domain = self.env["dvc.document"]._valid_domain(account_sudo) & Domain("id", "=", document_id)
        # The vault of the checked account, whichever agency filled it.
        document_sudo = self.env["dvc.document"].sudo().search(domain, limit=1)
        if not document_sudo or (component.document_type_id and document_sudo.type_id != component.document_type_id):
            raise Refusal("component.unknown", self.env._("This document is not in the vault, or of another type."))
        return document_sudo

    @api.model
    def _check_complete(self, procedure, parts: list[dict], form: dict | None) -> None:
        given = [part["component"].code for part in parts]
        required = [component.code for component in procedure.component_ids if component.required]
        instead = {component.code: component.instead_of_id.code for component in procedure.component_ids}
        missing = checklist.missing(given, required, instead)
        # The declaration is the first component; the electronic form may stand for its file.
        if form and missing and missing[0] == procedure.component_ids[:1].code:
            missing = missing[1:]
        if missing:
            raise Refusal("component.missing", self.env._("Please add: %(codes)s.", codes=", ".join(missing)))

    def _create_submitted(self, account_sudo, checked: dict, client_ref: str | None, fingerprint: str):
        """Create the dossier, keep its files and submit it; in sudo."""
        now, company = fields.Datetime.now(), checked["company"]
        day = self.env["dvc.account"]._today()
        number = self.env["dvc.dossier.number"]._take(company, day)
        proof = deadline.receive_deadline(company._dvc_clock(), now, company.dvc_receive_hours or 1)
        staff = has_role(self.env, "officer")
        dossier = (
            self.with_context(mail_create_nolog=True, mail_create_nosubscribe=True, tracking_disable=True)
            ._in_flow()
            .create(
                {
                    "code": dossier_code.dossier_code(company.dvc_agency_code, day, number),
                    "procedure_id": checked["procedure"].id,
                    "company_id": company.id,
                    "unit_id": checked["unit"].id,
                    "account_id": account_sudo.id,
                    "partner_id": account_sudo.partner_id.id,
                    "applicant_name": account_sudo.name,
                    "applicant_citizen_hash": account_sudo.citizen_id_hash,
                    "applicant_citizen_masked": account_sudo.citizen_id_masked,
                    "applicant_phone_masked": account_sudo.phone_masked,
                    "applicant_address": account_sudo.address,
                    "channel": "counter" if staff else "online",
                    "delivery": checked["delivery"],
                    "copies": checked["copies"],
                    "form_data": checked["form"] or False,
                    "client_ref": client_ref,
                    "client_fingerprint": fingerprint if client_ref else False,
                    "submitted_by_id": self.env.uid,
                }
            )
        )
        self.env["dvc.dossier.component"]._hand_in(dossier, checked["parts"])
        dossier._move(
            "submit",
            states.SUBMITTED,
            submitted_at=now,
            receive_deadline=proof.result,
            receive_proof=proof.as_dict(),
        )
        return dossier.with_context(dvc_flow=None)

    @contract("citizen", "integrator", "officer", unknown="dossier.unknown")
    def supplement(self, components: list[dict]) -> dict:
        """Answer a supplement request; a partial answer is kept and the state stays.

        :param components: as in ``submit``, of the components asked for
        :return: ``{state, receive_deadline, due_at, missing}``
        :raise Refusal: dossier.bad_transition, component.unknown, file.*
        """
        self._check_acting()
        self._check_move("supplement")
        # The caller may act for the dossier; files are kept by this flow only.
        dossier_sudo = self.sudo()
        asked = dossier_sudo.guidance_ids[-1:].item_ids
        parts = self._check_components(
            dossier_sudo.account_id, dossier_sudo.procedure_id, components, asked.component_id
        )
        now = fields.Datetime.now()
        dossier_sudo.env["dvc.dossier.component"]._hand_in(dossier_sudo, parts)
        answered = dossier_sudo.procedure_id.component_ids.browse([part["component"].id for part in parts])
        asked.filtered(lambda item: item.component_id in answered)._in_flow().write({"answered_at": now})
        missing = [item.component_code for item in asked if not item.answered_at]
        if not missing:
            dossier_sudo.guidance_ids[-1:]._in_flow().write({"answered_at": now})
            self._move("supplement", dossier_sudo.resume_state, **dossier_sudo._answered_values(now))
        return {**self._answer("state", "receive_deadline", "due_at"), "missing": missing}

    def _answered_values(self, now) -> dict:
        """Return the deadlines after a complete answer: a new hour at the desk, the limit anew or resumed later."""
        clock, values = self._clock(), {"resume_state": False}
        if self.resume_state == states.SUBMITTED:
            proof = deadline.receive_deadline(clock, now, self.company_id.dvc_receive_hours or 1)
            return {**values, "receive_deadline": proof.result, "receive_proof": proof.as_dict()}
        if not self.due_proof:
            return values
        again = deadline.resume if self.procedure_id.supplement_rule == "pause" else deadline.restart
        proof = again(clock, deadline.Proof.from_dict(self.due_proof), self.stopped_at or now, now)
        return {**values, "due_at": proof.result, "due_proof": proof.as_dict()}
