# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, models

# The suite's own settings, and those of Odoo that say who gets in.
WATCHED = ("dvc_", "auth_", "base.login_", "portal.", "sessions.", "base_setup.default_user_rights", "database.")


class IrConfigParameter(models.Model):
    """A changed setting is written into the journal: which one and by whom, not its value, which may be a secret."""

    _inherit = "ir.config_parameter"

    @api.model_create_multi
    def create(self, vals_list):
        parameters = super().create(vals_list)
        parameters._dvc_journal("set")
        return parameters

    def write(self, vals):
        done = super().write(vals)
        self._dvc_journal("set")
        return done

    def unlink(self):
        self._dvc_journal("removed")
        return super().unlink()

    def _dvc_journal(self, what: str) -> None:
        # What loads or leaves with the addons is not somebody's act.
        if not self.env.registry.ready or self.env.context.get("_force_unlink"):
            return
        for parameter in self.filtered(lambda one: one.key.startswith(WATCHED)):
            self.env["dvc.journal"]._log("setting.changed", detail={"key": parameter.key, "what": what})
