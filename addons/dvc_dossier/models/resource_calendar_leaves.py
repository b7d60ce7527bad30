# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, models


class ResourceCalendarLeaves(models.Model):
    """Forget the compiled clocks when the hours of work change."""

    _inherit = "resource.calendar.leaves"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self.env["resource.calendar"]._dvc_forget_clocks()
        return records

    def write(self, vals):
        done = super().write(vals)
        self.env["resource.calendar"]._dvc_forget_clocks()
        return done

    def unlink(self):
        done = super().unlink()
        self.env["resource.calendar"]._dvc_forget_clocks()
        return done
