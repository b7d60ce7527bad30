# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import content_disposition, request

from .portal import DvcPortal


class DvcSignatures(DvcPortal):
    """How the citizen's own files were checked, on a page and as a paper."""

    def _dvc_checked_file(self, dossier_id: int, file_id: int):
        """Return a checked file of the caller's own dossier in sudo, or None."""
        dossier_sudo = self._dvc_dossier(dossier_id)
        if not dossier_sudo:
            return None
        file_sudo = dossier_sudo.component_ids.filtered(lambda file: file.id == file_id and file.check_id)
        return self._dvc_as_caller(file_sudo) or None

    def _dvc_checked_document(self, document_id: int):
        """Return a checked document of the caller's own vault in sudo, or None."""
        try:
            document_sudo = self._document_check_access("dvc.document", document_id)
        except (AccessError, MissingError):
            return None
        return self._dvc_as_caller(document_sudo) if document_sudo.check_id else None

    @staticmethod
    def _dvc_as_caller(record_sudo):
        """Return a record that was found for the caller, whose acts on it are written down as theirs, in sudo."""
        return record_sudo.with_user(request.env.user).sudo()

    @http.route(
        "/my/dossiers/<int:dossier_id>/files/<int:file_id>/signatures",
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def dvc_file_signatures(self, dossier_id, file_id, **_kwargs):
        """Show how a file of the citizen's own dossier was checked."""
        file_sudo = self._dvc_checked_file(dossier_id, file_id)
        if not file_sudo:
            return request.redirect("/my/dossiers")
        back = f"/my/dossiers/{dossier_id}"
        return self._dvc_signature_page(
            file_sudo.check_id,
            file_sudo.dossier_id.applicant_citizen_hash or "",
            {
                "page_name": "dvc_dossier",
                "dossier": file_sudo.dossier_id,
                "name": file_sudo.name,
                "back": back,
                "report": f"{back}/files/{file_id}/signature-report",
            },
        )

    @http.route("/my/documents/<int:document_id>/signatures", type="http", auth="user", website=True, readonly=True)
    def dvc_document_signatures(self, document_id, **_kwargs):
        """Show how a document of the citizen's own vault was checked."""
        document_sudo = self._dvc_checked_document(document_id)
        if not document_sudo:
            return request.redirect("/my/documents")
        return self._dvc_signature_page(
            document_sudo.check_id,
            document_sudo.owner_hash or "",
            {
                "page_name": "dvc_documents",
                "name": document_sudo.display_name,
                "back": "/my/documents",
                "report": f"/my/documents/{document_id}/signature-report",
            },
        )

    def _dvc_signature_page(self, check_sudo, owner: str, values: dict):
        sheet = check_sudo._sheet(owner, public=True)
        return self._dvc_render("dvc_dossier.portal_signatures", {**values, "sheet": sheet})

    @http.route(
        "/my/dossiers/<int:dossier_id>/files/<int:file_id>/signature-report",
        type="http",
        auth="user",
        website=True,
        readonly=False,
    )
    def dvc_file_report(self, dossier_id, file_id, **_kwargs):
        """Download the report of the check of a file of the citizen's own dossier."""
        file_sudo = self._dvc_checked_file(dossier_id, file_id)
        if not file_sudo:
            return request.not_found()
        return self._dvc_pdf(file_sudo._signature_report_pdf(public=True), f"{file_sudo.dossier_id.code}-ky-so.pdf")

    @http.route(
        "/my/documents/<int:document_id>/signature-report", type="http", auth="user", website=True, readonly=False
    )
    def dvc_document_report(self, document_id, **_kwargs):
        """Download the report of the check of a document of the citizen's own vault."""
        document_sudo = self._dvc_checked_document(document_id)
        if not document_sudo:
            return request.not_found()
        return self._dvc_pdf(document_sudo._signature_report_pdf(public=True), f"giay-to-{document_id}-ky-so.pdf")

    @staticmethod
    def _dvc_pdf(content: bytes, name: str):
        headers = [
            ("Content-Type", "application/pdf"),
            ("Content-Length", len(content)),
            ("Content-Disposition", content_disposition(name)),
            ("Cache-Control", "no-store"),
        ]
        return request.make_response(content, headers=headers)
