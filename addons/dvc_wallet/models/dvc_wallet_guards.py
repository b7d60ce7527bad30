# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.dvc_account.models.postgres_guards import (
    AFTER_INSERT,
    REFUSE_CHANGE,
    append_only_triggers,
    broken_functions,
    broken_triggers,
)

from .dvc_wallet_entry import CHECK_ENTRY
from .dvc_wallet_transfer import CHECK_TRANSFER

APPEND_ONLY = (
    "dvc_wallet_transfer",
    "dvc_wallet_entry",
    "dvc_wallet_seal",
    "dvc_receipt",
    "dvc_receipt_cancellation",
)
# (table, trigger): (function, type, deferred)
TRIGGERS = {
    **append_only_triggers(APPEND_ONLY),
    ("dvc_wallet_transfer", "dvc_wallet_transfer_balanced"): ("dvc_wallet_check_transfer", AFTER_INSERT, True),
    ("dvc_wallet_entry", "dvc_wallet_entry_balanced"): ("dvc_wallet_check_entry", AFTER_INSERT, True),
}
FUNCTIONS = {
    # As dvc.append.only makes it.
    "dvc_refuse_change": REFUSE_CHANGE,
    "dvc_wallet_check_transfer": CHECK_TRANSFER,
    "dvc_wallet_check_entry": CHECK_ENTRY,
}
# (table, constraint): what PostgreSQL says it checks; several where a dump and its restore may rewrite it.
CONSTRAINTS = {
    ("dvc_wallet", "dvc_wallet_never_below_zero"): (
        "CHECK ((((kind)::text <> 'citizen'::text) OR (((posted - held) >= (0)::numeric) AND (held >= (0)::numeric))))",
    ),
    ("dvc_wallet", "dvc_wallet_whole"): ("CHECK (((posted = trunc(posted)) AND (held = trunc(held))))",),
    ("dvc_wallet", "dvc_wallet_owned"): ("CHECK ((((kind)::text = 'citizen'::text) = (account_id IS NOT NULL)))",),
    ("dvc_wallet", "dvc_wallet_collecting_has_no_balance"): (
        "CHECK ((((kind)::text = 'citizen'::text) OR"
        " ((posted = (0)::numeric) AND (held = (0)::numeric) AND (version = 0))))",
    ),
    ("dvc_wallet_entry", "dvc_wallet_entry_amount_whole"): (
        "CHECK (((amount <> (0)::numeric) AND (amount = trunc(amount))))",
    ),
    ("dvc_wallet_transfer", "dvc_wallet_transfer_amount_whole"): (
        "CHECK (((amount > (0)::numeric) AND (amount = trunc(amount))))",
    ),
    ("dvc_wallet_transfer", "dvc_wallet_transfer_gives_back"): (
        "CHECK ((((kind)::text = ANY ((ARRAY['refund'::character varying, 'reversal'::character varying])::text[]))"
        " = ((reversal_of_id IS NOT NULL) AND (part > 0))))",
        "CHECK ((((kind)::text = ANY (ARRAY[('refund'::character varying)::text,"
        " ('reversal'::character varying)::text])) = ((reversal_of_id IS NOT NULL) AND (part > 0))))",
    ),
    ("dvc_receipt", "dvc_receipt_amount_whole"): (
        "CHECK (((amount > (0)::numeric) AND (amount = trunc(amount)) AND (number > 0)))",
    ),
}
# (table, unique index): what it is over
INDEXES = {
    ("dvc_wallet", "dvc_wallet_citizen_uniq"): "(account_id) WHERE ((kind)::text = 'citizen'::text)",
    ("dvc_wallet_transfer", "dvc_wallet_transfer_key_uniq"): "(key)",
    ("dvc_wallet_transfer", "dvc_wallet_transfer_part_uniq"): (
        "(reversal_of_id, part) WHERE (reversal_of_id IS NOT NULL)"
    ),
    ("dvc_wallet_entry", "dvc_wallet_entry_version_uniq"): "(wallet_id, version) WHERE (version IS NOT NULL)",
    ("dvc_wallet_hold", "dvc_wallet_hold_one_held"): "(dossier_id) WHERE ((state)::text = 'held'::text)",
    ("dvc_wallet_seal", "dvc_wallet_seal_transfer_uniq"): "(transfer_id)",
    ("dvc_wallet_seal", "dvc_wallet_seal_previous_uniq"): "(COALESCE(previous, ''::character varying))",
    ("dvc_receipt", "dvc_receipt_number_uniq"): "(company_id, template, symbol, year, number)",
    ("dvc_receipt", "dvc_receipt_transfer_uniq"): "(transfer_id)",
}
TABLES = tuple(sorted({table for table, _name in (*TRIGGERS, *CONSTRAINTS, *INDEXES)}))


class DvcWallet(models.Model):
    """What PostgreSQL holds of the ledger, compared with what was made: a name alone proves nothing."""

    _inherit = "dvc.wallet"

    @api.model
    def _broken_guards(self):
        """Yield what the tables' owner took away, changed or added."""
        broken = [f"trigger {name} on {table}" for table, name in broken_triggers(self.env, TRIGGERS, TABLES)]
        broken += [f"constraint {name}" for _table, name in self._broken_constraints()]
        broken += [f"index {name}" for _table, name in self._broken_indexes()]
        broken += [f"function {name}" for name in broken_functions(self.env, FUNCTIONS)]
        for detail in broken:
            yield {"check": "guard", "model": "dvc.wallet", "id": False, "detail": detail}

    @api.model
    def _broken_constraints(self) -> list[tuple[str, str]]:
        rows = self.env.execute_query(
            SQL(
                "SELECT c.relname, k.conname, pg_get_constraintdef(k.oid)"
                " FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid"
                " WHERE k.convalidated AND c.relname = ANY(%s) AND c.relnamespace = current_schema()::regnamespace",
                list(TABLES),
            )
        )
        found = {(table, name): definition for table, name, definition in rows}
        return sorted(key for key, definitions in CONSTRAINTS.items() if found.get(key) not in definitions)

    @api.model
    def _broken_indexes(self) -> list[tuple[str, str]]:
        rows = self.env.execute_query(
            SQL(
                "SELECT c.relname, x.relname, pg_get_indexdef(x.oid)"
                " FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid"
                " WHERE i.indisunique AND i.indisvalid AND i.indimmediate AND c.relname = ANY(%s)"
                " AND c.relnamespace = current_schema()::regnamespace",
                list(TABLES),
            )
        )
        found = {(table, name): definition.partition(" USING btree ")[2] for table, name, definition in rows}
        return sorted(key for key, definition in INDEXES.items() if found.get(key) != definition)
