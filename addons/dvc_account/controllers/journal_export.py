# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import tempfile

from werkzeug.wsgi import wrap_file

from odoo import fields, http
from odoo.http import Response, content_disposition, request

from ..contract import has_role

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class JournalExport(http.Controller):
    """The workbook that an auditor asked for."""

    @http.route("/dvc/journal/export/<int:export_id>", type="http", auth="user", methods=["GET"], readonly=False)
    def export(self, export_id, **_kwargs):
        export = request.env["dvc.journal.export"].browse(export_id).exists()
        if not has_role(request.env, "auditor", "manager") or not export or not export.has_access("read"):
            return request.not_found()
        # Not in memory: a journal may have a million lines. The response closes it.
        file = tempfile.TemporaryFile()
        export._write_xlsx(file)
        size = file.tell()
        file.seek(0)
        name = f"nhat-ky-{fields.Date.context_today(export)}.xlsx"
        headers = [
            ("Content-Type", XLSX),
            ("Content-Length", size),
            ("Content-Disposition", content_disposition(name)),
            ("Cache-Control", "no-store"),
        ]
        return Response(wrap_file(request.httprequest.environ, file), headers=headers, direct_passthrough=True)
