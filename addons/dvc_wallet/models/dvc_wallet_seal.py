# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.dvc_account.domain import hash_chain
from odoo.addons.dvc_account.models.postgres_guards import enable_always

BATCH = 1000
# What a seal covers: every column of a transfer and of its entries.
RECORDS = SQL(
    """
    SELECT t.id, t.key, t.fingerprint, t.kind, t.amount::text AS amount, t.at::text AS at, t.user_id,
           COALESCE(t.account_id, 0) AS account, COALESCE(t.company_id, 0) AS agency,
           COALESCE(t.dossier_id, 0) AS dossier, COALESCE(t.dossier_state, '') AS dossier_state,
           COALESCE(t.reversal_of_id, 0) AS reversal_of, COALESCE(t.part, 0) AS part,
           COALESCE(t.reference, '') AS reference, COALESCE(t.note, '') AS note,
           (SELECT COALESCE(json_agg(json_build_array(e.id, e.wallet_id, e.amount::text, COALESCE(e.version, 0),
                   COALESCE(e.balance_after::text, ''), COALESCE(e.available_after::text, '')) ORDER BY e.id), '[]')
              FROM dvc_wallet_entry e WHERE e.transfer_id = t.id) AS entries
    """
)


class DvcWalletSeal(models.Model):
    """The hash chain over the ledger, made by a job off the payment path; late transfers are sealed late."""

    _name = "dvc.wallet.seal"
    _description = "Ledger seal"
    _inherit = ["dvc.append.only"]
    _order = "id"
    _log_access = False
    _rec_name = "digest"

    transfer_id = fields.Many2one("dvc.wallet.transfer", required=True, readonly=True, ondelete="restrict")
    previous = fields.Char(readonly=True, help="Digest of the seal before.")
    digest = fields.Char(required=True, readonly=True)
    sealed_at = fields.Datetime(required=True, readonly=True)

    _transfer_uniq = models.UniqueIndex("(transfer_id)")
    # Two sealers at once would both follow the same seal: the chain cannot fork.
    _previous_uniq = models.UniqueIndex("((COALESCE(previous, '')))")

    def init(self):
        super().init()
        enable_always(self.env.cr, self._table)

    @api.model
    def _cron_seal(self) -> None:
        """Seal what is not sealed yet, oldest first."""
        count = self._seal_batch()
        while count == BATCH and self.env["ir.cron"]._commit_progress(count):
            count = self._seal_batch()

    @api.model
    def _seal_batch(self) -> int:
        self.env.cr.execute("SELECT pg_try_advisory_xact_lock(hashtext('dvc.wallet.seal'))")
        if not self.env.cr.fetchone()[0]:
            return 0
        records = self.env.execute_query_dict(
            SQL(
                "%s FROM dvc_wallet_transfer t LEFT JOIN dvc_wallet_seal s ON s.transfer_id = t.id"
                " WHERE s.id IS NULL ORDER BY t.id LIMIT %s",
                RECORDS,
                BATCH,
            )
        )
        previous = self.search([], order="id desc", limit=1).digest or ""
        rows = []
        for record in records:
            digest = hash_chain.link(previous, record)
            rows.append(
                {
                    "transfer_id": record["id"],
                    "previous": previous or False,
                    "digest": digest,
                    "sealed_at": fields.Datetime.now(),
                }
            )
            previous = digest
        self.create(rows)
        self.flush_model()
        return len(rows)

    @api.model
    def _broken(self):
        """Yield the ids of transfers whose seal does not fit what they say now."""
        # A cursor in the server: the ledger does not pass through our memory at once.
        self.flush_model()
        self.env.cr.execute(
            SQL(
                "DECLARE dvc_wallet_seals NO SCROLL CURSOR FOR %s, s.transfer_id, s.previous, s.digest"
                " FROM dvc_wallet_seal s LEFT JOIN dvc_wallet_transfer t ON t.id = s.transfer_id ORDER BY s.id",
                RECORDS,
            )
        )
        try:
            yield from self._broken_of_cursor()
        finally:
            # Who has seen enough closes us early.
            self.env.cr.execute("CLOSE dvc_wallet_seals")

    @api.model
    def _broken_of_cursor(self):
        previous = ""
        while True:
            self.env.cr.execute(SQL("FETCH %s FROM dvc_wallet_seals", BATCH))
            rows = self.env.cr.dictfetchall()
            for row in rows:
                sealed, before, digest = row.pop("transfer_id"), row.pop("previous") or "", row.pop("digest")
                if before != previous or hash_chain.link(previous, row) != digest:
                    yield sealed
                previous = digest
            if len(rows) < BATCH:
                return
