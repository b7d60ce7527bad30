# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import request

from .portal import DvcPortal


class DvcVault(DvcPortal):
    """The citizen's vault of documents."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        documents = request.env["dvc.document"]
        if "dvc_document_count" in counters and documents.has_access("read"):
            values["dvc_document_count"] = documents.search_count([("superseded_by_id", "=", False)])
        return values

    @http.route("/my/documents", type="http", auth="user", website=True, readonly=True)
    def dvc_my_documents(self, **_kwargs):
        """List the documents in force, by type."""
        if not self._dvc_account():
            return self._dvc_not_standardized()
        # Found by the citizen's own rule; names of types are not readable otherwise.
        found_sudo = request.env["dvc.document"].search([("superseded_by_id", "=", False)]).sudo()
        return self._dvc_render(
            "dvc_dossier.portal_documents",
            {
                "page_name": "dvc_documents",
                "groups": found_sudo.grouped("type_id"),
                "today": request.env["dvc.account"]._today(),
                "origin_labels": self._dvc_labels("source", "dvc.document"),
            },
        )

    @http.route("/my/documents/<int:document_id>/file", type="http", auth="user", website=True, readonly=True)
    def dvc_my_document(self, document_id, **_kwargs):
        """Download a document of the citizen's own vault."""
        try:
            document_sudo = self._document_check_access("dvc.document", document_id)
        except (AccessError, MissingError):
            return request.not_found()
        stream = request.env["ir.binary"]._get_stream_from(document_sudo.attachment_id)
        return stream.get_response(as_attachment=True)
