# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import time

from psycopg2 import errors

from odoo import api, fields, models
from odoo.tools import SQL

from ..contract import own_transaction

RETRIES = 5


class DvcAttempt(models.Model):
    """Counters that survive a refusal: how often something was tried within a sliding time."""

    _name = "dvc.attempt"
    _description = "Attempt counter"
    _inherit = ["dvc.sealed"]
    _log_access = False

    scope = fields.Char(required=True)
    key = fields.Char(required=True, help="Keyed hash or technical id of what is limited.")
    moments = fields.Json(required=True, help="Seconds since 1970 of each attempt that still counts.")
    expires = fields.Float(required=True, digits=(16, 3), help="Seconds since 1970 after which the row may go.")

    _scope_key_uniq = models.UniqueIndex("(scope, key)")

    @api.model
    def _take(self, scope: str, key: str, limit: int, seconds: int) -> bool:
        """Count one attempt, unless ``limit`` were made within the last ``seconds``.

        One statement on a connection of its own: it holds under concurrency, and whatever
        becomes of the request.

        :return: False when the limit is reached; nothing is counted then
        """
        now = fields.Datetime.now().timestamp()
        kept = SQL(
            "jsonb_path_query_array(dvc_attempt.moments, '$[*] ? (@ > $since)', %s::jsonb)",
            f'{{"since": {now - seconds}}}',
        )
        rows = self._execute_apart(
            SQL(
                "INSERT INTO dvc_attempt (scope, key, moments, expires)"
                " VALUES (%(scope)s, %(key)s, jsonb_build_array(%(now)s::float8), %(expires)s)"
                " ON CONFLICT (scope, key) DO UPDATE"
                " SET moments = %(kept)s || jsonb_build_array(%(now)s::float8), expires = %(expires)s"
                " WHERE jsonb_array_length(%(kept)s) < %(limit)s RETURNING id",
                scope=scope,
                key=key,
                now=now,
                expires=now + seconds,
                kept=kept,
                limit=limit,
            )
        )
        return bool(rows)

    @api.model
    def _give_back(self, scope: str, key: str) -> None:
        """Take back the latest attempt: it was none."""
        self._execute_apart(
            SQL("UPDATE dvc_attempt SET moments = moments - -1 WHERE scope = %s AND key = %s RETURNING id", scope, key)
        )

    @api.model
    def _execute_apart(self, statement: SQL) -> list:
        for attempt in range(RETRIES):
            try:
                with own_transaction(self.env) as env:
                    # A conflict is no error here, so it is not logged as one.
                    env.cr.execute(statement, log_exceptions=False)
                    return env.cr.fetchall()
            except errors.SerializationFailure:
                if attempt == RETRIES - 1:
                    raise
                time.sleep(0.02 * (attempt + 1))
        return []

    def _forget_secrets(self):
        # What is counted by a keyed hash is never met again; what is counted by an account goes on.
        self.env.cr.execute("DELETE FROM dvc_attempt WHERE key NOT LIKE 'account:%'")
        super()._forget_secrets()

    @api.autovacuum
    def _gc_expired(self):
        self.env.cr.execute("DELETE FROM dvc_attempt WHERE expires < %s", [fields.Datetime.now().timestamp()])
