# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models


class DvcDocument(models.Model):
    """The detached signature (.p7s) that belongs to a document's file."""

    _inherit = "dvc.document"

    signature_attachment_id = fields.Many2one(
        "ir.attachment", string="Separate signature file", ondelete="restrict", index="btree_not_null"
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
