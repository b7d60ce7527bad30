# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    dvc_csc_url = fields.Char(string="Remote signing service", config_parameter="dvc_result.csc_url")

    def _dvc_addresses(self):
        return [*super()._dvc_addresses(), "dvc_csc_url"]
