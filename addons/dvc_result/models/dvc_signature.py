# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, models

from odoo.addons.dvc_account.signing.confirmed import SMARTCA
from odoo.addons.dvc_account.signing.csc import V1, V2

CSC_URL, CSC_VERSION = "dvc_result.csc_url", "dvc_result.csc_version"
VERSIONS = (V1, V2, SMARTCA)


class DvcSignature(models.AbstractModel):
    _inherit = "dvc.signature"

    @api.model
    def _remote_address(self):
        # Parameters are not readable by those who sign.
        parameters_sudo = self.env["ir.config_parameter"].sudo()
        version = parameters_sudo.get_param(CSC_VERSION)
        return (parameters_sudo.get_param(CSC_URL) or "").strip(), version if version in VERSIONS else V1
