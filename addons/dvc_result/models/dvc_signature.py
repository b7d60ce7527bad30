# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, models

from odoo.addons.dvc_account.signing.confirmed import SMARTCA
from odoo.addons.dvc_account.signing.csc import V1, V2

CSC_URL, CSC_VERSION = "dvc_result.csc_url", "dvc_result.csc_version"
VERSIONS = (V1, V2, SMARTCA)


class DvcSignature(models.AbstractModel):
    """Where results are signed remotely; and results that are open are checked again when new revocation data comes."""

    _inherit = "dvc.signature"

    @api.model
    def _remote_address(self):
        # Parameters are not readable by those who sign.
        parameters_sudo = self.env["ir.config_parameter"].sudo()
        version = parameters_sudo.get_param(CSC_VERSION)
        return (parameters_sudo.get_param(CSC_URL) or "").strip(), version if version in VERSIONS else V1

    @api.model
    def _new_revocation_data(self, keys: list[str], serial: str = "") -> None:
        super()._new_revocation_data(keys, serial)
        if self.env["dvc.result"]._recheck_wake(keys, serial):
            # Whoever takes a list in may not run jobs.
            self.env.ref("dvc_result.ir_cron_recheck").sudo()._trigger()
