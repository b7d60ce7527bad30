# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal


class DvcResultPortal(CustomerPortal):
    """Files of results: for the citizen once they are theirs, for staff by the record rules."""

    @http.route(
        "/my/dossiers/<int:dossier_id>/results/<int:result_id>", type="http", auth="user", website=True, readonly=True
    )
    def dvc_my_result(self, dossier_id, result_id, **_kwargs):
        """Download an issued result of the citizen's own dossier."""
        try:
            dossier_sudo = self._document_check_access("dvc.dossier", dossier_id)
        except (AccessError, MissingError):
            return request.not_found()
        result_sudo = dossier_sudo.result_ids.filtered(
            lambda result: result.id == result_id and result.state == "issued"
        )
        return self._dvc_file(result_sudo) if result_sudo else request.not_found()

    @http.route(
        "/my/dossiers/<int:dossier_id>/handovers/<int:handover_id>",
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def dvc_my_handover(self, dossier_id, handover_id, **_kwargs):
        """Download the receipt of a handover of the citizen's own dossier."""
        try:
            dossier_sudo = self._document_check_access("dvc.dossier", dossier_id)
        except (AccessError, MissingError):
            return request.not_found()
        handover_sudo = dossier_sudo.handover_ids.filtered(lambda handover: handover.id == handover_id)
        if not handover_sudo:
            return request.not_found()
        stream = request.env["ir.binary"]._get_stream_from(handover_sudo.attachment_id)
        return stream.get_response(as_attachment=True, download_name=handover_sudo.attachment_id.name)

    @http.route("/dvc/result/<int:result_id>/file", type="http", auth="user", readonly=True)
    def dvc_result_file(self, result_id, **_kwargs):
        """Download the file that counts, for staff of the agency."""
        result = request.env["dvc.result"].browse(result_id).exists()
        if not result or not result.has_access("read"):
            return request.not_found()
        # sudo: the record itself is readable; its file is stored as an attachment of it
        return self._dvc_file(result.sudo())

    def _dvc_file(self, result_sudo):
        attachment_sudo = result_sudo.signed_attachment_id or result_sudo.attachment_id
        stream = request.env["ir.binary"]._get_stream_from(attachment_sudo)
        return stream.get_response(as_attachment=True, download_name=f"{result_sudo.code}.pdf")
