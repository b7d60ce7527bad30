# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import hashlib
import json

import psycopg2.errors

from odoo import api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError
from odoo.fields import Domain

from odoo.addons.dvc_account.contract import contract, has_role
from odoo.addons.dvc_account.domain import masking
from odoo.addons.dvc_account.domain.arguments import Content, InvalidArgument, check_item
from odoo.addons.dvc_account.exceptions import Refusal

from ..domain import checklist, dossier_code, form_schema, states

COPIES_MAX = 1000
FORM_LABEL = "dossier.form"


class DvcDossier(models.Model):
    """Handing in; the answer to a supplement request is in ``dvc_dossier_supplement``."""

    _inherit = "dvc.dossier"
    _sealed_fields = {"form_sealed": FORM_LABEL}
    _hash_copies = {"applicant_citizen_hash": "citizen_id"}
    _forgotten_fields = frozenset({"client_fingerprint"})

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
        :param components: list of ``{code, filename, content}`` (base64) or ``{code, document_id}``; with
            ``signature`` (base64 of the ``.p7s``) beside ``content`` where it is a file of its own
        :param form: the electronic form's values, instead of the declaration's file
        :param copies: how many copies of the result, 1 to 1000
        :param delivery: ``electronic``, ``counter`` or ``post``; the procedure's first when not given
        :param client_ref: the caller's key: the same one gives the same dossier
        :return: ``{id, code, state, receive_deadline, fee_due}``
        :raise Refusal: account.unknown, account.locked, account.not_standardized, agency.unknown, procedure.unknown,
            delivery.not_allowed, form.invalid, component.unknown, component.missing, file.*, dossier.key_reused
        :raise AccessError: another citizen's account, or staff of another agency
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
    @contract("officer")
    def _submit_at_desk(
        self,
        account_id: int,
        procedure_code: str,
        agency_code: str,
        components: list[dict],
        copies: int,
        delivery: str,
        channel: str,
    ) -> dict:
        """Hand a dossier in at the desk or out of the post, on the citizen's behalf; see ``submit``."""
        return self._submit(
            {
                "account_id": account_id,
                "procedure_code": procedure_code,
                "agency_code": agency_code,
                "components": components,
                "form": None,
                "copies": copies,
                "delivery": delivery,
                "client_ref": None,
                "channel": channel,
            }
        )

    @api.model
    def _submit(self, values: dict) -> dict:
        """Check and keep a submission.

        :param values: the arguments of ``submit``, by name; higher addons add theirs, which count for the key too
        """
        account_sudo = self.env["dvc.account"]._for_caller(values["account_id"])
        fingerprint = self._fingerprint(values)
        known_sudo = self._by_client_ref(values["client_ref"], fingerprint)
        if known_sudo:
            return known_sudo.client_answer
        self._claim_client_ref(values["client_ref"])
        account_sudo._check_can_submit()
        checked = self._check_submission(account_sudo, values)
        for blocker in self.sudo()._submit_blockers({**checked, "arguments": values}):
            raise blocker
        try:
            with self.env.cr.savepoint():
                # The caller may act for the account; dossiers are created by this flow only.
                dossier_sudo = self.sudo()._create_submitted(account_sudo, checked, values, fingerprint)
        except psycopg2.errors.UniqueViolation as error:
            if error.diag.constraint_name != "dvc_dossier_client_ref_uniq":
                raise
            # The same submission was committed after our snapshot: Odoo runs this call again and it is found.
            raise ConcurrencyError("client_ref") from None
        answer = dossier_sudo._submission_answer()
        if values["client_ref"]:
            dossier_sudo._in_flow().write({"client_answer": answer})
        return answer

    @api.model
    def _claim_client_ref(self, client_ref: str | None) -> None:
        """Take a reference for this transaction; whoever comes second is run again and finds the dossier."""
        if client_ref:
            key = f"dvc.dossier:{self.env.uid}:{client_ref}"
            self.env.cr.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [key])
            if not self.env.cr.fetchone()[0]:
                raise ConcurrencyError("client_ref")

    @api.model
    def _fingerprint(self, values: dict) -> str:
        """Return what tells the arguments of one submission from those of another."""
        content = {key: value for key, value in values.items() if key != "client_ref"}
        # Keyed: a form has little in it that cannot be guessed but the number, which would be tried out.
        text = hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()
        return self.env["dvc.secret"]._box().digest(text, "dossier.fingerprint")

    def _forget_secrets(self):
        # A repeated call is answered as before, only not compared any more.
        self.env.cr.execute("UPDATE dvc_dossier SET client_fingerprint = NULL WHERE client_fingerprint IS NOT NULL")
        super()._forget_secrets()

    @api.model
    def _by_client_ref(self, client_ref: str | None, fingerprint: str):
        """Return the caller's dossier of a reference, in sudo.

        :raise Refusal: dossier.key_reused
        """
        # The key is the caller's own: what it made is found whatever the rules say now.
        dossiers_sudo = self.sudo()
        if not client_ref:
            return dossiers_sudo.browse()
        domain = Domain("submitted_by_id", "=", self.env.uid) & Domain("client_ref", "=", client_ref)
        known_sudo = dossiers_sudo.search(domain, limit=1)
        if known_sudo.client_fingerprint and known_sudo.client_fingerprint != fingerprint:
            raise Refusal("dossier.key_reused", self.env._("This reference was used for another submission."))
        return known_sudo

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
        company_sudo = self._open_agency(values["agency_code"])
        procedure_sudo, unit_sudo = self._offered(values["procedure_code"], company_sudo)
        modes = procedure_sudo._delivery_modes()
        delivery = values["delivery"] or modes[0]
        if delivery not in modes:
            raise Refusal("delivery.not_allowed", self.env._("The result cannot be delivered in this way."))
        if not 1 <= values["copies"] <= COPIES_MAX:
            raise InvalidArgument("copies", "range")
        self._check_form(procedure_sudo, values["form"])
        parts = self._check_components(account_sudo, procedure_sudo.component_ids, values["components"])
        self._check_complete(procedure_sudo, parts, values["form"])
        return {
            "account": account_sudo,
            "company": company_sudo,
            "procedure": procedure_sudo,
            "unit": unit_sudo,
            "delivery": delivery,
            "copies": values["copies"],
            "form": values["form"],
            "channel": values.get("channel") or ("counter" if has_role(self.env, "officer") else "online"),
            "parts": self._read_parts(parts),
        }

    @api.model
    def _open_agency(self, agency_code: str):
        """Return the agency that takes dossiers today, in sudo.

        :raise Refusal: agency.unknown
        :raise AccessError: staff of another agency
        """
        # The list of agencies is public.
        company_sudo = self.env["res.company"].sudo()._dvc_agency_by_code(agency_code)
        if not company_sudo or not company_sudo._dvc_is_open(self.env["dvc.account"]._today()):
            raise Refusal("agency.unknown", self.env._("There is no such agency, or it takes no dossiers any more."))
        belongs = has_role(self.env, "integrator", "officer")
        if belongs and not self.env.su and company_sudo.id not in self.env.companies.ids:
            raise AccessError(self.env._("You do not work for this agency."))
        return company_sudo

    @api.model
    def _offered(self, procedure_code: str, company_sudo):
        """Return a procedure and the agency's unit that owns it, in sudo.

        :raise Refusal: procedure.unknown
        """
        procedure_sudo = self.env["dvc.procedure"]._by_code(procedure_code)
        unit_sudo = procedure_sudo.unit_ids.filtered(lambda unit: unit.company_id == company_sudo)[:1]
        if not unit_sudo:
            raise Refusal("procedure.unknown", self.env._("This agency does not handle this procedure."))
        return procedure_sudo, unit_sudo

    @api.model
    def _check_form(self, procedure, form: dict | None) -> None:
        problems = form_schema.problems(procedure.form_schema or [], form) if form is not None else []
        if problems:
            raise Refusal("form.invalid", self.env._("Please check the form: %(fields)s.", fields=", ".join(problems)))

    @api.model
    def _check_components(self, account_sudo, allowed, components: list[dict]) -> list[dict]:
        """Return what was sent for which component; files are read later.

        :param allowed: the components that may be sent
        :return: list of ``{component, content, filename, signature}`` or ``{component, document}``
        :raise Refusal: component.unknown, input.invalid
        """
        catalogue = {component.code: component for component in allowed}
        parts = []
        for number, item in enumerate(components):
            name = f"components[{number}]"
            optional = {"filename": str, "content": Content, "signature": Content, "document_id": int}
            taken = check_item(item, {"code": str}, optional, name)
            component = catalogue.get(taken["code"])
            if not component:
                raise Refusal(
                    "component.unknown", self.env._("Component %(code)s is not asked for.", code=taken["code"])
                )
            if (taken["document_id"] is None) == (taken["content"] is None):
                raise InvalidArgument(f"{name}.content", "missing" if taken["content"] is None else "unexpected")
            if taken["document_id"] is not None and taken["signature"] is not None:
                # A document of the vault has its own.
                raise InvalidArgument(f"{name}.signature", "unexpected")
            if taken["document_id"] is not None:
                document = self._vault_document(account_sudo, component, taken["document_id"])
                parts.append({"component": component, "document": document})
            else:
                parts.append({"component": component, **taken})
        return parts

    @api.model
    def _read_parts(self, parts: list[dict]) -> list[dict]:
        """Return the parts with the bytes of their files, their signatures checked as far as time allows.

        Before anything is written, so that nobody waits for a number or a row while a file is looked at.

        :raise Refusal: input.invalid, file.*
        """
        signatures = self.env["dvc.signature"]
        read = []
        for part in parts:
            if "document" not in part:
                data, filename, _kind = signatures._intake(part["content"], part["filename"] or part["component"].code)
                signature = signatures._intake_signature(part["signature"]) if part.get("signature") else b""
                part = {"component": part["component"], "data": data, "filename": filename, "signature": signature}
            read.append(part)
        return self.env["dvc.dossier.component"]._check_parts(read)

    @api.model
    def _vault_document(self, account_sudo, component, document_id: int):
        """Return a document in force of the account's vault, in sudo.

        :raise Refusal: component.unknown: not there, not in force any more, or of another type
        :raise AccessError: another citizen's
        """
        # The vault of the checked account, whichever agency filled it.
        document_sudo = self.env["dvc.document"].sudo().browse(document_id).exists()
        if document_sudo and not document_sudo._belongs_to(account_sudo):
            raise AccessError(self.env._("This document belongs to somebody else."))
        kind = component.document_type_id
        if not document_sudo._is_in_force() or (kind and document_sudo.type_id != kind):
            raise Refusal(
                "component.unknown",
                self.env._(
                    "The vault has no valid document of this number for component %(code)s.", code=component.code
                ),
            )
        return document_sudo

    @api.model
    def _check_complete(self, procedure, parts: list[dict], form: dict | None) -> None:
        catalogue = procedure.component_ids
        missing = checklist.missing(
            given=[part["component"].code for part in parts],
            required=catalogue.filtered("required").mapped("code"),
            instead_of=catalogue._instead_of(),
            declarations=catalogue.filtered("is_declaration").mapped("code"),
            has_form=bool(form),
        )
        if missing:
            raise Refusal("component.missing", self.env._("Please add: %(codes)s.", codes=", ".join(missing)))

    def _create_submitted(self, account_sudo, checked: dict, values: dict, fingerprint: str):
        """Create the dossier, keep its files and submit it; in sudo."""
        company, client_ref = checked["company"], values["client_ref"]
        account_sudo._ensure_partner()
        day = self.env["dvc.account"]._today()
        number = self.env["dvc.dossier.number"]._take(company, day)
        quiet = self.with_context(mail_create_nolog=True, mail_create_nosubscribe=True, tracking_disable=True)
        dossier = quiet._in_flow().create(
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
                "channel": checked["channel"],
                "delivery": checked["delivery"],
                "copies": checked["copies"],
                **self._form_values(checked["procedure"], checked["form"]),
                "client_ref": client_ref or False,
                "client_fingerprint": fingerprint if client_ref else False,
                "submitted_by_id": self.env.uid,
            }
        )
        # Later writes come without the pass of the flow.
        dossier = self.browse(dossier.id)
        self.env["dvc.dossier.component"]._hand_in(dossier, checked["parts"])
        now = fields.Datetime.now()
        dossier._move("submit", states.SUBMITTED, submitted_at=now, **dossier._hour_values(now))
        return dossier

    @api.model
    def _form_values(self, procedure, form: dict | None) -> dict:
        """Return how a form is kept: identity numbers sealed, and masked where they are read."""
        if not form:
            return {"form_data": False}
        secret = form_schema.citizen_ids(procedure.form_schema or [], form)
        box = self.env["dvc.secret"]._box()
        return {
            "form_data": {**form, **{name: masking.citizen_id(number) for name, number in secret.items()}},
            "form_sealed": box.seal(json.dumps(secret), FORM_LABEL) if secret else False,
        }
