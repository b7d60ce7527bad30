# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import json

from odoo import api, fields, models
from odoo.tools import SQL

from ..domain import hash_chain

BATCH = 1000


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
        unsealed = SQL(
            "SELECT j.id FROM dvc_journal j LEFT JOIN dvc_journal_seal s ON s.journal_id = j.id"
            " WHERE s.id IS NULL ORDER BY j.id LIMIT %s",
            BATCH,
        )
        lines = self.env["dvc.journal"].browse(row[0] for row in self.env.execute_query(unsealed))
        previous = self.search([], order="id desc", limit=1).digest or ""
        rows = []
        now = fields.Datetime.now()
        for line in lines:
            previous = hash_chain.link(previous, line._sealed_record())
            rows.append({"journal_id": line.id, "digest": previous, "sealed_at": now})
        self.create(rows)
        return len(rows)

    @api.model
    def _batches(self):
        """Yield the seals in the chain's order, BATCH at a time, without filling the memory."""
        seals = self.search([], order="id", limit=BATCH)
        while seals:
            yield seals
            last = seals[-1].id
            self.env.invalidate_all()
            seals = self.search([("id", ">", last)], order="id", limit=BATCH)

    @api.model
    def _export(self):
        """Yield the sealed journal as JSON lines ``{record, digest}``, in the chain's order."""
        for seals in self._batches():
            for seal in seals:
                yield json.dumps({"record": seal.journal_id._sealed_record(), "digest": seal.digest}) + "\n"

    @api.model
    def _first_broken(self) -> int | None:
        """Return the id of the first journal line whose seal does not fit, or None."""
        previous = ""
        for seals in self._batches():
            pairs = [(seal.journal_id._sealed_record(), seal.digest) for seal in seals]
            broken = hash_chain.first_broken(pairs, previous)
            if broken is not None:
                return seals[broken].journal_id.id
            previous = pairs[-1][1]
        return None
