# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models

from ..domain.worktime import WorkCalendar


class ResCompany(models.Model):
    """Give agencies the hours of a one-stop desk."""

    _inherit = "res.company"

    dvc_risk_share = fields.Float(
        string="At risk below (%)",
        default=25.0,
        help="A dossier is at risk once less than this share of its time is left.",
    )
    dvc_receive_hours = fields.Integer(string="Working hours to receive", default=1)
    dvc_supplement_days = fields.Integer(string="Working days to ask for a supplement", default=3)

    _dvc_risk_share_range = models.Constraint(
        "CHECK (dvc_risk_share >= 0 AND dvc_risk_share <= 100)", "The share at risk is between 0 and 100 %."
    )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        for company, vals in zip(companies, vals_list, strict=True):
            if company.dvc_agency_code and not vals.get("resource_calendar_id"):
                company._dvc_adopt_desk_calendar()
        return companies

    def write(self, vals):
        new = self.filtered(lambda company: not company.dvc_agency_code) if vals.get("dvc_agency_code") else self[:0]
        done = super().write(vals)
        # A company that becomes an agency later would otherwise count on office hours without holidays.
        if "resource_calendar_id" not in vals:
            new.filtered(lambda agency: not agency.resource_calendar_id.leave_ids)._dvc_adopt_desk_calendar()
        return done

    def _dvc_adopt_desk_calendar(self):
        """Work by the shared calendar of one-stop desks, whose holidays and make-up days are kept for all agencies."""
        desk = self.env.ref("dvc_dossier.calendar_desk", raise_if_not_found=False)
        if desk:
            self.write({"resource_calendar_id": desk.id})

    @api.model
    def _dvc_adopt_desk_calendar_everywhere(self):
        """Let agencies that were there first adopt it too, save those that keep a calendar with closures of its own."""
        agencies = self.search([("dvc_agency_code", "!=", False)])
        agencies.filtered(lambda agency: not agency.resource_calendar_id.leave_ids)._dvc_adopt_desk_calendar()

    def _dvc_clock(self) -> WorkCalendar:
        """Return the clock of the agency: its working hours with its own closures.

        :raise Refusal: ``calendar.empty`` where nobody ever works
        """
        self.ensure_one()
        # The calendar is not readable by citizens, the clock holds nothing personal.
        calendar_sudo = self.sudo().resource_calendar_id
        return calendar_sudo._dvc_clock(self)
