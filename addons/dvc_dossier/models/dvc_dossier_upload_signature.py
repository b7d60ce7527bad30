# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64
import hashlib

from odoo import fields, models


class DvcDossierUpload(models.TransientModel):  # pylint: disable=no-wizard-in-models  # a page's store, no dialog
    """The detached signature (.p7s) of a chosen file."""

    _inherit = "dvc.dossier.upload"

    signature = fields.Binary(attachment=True)
    signature_name = fields.Char()

    def _add_signature(self, content: str, filename: str) -> None:
        """Keep the signature file of a chosen file, and judge both together; in sudo.

        :param content: base64
        :raise Refusal: input.invalid, file.empty, file.too_large, file.type
        """
        self.ensure_one()
        signatures = self.env["dvc.signature"]
        data = signatures._intake_signature(content)
        self.write(
            {
                "signature": base64.b64encode(data),
                "signature_name": signatures._safe_name(filename) or f"{self.filename}.p7s",
                "verdict": False,
                "check_id": False,
            }
        )
        (check,) = signatures._check_within([self._signature_file()])
        self._settle_or_queue(check)

    def _sums(self) -> str:
        """Return what tells the file and its signature from others."""
        self.ensure_one()
        whole = self.with_context(bin_size=False)
        return "".join(
            hashlib.sha256(base64.b64decode(content)).hexdigest()
            for content in (whole.data, whole.signature)
            if content
        )
