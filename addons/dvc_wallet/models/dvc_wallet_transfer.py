# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from odoo.addons.dvc_account.contract import constraint_refusal
from odoo.addons.dvc_account.exceptions import Refusal
from odoo.addons.dvc_account.models.postgres_guards import enable_always

from ..domain import posting

_lt = LazyTranslate(__name__)

KINDS = [
    ("top_up", "Top-up"),
    ("payment", "Payment"),
    ("capture", "Payment of a held fee"),
    ("refund", "Refund"),
    ("reversal", "Reversal"),
    ("transfer", "Money passed on"),
]
PAYMENTS = ("payment", "capture")
# Another transaction won these after our snapshot was taken: run again, Odoo then finds what it did.
RACES = {"dvc_wallet_transfer_key_uniq", "dvc_wallet_transfer_part_uniq"}

constraint_refusal("dvc_wallet_balanced", "wallet.unbalanced", _lt("A posting must balance."))
constraint_refusal("dvc_wallet_over_refund", "wallet.over_refund", _lt("More than was paid cannot be refunded."))

CHECK_TRANSFER = """
DECLARE
    parts bigint; total numeric; received numeric; paid numeric; refunded numeric;
BEGIN
    SELECT count(*), COALESCE(sum(amount), 0), COALESCE(sum(amount) FILTER (WHERE amount > 0), 0)
      INTO parts, total, received FROM dvc_wallet_entry WHERE transfer_id = NEW.id;
    IF parts < 2 OR total <> 0 OR received <> NEW.amount THEN
        RAISE EXCEPTION 'transfer % does not balance', NEW.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'dvc_wallet_balanced';
    END IF;
    IF NEW.reversal_of_id IS NOT NULL THEN
        SELECT amount INTO paid FROM dvc_wallet_transfer WHERE id = NEW.reversal_of_id;
        SELECT sum(amount) INTO refunded FROM dvc_wallet_transfer WHERE reversal_of_id = NEW.reversal_of_id;
        IF refunded > paid THEN
            RAISE EXCEPTION 'transfer % gives back more than was paid', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'dvc_wallet_over_refund';
        END IF;
    END IF;
    RETURN NULL;
END
"""


