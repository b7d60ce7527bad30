# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import psycopg2

from odoo import api, fields, models

ATTEMPTS = 200


class DvcDossierNumber(models.Model):
    """A number taken within an agency's day."""

    _name = "dvc.dossier.number"
    _description = "Dossier number"
    _log_access = False
    _rec_name = "number"

    company_id = fields.Many2one("res.company", required=True, ondelete="restrict")
    day = fields.Date(required=True)
    number = fields.Integer(required=True)

    _number_uniq = models.UniqueIndex("(company_id, day, number)")

    @api.model
    def _take(self, company, day) -> int:
        """Take the next number of an agency's day, waiting for nobody.

        Numbers that others hold uncommitted are skipped by their advisory lock; numbers that
        were committed after our snapshot show as a violation inside a savepoint.
        """
        cr = self.env.cr
        cr.execute("SELECT coalesce(max(number), 0) FROM dvc_dossier_number WHERE company_id = %s AND day = %s", [company.id, day])
        first = cr.fetchone()[0] + 1
        for number in range(first, first + ATTEMPTS):
            cr.execute(
                "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"dvc:{company.id}:{day}:{number}"]
            )
            if not cr.fetchone()[0]:
                continue
            try:
                with cr.savepoint(flush=False):
                    cr.execute(
                        "INSERT INTO dvc_dossier_number (company_id, day, number) VALUES (%s, %s, %s)",
                        [company.id, day, number],
                    )
            except psycopg2.errors.UniqueViolation:
                continue
            return number
        raise psycopg2.errors.SerializationFailure("no dossier number could be taken")
