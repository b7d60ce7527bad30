# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import datetime

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..report import register_xlsx

TIME_ZONE = "Asia/Ho_Chi_Minh"
# Dossiers are fetched and forgotten in slices, so that a year's register needs no more memory than a day's.
SLICE = 1000


class DvcRegisterExport(models.TransientModel):
    """Dialog that gives the register of dossiers (form 06) of a period as a workbook."""

    _name = "dvc.register.export"
    _description = "Register of dossiers"

    company_id = fields.Many2one("res.company", string="Agency", required=True, default=lambda self: self.env.company)
    date_from = fields.Date(required=True, default=lambda self: fields.Date.context_today(self).replace(day=1))
    date_to = fields.Date(required=True, default=fields.Date.context_today)

    def action_download(self):
        """Download the register of the chosen agency and period."""
        self.ensure_one()
        if self.date_to < self.date_from:
            raise UserError(self.env._("The period ends before it begins."))
        return {"type": "ir.actions.act_url", "url": f"/dvc/register/{self.id}", "target": "download"}

    def _register_xlsx(self) -> bytes:
        """Return the workbook, of the dossiers the caller may read."""
        self.ensure_one()
        return register_xlsx.build(self.company_id.name, self.date_from, self.date_to, self._lines())

    def _lines(self):
        domain = (
            Domain("company_id", "=", self.company_id.id)
            & Domain("received_at", ">=", self._utc(self.date_from))
            & Domain("received_at", "<", self._utc(self.date_to + datetime.timedelta(days=1)))
        )
        dossiers = self.env["dvc.dossier"]
        ids = dossiers._search(domain, order="received_at, id").get_result_ids()
        for start in range(0, len(ids), SLICE):
            chunk = dossiers.browse(ids[start : start + SLICE])
            yield from [dossier._register_line() for dossier in chunk]
            chunk.invalidate_recordset()

    @api.model
    def _utc(self, day: datetime.date) -> datetime.datetime:
        """Return the first moment of a day in Vietnam's time as UTC."""
        return datetime.datetime.combine(day, datetime.time()) - datetime.timedelta(hours=7)
