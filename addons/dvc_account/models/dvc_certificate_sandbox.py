# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, models

from ..exceptions import Refusal


class DvcCertificate(models.Model):
    """The demonstration's keys sign nothing where the demonstration's data is not."""

    _inherit = "dvc.certificate"

    def write(self, vals):
        if vals.get("is_sandbox") is False and any(self.mapped("is_sandbox")):
            raise Refusal("field.guarded", self.env._("What belongs to the demonstration stays marked."))
        return super().write(vals)

    @api.model
    def _usable_domain(self) -> list:
        """Return which certificates may sign here."""
        return [] if self.env["dvc.identity.source"]._has_demo_data() else [("is_sandbox", "=", False)]

    def _key_path(self):
        self.ensure_one()
        if self.is_sandbox and not self.env["dvc.identity.source"]._has_demo_data():
            raise Refusal(
                "signature.sandbox",
                self.env._("This key belongs to the demonstration, and signs nothing here."),
            )
        return super()._key_path()
