# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models


class DvcMakeupDay(models.Model):
    """A day off that is worked in exchange for another, as the Government announces each year."""

    _name = "dvc.makeup.day"
    _description = "Make-up working day"
    _order = "date desc, id desc"
    _rec_name = "date"

    calendar_id = fields.Many2one(
        "resource.calendar", string="Working hours", required=True, index=True, ondelete="cascade"
    )
    date = fields.Date(required=True)
    name = fields.Char(string="Reason", help="The announcement that makes the day a working day.")
    replaces_date = fields.Date(
        string="Day off in exchange", help="The day is worked with the hours of this day's weekday; empty: of a Monday."
    )
    counts_for_deadlines = fields.Boolean(
        default=True, help="Without it the desk is open that day but deadlines pass it over like any Saturday."
    )

    _day_uniq = models.UniqueIndex("(calendar_id, date)", "This make-up day is already in the calendar.")

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
