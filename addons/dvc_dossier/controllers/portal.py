# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.fields import Domain
from odoo.http import request
from odoo.tools.translate import LazyTranslate

from odoo.addons.dvc_account.controllers.standardize import refusal_text
from odoo.addons.dvc_account.exceptions import Refusal
from odoo.addons.dvc_account.signature_reasons import VERDICT_LOOKS
from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..domain import states

_lt = LazyTranslate(__name__)

PAGE_SIZE = 20
ON_CITIZEN = (states.SUPPLEMENT, states.PAYMENT)
FILTERS = {
    "all": (_lt("All"), Domain("state", "!=", states.DRAFT)),
    "todo": (_lt("Waiting for me"), Domain("state", "in", ON_CITIZEN)),
    "open": (_lt("In progress"), Domain("state", "in", list(states.OPEN))),
    "done": (_lt("Finished"), Domain("state", "in", list(states.FINAL))),
}
# state: (Bootstrap colour, icon)
LOOKS = {
    "draft": ("secondary", "fa-pencil"),
    "submitted": ("info", "fa-inbox"),
    "received": ("info", "fa-check"),
    "payment": ("warning", "fa-credit-card"),
    "processing": ("primary", "fa-cogs"),
    "supplement": ("warning", "fa-reply"),
    "done": ("success", "fa-certificate"),
    "returned": ("success", "fa-flag-checkered"),
    "refused": ("danger", "fa-ban"),
    "withdrawn": ("secondary", "fa-undo"),
    "stopped": ("secondary", "fa-stop"),
}
# Before there is a verdict.
PENDING_LOOK = ("info", "fa-spinner")


