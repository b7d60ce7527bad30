# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64
import uuid
from datetime import timedelta

from odoo import fields, http
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.dvc_account.controllers.standardize import refusal_text
from odoo.addons.dvc_account.exceptions import Refusal

from ..domain import checklist, form_schema, states
from .portal_checks import DvcChecks

COPIES_MAX = 1000
ADDRESS_MAX = 255
# The same again within this time is a form sent twice.
TWICE = timedelta(minutes=10)


def _is_number(text: str) -> bool:
    """Tell whether a posted text is a number of plain digits; ``isdigit`` takes ² too."""
    return text.isascii() and text.isdecimal() and len(text) < 10


class DvcSubmission(DvcChecks):
    """Handing in: a new dossier, and the answer to a supplement request."""

    @http.route("/my/dossiers/upload", type="http", auth="user", methods=["POST"], website=True)
    def dvc_upload(self, component="", file=None, **_kwargs):
        """Keep a chosen file at once and tell what its signatures are worth; the page's script calls this."""
        account_sudo = self._dvc_account()
        if not account_sudo or not getattr(file, "filename", ""):
            return request.make_json_response({"error": request.env._("Choose a file.")}, status=400)
        try:
            upload_sudo = self._dvc_keep(account_sudo, component[:100], file)
        except Refusal as refusal:
            return request.make_json_response({"error": refusal_text(refusal)}, status=422)
        (answer,) = self._dvc_check_states(upload_sudo)
        return request.make_json_response({**answer, "filename": upload_sudo.filename})

    @http.route(
        "/my/dossiers/new/<string:code>", type="http", auth="user", methods=["GET"], website=True, readonly=True
    )
    def dvc_submission_form(self, code, **_kwargs):
        """Show the form of a new dossier."""
        account_sudo = self._dvc_account()
        if not account_sudo:
            return self._dvc_not_standardized()
        return self._dvc_submission_page(account_sudo, code, {}, {}, {})

    @http.route("/my/dossiers/new/<string:code>", type="http", auth="user", methods=["POST"], website=True)
    def dvc_submission(self, code, **post):
        """Submit a new dossier; with errors, show the form again with what was entered."""
        account_sudo = self._dvc_account()
        procedure_sudo = request.env["dvc.procedure"]._by_code(code)
        if not account_sudo:
            return self._dvc_not_standardized()
        if not procedure_sudo:
            return request.redirect("/dvc/procedures")
        kept, errors = self._dvc_chosen(account_sudo, procedure_sudo.component_ids, post)
        form, form_errors = self._dvc_checked_form(procedure_sudo, post, kept)
        given = list(kept)
        if form:
            # The electronic form stands for the declaration's file.
            given += procedure_sudo.component_ids.filtered("is_declaration").mapped("code")
        errors = {**form_errors, **self._dvc_missing(procedure_sudo, given), **errors}
        copies = (post.get("copies") or "").strip()
        if not _is_number(copies) or not 1 <= int(copies) <= COPIES_MAX:
            errors["copies"] = request.env._("A number from 1 to 1000.")
        address = (post.get("address") or "").strip()[:ADDRESS_MAX]
        if post.get("delivery") == "post" and not address:
            errors["address"] = request.env._("Give the address the result is sent to.")
        if errors:
            return self._dvc_submission_page(account_sudo, code, post, kept, errors)
        twin_sudo = self._dvc_twin(account_sudo, procedure_sudo, post, kept, form)
        if twin_sudo:
            self._dvc_forget(kept)
            return request.redirect(f"/my/dossiers/{twin_sudo.id}?note=again")
        try:
            with request.env.cr.savepoint():
                if post.get("delivery") == "post":
                    # The caller's own account, which citizens may not write; the dossier takes its address over.
                    account_sudo.address = address
                answer = request.env["dvc.dossier"].submit(
                    account_id=account_sudo.id,
                    procedure_code=code,
                    agency_code=post.get("agency") or "",
                    components=self._dvc_components(kept),
                    form=form or None,
                    copies=int(copies),
                    delivery=post.get("delivery") or None,
                    client_ref=(post.get("client_ref") or "")[:64] or None,
                    **self._dvc_submit_options(post),
                )
        except Refusal as refusal:
            place = {"delivery.not_allowed": "delivery", "agency.unknown": "agency"}.get(refusal.code, "page")
            return self._dvc_submission_page(account_sudo, code, post, kept, {place: refusal_text(refusal)})
        self._dvc_forget(kept)
        return request.redirect(f"/my/dossiers/{answer['id']}?note=submitted")

    def _dvc_submit_options(self, post: dict) -> dict:
        """Hook: return further arguments of ``submit`` from what was posted."""
        return {}

    def _dvc_submission_page(self, account_sudo, code: str, post: dict, kept: dict, errors: dict):
        procedure_sudo = request.env["dvc.procedure"]._by_code(code)
        agencies_sudo = self._dvc_agencies(procedure_sudo)
        if not procedure_sudo or not agencies_sudo:
            return request.redirect("/dvc/procedures")
        return self._dvc_render(
            "dvc_dossier.portal_submission",
            {
                "page_name": "dvc_new",
                "procedure": procedure_sudo,
                "agencies": agencies_sudo,
                "components": procedure_sudo.component_ids,
                "vault": self._dvc_vault(account_sudo, procedure_sudo.component_ids),
                "schema": procedure_sudo.form_schema or [],
                "modes": procedure_sudo._delivery_modes(),
                "fees": procedure_sudo._fee_catalogue(agencies_sudo[0]),
                "account": account_sudo,
                "post": post,
                "kept": kept,
                "errors": errors,
                "error_names": self._dvc_error_names(procedure_sudo.component_ids, procedure_sudo.form_schema or []),
                # A new key for each showing: what was refused may be changed and sent again.
                "client_ref": str(uuid.uuid4()),
            },
            status=422 if errors else 200,
        )

    def _dvc_error_names(self, components, schema: list[dict] = ()) -> dict:
        return {
            **{f"form_{field['name']}": field.get("label") or field["name"] for field in schema},
            **{component.code: component.name for component in components},
            "copies": request.env._("Copies"),
            "delivery": request.env._("How to get the result"),
            "address": request.env._("Address"),
            "agency": request.env._("Agency"),
        }

    def _dvc_agencies(self, procedure_sudo):
        """Return the open agencies that handle a procedure."""
        today = request.env["dvc.account"]._today()
        return procedure_sudo.unit_ids.company_id.filtered(
            lambda agency: agency.dvc_agency_code and agency._dvc_is_open(today)
        ).sorted("dvc_agency_code")

    def _dvc_vault(self, account_sudo, components) -> dict:
        """Return the documents of the vault that fit, by component code."""
        documents_sudo = request.env["dvc.document"].sudo()
        # The vault of the caller's own account; citizens may not read its hashes.
        found = documents_sudo.search(
            documents_sudo._valid_domain(account_sudo) & Domain("type_id", "in", components.document_type_id.ids)
        )
        by_type = found.grouped("type_id")
        return {
            component.code: by_type.get(component.document_type_id, documents_sudo)
            for component in components
            if component.document_type_id
        }

    def _dvc_keep(self, account_sudo, code: str, file):
        content = base64.b64encode(file.read()).decode()
        return request.env["dvc.dossier.upload"]._keep(account_sudo, code, content, file.filename)

    def _dvc_chosen(self, account_sudo, components, post: dict) -> tuple[dict, dict]:
        """Return what was handed in for each component, files and vault documents, and the errors of the files."""
        kept, errors = {}, {}
        for component in components:
            code = component.code
            file = post.get(f"file_{code}")
            try:
                if getattr(file, "filename", ""):
                    kept[code] = self._dvc_keep(account_sudo, code, file)
                    continue
            except Refusal as refusal:
                errors[code] = refusal_text(refusal)
                continue
            upload_id, document_id = post.get(f"upload_{code}") or "", post.get(f"document_{code}") or ""
            if _is_number(upload_id):
                upload_sudo = request.env["dvc.dossier.upload"]._kept(account_sudo, code, int(upload_id))
                if upload_sudo:
                    kept[code] = upload_sudo
                    continue
            if _is_number(document_id):
                kept[code] = int(document_id)
        return kept, errors

    def _dvc_components(self, kept: dict) -> list[dict]:
        """Return the chosen files and documents as the methods take them."""
        return [
            {"code": code, "document_id": chosen}
            if isinstance(chosen, int)
            else {"code": code, "filename": chosen.filename, "content": chosen.data.decode()}
            for code, chosen in kept.items()
        ]

    def _dvc_forget(self, kept: dict) -> None:
        for chosen in kept.values():
            if not isinstance(chosen, int):
                chosen.unlink()

    def _dvc_missing(self, procedure_sudo, given: list[str]) -> dict:
        required = [component.code for component in procedure_sudo.component_ids if component.required]
        instead = {component.code: component.instead_of_id.code for component in procedure_sudo.component_ids}
        text = request.env._("This component is required: choose a file.")
        return dict.fromkeys(checklist.missing(given, required, instead), text)

    def _dvc_twin(self, account_sudo, procedure_sudo, post: dict, kept: dict, form: dict):
        """Return the dossier just submitted that this one would repeat, in sudo; going back and sending again does."""
        # The caller's own account only; citizens may not read the files' checksums.
        dossiers_sudo = request.env["dvc.dossier"].sudo()
        # The caller's own account; identity numbers in a form are compared masked, as they are kept.
        recent_sudo = dossiers_sudo.search(
            Domain("account_id", "=", account_sudo.id)
            & Domain("procedure_id", "=", procedure_sudo.id)
            & Domain("company_id.dvc_agency_code", "=", post.get("agency") or "")
            & Domain("submitted_at", ">=", fields.Datetime.now() - TWICE)
            & Domain("state", "in", list(states.OPEN))
        )
        if not recent_sudo:
            return recent_sudo
        sums = self._dvc_checksums(account_sudo, kept)
        form_data = dossiers_sudo._form_values(procedure_sudo, form)["form_data"] or {}
        return recent_sudo.filtered(
            lambda dossier: (
                {(part.code, part._sums()) for part in dossier.component_ids if part.is_current} == sums
                and (dossier.form_data or {}) == form_data
                and str(dossier.copies) == (post.get("copies") or "").strip()
            )
        )[:1]

    def _dvc_checksums(self, account_sudo, kept: dict) -> set[tuple[str, str]]:
        """Return code and checksum of what is handed in."""
        sums = set()
        for code, chosen in kept.items():
            if not isinstance(chosen, int):
                sums.add((code, chosen._sums()))
                continue
            # Citizens may not read checksums; somebody else's must not be compared for them either.
            document_sudo = request.env["dvc.document"].sudo().browse(chosen).exists()
            own = document_sudo and document_sudo._belongs_to(account_sudo)
            sums.add((code, document_sudo._sums() if own else ""))
        return sums

    def _dvc_checked_form(self, procedure_sudo, post: dict, kept: dict) -> tuple[dict, dict]:
        """Return the values of the electronic form and what is wrong with it, by the name of the input."""
        schema = procedure_sudo.form_schema or []
        form = self._dvc_form(schema, post)
        problems = form_schema.problems(schema, form) if form else []
        if not problems:
            return form, {}
        if any(code in kept for code in procedure_sudo.component_ids.filtered("is_declaration").mapped("code")):
            # The declaration's file says it all; a form begun beside it is no second declaration.
            return {}, {}
        kinds = {field["name"]: field.get("type") for field in schema}
        return form, {f"form_{name}": self._dvc_form_error(kinds.get(name), form.get(name)) for name in problems}

    def _dvc_form_error(self, kind: str | None, value) -> str:
        if value is None:
            return request.env._("Fill in this field.")
        texts = {
            "citizen_id": request.env._("An identification number has 12 figures."),
            "date": request.env._("Choose a day."),
            "integer": request.env._("Enter a whole number."),
        }
        return texts.get(kind) or request.env._("This text is too long or cannot be read.")

    def _dvc_form(self, schema: list[dict], post: dict) -> dict:
        """Return the values of the electronic form; an untouched form is empty."""
        values = {}
        for field in schema:
            text = (post.get(f"form_{field['name']}") or "").strip()
            if field.get("type") == "boolean":
                values[field["name"]] = bool(text)
            elif field.get("type") == "citizen_id":
                values[field["name"]] = text.replace(" ", "") or None
            elif field.get("type") == "integer":
                values[field["name"]] = int(text) if _is_number(text) else text or None
            else:
                values[field["name"]] = text or None
        touched = {name: value for name, value in values.items() if value not in (None, "")}
        return touched if any(value is not False for value in touched.values()) else {}

    @http.route(
        "/my/dossiers/<int:dossier_id>/supplement",
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
        readonly=True,
    )
    def dvc_supplement_form(self, dossier_id, **_kwargs):
        """Show exactly the components asked for and not answered yet."""
        dossier_sudo = self._dvc_dossier(dossier_id)
        return self._dvc_supplement_page(dossier_sudo, {}, {}, {})

    @http.route("/my/dossiers/<int:dossier_id>/supplement", type="http", auth="user", methods=["POST"], website=True)
    def dvc_supplement(self, dossier_id, **post):
        """Hand in what was asked for; a part of it is kept too."""
        dossier_sudo = self._dvc_dossier(dossier_id)
        asked = self._dvc_asked(dossier_sudo)
        if not asked:
            return self._dvc_supplement_page(dossier_sudo, post, {}, {})
        kept, errors = self._dvc_chosen(dossier_sudo.account_id, asked.component_id, post)
        if not kept and not errors:
            errors["page"] = request.env._("Choose at least one file.")
        if errors:
            return self._dvc_supplement_page(dossier_sudo, post, kept, errors)
        try:
            with request.env.cr.savepoint():
                dossier = request.env["dvc.dossier"].browse(dossier_id)
                answer = dossier.supplement(components=self._dvc_components(kept))
        except Refusal as refusal:
            return self._dvc_supplement_page(dossier_sudo, post, kept, {"page": refusal_text(refusal)})
        self._dvc_forget(kept)
        return request.redirect(f"/my/dossiers/{dossier_id}?note={'partly' if answer['missing'] else 'answered'}")

    def _dvc_asked(self, dossier_sudo):
        """Return the items of the running supplement request that are not answered yet."""
        items_sudo = request.env["dvc.dossier.guidance.item"].sudo()
        if not dossier_sudo or dossier_sudo.state != "supplement":
            return items_sudo
        return dossier_sudo.guidance_ids.sorted("round")[-1:].item_ids.filtered(lambda item: not item.answered_at)

    def _dvc_supplement_page(self, dossier_sudo, post: dict, kept: dict, errors: dict):
        asked = self._dvc_asked(dossier_sudo)
        if not asked:
            return request.redirect(f"/my/dossiers/{dossier_sudo.id}" if dossier_sudo else "/my/dossiers")
        return self._dvc_render(
            "dvc_dossier.portal_supplement",
            {
                "page_name": "dvc_dossier",
                "dossier": dossier_sudo,
                "asked": asked,
                "vault": self._dvc_vault(dossier_sudo.account_id, asked.component_id),
                "post": post,
                "kept": kept,
                "errors": errors,
                "error_names": self._dvc_error_names(asked.component_id),
            },
            status=422 if errors else 200,
        )
