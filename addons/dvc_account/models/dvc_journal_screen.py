# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import json

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from ..contract import has_role
from ..exceptions import Refusal
from ..journal_events import EVENTS, FAMILIES, FAMILY_OF, REFUSED, family_of

TIME_ZONE = "Asia/Ho_Chi_Minh"
# Outside of the agency's hours, or on its days off; a line of no agency goes by the reader's.
OUTSIDE = """
    NOT EXISTS (
        SELECT FROM resource_calendar_attendance a
         WHERE a.calendar_id = (SELECT resource_calendar_id FROM res_company
                                 WHERE id = COALESCE(%(line)s.company_id, %(company)s))
           AND a.day_period IS DISTINCT FROM 'lunch'
           AND a.dayofweek = (EXTRACT(isodow FROM %(moment)s) - 1)::text
           AND EXTRACT(epoch FROM %(moment)s::time) / 3600 >= a.hour_from
           AND EXTRACT(epoch FROM %(moment)s::time) / 3600 < a.hour_to)
    OR EXISTS (
        SELECT FROM resource_calendar_leaves l
         WHERE l.resource_id IS NULL AND l.date_from <= %(line)s.at AND l.date_to > %(line)s.at
           AND CASE WHEN l.calendar_id IS NULL
               THEN COALESCE(l.company_id, %(line)s.company_id, %(company)s)
                    = COALESCE(%(line)s.company_id, %(company)s)
               ELSE l.calendar_id = (SELECT resource_calendar_id FROM res_company
                                      WHERE id = COALESCE(%(line)s.company_id, %(company)s)) END)
"""


class DvcJournal(models.Model):
    """How auditors look at the journal: in words, by family, with the way to the record."""

    _inherit = "dvc.journal"

    event_name = fields.Char(string="What happened", compute="_compute_event_name", search="_search_event_name")
    family = fields.Selection(FAMILIES, compute="_compute_family", search="_search_family")
    is_refused = fields.Boolean(string="Refused", compute="_compute_is_refused", search="_search_is_refused")
    is_outside_hours = fields.Boolean(
        string="Outside office hours", compute="_compute_is_outside_hours", search="_search_is_outside_hours"
    )
    detail_text = fields.Text(string="Details", compute="_compute_detail_text")
    record_name = fields.Char(string="What it is about", compute="_compute_record_name")

    @api.depends("event")
    @api.depends_context("lang")
    def _compute_event_name(self):
        for line in self:
            line.event_name = self._event_words(line.event)

    @api.depends("event_name")
    def _compute_display_name(self):
        for line in self:
            line.display_name = line.event_name

    def _search_event_name(self, operator, value):
        if operator not in ("ilike", "="):
            return NotImplemented
        text = (value or "").lower()
        words = {event: self._event_words(event).lower() for event in EVENTS}
        found = [event for event, said in words.items() if said == text or (operator == "ilike" and text in said)]
        return Domain("event", "in", found)

    @api.model
    def _event_words(self, event: str) -> str:
        """Return what happened in words; the code where nobody gave it any."""
        return self.env._(EVENTS[event]) if event in EVENTS else event or ""

    @api.depends("event")
    def _compute_family(self):
        for line in self:
            line.family = family_of(line.event or "")

    def _search_family(self, operator, value):
        if operator != "in":
            return NotImplemented
        known = {family: [first for first, of in FAMILY_OF.items() if of == family] for family in value}
        domain = Domain.OR(Domain("event", "=like", f"{first}.%") for firsts in known.values() for first in firsts)
        if "other" in value:
            domain |= Domain.AND(Domain("event", "not like", f"{first}.%") for first in FAMILY_OF)
        return domain

    @api.depends("event")
    def _compute_is_refused(self):
        for line in self:
            line.is_refused = line.event in REFUSED

    def _search_is_refused(self, operator, value):
        return Domain("event", "in", REFUSED) if operator == "in" and True in value else NotImplemented

    @api.depends("at", "company_id")
    @api.depends_context("company")
    def _compute_is_outside_hours(self):
        outside = self.search([("id", "in", self.ids), ("is_outside_hours", "=", True)])
        for line in self:
            line.is_outside_hours = line in outside

    def _search_is_outside_hours(self, operator, value):
        if operator != "in" or True not in value:
            return NotImplemented

        def to_sql(_model, alias, _query):
            line = SQL.identifier(alias)
            moment = SQL("(%s.at AT TIME ZONE 'UTC' AT TIME ZONE %s)", line, TIME_ZONE)
            return SQL(f"({OUTSIDE})", line=line, moment=moment, company=self.env.company.id)

        self.env["res.company"].flush_model(["resource_calendar_id"])
        self.env["resource.calendar.attendance"].flush_model()
        self.env["resource.calendar.leaves"].flush_model()
        return Domain.custom(to_sql=to_sql)

    @api.depends("detail")
    def _compute_detail_text(self):
        for line in self:
            facts = line.detail if isinstance(line.detail, dict) else {}
            line.detail_text = "\n".join(f"{key}: {_said(value)}" for key, value in facts.items())

    @api.depends("res_model", "res_id")
    def _compute_record_name(self):
        for line in self:
            line.record_name = f"{self._model_words(line.res_model)} {line.res_id}" if line.res_model else False

    @api.model
    def _model_words(self, model: str) -> str:
        """Return a model's name, which is nobody's secret; a record's own may be a person's."""
        return self.env["ir.model"]._get(model).sudo().name if model in self.env else model

    def _web_read_group_groupby_formatter(self, groupby_spec, values):
        if groupby_spec != "event":
            return super()._web_read_group_groupby_formatter(groupby_spec, values)
        return lambda value: (self._event_words(value), [("event", "=", value)])

    def action_open_record(self) -> dict:
        """Open what a line is about."""
        self.ensure_one()
        self.check_access("read")
        model = self.env.get(self.res_model or "")
        if model is None or not self.res_id or not model.has_access("read"):
            raise Refusal("journal.no_record", self.env._("You cannot open what this line is about."))
        record = model.browse(self.res_id).exists()
        if not record or not record.has_access("read"):
            raise Refusal("journal.no_record", self.env._("It does not exist any more, or you may not read it."))
        return {
            "type": "ir.actions.act_window",
            "res_model": model._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }

    def action_export(self) -> dict:
        """Download the chosen lines, or all that the list's filter finds, as a workbook."""
        if not self.env.su and not has_role(self.env, "auditor", "manager"):
            raise AccessError(self.env._("Your role does not allow this operation."))
        domain = [("id", "in", self.ids)] if self else self.env.context.get("active_domain") or []
        export = self.env["dvc.journal.export"].create({"domain": json.dumps(domain)})
        return {"type": "ir.actions.act_url", "url": f"/dvc/journal/export/{export.id}", "target": "download"}


def _said(value) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
