# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import ormcache

from odoo.addons.dvc_account.exceptions import Refusal

from ..domain.worktime import WorkCalendar


class ResourceCalendar(models.Model):
    """Compile a calendar into the clock that counts deadlines."""

    _inherit = "resource.calendar"

    dvc_makeup_day_ids = fields.One2many("dvc.makeup.day", "calendar_id", string="Make-up days", copy=True)

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self._dvc_forget_clocks()
        return records

    def write(self, vals):
        done = super().write(vals)
        self._dvc_forget_clocks()
        return done

    def _dvc_clock(self, company=None) -> WorkCalendar:
        """Return the compiled calendar, remembered until the calendar's content changes.

        :param company: an agency whose own closures (time off without a calendar) count too; by default the calendar's
        :raise Refusal: ``calendar.empty`` where nobody ever works
        """
        self.ensure_one()
        clock = self._dvc_compiled(self.id, (company or self.company_id).id or 0)
        if not clock.has_working_time():
            raise Refusal(
                "calendar.empty", self.env._("The calendar %(calendar)s has no working time.", calendar=self.name)
            )
        return clock

    @api.model
    def _dvc_forget_clocks(self):
        """Drop the compiled clocks now and, for a thread that compiled one meanwhile, once more after the commit."""
        self.env.registry.clear_cache()
        self.env.cr.postcommit.add(self.env.registry.clear_cache)

    @ormcache("calendar_id", "company_id")
    def _dvc_compiled(self, calendar_id: int, company_id: int) -> WorkCalendar:
        # Deadlines do not depend on who asks: citizens and officers of another agency see no calendar rows.
        calendar_sudo = self.sudo().browse(calendar_id)
        return WorkCalendar(
            calendar_sudo._dvc_week(), calendar_sudo._dvc_closures(company_id), calendar_sudo._dvc_makeup_spans()
        )

    def _dvc_week(self) -> list[list[tuple[int, int]]]:
        """Return the working spans of 14 days in minutes after midnight, breaks left out."""
        week: list[list[tuple[int, int]]] = [[] for _day in range(14)]
        for line in self.attendance_ids:
            if line.display_type or line.day_period == "lunch":
                continue
            span = (round(line.hour_from * 60), round(line.hour_to * 60))
            weeks = (int(line.week_type or 0),) if self.two_weeks_calendar else (0, 1)
            for number in weeks:
                week[int(line.dayofweek) + 7 * number].append(span)
        return week

    def _dvc_closures(self, company_id: int) -> list[tuple]:
        """Return the public holidays and closures as naive UTC intervals."""
        domain = Domain("resource_id", "=", False) & Domain("time_type", "=", "leave")
        own = Domain("calendar_id", "=", self.id)
        everywhere = Domain("calendar_id", "=", False) & Domain("company_id", "in", [False, company_id])
        domain &= own | everywhere
        leaves = self.env["resource.calendar.leaves"].search_fetch(domain, ["date_from", "date_to"])
        return [(leave.date_from, leave.date_to) for leave in leaves]

    def _dvc_makeup_spans(self) -> dict:
        """Return the hours of the make-up days that count for deadlines."""
        week = self._dvc_week()
        monday = next((spans for spans in week[:7] if spans), [])
        spans = {}
        for day in self.dvc_makeup_day_ids:
            if day.counts_for_deadlines:
                swapped = week[day.replaces_date.weekday()] if day.replaces_date else monday
                spans[day.date] = swapped or monday
        return spans
