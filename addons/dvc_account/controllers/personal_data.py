# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import io
import json
import zipfile

from odoo import fields, http
from odoo.http import content_disposition, request

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..domain import data_request
from ..exceptions import Refusal
from .code_page import page_asker, shown_code
from .standardize import refusal_text

PURPOSE = "personal_data"
PAGE_SIZE = 20
HOME, FILE = "/my/data", "/my/data/request"


class PersonalDataPortal(CustomerPortal):
    """What is kept about the citizen: who read it, all of it to take along, and what they ask about it."""

    @http.route([HOME, f"{HOME}/page/<int:page>"], type="http", auth="user", website=True, methods=["GET"])
    def dvc_data(self, page=1, note="", **_kwargs):
        """Show who read the citizen's data, and what can be asked for."""
        account_sudo = self._dvc_data_account()
        if not account_sudo:
            return self._dvc_data_elsewhere()
        return self._dvc_data_page(account_sudo, page, note=note if note in ("filed", "withdrawn") else "")

    @http.route(f"{HOME}/download", type="http", auth="user", website=True, methods=["GET"])
    def dvc_data_download_form(self, **_kwargs):
        """The page is reloaded after the code was asked for."""
        return request.redirect(HOME)

    @http.route(f"{HOME}/download", type="http", auth="user", website=True, methods=["POST"])
    def dvc_data_download(self, step="send", challenge="", code="", sandbox_code="", **_kwargs):
        """Send a code to the citizen's phone; for the code, give everything that is kept about them."""
        account_sudo = self._dvc_data_account()
        if not account_sudo:
            return self._dvc_data_elsewhere()
        if step != "code":
            try:
                phone = account_sudo._open_phone()
                answer, sent = account_sudo._issue_code(phone, PURPOSE, page_asker())
            except Refusal as refusal:
                return self._dvc_data_page(account_sudo, error=refusal_text(refusal))
            shown = shown_code(sent)
            return self._dvc_data_page(account_sudo, challenge=answer["challenge"], sandbox_code=shown)
        try:
            phone = account_sudo._open_phone()
            account_sudo._prove_phone(challenge[:255], code.strip()[:255], phone, page_asker(), PURPOSE)
        except Refusal as refusal:
            again = challenge if refusal.code == "otp.wrong" else ""
            # No message is coming: the code the page has shown stays on it.
            shown = shown_code(sandbox_code) if again else ""
            return self._dvc_data_page(account_sudo, challenge=again, sandbox_code=shown, error=refusal_text(refusal))
        return self._dvc_data_archive(account_sudo)

    @http.route(FILE, type="http", auth="user", website=True, methods=["GET"])
    def dvc_data_request_form(self, type="", **_kwargs):
        """Show the form of a request about the citizen's data."""
        account_sudo = self._dvc_data_account()
        if not account_sudo:
            return self._dvc_data_elsewhere()
        return self._dvc_request_page(account_sudo, {"type": type})

    @http.route(FILE, type="http", auth="user", website=True, methods=["POST"])
    def dvc_data_request(self, type="", text="", agency="", **_kwargs):
        """File a request about the citizen's data."""
        account_sudo = self._dvc_data_account()
        if not account_sudo:
            return self._dvc_data_elsewhere()
        company_sudo = self._dvc_data_agencies().filtered(lambda company: company.dvc_agency_code == agency)
        try:
            with request.env.cr.savepoint():
                # The citizen's own account, found by their login.
                filed_sudo = request.env["dvc.data.request"]._file(account_sudo, type, text, company_sudo)
        except Refusal as refusal:
            values = {"type": type, "text": text, "agency": agency, "error": refusal_text(refusal)}
            return self._dvc_request_page(account_sudo, values)
        return request.redirect(f"{HOME}/requests/{filed_sudo.id}?note=filed")

    @http.route(f"{HOME}/requests/<int:request_id>", type="http", auth="user", website=True, methods=["GET"])
    def dvc_data_request_show(self, request_id, note="", **_kwargs):
        """Show one of the citizen's requests: where it stands, what was answered."""
        found_sudo = self._dvc_own_request(request_id)
        if not found_sudo:
            return request.redirect(HOME)
        values = {
            "page_name": "dvc_data",
            "data_request": found_sudo,
            "labels": self._dvc_request_labels(),
            "may_withdraw": data_request.may("withdraw", found_sudo.state),
            "note": note if note == "filed" else "",
        }
        return self._dvc_private("dvc_account.portal_data_request_one", values)

    @http.route(f"{HOME}/requests/<int:request_id>/withdraw", type="http", auth="user", website=True, methods=["POST"])
    def dvc_data_request_withdraw(self, request_id, **_kwargs):
        """Take one of the citizen's open requests back."""
        found_sudo = self._dvc_own_request(request_id)
        if not found_sudo:
            return request.redirect(HOME)
        if data_request.may("withdraw", found_sudo.state):
            found_sudo._withdraw()
        return request.redirect(f"{HOME}?note=withdrawn")

    def _dvc_data_account(self):
        """Return the caller's standardised account in sudo, or an empty one."""
        account_sudo = request.env["dvc.account"]._for_user(request.env.user)
        is_theirs = request.env.user._is_portal() and account_sudo.state == "standardized"
        return account_sudo if is_theirs else account_sudo.browse()

    def _dvc_data_elsewhere(self):
        return request.redirect("/my/account-standardize" if request.env.user._is_portal() else "/odoo")

    def _dvc_own_request(self, request_id: int):
        """Return one of the caller's own requests in sudo; empty for any other."""
        account_sudo = self._dvc_data_account()
        mine_sudo = account_sudo._owner_accounts().data_request_ids if account_sudo else request.env["dvc.data.request"]
        return mine_sudo.filtered(lambda found: found.id == request_id)

    def _dvc_data_agencies(self):
        """Return the agencies that are open today, in sudo; their list is public."""
        today = request.env["dvc.account"]._today()
        found_sudo = (
            request.env["res.company"].sudo().search([("dvc_agency_code", "!=", False)], order="dvc_agency_code")
        )
        return found_sudo.filtered(lambda company: company._dvc_is_open(today))

    def _dvc_request_labels(self) -> dict[str, dict[str, str]]:
        fields_of = request.env["dvc.data.request"]._fields
        labels = {name: dict(fields_of[name]._description_selection(request.env)) for name in ("type", "state")}
        events = request.env["dvc.data.request.event"]._fields
        return {**labels, "verb": dict(events["verb"]._description_selection(request.env))}

    def _dvc_data_page(self, account_sudo, page: int = 1, **values):
        pager = portal_pager(url=HOME, total=account_sudo._access_count(), page=page, step=PAGE_SIZE)
        lines_sudo = account_sudo._access_lines(limit=PAGE_SIZE, offset=pager["offset"])
        roles = dict(request.env["dvc.journal"]._fields["role"]._description_selection(request.env))
        empty = {"error": "", "note": "", "challenge": "", "sandbox_code": ""}
        return self._dvc_private(
            "dvc_account.portal_data",
            {
                "page_name": "dvc_data",
                "account": account_sudo,
                "lines": [(line, roles.get(line.role, ""), account_sudo._what_was_read(line)) for line in lines_sudo],
                "links": account_sudo._access_links(lines_sudo.mapped("dossier_code")),
                "pager": pager,
                "requests": account_sudo._owner_accounts().data_request_ids.sorted("id", reverse=True),
                "labels": self._dvc_request_labels(),
                **empty,
                **values,
            },
        )

    def _dvc_request_page(self, account_sudo, values: dict):
        return self._dvc_private(
            "dvc_account.portal_data_request",
            {
                "page_name": "dvc_data",
                "labels": self._dvc_request_labels(),
                "agencies": self._dvc_data_agencies(),
                "text": "",
                "agency": account_sudo._usual_agency().dvc_agency_code or "",
                "error": "",
                **values,
            },
        )

    def _dvc_private(self, template: str, values: dict):
        response = request.render(template, values, status=422 if values.get("error") else 200)
        response.headers["Cache-Control"] = "no-store"
        return response

    def _dvc_data_archive(self, account_sudo):
        """Return everything kept about the person: for machines as JSON, for people as a page."""
        data = account_sudo._personal_data()
        page = request.env["ir.qweb"]._render(
            "dvc_account.personal_data_summary",
            {
                "data": data,
                "labels": account_sudo._personal_data_labels(),
                "name": account_sudo.name,
                "at": account_sudo._local_text(fields.Datetime.now()),
            },
        )
        account_sudo._log_own_export()
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("data.json", json.dumps(data, ensure_ascii=False, indent=1))
            archive.writestr("summary.html", f"<!DOCTYPE html>\n{page}")
        body = content.getvalue()
        headers = [
            ("Content-Type", "application/zip"),
            ("Content-Length", len(body)),
            ("Content-Disposition", content_disposition(f"my-data-{account_sudo._today()}.zip")),
            ("Cache-Control", "no-store"),
        ]
        return request.make_response(body, headers=headers)