class DvcPortal(CustomerPortal):
    """The citizen's own dossiers."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        dossiers = request.env["dvc.dossier"]
        if not dossiers.has_access("read"):
            return values
        if "dvc_todo_count" in counters:
            values["dvc_todo_count"] = dossiers.search_count(FILTERS["todo"][1])
        if "dvc_dossier_count" in counters:
            values["dvc_dossier_count"] = dossiers.search_count(FILTERS["all"][1])
        return values

    def _dvc_account(self):
        """Return the standardised account of the caller in sudo, or an empty one."""
        account_sudo = request.env["dvc.account"]._for_user(request.env.user)
        return account_sudo if account_sudo.state == "standardized" else account_sudo.browse()

    def _dvc_not_standardized(self):
        """Send those without a standardised account to where they get one."""
        return request.redirect("/my/account-standardize" if request.env.user._is_portal() else "/odoo")

    def _dvc_dossier(self, dossier_id: int):
        """Return the caller's own dossier in sudo, or None."""
        try:
            return self._document_check_access("dvc.dossier", dossier_id)
        except (AccessError, MissingError):
            return None

    def _dvc_labels(self, field: str = "state", model: str = "dvc.dossier") -> dict:
        """Return the translated labels of a selection."""
        return dict(request.env[model]._fields[field]._description_selection(request.env))

    def _dvc_render(self, template: str, values: dict, status: int = 200):
        """Render a page of the citizen's; it holds personal data and is not kept by caches."""
        looks = {
            "labels": self._dvc_labels(),
            "looks": LOOKS,
            "verdict_labels": self._dvc_labels("verdict", "dvc.dossier.component"),
            "verdict_looks": VERDICT_LOOKS,
            "delivery_labels": self._dvc_labels("delivery"),
        }
        response = request.render(template, {**looks, **values}, status=status)
        response.headers["Cache-Control"] = "no-store"
        return response

    @http.route(["/my/dossiers", "/my/dossiers/page/<int:page>"], type="http", auth="user", website=True, readonly=True)
    def dvc_my_dossiers(self, page=1, filterby="all", search="", **_kwargs):
        """List the citizen's dossiers."""
        if not self._dvc_account():
            return self._dvc_not_standardized()
        filterby = filterby if filterby in FILTERS else "all"
        search = search.strip()[:100]
        domain = FILTERS[filterby][1]
        if search:
            # The catalogue is public, its table is not readable by citizens.
            procedures_sudo = request.env["dvc.procedure"].sudo().search([("name", "ilike", search)])
            domain &= Domain("code", "ilike", search) | Domain("procedure_id", "in", procedures_sudo.ids)
        dossiers = request.env["dvc.dossier"]
        pager = portal_pager(
            url="/my/dossiers",
            url_args={"filterby": filterby, "search": search},
            total=dossiers.search_count(domain),
            page=page,
            step=PAGE_SIZE,
        )
        found = dossiers.search(domain, order="submitted_at desc, id desc", limit=PAGE_SIZE, offset=pager["offset"])
        return self._dvc_render(
            "dvc_dossier.portal_my_dossiers",
            {
                "page_name": "dvc_dossiers",
                # Found by the citizen's own rule; names of procedures and agencies are not readable otherwise.
                "dossiers": found.sudo(),
                "filters": {key: request.env._(label) for key, (label, _domain) in FILTERS.items()},
                "filterby": filterby,
                "search": search,
                "pager": pager,
            },
        )

    @http.route("/my/dossiers/<int:dossier_id>", type="http", auth="user", website=True, readonly=True)
    def dvc_my_dossier(self, dossier_id, note="", **_kwargs):
        """Show one dossier: where it stands, its files, what is asked."""
        dossier_sudo = self._dvc_dossier(dossier_id)
        if not dossier_sudo:
            return request.redirect("/my/dossiers")
        return self._dvc_render("dvc_dossier.portal_dossier", self._dvc_dossier_values(dossier_sudo, note))

    def _dvc_fee_payable(self, dossier_sudo) -> bool:
        """Hook: tell whether the citizen can pay what is due now, and not only once the papers are checked."""
        return dossier_sudo.state == states.PAYMENT

    def _dvc_can_withdraw(self, dossier_sudo) -> bool:
        return dossier_sudo.state in states.sources("withdraw") - {states.DRAFT}

    def _dvc_dossier_values(self, dossier_sudo, note: str) -> dict:
        """Return what the page of a dossier shows.

        :param note: what the citizen has just done: submitted, again, answered, partly
        """
        asked = dossier_sudo.guidance_ids.sorted("round")[-1:].item_ids
        return {
            "page_name": "dvc_dossier",
            "dossier": dossier_sudo,
            "events": dossier_sudo.event_ids.filtered(lambda event: event.from_state != event.to_state).sorted("id"),
            "files": dossier_sudo.component_ids.filtered("is_current"),
            "asked": asked if dossier_sudo.state == states.SUPPLEMENT else asked.browse(),
            "fee_due": dossier_sudo._fee_due(),
            "fee_payable": self._dvc_fee_payable(dossier_sudo),
            "can_withdraw": self._dvc_can_withdraw(dossier_sudo),
            "note": note,
        }

    @http.route(
        "/my/dossiers/<int:dossier_id>/files/<int:file_id>", type="http", auth="user", website=True, readonly=True
    )
    def dvc_my_file(self, dossier_id, file_id, **_kwargs):
        """Download a file of the citizen's own dossier."""
        dossier_sudo = self._dvc_dossier(dossier_id)
        file_sudo = dossier_sudo.component_ids.filtered(lambda part: part.id == file_id) if dossier_sudo else None
        if not file_sudo:
            return request.not_found()
        stream = request.env["ir.binary"]._get_stream_from(file_sudo.attachment_id)
        return stream.get_response(as_attachment=True, download_name=file_sudo.filename)

    @http.route(
        "/my/dossiers/<int:dossier_id>/withdraw", type="http", auth="user", methods=["GET"], website=True, readonly=True
    )
    def dvc_withdraw_form(self, dossier_id, **_kwargs):
        """Ask for the reason and for a confirmation."""
        return self._dvc_withdraw_page(dossier_id)

    @http.route("/my/dossiers/<int:dossier_id>/withdraw", type="http", auth="user", methods=["POST"], website=True)
    def dvc_withdraw(self, dossier_id, reason="", **_kwargs):
        """Withdraw the citizen's own dossier."""
        if not self._dvc_dossier(dossier_id):
            return request.redirect("/my/dossiers")
        try:
            with request.env.cr.savepoint():
                request.env["dvc.dossier"].browse(dossier_id).withdraw(reason)
        except Refusal as refusal:
            return self._dvc_withdraw_page(dossier_id, reason, refusal_text(refusal))
        return request.redirect(f"/my/dossiers/{dossier_id}")

    def _dvc_withdraw_page(self, dossier_id: int, reason: str = "", error: str = ""):
        dossier_sudo = self._dvc_dossier(dossier_id)
        if not dossier_sudo:
            return request.redirect("/my/dossiers")
        if not self._dvc_can_withdraw(dossier_sudo):
            # It went on while the page was open: the dossier's own page tells how.
            return request.redirect(f"/my/dossiers/{dossier_id}")
        values = {"page_name": "dvc_dossier", "dossier": dossier_sudo, "reason": reason, "error": error}
        return self._dvc_render("dvc_dossier.portal_withdraw", values, status=422 if error else 200)
