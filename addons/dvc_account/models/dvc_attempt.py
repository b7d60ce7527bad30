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
    _log_access = False

    scope = fields.Char(required=True)
    key = fields.Char(required=True, help="Keyed hash or technical id of what is limited.")
    moments = fields.Json(required=True, help="Seconds since 1970 of each attempt that still counts.")
    expires = fields.Float(required=True, digits=(16, 3), help="Seconds since 1970 after which the row may go.")

    _scope_key_uniq = models.UniqueIndex("(scope, key)")

    @api.model
    def _take(self, scope: str, key: str, limit: int, seconds: int) -> bool:
        """Count one attempt, unless ``limit`` were made within the last ``seconds``.

        :return: False when the limit is reached; nothing is counted then
        """
        return self._take_each(scope, (key,), limit, seconds)

    @api.model
    def _take_each(self, scope: str, keys: tuple[str, ...], limit: int, seconds: int) -> bool:
        """Count one attempt for each key, or for none where one of them is at its limit.

        One statement on a connection of its own: it holds under concurrency, and whatever
        becomes of the request.
        """
        now = fields.Datetime.now().timestamp()
        kept = self._kept_since(now - seconds)
        statement = SQL(
            "INSERT INTO dvc_attempt (scope, key, moments, expires)"
            " SELECT %(scope)s, key, jsonb_build_array(%(now)s::float8), %(expires)s"
            # Always in one order: two requests that share keys must not wait for each other.
            " FROM unnest(%(keys)s) key ORDER BY key"
            " ON CONFLICT (scope, key) DO UPDATE"
            " SET moments = %(kept)s || jsonb_build_array(%(now)s::float8), expires = %(expires)s"
            " WHERE jsonb_array_length(%(kept)s) < %(limit)s RETURNING id",
            scope=scope,
            now=now,
            expires=now + seconds,
            keys=list(keys),
            kept=kept,
            limit=limit,
        )
        return len(self._execute_apart(statement, rows=len(keys))) == len(keys)

    @api.model
    def _kept_since(self, since: float) -> SQL:
        return SQL(
            "jsonb_path_query_array(dvc_attempt.moments, '$[*] ? (@ > $since)', %s::jsonb)", f'{{"since": {since}}}'
        )

    @api.model
    def _count(self, scope: str, key: str, seconds: int) -> int:
        """Return how many attempts were counted within the last ``seconds``."""
        kept = self._kept_since(fields.Datetime.now().timestamp() - seconds)
        rows = self._execute_apart(
            SQL("SELECT jsonb_array_length(%s) FROM dvc_attempt WHERE scope = %s AND key = %s", kept, scope, key)
        )
        return rows[0][0] if rows else 0

    @api.model
    def _give_back(self, scope: str, *keys: str) -> None:
        """Take back the latest attempt of each key: it was none."""
        statement = SQL(
            "WITH mine AS (SELECT id FROM dvc_attempt WHERE scope = %s AND key = ANY(%s) ORDER BY key FOR UPDATE)"
            " UPDATE dvc_attempt SET moments = moments - -1 FROM mine WHERE dvc_attempt.id = mine.id"
            " RETURNING dvc_attempt.id",
            scope,
            list(keys),
        )
        self._execute_apart(statement)

    @api.model
    def _execute_apart(self, statement: SQL, rows: int = 0) -> list:
        """Return what a statement gives on a connection of its own; with fewer than ``rows``, it is undone."""
        for attempt in range(RETRIES):
            try:
                with own_transaction(self.env) as env:
                    # A conflict is no error here, so it is not logged as one.
                    env.cr.execute(statement, log_exceptions=False)
                    found = env.cr.fetchall()
                    if len(found) < rows and env.cr is not self.env.cr:
                        env.cr.rollback()
                    return found
            except errors.SerializationFailure:
                if attempt == RETRIES - 1:
                    raise
                time.sleep(0.02 * (attempt + 1))
        return []

    @api.autovacuum
    def _gc_expired(self):
        self.env.cr.execute("DELETE FROM dvc_attempt WHERE expires < %s", [fields.Datetime.now().timestamp()])
