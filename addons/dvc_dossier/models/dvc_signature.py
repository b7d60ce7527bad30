# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, models


class DvcSignature(models.AbstractModel):
    """Files of dossiers that are open are judged again when new revocation data comes."""

    _inherit = "dvc.signature"

    @api.model
    def _new_revocation_data(self, keys: list[str], serial: str = "") -> None:
        super()._new_revocation_data(keys, serial)
        if self.env["dvc.dossier.component"]._recheck_wake(keys, serial):
            # Whoever takes a list in may not run jobs.
            self.env.ref("dvc_dossier.ir_cron_complete_checks").sudo()._trigger()
