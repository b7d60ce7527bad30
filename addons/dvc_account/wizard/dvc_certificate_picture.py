# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models


class DvcCertificatePicture(models.TransientModel):
    """Changes the picture that a certificate's signature shows: by its holder, or a manager."""

    _name = "dvc.certificate.picture"
    _description = "Picture of a signature"

    certificate_id = fields.Many2one("dvc.certificate", required=True, readonly=True)
    purpose = fields.Selection(related="certificate_id.purpose")
    picture = fields.Binary(attachment=False, help="PNG with a transparent ground, at most 512 kB.")

    def action_save(self) -> dict:
        """Check the picture and keep it; none: words are shown instead."""
        self.ensure_one()
        self.certificate_id._check_may_draw()
        # Holders may not write certificates otherwise.
        self.certificate_id.sudo()._set_picture(self.with_context(bin_size=False).picture)
        return {"type": "ir.actions.act_window_close"}
