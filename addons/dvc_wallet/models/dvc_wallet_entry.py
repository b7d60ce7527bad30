# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models

from odoo.addons.dvc_account.models.postgres_guards import enable_always

CHECK_ENTRY = """
DECLARE
    total numeric; received numeric; wanted numeric;
BEGIN
    SELECT COALESCE(sum(amount), 0), COALESCE(sum(amount) FILTER (WHERE amount > 0), 0)
      INTO total, received FROM dvc_wallet_entry WHERE transfer_id = NEW.transfer_id;
    SELECT amount INTO wanted FROM dvc_wallet_transfer WHERE id = NEW.transfer_id;
    IF total <> 0 OR received <> wanted THEN
        RAISE EXCEPTION 'transfer % does not balance', NEW.transfer_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'dvc_wallet_balanced';
    END IF;
    RETURN NULL;
END
"""


class DvcWalletEntry(models.Model):
    """One side of a transfer."""

    _name = "dvc.wallet.entry"
    _description = "Ledger entry"
    _inherit = ["dvc.append.only"]
    _order = "id desc"
    _log_access = False
    _rec_name = "transfer_id"

    transfer_id = fields.Many2one("dvc.wallet.transfer", required=True, readonly=True, ondelete="restrict", index=True)
    wallet_id = fields.Many2one("dvc.wallet", required=True, readonly=True, ondelete="restrict", index=True)
    amount = fields.Monetary(required=True, readonly=True, help="Received; negative: given.")
    currency_id = fields.Many2one("res.currency", required=True, readonly=True, ondelete="restrict")
    balance_after = fields.Monetary(string="Balance", readonly=True, help="Of a citizen's wallet, after this entry.")
    available_after = fields.Monetary(readonly=True, help="Balance less what is held, after this entry.")
    version = fields.Integer(readonly=True, help="1 for the first entry of a citizen's wallet, 2 for the second, …")
    at = fields.Datetime(string="Moment", required=True, readonly=True)
    kind = fields.Selection(related="transfer_id.kind")
    reference = fields.Char(related="transfer_id.reference")
    company_id = fields.Many2one(related="transfer_id.company_id", string="Agency")

    _amount_whole = models.Constraint("CHECK (amount <> 0 AND amount = trunc(amount))", "An entry moves whole đồng.")
    _wallet_idx = models.Index("(wallet_id, at, id)")
    _version_uniq = models.UniqueIndex(
        "(wallet_id, version) WHERE version IS NOT NULL", "This wallet has an entry of this number."
    )

    def init(self):
        super().init()
        self.env.cr.execute(
            "CREATE OR REPLACE FUNCTION dvc_wallet_check_entry() RETURNS trigger LANGUAGE plpgsql AS %s", [CHECK_ENTRY]
        )
        self.env.cr.execute("SELECT 1 FROM pg_trigger WHERE tgname = 'dvc_wallet_entry_balanced'")
        if not self.env.cr.rowcount:
            self.env.cr.execute(
                "CREATE CONSTRAINT TRIGGER dvc_wallet_entry_balanced AFTER INSERT ON dvc_wallet_entry"
                " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION dvc_wallet_check_entry()"
            )
        enable_always(self.env.cr, self._table)
