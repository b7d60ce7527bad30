# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import SUPERUSER_ID, models


class IrBinary(models.AbstractModel):
    """Files shown through a field of the record they belong to."""

    _inherit = "ir.binary"

    def _record_to_stream(self, record, field_name):
        user = self.env.user
        if hasattr(record, "_personal_subject") and user.id != SUPERUSER_ID and user._is_internal():
            # Whose a file is is told for the journal only; the record was checked by the caller.
            self.env["dvc.account"]._log_files_read([(record, *record.sudo()._personal_subject())])
        return super()._record_to_stream(record, field_name)
