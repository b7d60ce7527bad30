# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from itertools import chain, islice

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.dvc_account.contract import contract

BROKEN_MAX = 1000

# (check, model, query of the ids that fail it)
CHECKS = (
    (
        "balance",
        "dvc.wallet",
        """SELECT w.id FROM dvc_wallet w LEFT JOIN
             (SELECT wallet_id, sum(amount) AS total, count(*) AS lines FROM dvc_wallet_entry GROUP BY wallet_id) e
             ON e.wallet_id = w.id
           WHERE w.kind = 'citizen' AND (w.posted <> COALESCE(e.total, 0) OR w.version <> COALESCE(e.lines, 0))""",
    ),
    (
        "held",
        "dvc.wallet",
        """SELECT w.id FROM dvc_wallet w LEFT JOIN
             (SELECT wallet_id, sum(amount) AS total FROM dvc_wallet_hold WHERE state = 'held' GROUP BY wallet_id) h
             ON h.wallet_id = w.id
           WHERE w.held <> COALESCE(h.total, 0)""",
    ),
    (
        "below_zero",
        "dvc.wallet",
        "SELECT id FROM dvc_wallet WHERE kind = 'citizen' AND (posted - held < 0 OR held < 0)",
    ),
    (
        "entries",
        "dvc.wallet.transfer",
        """SELECT t.id FROM dvc_wallet_transfer t LEFT JOIN
             (SELECT transfer_id, count(*) AS lines, sum(amount) AS total,
                     sum(amount) FILTER (WHERE amount > 0) AS received
                FROM dvc_wallet_entry GROUP BY transfer_id) e ON e.transfer_id = t.id
           WHERE e.transfer_id IS NULL OR e.lines < 2 OR e.total <> 0 OR e.received <> t.amount""",
    ),
    (
        "running_balance",
        "dvc.wallet.entry",
        """SELECT id FROM
             (SELECT e.id, e.version, e.balance_after,
                     row_number() OVER of_wallet AS nth, sum(e.amount) OVER of_wallet AS running
                FROM dvc_wallet_entry e JOIN dvc_wallet w ON w.id = e.wallet_id AND w.kind = 'citizen'
              WINDOW of_wallet AS (PARTITION BY e.wallet_id ORDER BY e.version, e.id)) line
           WHERE version IS DISTINCT FROM nth OR balance_after IS DISTINCT FROM running""",
    ),
    (
        "refunds",
        "dvc.wallet.transfer",
        """SELECT p.id FROM dvc_wallet_transfer p JOIN dvc_wallet_transfer r ON r.reversal_of_id = p.id
           GROUP BY p.id, p.amount HAVING sum(r.amount) > p.amount""",
    ),
    (
        "receipt",
        "dvc.wallet.transfer",
        """SELECT t.id FROM dvc_wallet_transfer t LEFT JOIN dvc_receipt r ON r.transfer_id = t.id
           WHERE t.kind IN ('payment', 'capture') AND (r.id IS NULL OR r.amount <> t.amount)""",
    ),
    (
        "receipt_numbers",
        "dvc.receipt",
        """SELECT max(id) FROM dvc_receipt GROUP BY company_id, template, symbol, year
           HAVING max(number) <> count(*) OR min(number) <> 1""",
    ),
    (
        "captured_hold",
        "dvc.wallet.hold",
        """SELECT h.id FROM dvc_wallet_hold h LEFT JOIN dvc_wallet_transfer t ON t.id = h.transfer_id
           WHERE h.state = 'captured' AND (t.id IS NULL OR t.kind <> 'capture' OR t.dossier_id <> h.dossier_id)""",
    ),
)


class DvcWallet(models.Model):
    """The audit of the ledger: everything is computed again, and what does not agree is named."""

    _inherit = "dvc.wallet"

    @api.readonly
    @api.model
    @contract("accountant", "manager", "auditor")
    def audit(self) -> dict:
        """Recompute balances, sums, versions and seals, and look for what holds them in PostgreSQL.

        :return: ``{ok, wallets, transfers, entries, difference, broken}``; ``broken`` is a list of
            ``{check, model, id, detail}``, ``difference`` the sum of all entries
        """
        self.env.flush_all()
        [(wallets, transfers, entries, difference)] = self.env.execute_query(
            SQL(
                "SELECT (SELECT count(*) FROM dvc_wallet), (SELECT count(*) FROM dvc_wallet_transfer),"
                " (SELECT count(*) FROM dvc_wallet_entry), (SELECT COALESCE(sum(amount), 0) FROM dvc_wallet_entry)"
            )
        )
        # A ledger rewritten as a whole breaks every seal: what is named has an end.
        found = chain(self._broken_guards(), self._broken_rows(), self._broken_seals())
        broken = list(islice(found, BROKEN_MAX))
        return {
            "ok": not broken and not difference,
            "wallets": wallets,
            "transfers": transfers,
            "entries": entries,
            "difference": float(difference),
            "broken": broken,
        }

    @api.model
    def _broken_rows(self):
        for check, model, query in CHECKS:
            found = SQL("SELECT id FROM (%s) found (id) ORDER BY id LIMIT %s", SQL(query), BROKEN_MAX)
            for (record_id,) in self.env.execute_query(found):
                yield {"check": check, "model": model, "id": record_id, "detail": ""}

    @api.model
    def _broken_seals(self):
        # Seals are closed to those who may audit without reading the audit trail.
        for transfer_id in self.env["dvc.wallet.seal"].sudo()._broken():
            yield {"check": "seal", "model": "dvc.wallet.transfer", "id": transfer_id, "detail": ""}
