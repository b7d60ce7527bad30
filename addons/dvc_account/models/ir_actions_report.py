# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import io

from odoo import fields, models
from odoo.exceptions import AccessError, UserError


class IrActionsReport(models.Model):
    """Reports drawn by a method of the model instead of wkhtmltopdf.

    A report action with ``report_type`` ``qweb-pdf`` and ``dvc_builder`` ``form_01_pdf`` on
    ``dvc.dossier`` is drawn by ``dvc.dossier._form_01_pdf()``, which takes a recordset and returns
    the bytes of one PDF. The Print menu, mail templates and the portal then all give that PDF.
    """

    _inherit = "ir.actions.report"

    dvc_builder = fields.Char(
        string="Drawn by",
        help="Name, without its leading underscore, of the model's method that draws the PDF of a recordset.",
    )

    def _get_readable_fields(self):
        return super()._get_readable_fields() | {"dvc_builder"}

    def report_action(self, docids, data=None, config=True):
        action = super().report_action(docids, data=data, config=config and not self.dvc_builder)
        # What a button returns is told like what the client loads itself: who draws it.
        return {**action, "dvc_builder": self.dvc_builder} if self.dvc_builder else action

    def _pre_render_qweb_pdf(self, report_ref, res_ids=None, data=None):
        report_sudo = self._get_report(report_ref)
        if not report_sudo.dvc_builder:
            return super()._pre_render_qweb_pdf(report_ref, res_ids=res_ids, data=data)
        ids = [res_ids] if isinstance(res_ids, int) else list(res_ids or [])
        return self._render_qweb_pdf_prepare_streams(report_ref, data or {}, res_ids=ids), "pdf"

    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        report_sudo = self._get_report(report_ref)
        if not report_sudo.dvc_builder:
            return super()._render_qweb_pdf_prepare_streams(report_ref, data, res_ids=res_ids)
        ids = list(dict.fromkeys(res_ids or []))
        content = self._dvc_draw(report_sudo, ids)
        # Several records are one drawing: splitting and merging files would rewrite them.
        return {ids[0] if len(ids) == 1 else False: {"stream": io.BytesIO(content), "attachment": None}}

    def _render_qweb_html(self, report_ref, docids, data=None):
        if self._get_report(report_ref).dvc_builder:
            raise UserError(self.env._("This paper exists as PDF only."))
        return super()._render_qweb_html(report_ref, docids, data=data)

    def _dvc_draw(self, report_sudo, ids) -> bytes:
        """Return the PDF of the records, as the caller may read them."""
        if not ids:
            raise UserError(self.env._("Choose at least one record to print."))
        if report_sudo.group_ids and not self.env.su and not report_sudo.group_ids & self.env.user.all_group_ids:
            raise AccessError(self.env._("Your role does not allow this operation."))
        records = self.env[report_sudo.model].browse(ids).exists()
        records.check_access("read")
        if not records:
            raise UserError(self.env._("Choose at least one record to print."))
        return getattr(records, f"_{report_sudo.dvc_builder}")()
