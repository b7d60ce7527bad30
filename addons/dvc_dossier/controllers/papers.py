# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import content_disposition, request

from odoo.addons.portal.controllers.portal import CustomerPortal

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class DvcPapers(CustomerPortal):
    """Downloads of official papers."""

    @http.route("/my/dossiers/<int:dossier_id>/form01", type="http", auth="user", readonly=True)
    def dvc_form_01(self, dossier_id, **_kwargs):
        """Download form 01 of the citizen's own dossier, once it is received."""
        try:
            dossier_sudo = self._document_check_access("dvc.dossier", dossier_id)
        except (AccessError, MissingError):
            return request.not_found()
        if not dossier_sudo.received_at:
            return request.not_found()
        content = dossier_sudo._archived_form_01().raw or dossier_sudo._form_01_pdf()
        headers = [
            ("Content-Type", "application/pdf"),
            ("Content-Length", len(content)),
            ("Content-Disposition", content_disposition(f"{dossier_sudo.code}-01.pdf")),
        ]
        return request.make_response(content, headers=headers)

    @http.route("/dvc/register/<int:export_id>", type="http", auth="user", readonly=True)
    def dvc_register(self, export_id, **_kwargs):
        """Download the register that a dialog of the caller's asks for."""
        export = request.env["dvc.register.export"].browse(export_id).exists()
        if not export or not export.has_access("read"):
            return request.not_found()
        content = export._register_xlsx()
        name = f"so-theo-doi-{export.date_from}-{export.date_to}.xlsx"
        headers = [
            ("Content-Type", XLSX),
            ("Content-Length", len(content)),
            ("Content-Disposition", content_disposition(name)),
        ]
        return request.make_response(content, headers=headers)
