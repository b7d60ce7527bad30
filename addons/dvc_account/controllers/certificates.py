# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64

from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import content_disposition, request

from odoo.addons.portal.controllers.portal import CustomerPortal

from ..domain import certificate_states as states
from ..domain.arguments import InvalidArgument
from ..exceptions import Refusal
from ..models.dvc_certificate_application import CONSENT_VERSION
from ..signing.file_kind import SIZE_MAX
from .standardize import refusal_text

PAGE = "/my/certificates"
# state: (Bootstrap colour, icon)
LOOKS = {
    states.PENDING: ("warning", "fa-hourglass-half"),
    states.ACTIVE: ("success", "fa-check-circle"),
    states.REPLACED: ("secondary", "fa-exchange"),
    states.REVOKED: ("danger", "fa-ban"),
    states.CANCELLED: ("secondary", "fa-times"),
    states.DRAFT: ("secondary", "fa-pencil"),
    states.SUBMITTED: ("info", "fa-paper-plane"),
    states.ACCEPTED: ("primary", "fa-cogs"),
    states.ISSUED: ("success", "fa-certificate"),
    states.REFUSED: ("danger", "fa-ban"),
    states.WITHDRAWN: ("secondary", "fa-undo"),
}
# What the page of a certificate may do: the verb of its address, the method.
VERBS = {"default": "set_default", "lost": "report_lost", "stop": "stop_using"}


