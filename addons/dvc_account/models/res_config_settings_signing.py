# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models

from ..signing.failure import SigningFailed
from ..signing.timestamp import forget_failures, probe
from .dvc_signature_signing import TSA_URL


class ResConfigSettings(models.TransientModel):
    """Who proves the time of signatures, and which tokens stand at this server."""

    _inherit = "res.config.settings"

    dvc_tsa_url = fields.Char(string="Time-stamping authority", config_parameter=TSA_URL)
    dvc_tokens = fields.Char(string="Tokens and HSMs", compute="_compute_dvc_tokens")

    @api.depends("dvc_tsa_url")
    def _compute_dvc_tokens(self):
        names = self.env["dvc.certificate"]._tokens()
        for settings in self:
            settings.dvc_tokens = ", ".join(names)

    def _dvc_addresses(self):
        return [*super()._dvc_addresses(), "dvc_tsa_url"]

    def set_values(self):
        done = super().set_values()
        forget_failures()
        return done

    def action_dvc_check_tsa(self) -> dict:
        """Ask the time-stamping authority for a stamp, check it, and tell what came."""
        self._dvc_check_caller()
        url = (self.env["ir.config_parameter"].get_param(TSA_URL) or "").strip()
        if not url:
            return self._dvc_tell("warning", self.env._("No time-stamping authority is set: signatures prove no time."))
        try:
            moment = probe(self.env["dvc.signature"]._authority(url))
        except OSError as error:
            return self._dvc_tell(
                "danger", self.env._("The time-stamping authority is of no use now: %(why)s", why=str(error))
            )
        told = fields.Datetime.to_string(moment.replace(tzinfo=None))
        return self._dvc_tell(
            "success", self.env._("It stamps, and is trusted. Its clock says %(moment)s UTC.", moment=told)
        )

    def action_dvc_check_tokens(self) -> dict:
        """Look for the keys of all certificates with a token, without signing, and tell."""
        self._dvc_check_caller()
        # Every agency's: the administrator looks after the machine.
        certificates_sudo = self.env["dvc.certificate"].sudo().search([("key_source", "=", "token")])
        if not certificates_sudo:
            return self._dvc_tell("warning", self.env._("No certificate has its key in a token."))
        lines = []
        for certificate_sudo in certificates_sudo:
            try:
                certificate_sudo._look_at_key()
            except SigningFailed as error:
                lines.append(f"{certificate_sudo.name}: {self.env['dvc.signature']._failure(error).args[0]}")
        if lines:
            return self._dvc_tell("danger", "\n".join(lines))
        return self._dvc_tell(
            "success", self.env._("All %(count)s keys in tokens are at hand.", count=len(certificates_sudo))
        )
