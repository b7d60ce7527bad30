# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models

from odoo.addons.dvc_account.signing.confirmed import SMARTCA
from odoo.addons.dvc_account.signing.csc import V1, V2
from odoo.addons.dvc_account.signing.failure import SigningFailed

from .dvc_signature import CSC_URL, CSC_VERSION


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    dvc_csc_url = fields.Char(string="Remote signing service", config_parameter=CSC_URL)
    dvc_csc_version = fields.Selection(
        [
            (V1, "CSC API, version 1"),
            (V2, "CSC API, version 2"),
            (SMARTCA, "VNPT SmartCA: confirmed on the phone"),
        ],
        string="Version of its interface",
        default=V1,
        config_parameter=CSC_VERSION,
    )

    def _dvc_addresses(self):
        return [*super()._dvc_addresses(), "dvc_csc_url"]

    def action_dvc_check_csc(self) -> dict:
        """Ask the remote signing service who it is and how many credentials this server may use, and tell."""
        self._dvc_check_caller()
        service, _secrets = self.env["dvc.signature"]._remote_service()
        if not service:
            return self._dvc_tell("warning", self.env._("No remote signing service is set."))
        try:
            # SmartCA does not tell of itself.
            name = service.info() if self.dvc_csc_version != SMARTCA else "SmartCA"
            count = len(service.credentials())
        except SigningFailed as error:
            text = self.env["dvc.signature"]._failure(error).args[0]
            return self._dvc_tell("danger", f"{text} ({error.technical})")
        return self._dvc_tell(
            "success",
            self.env._("%(name)s answers; this server may use %(count)s credentials.", name=name, count=count),
        )
