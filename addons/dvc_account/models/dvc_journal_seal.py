# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import json

from odoo import api, fields, models
from odoo.tools import SQL

from ..domain import hash_chain, journal_record
from .postgres_guards import REFUSE_CHANGE, append_only_triggers, broken_functions, broken_triggers

BATCH, STREAM_BATCH = 1000, 10_000
OWN_TABLES = ("dvc_journal", "dvc_journal_seal")
LINE = SQL(", ").join(SQL.identifier("j", column) for column in journal_record.COLUMNS)


class DvcJournalSeal(models.Model):
    """The hash chain over the journal, made off the path of those who write it.

    A line that commits late is sealed late: the chain's order is that of the seals, not of the lines.
    """

    _name = "dvc.journal.seal"
    _description = "Audit journal seal"
    _inherit = ["dvc.append.only"]
    _order = "id"
    _log_access = False
    _rec_name = "digest"

    journal_id = fields.Many2one("dvc.journal", required=True, ondelete="restrict")
    digest = fields.Char(required=True)
    sealed_at = fields.Datetime(required=True)

    _journal_uniq = models.UniqueIndex("(journal_id)")

    @api.model
    def _cron_seal(self) -> None:
        """Seal the lines not sealed yet, oldest first."""
        count = self._seal_batch()
        while count == BATCH and self.env["ir.cron"]._commit_progress(count):
            count = self._seal_batch()

    @api.model
    def _seal_batch(self) -> int:
        # One sealer at a time: two would both follow the same last link.
        self.env.cr.execute("SELECT pg_try_advisory_xact_lock(hashtext('dvc.journal.seal'))")
        if not self.env.cr.fetchone()[0]:
            return 0
        self.env["dvc.journal"].flush_model()
        rows = self.env.execute_query(
            SQL(
                "SELECT %s FROM dvc_journal j LEFT JOIN dvc_journal_seal s ON s.journal_id = j.id"
                " WHERE s.id IS NULL ORDER BY j.id LIMIT %s",
                LINE,
                BATCH,
            )
        )
        previous = self.search([], order="id desc", limit=1).digest or ""
        values, now = [], fields.Datetime.now()
        for row in rows:
            previous = hash_chain.link(previous, journal_record.record_of(row))
            values.append({"journal_id": row[0], "digest": previous, "sealed_at": now})
        self.create(values)
        return len(rows)

    @api.model
    def _stream(self):
        """Yield ``(digest, record)`` in the chain's order, in bounded memory; no record where the line is gone."""
        self.env["dvc.journal"].flush_model()
        self.flush_model()
        last = 0
        while True:
            rows = self.env.execute_query(
                SQL(
                    "SELECT s.id, s.digest, %s FROM dvc_journal_seal s LEFT JOIN dvc_journal j ON j.id = s.journal_id"
                    " WHERE s.id > %s ORDER BY s.id LIMIT %s",
                    LINE,
                    last,
                    STREAM_BATCH,
                )
            )
            for _seal, digest, *line in rows:
                yield digest, journal_record.record_of(line) if line[0] else None
            if len(rows) < STREAM_BATCH:
                return
            last = rows[-1][0]

    @api.model
    def _head(self) -> dict:
        """Return what to keep outside, so that a chain cut or made anew later shows.

        :return: ``{database, sealed, digest}``
        """
        self.flush_model()
        rows = self.env.execute_query(
            SQL("SELECT count(*), (SELECT digest FROM dvc_journal_seal ORDER BY id DESC LIMIT 1) FROM dvc_journal_seal")
        )
        # Parameters are not readable by auditors; this one names the database.
        database = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        return {"database": database, "sealed": rows[0][0], "digest": rows[0][1] or ""}

    @api.model
    def _export(self):
        """Yield the sealed journal as JSON lines: a head, then ``{record, digest}`` in the chain's order.

        ``tools/verify_journal.py`` checks it without anything of ours.
        """
        yield json.dumps({"format": journal_record.FORMAT, **self._head()}) + "\n"
        for digest, record in self._stream():
            yield json.dumps({"record": record, "digest": digest}) + "\n"

    @api.model
    def _verify(self, anchor: dict | None = None) -> dict:
        """Recompute the whole chain and look at PostgreSQL's guards.

        :param anchor: an earlier answer of ``_head``
        :return: ``{ok, lines, sealed, unsealed, head, broken}``; ``broken`` a list of ``{check, detail}``
        """
        broken = [
            {"check": "guard", "detail": f"trigger {name} on {table}"}
            for table, name in broken_triggers(self.env, append_only_triggers(self._tables()), OWN_TABLES)
        ]
        functions = broken_functions(self.env, {"dvc_refuse_change": REFUSE_CHANGE})
        broken += [{"check": "guard", "detail": f"function {name}"} for name in functions]
        previous, count, met = "", 0, not anchor or not anchor["sealed"]
        for digest, record in self._stream():
            count += 1
            if record is None or hash_chain.link(previous, record) != digest:
                where = f"line {record['id']}" if record else f"the line of seal number {count}"
                broken.append({"check": "chain", "detail": f"{where} is not what was sealed"})
                break
            previous = digest
            met = met or (count == anchor["sealed"] and digest == anchor["digest"])
        if not met:
            broken.append({"check": "anchor", "detail": f"the chain does not go through {anchor['digest']}"})
        head = self._head()
        lines = self.env["dvc.journal"].search_count([])
        return {
            "ok": not broken,
            "lines": lines,
            "sealed": head["sealed"],
            "unsealed": lines - head["sealed"],
            "head": head["digest"],
            "broken": broken,
        }

    @api.model
    def _tables(self) -> list[str]:
        """Return the append-only tables of all addons."""
        names = self.env.registry.descendants(["dvc.append.only"], "_inherit")
        return sorted(self.env[name]._table for name in names if not self.env[name]._abstract)
