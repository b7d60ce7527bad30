# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import random
import time

from psycopg2 import errors

from odoo import api, fields, models
from odoo.tools import SQL

from ..contract import own_transaction

RETRIES = 12


class _Reached(Exception):
    """A limit is reached; ``position`` tells which."""

    def __init__(self, position: int):
        super().__init__(position)
        self.position = position


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

        :return: False when the limit is reached; nothing is counted then
        """
        return self._take_all([(scope, key, limit, seconds)]) is None

    @api.model
    def _take_all(self, wanted: list[tuple[str, str, int, int]]) -> int | None:
        """Count one attempt under each of several limits, or under none of them.

        In a transaction of its own, as ``_take``; callers name scopes in one order, so that two never
        wait for each other.

        :param wanted: ``(scope, key, limit, seconds)`` each
        :return: position of the first limit that is reached; None: all were counted
        """
        statements = [self._take_statement(*one) for one in wanted]

        def count(env):
            for position, statement in enumerate(statements):
                # A conflict is no error here, so it is not logged as one.
                env.cr.execute(statement, log_exceptions=False)
                if not env.cr.rowcount:
                    raise _Reached(position)

        try:
            self._apart(count)
        except _Reached as reached:
            return reached.position
        return None

    @api.model
    def _take_statement(self, scope: str, key: str, limit: int, seconds: int) -> SQL:
        now = fields.Datetime.now().timestamp()
        kept = self._kept_since(now - seconds)
        return SQL(
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

    @api.model
    def _kept_since(self, since: float) -> SQL:
        return SQL(
            "jsonb_path_query_array(dvc_attempt.moments, '$[*] ? (@ > $since)', %s::jsonb)", f'{{"since": {since}}}'
        )

    @api.model
    def _count(self, scope: str, key: str, seconds: int) -> int:
        """Return how many attempts were counted within the last ``seconds``."""
        kept = self._kept_since(fields.Datetime.now().timestamp() - seconds)
        statement = SQL(
            "SELECT jsonb_array_length(%s) FROM dvc_attempt WHERE scope = %s AND key = %s", kept, scope, key
        )
        counts = []
        self._apart(lambda env: counts.extend(env.execute_query(statement)))
        return counts[0][0] if counts else 0

    @api.model
    def _give_back(self, scope: str, *keys: str) -> None:
        """Take back the latest attempt of each key: it was none."""
        statement = SQL(
            "WITH mine AS (SELECT id FROM dvc_attempt WHERE scope = %s AND key = ANY(%s) ORDER BY key FOR UPDATE)"
            " UPDATE dvc_attempt SET moments = moments - -1 FROM mine WHERE dvc_attempt.id = mine.id",
            scope,
            list(keys),
        )
        self._apart(lambda env: env.cr.execute(statement, log_exceptions=False))

    @api.model
    def _apart(self, work) -> None:
        """Do some work on a connection of its own, again where others were at the same rows."""
        for attempt in range(RETRIES):
            try:
                with own_transaction(self.env) as env:
                    work(env)
                return
            except (errors.SerializationFailure, errors.DeadlockDetected):
                if attempt == RETRIES - 1:
                    raise
                time.sleep(random.uniform(0.005, 0.02) * (attempt + 1))

    def _forget_secrets(self):
        # What is counted by a keyed hash is never met again; what is counted by an account goes on.
        self.env.cr.execute("DELETE FROM dvc_attempt WHERE key NOT LIKE 'account:%'")
        super()._forget_secrets()

    @api.autovacuum
    def _gc_expired(self):
        self.env.cr.execute("DELETE FROM dvc_attempt WHERE expires < %s", [fields.Datetime.now().timestamp()])
