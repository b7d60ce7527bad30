# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.dvc_account.contract import contract

from .dvc_wallet_entry import CHECK_ENTRY
from .dvc_wallet_transfer import CHECK_TRANSFER

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
APPEND_ONLY = (
    "dvc_wallet_transfer",
    "dvc_wallet_entry",
    "dvc_wallet_seal",
    "dvc_receipt",
    "dvc_receipt_cancellation",
)
TRIGGERS = {(table, name) for table in APPEND_ONLY for name in ("dvc_append_only_row", "dvc_append_only_table")} | {
    ("dvc_wallet_transfer", "dvc_wallet_transfer_balanced"),
    ("dvc_wallet_entry", "dvc_wallet_entry_balanced"),
}
FUNCTIONS = {"dvc_wallet_check_transfer": CHECK_TRANSFER, "dvc_wallet_check_entry": CHECK_ENTRY}
CONSTRAINTS = {
    "dvc_wallet_never_below_zero",
    "dvc_wallet_whole",
    "dvc_wallet_entry_amount_whole",
    "dvc_wallet_transfer_amount_whole",
    "dvc_wallet_transfer_gives_back",
}
INDEXES = {
    "dvc_wallet_citizen_uniq",
    "dvc_wallet_transfer_key_uniq",
    "dvc_wallet_transfer_part_uniq",
    "dvc_wallet_entry_version_uniq",
    "dvc_receipt_number_uniq",
    "dvc_receipt_transfer_uniq",
}


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
        broken = [*self._broken_guards(), *self._broken_rows(), *self._broken_seals()]
        return {
            "ok": not broken and not difference,
            "wallets": wallets,
            "transfers": transfers,
            "entries": entries,
            "difference": float(difference),
            "broken": broken[:BROKEN_MAX],
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

    @api.model
    def _broken_guards(self):
        """Yield what the tables' owner took away from what PostgreSQL holds."""
        execute = self.env.execute_query
        enabled = set(
            execute(
                SQL(
                    "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
                    " WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND c.relname = ANY(%s)",
                    list(APPEND_ONLY),
                )
            )
        )
        sources = dict(
            execute(
                SQL(
                    "SELECT proname, prosrc FROM pg_proc WHERE proname = ANY(%s)",
                    [*FUNCTIONS, "dvc_refuse_change"],
                )
            )
        )
        valid = {name for (name,) in execute(SQL("SELECT conname FROM pg_constraint WHERE convalidated"))}
        unique = {
            name
            for (name,) in execute(
                SQL(
                    "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
                    " WHERE i.indisunique AND i.indisvalid"
                )
            )
        }
        missing = [f"trigger {name} on {table}" for table, name in sorted(TRIGGERS - enabled)]
        missing += [f"constraint {name}" for name in sorted(CONSTRAINTS - valid)]
        missing += [f"index {name}" for name in sorted(INDEXES - unique)]
        missing += [f"function {name}" for name, body in sorted(FUNCTIONS.items()) if sources.get(name) != body]
        if "RAISE EXCEPTION" not in sources.get("dvc_refuse_change", ""):
            missing.append("function dvc_refuse_change")
        for detail in missing:
            yield {"check": "guard", "model": "dvc.wallet", "id": False, "detail": detail}
