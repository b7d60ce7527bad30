# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, models


class ResourceCalendarLeaves(models.Model):
    """Keep the holidays of a shared calendar for every agency; forget the compiled clocks when they change."""

    _inherit = "resource.calendar.leaves"

    def _compute_company_id(self):
        super()._compute_company_id()
        if not self.env.su and not self.env.user.has_group("base.group_system"):
            # A ward's manager closes their own desk; holidays of everybody are the administrator's.
            return
        shared = self.filtered(lambda leave: leave.calendar_id and not leave.calendar_id.company_id)
        shared.company_id = False

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        # Computed from the caller's company: read it now, a later flush may run in another company's environment.
        records.mapped("company_id")
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
