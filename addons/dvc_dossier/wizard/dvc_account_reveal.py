# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models

from odoo.addons.dvc_account.exceptions import Refusal


class DvcAccountReveal(models.TransientModel):
    """The dossier that number and phone are needed for."""

    _inherit = "dvc.account.reveal"

    dossier_id = fields.Many2one("dvc.dossier", readonly=True)

    def _dossier_code(self):
        if not self.dossier_id:
            return super()._dossier_code()
        # What the citizen reads must be true: a dossier of theirs that the caller may read.
        self.dossier_id.check_access("read")
        if self.dossier_id.account_id != self.account_id:
            raise Refusal("input.invalid", self.env._("The dossier is not this citizen's."))
        return self.dossier_id.code or ""
