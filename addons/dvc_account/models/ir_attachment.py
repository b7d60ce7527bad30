# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import SUPERUSER_ID, api, models

CONTENT = frozenset({"raw", "datas", "db_datas"})


class IrAttachment(models.Model):
    """Files with personal data: who of the house opens one is written down."""

    _inherit = "ir.attachment"

    @api.model
    def _index(self, bin_data, file_type, checksum=None):
        """Keep no words of files readable in the table: citizens' files are full of numbers."""
        return None

    def _to_http_stream(self):
        self._dvc_log_read()
        return super()._to_http_stream()

    def _read_format(self, fnames, load="_classic_read"):
        # Our own code reads files in sudo, or by the field; remote callers come this way.
        if not self.env.su and not self.env.context.get("bin_size") and CONTENT & set(fnames):
            self._dvc_log_read()
        return super()._read_format(fnames, load)

    def _dvc_log_read(self) -> None:
        """Write down what staff read of persons: the records the files belong to say whose they are."""
        if self.env.uid == SUPERUSER_ID or not self.env.user._is_internal():
            return
        subjects = []
        # Whose a file is is told for the journal only.
        for attachment_sudo in self.sudo():
            model = attachment_sudo.res_model
            if model in self.env and hasattr(self.env[model], "_personal_subject") and attachment_sudo.res_id:
                record_sudo = self.env[model].sudo().browse(attachment_sudo.res_id)
                subjects.append((record_sudo, *record_sudo._personal_subject()))
        if subjects:
            self.env["dvc.account"]._log_files_read(subjects)
