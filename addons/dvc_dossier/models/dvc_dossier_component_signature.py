# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import hashlib

from odoo import api, fields, models


class DvcDossierComponent(models.Model):
    """The detached signature (.p7s) that was handed in beside a file."""

    _inherit = "dvc.dossier.component"

    signature_attachment_id = fields.Many2one(
        "ir.attachment",
        string="Separate signature file",
        ondelete="restrict",
        index="btree_not_null",
        help="The signature of the file, where it is a file of its own (.p7s): both are checked together.",
    )
    signature_sha256 = fields.Char(string="Checksum of the signature file")

    def action_open_signature_file(self):
        """Download the signature file."""
        self.ensure_one()
        self.check_access("read")
        url = f"/web/content/{self.signature_attachment_id.id}?download=true"
        return {"type": "ir.actions.act_url", "url": url, "target": "self"}

    def _sums(self) -> str:
        """Return what tells the file and its signature from others."""
        self.ensure_one()
        return f"{self.sha256}{self.signature_sha256 or ''}"

    @api.model
    def _signature_values(self, parts: list[dict]) -> list[dict]:
        """Return the values of each part's signature file, with a new attachment or a copy of the vault's."""
        attachments = self.env["ir.attachment"]
        values = []
        for part in parts:
            document, data = part.get("document"), part.get("signature")
            if document and document.signature_attachment_id:
                attachment = document.signature_attachment_id.copy({"res_model": self._name, "res_id": False})
                values.append({"signature_attachment_id": attachment.id, "signature_sha256": document.signature_sha256})
            elif data:
                attachment = attachments.create(
                    {"name": f"{part['filename']}.p7s", "raw": data, "res_model": self._name}
                )
                sha256 = hashlib.sha256(data).hexdigest()
                values.append({"signature_attachment_id": attachment.id, "signature_sha256": sha256})
            else:
                values.append({})
        return values

    def _kept_signature(self) -> dict:
        """Return the values with which the vault keeps the signature file."""
        self.ensure_one()
        return {
            "signature_attachment_id": self.signature_attachment_id.id,
            "signature_sha256": self.signature_sha256,
        }