class CertificatePortal(CustomerPortal):
    """The citizen's signing certificates: apply for one, register one, put one out of use."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "dvc_certificate_count" in counters and request.env["dvc.certificate"].has_access("read"):
            values["dvc_certificate_count"] = request.env["dvc.certificate"].search_count(
                [("purpose", "=", "citizen"), ("state", "=", states.ACTIVE)]
            )
        return values

    @http.route(PAGE, type="http", auth="user", methods=["GET"], website=True, sitemap=False)
    def dvc_certificates(self, done="", **_kwargs):
        """List the citizen's certificates and applications."""
        account_sudo = self._dvc_certificate_account()
        if not account_sudo:
            return self._dvc_certificate_elsewhere()
        certificates = request.env["dvc.certificate"].search(
            [("account_id", "=", account_sudo.id), ("purpose", "=", "citizen")], order="is_default desc, id desc"
        )
        applications = request.env["dvc.certificate.application"].search([("account_id", "=", account_sudo.id)])
        return self._dvc_certificate_page(
            "dvc_account.portal_certificates",
            {"certificates": certificates, "applications": applications, "done": done},
        )

    @http.route(f"{PAGE}/apply", type="http", auth="user", methods=["GET", "POST"], website=True, sitemap=False)
    def dvc_certificate_apply(self, provider="", **_form):
        """Choose a provider; what is sent to it is shown before anything is."""
        account_sudo = self._dvc_certificate_account()
        if not account_sudo:
            return self._dvc_certificate_elsewhere()
        error = ""
        if request.httprequest.method == "POST":
            try:
                answer = request.env["dvc.certificate.application"].prepare(account_sudo.id, provider[:255])
                return request.redirect(f"{PAGE}/applications/{answer['id']}")
            except InvalidArgument:
                error = request.env._("Please choose a provider.")
            except Refusal as refusal:
                error = refusal_text(refusal)
        opened = request.env["dvc.certificate.application"].search([("state", "in", states.OPEN)], limit=1)
        values = {
            "providers": request.env["dvc.certificate.provider"].search([]),
            "chosen": provider,
            "opened": opened,
            "error": error,
        }
        return self._dvc_certificate_page("dvc_account.portal_certificate_apply", values)

    @http.route(
        f"{PAGE}/applications/<int:application_id>",
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    def dvc_certificate_application(self, application_id, **_kwargs):
        """Show an application: before it is sent with what is sent, then with its timeline."""
        application = self._dvc_certificate_own("dvc.certificate.application", application_id)
        if not application:
            return request.redirect(PAGE)
        return self._dvc_application_page(application)

    @http.route(
        f"{PAGE}/applications/<int:application_id>/<string:verb>",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    def dvc_certificate_application_act(self, application_id, verb, consent="", consent_version="", **_form):
        """Hand an application in, or withdraw it."""
        application = self._dvc_certificate_own("dvc.certificate.application", application_id)
        if not application or verb not in ("submit", "withdraw"):
            return request.redirect(PAGE)
        try:
            if verb == "submit":
                application.submit(consent == "yes", consent_version[:255])
            else:
                application.withdraw()
        except Refusal as refusal:
            return self._dvc_application_page(application, refusal_text(refusal))
        return request.redirect(f"{PAGE}/applications/{application.id}")

    @http.route(f"{PAGE}/register", type="http", auth="user", methods=["GET", "POST"], website=True, sitemap=False)
    def dvc_certificate_register(self, replaces="", file=None, **_form):
        """Register a certificate by a document that it has signed."""
        account_sudo = self._dvc_certificate_account()
        if not account_sudo:
            return self._dvc_certificate_elsewhere()
        old = self._dvc_certificate_own("dvc.certificate", int(replaces)) if replaces.isdecimal() else None
        error = ""
        if request.httprequest.method == "POST":
            try:
                answer = self._dvc_register(account_sudo, file, old)
                return request.redirect(f"{PAGE}/{answer['id']}?done={answer['state']}")
            except InvalidArgument:
                error = request.env._("Please choose the file again.")
            except Refusal as refusal:
                error = refusal_text(refusal)
        return self._dvc_certificate_page("dvc_account.portal_certificate_register", {"old": old, "error": error})

    def _dvc_register(self, account_sudo, file, old) -> dict:
        # One byte more than may be is enough to refuse it.
        data = file.read(SIZE_MAX + 1) if file else b""
        if not data:
            raise Refusal("file.empty", request.env._("Please choose the signed file."))
        if len(data) > SIZE_MAX:
            raise Refusal("file.too_large", request.env._("A file has at most 20 MB."))
        return request.env["dvc.certificate"].register(
            account_sudo.id, base64.b64encode(data).decode(), (file.filename or "")[:255], old.id if old else None
        )

    @http.route(f"{PAGE}/document", type="http", auth="user", methods=["POST"], website=True, sitemap=False)
    def dvc_certificate_document(self, **_form):
        """Give out the document to sign."""
        account_sudo = self._dvc_certificate_account()
        if not account_sudo:
            return self._dvc_certificate_elsewhere()
        try:
            answer = request.env["dvc.certificate"].challenge(account_sudo.id)
        except Refusal as refusal:
            values = {"old": None, "error": refusal_text(refusal)}
            return self._dvc_certificate_page("dvc_account.portal_certificate_register", values)
        headers = [
            ("Content-Type", "application/pdf"),
            ("Content-Disposition", content_disposition(answer["filename"])),
            ("Cache-Control", "no-store"),
        ]
        return request.make_response(base64.b64decode(answer["content"]), headers)

    @http.route(f"{PAGE}/<int:certificate_id>", type="http", auth="user", methods=["GET"], website=True, sitemap=False)
    def dvc_certificate(self, certificate_id, done="", **_kwargs):
        """Show a certificate."""
        certificate = self._dvc_certificate_own("dvc.certificate", certificate_id)
        if not certificate:
            return request.redirect(PAGE)
        values = {"certificate": certificate, "done": done, "error": ""}
        return self._dvc_certificate_page("dvc_account.portal_certificate", values)

    @http.route(
        f"{PAGE}/<int:certificate_id>/<string:verb>",
        type="http",
        auth="user",
        methods=["GET", "POST"],
        website=True,
        sitemap=False,
    )
    def dvc_certificate_act(self, certificate_id, verb, reason="", **_form):
        """Ask before a certificate goes out of use, then do it; make it the default at once."""
        certificate = self._dvc_certificate_own("dvc.certificate", certificate_id)
        if not certificate or verb not in VERBS:
            return request.redirect(PAGE)
        values = {"certificate": certificate, "verb": verb, "done": "", "error": ""}
        if request.httprequest.method == "GET":
            if verb == "default":
                return request.redirect(f"{PAGE}/{certificate.id}")
            return self._dvc_certificate_page("dvc_account.portal_certificate_confirm", values)
        try:
            given = {} if verb == "default" else {"reason": reason.strip()[:255] or None}
            getattr(certificate, VERBS[verb])(**given)
        except Refusal as refusal:
            return self._dvc_certificate_page(
                "dvc_account.portal_certificate", {**values, "error": refusal_text(refusal)}
            )
        target = PAGE if not certificate.active else f"{PAGE}/{certificate.id}"
        return request.redirect(f"{target}?done={verb}")

    def _dvc_certificate_account(self):
        """Return the standardised account of the caller in sudo, or an empty one."""
        account_sudo = request.env["dvc.account"]._for_user(request.env.user)
        return account_sudo if account_sudo.state == "standardized" else account_sudo.browse()

    def _dvc_certificate_elsewhere(self):
        """Send those without a standardised account to where they get one."""
        return request.redirect("/my/account-standardize" if request.env.user._is_portal() else "/odoo")

    def _dvc_certificate_own(self, model: str, record_id: int):
        """Return a record of the caller's own, or None: of others one is not even told that they exist."""
        record = request.env[model].browse(record_id)
        account_sudo = self._dvc_certificate_account()
        try:
            record.check_access("read")
            # Staff read everybody's; these pages are each citizen's own.
            return record if account_sudo and record.exists() and record.account_id.id == account_sudo.id else None
        except (AccessError, MissingError):
            return None

    def _dvc_application_page(self, application, error: str = ""):
        # What is sent is shown to the one whose it is.
        account_sudo = application.account_id.sudo()
        return self._dvc_certificate_page(
            "dvc_account.portal_certificate_application",
            {
                "application": application,
                "account": account_sudo,
                "consent_text": application._consent_text(application.provider_id),
                "consent_version": CONSENT_VERSION,
                "error": error,
            },
        )

    def _dvc_certificate_page(self, template: str, values: dict):
        def labels(model: str, field: str = "state") -> dict:
            return dict(request.env[model]._fields[field]._description_selection(request.env))

        shared = {
            "page_name": "dvc_certificates",
            "looks": LOOKS,
            "labels": labels("dvc.certificate") | labels("dvc.certificate.application"),
            "kind_labels": labels("dvc.certificate.provider", "kind"),
            "cause_labels": labels("dvc.certificate", "ended_cause"),
        }
        response = request.render(template, {**shared, **values})
        response.headers["Cache-Control"] = "no-store"
        return response
