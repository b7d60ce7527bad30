# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models


class DvcEvidence(models.AbstractModel):
    """A dialog that takes a file as evidence."""

    _name = "dvc.evidence"
    _description = "Evidence of a dialog"

    evidence_file = fields.Binary(string="Evidence", attachment=False)
    evidence_name = fields.Char()

    def _evidence(self) -> list[tuple[str, bytes]]:
        """Return the file, checked as every file that is handed in.

        :return: list of ``(filename, bytes)``
        :raise Refusal: file.empty, file.too_large, file.type, file.hostile
        """
        if not self.evidence_file:
            return []
        data, name, _kind = self.env["dvc.signature"]._intake(self.evidence_file.decode(), self.evidence_name or "")
        return [(name, data)]