class DvcWalletTransfer(models.Model):
    """One posting: money from wallets to wallets. Posted once and for good; a mistake is mended by a reversal."""

    _name = "dvc.wallet.transfer"
    _description = "Ledger transfer"
    _inherit = ["dvc.append.only"]
    _order = "id desc"
    _log_access = False
    _rec_names_search = ["reference", "dossier_id.code"]

    key = fields.Char(required=True, readonly=True, help="What makes a repeated call the same call.")
    fingerprint = fields.Char(required=True, readonly=True, help="Of the call's arguments.")
    kind = fields.Selection(KINDS, required=True, readonly=True)
    state = fields.Selection([("done", "Posted")], required=True, default="done", readonly=True)
    amount = fields.Monetary(required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True, ondelete="restrict")
    at = fields.Datetime(string="Moment", required=True, readonly=True, index=True)
    user_id = fields.Many2one("res.users", string="By", required=True, readonly=True, ondelete="restrict")
    account_id = fields.Many2one(
        "dvc.account", string="Account", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    company_id = fields.Many2one(
        "res.company", string="Agency", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    dossier_id = fields.Many2one(
        "dvc.dossier", string="Dossier", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    dossier_state = fields.Char(readonly=True, help="Where the dossier stood after the payment: the first answer's.")
    reversal_of_id = fields.Many2one(
        "dvc.wallet.transfer", string="Gives back", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    part = fields.Integer(readonly=True, help="1 for the first refund of a payment, 2 for the second, …")
    reference = fields.Char(readonly=True, help="The bank's reference or the dossier's code.")
    note = fields.Char(readonly=True)
    entry_ids = fields.One2many("dvc.wallet.entry", "transfer_id", string="Entries", readonly=True)
    receipt_ids = fields.One2many("dvc.receipt", "transfer_id", string="Receipts", readonly=True)

    _key_uniq = models.UniqueIndex("(key)", "This key was used for another posting.")
    _part_uniq = models.UniqueIndex(
        "(reversal_of_id, part) WHERE reversal_of_id IS NOT NULL", "This refund was posted already."
    )
    _amount_whole = models.Constraint("CHECK (amount > 0 AND amount = trunc(amount))", "A transfer moves whole đồng.")
    _gives_back = models.Constraint(
        "CHECK ((kind IN ('refund', 'reversal')) = (reversal_of_id IS NOT NULL AND part > 0))",
        "A refund names the payment that it gives back.",
    )

    def init(self):
        super().init()
        self.env.cr.execute(
            "CREATE OR REPLACE FUNCTION dvc_wallet_check_transfer() RETURNS trigger LANGUAGE plpgsql AS %s",
            [CHECK_TRANSFER],
        )
        self.env.cr.execute("SELECT 1 FROM pg_trigger WHERE tgname = 'dvc_wallet_transfer_balanced'")
        if not self.env.cr.rowcount:
            self.env.cr.execute(
                "CREATE CONSTRAINT TRIGGER dvc_wallet_transfer_balanced AFTER INSERT ON dvc_wallet_transfer"
                " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION dvc_wallet_check_transfer()"
            )
        enable_always(self.env.cr, self._table)

    @api.depends("kind", "reference")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for transfer in self:
            transfer.display_name = f"{labels.get(transfer.kind, '')} {transfer.reference or transfer.id}"

    @api.model
    def _known(self, key: str, fingerprint: str):
        """Return the transfer of a key in sudo; empty where the key is new.

        :raise Refusal: wallet.key_reused
        """
        rows = self.env.execute_query(SQL("SELECT id, fingerprint FROM dvc_wallet_transfer WHERE key = %s", key))
        if rows and rows[0][1] != fingerprint:
            raise self._key_reused()
        # The caller knows key and arguments: it is their own posting.
        return self.sudo().browse(rows[0][0] if rows else ())

    @api.model
    def _key_reused(self) -> Refusal:
        return Refusal("wallet.key_reused", self.env._("This key was used with other arguments."))

    @api.model
    def _post(self, kind: str, key: str, fingerprint: str, lines, release: int = 0, **values):
        """Post a transfer: the citizens' wallets in ascending order, then the rows.

        :param lines: list of ``(wallet, amount)`` that sum to zero
        :param release: how much of what a paying wallet holds becomes free
        :param values: other columns of the transfer, records or plain values
        :return: the transfer, in sudo
        :raise Refusal: wallet.insufficient
        """
        checked = posting.checked([(wallet.id, amount) for wallet, amount in lines])
        # As the lines have them, in sudo; read together.
        wallets = lines[0][0].browse([wallet_id for wallet_id, _amount in checked])
        kinds = {wallet.id: wallet.kind for wallet in wallets}
        entries = []
        for wallet_id, amount in checked:
            after = (None, None, None)
            if kinds[wallet_id] == "citizen":
                after = wallets.browse(wallet_id)._move_posted(amount, release if amount < 0 else 0)
            entries.append((wallet_id, amount, *after))
        moment = values.pop("at", None) or fields.Datetime.now()
        columns = {
            "key": key,
            "fingerprint": fingerprint,
            "kind": kind,
            "state": "done",
            "amount": posting.moved(checked),
            "currency_id": self.env["ir.model.data"]._xmlid_to_res_id("base.VND"),
            "at": moment,
            "user_id": self.env.uid,
            **{name: value.id if isinstance(value, models.BaseModel) else value for name, value in values.items()},
        }
        return self._insert({name: value or None for name, value in columns.items()}, entries, moment)

    @api.model
    def _insert(self, columns: dict, entries: list[tuple], moment):
        # One statement for the transfer and its entries: a payment is as dear as its round trips.
        query = SQL(
            "WITH posted AS (INSERT INTO dvc_wallet_transfer (%(names)s) VALUES (%(values)s) RETURNING id),"
            " entries AS (INSERT INTO dvc_wallet_entry"
            " (transfer_id, wallet_id, amount, balance_after, available_after, version, at, currency_id)"
            " SELECT posted.id, line.wallet, line.amount::numeric, line.balance::numeric, line.available::numeric,"
            " line.version::integer, %(moment)s, %(currency)s"
            " FROM posted, (VALUES %(lines)s) line (wallet, amount, balance, available, version))"
            " SELECT id FROM posted",
            names=SQL(", ").join(SQL.identifier(name) for name in columns),
            values=SQL(", ").join(SQL("%s", value) for value in columns.values()),
            lines=SQL(", ").join(SQL("%s", entry) for entry in entries),
            moment=moment,
            currency=columns["currency_id"],
        )
        try:
            self.env.cr.execute(query, log_exceptions=False)
        except psycopg2.errors.UniqueViolation as error:
            if error.diag.constraint_name in RACES:
                raise ConcurrencyError(error.diag.constraint_name) from None
            raise
        # Posted on behalf of a caller who was checked; ledger rows are created here only.
        return self.sudo().browse(self.env.cr.fetchone()[0])

    def _refunded(self) -> float:
        """Return how much of a payment was given back."""
        self.ensure_one()
        rows = self.env.execute_query(
            SQL("SELECT COALESCE(sum(amount), 0) FROM dvc_wallet_transfer WHERE reversal_of_id = %s", self.id)
        )
        return float(rows[0][0])

    def _own_entry(self):
        """Return the entry of the citizen's wallet; empty for cash."""
        return self.entry_ids.filtered(lambda entry: entry.wallet_id.kind == "citizen")[:1]

    def _available_after(self) -> float:
        """Return what was available in the citizen's wallet after the transfer; 0 for cash."""
        self.ensure_one()
        rows = self.env.execute_query(
            SQL(
                "SELECT available_after FROM dvc_wallet_entry WHERE transfer_id = %s AND version IS NOT NULL LIMIT 1",
                self.id,
            )
        )
        return float(rows[0][0]) if rows else 0.0
