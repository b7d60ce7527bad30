# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import models

from ..report import account_import_xlsx

# Lines are fetched and forgotten in slices, so that a long report needs no more memory than a short one.
SLICE = 1000


class DvcAccountImportReport(models.Model):
    _inherit = "dvc.account.import"

    def _report_xlsx(self) -> bytes:
        """Return the report of every line as a workbook, with masked values."""
        self.ensure_one()
        return account_import_xlsx.report(self._report_lines())

    def _report_lines(self):
        lines = self.env["dvc.account.import.line"]
        labels = dict(lines._fields["outcome"]._description_selection(self.env))
        ids = lines._search([("import_id", "=", self.id)], order="row").get_result_ids()
        for start in range(0, len(ids), SLICE):
            part = lines.browse(ids[start : start + SLICE])
            for line in part:
                yield account_import_xlsx.ReportLine(
                    line.row,
                    labels[line.outcome],
                    line.explanation or "",
                    line.name_masked or "",
                    line.phone_masked or "",
                    line.citizen_id_masked or "",
                    line.email_masked or "",
                    line.external_ref or "",
                    str(line.account_id.id or ""),
                )
            part.invalidate_recordset()
