# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import psycopg2.errors

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL

from ..domain import dossier_code

ATTEMPTS = 200


class DvcDossierNumber(models.Model):
    """A number taken within an agency's day."""

    _name = "dvc.dossier.number"
    _description = "Dossier number"
    _log_access = False
    _rec_name = "number"

    company_id = fields.Many2one("res.company", string="Agency", required=True, ondelete="restrict")
    day = fields.Date(required=True)
    number = fields.Integer(required=True)

    _number_uniq = models.UniqueIndex("(company_id, day, number)", "This number of the day is taken.")

    @api.model
    def _take(self, company, day) -> int:
        """Take the next number of an agency's day, waiting for nobody.

        Numbers that others hold uncommitted are skipped by their advisory lock; numbers that were committed after our
        snapshot show as a violation inside a savepoint. A number given back by a rollback leaves a gap.

        :param company: the agency
        :param day: the day in Vietnam's time
        """
        last = self.env.execute_query(
            SQL(
                "SELECT coalesce(max(number), 0) FROM dvc_dossier_number WHERE company_id = %s AND day = %s",
                company.id,
                day,
            )
        )[0][0]
        for number in range(last + 1, last + 1 + ATTEMPTS):
            key = dossier_code.lock_key(company.id, day, number)
            if self.env.execute_query(SQL("SELECT pg_try_advisory_xact_lock(%s)", key))[0][0] and self._insert(
                company, day, number
            ):
                return number
        raise ConcurrencyError("dossier number")

    @api.model
    def _insert(self, company, day, number: int) -> bool:
        cr = self.env.cr
        try:
            with cr.savepoint(flush=False):
                cr.execute(
                    SQL(
                        "INSERT INTO dvc_dossier_number (company_id, day, number) VALUES (%s, %s, %s)",
                        company.id,
                        day,
                        number,
                    ),
                    log_exceptions=False,
                )
        except psycopg2.errors.UniqueViolation:
            return False
        return True
