# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import http
from odoo.http import content_disposition, request

from ..contract import has_role
from ..report import account_import_xlsx

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class AccountImport(http.Controller):
    """Downloads of the import of old accounts."""

    @http.route("/dvc/account-import/template", type="http", auth="user", methods=["GET"], readonly=True)
    def dvc_import_template(self):
        """Download the empty list."""
        if not has_role(request.env, "manager", "auditor"):
            return request.not_found()
        return self._dvc_workbook(account_import_xlsx.template(), "mau-danh-sach-tai-khoan.xlsx")

    @http.route("/dvc/account-import/<int:import_id>/report", type="http", auth="user", methods=["GET"], readonly=True)
    def dvc_import_report(self, import_id):
        """Download the masked report of an import the caller may read."""
        record = request.env["dvc.account.import"].browse(import_id).exists()
        if not record or not record.has_access("read"):
            return request.not_found()
        return self._dvc_workbook(record._report_xlsx(), f"ket-qua-nhap-{record.id}.xlsx")

    def _dvc_workbook(self, content: bytes, name: str):
        headers = [
            ("Content-Type", XLSX),
            ("Content-Length", len(content)),
            ("Content-Disposition", content_disposition(name)),
            ("Cache-Control", "no-store"),
        ]
        return request.make_response(content, headers=headers)
