# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64

from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import request

from odoo.addons.dvc_account.controllers.standardize import refusal_text
from odoo.addons.dvc_account.exceptions import Refusal

from .portal_submission import DvcSubmission, _is_number


class DvcSignatureFile(DvcSubmission):
    """The signature of a file, where it is a file of its own (.p7s): handed in beside it, and downloaded."""

    @http.route("/my/dossiers/upload/signature", type="http", auth="user", methods=["POST"], website=True)
    def dvc_upload_signature(self, component="", upload="", file=None, **_kwargs):
        """Keep the signature file of a chosen file and tell what both are worth; the page's script calls this."""
        account_sudo = self._dvc_account()
        uploads = request.env["dvc.dossier.upload"]
        number = int(upload) if _is_number(upload) else 0
        # Empty where there is no account: citizens have no right on the model itself.
        upload_sudo = uploads._kept(account_sudo, component[:100], number) if account_sudo else uploads.sudo()
        if not upload_sudo or not getattr(file, "filename", ""):
            error = request.env._("Choose the file first, then its signature file.")
            return request.make_json_response({"error": error}, status=400)
        try:
            with request.env.cr.savepoint():
                self._dvc_add_signature(upload_sudo, file)
        except Refusal as refusal:
            return request.make_json_response({"error": refusal_text(refusal)}, status=422)
        (answer,) = self._dvc_check_states(upload_sudo)
        return request.make_json_response(
            {**answer, "filename": upload_sudo.signature_name}, headers={"Cache-Control": "no-store"}
        )

    def _dvc_add_signature(self, upload_sudo, file) -> None:
        upload_sudo._add_signature(base64.b64encode(file.read()).decode(), file.filename[:255])

    def _dvc_chosen(self, account_sudo, components, post: dict) -> tuple[dict, dict]:
        """Take the signature files too, which come with the form where the page's script did not send them."""
        kept, errors = super()._dvc_chosen(account_sudo, components, post)
        for code in components.mapped("code"):
            file, chosen = post.get(f"signature_{code}"), kept.get(code)
            if not getattr(file, "filename", "") or code in errors:
                continue
            if not chosen or isinstance(chosen, int):
                errors[code] = request.env._("Choose the file that the signature file belongs to.")
                continue
            try:
                self._dvc_add_signature(chosen, file)
            except Refusal as refusal:
                errors[code] = refusal_text(refusal)
        return kept, errors

    def _dvc_components(self, kept: dict) -> list[dict]:
        parts = super()._dvc_components(kept)
        for part in parts:
            chosen = kept[part["code"]]
            if not isinstance(chosen, int) and chosen.signature:
                part["signature"] = chosen.signature.decode()
        return parts

    @http.route(
        "/my/dossiers/<int:dossier_id>/files/<int:file_id>/signature",
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def dvc_my_signature_file(self, dossier_id, file_id, **_kwargs):
        """Download the signature file of a file of the citizen's own dossier."""
        dossier_sudo = self._dvc_dossier(dossier_id)
        file_sudo = dossier_sudo.component_ids.filtered(lambda part: part.id == file_id) if dossier_sudo else None
        return self._dvc_signature_file(file_sudo)

    @http.route("/my/documents/<int:document_id>/signature", type="http", auth="user", website=True, readonly=True)
    def dvc_my_document_signature(self, document_id, **_kwargs):
        """Download the signature file of a document of the citizen's own vault."""
        try:
            document_sudo = self._document_check_access("dvc.document", document_id)
        except (AccessError, MissingError):
            return request.not_found()
        return self._dvc_signature_file(document_sudo)

    def _dvc_signature_file(self, record_sudo):
        if not record_sudo or not record_sudo.signature_attachment_id:
            return request.not_found()
        stream = request.env["ir.binary"]._get_stream_from(record_sudo.signature_attachment_id)
        return stream.get_response(as_attachment=True)
