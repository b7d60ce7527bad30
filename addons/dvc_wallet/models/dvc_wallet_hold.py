# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import datetime

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL

HOLD_DAYS = 30


class DvcWalletHold(models.Model):
    """A fee set aside at the submission, taken on reception, set free on refusal or withdrawal."""

    _name = "dvc.wallet.hold"
    _description = "Held fee"
    _inherit = ["dvc.guarded"]
    _order = "id desc"
    _rec_name = "dossier_id"
    _guarded_fields = frozenset("wallet_id dossier_id amount state expires_at transfer_id ended_at".split())

    wallet_id = fields.Many2one("dvc.wallet", required=True, readonly=True, ondelete="restrict", index=True)
    dossier_id = fields.Many2one("dvc.dossier", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="dossier_id.company_id", string="Agency", store=True, precompute=True)
    amount = fields.Monetary(required=True, readonly=True)
    currency_id = fields.Many2one(related="wallet_id.currency_id")
    state = fields.Selection(
        [("held", "Held"), ("captured", "Taken"), ("released", "Set free"), ("expired", "Expired")],
        required=True,
        default="held",
        readonly=True,
    )
    expires_at = fields.Datetime(required=True, readonly=True)
    ended_at = fields.Datetime(readonly=True)
    transfer_id = fields.Many2one("dvc.wallet.transfer", readonly=True, ondelete="restrict", index="btree_not_null")

    _one_held = models.UniqueIndex("(dossier_id) WHERE state = 'held'", "The fee of this dossier is held already.")
    _expires_idx = models.Index("(expires_at) WHERE state = 'held'")
    _amount_whole = models.Constraint("CHECK (amount > 0 AND amount = trunc(amount))", "A hold is of whole đồng.")
    _taken = models.Constraint(
        "CHECK ((state = 'captured') = (transfer_id IS NOT NULL))", "A taken hold names its transfer."
    )

    @api.model
    def _hold(self, wallet, dossier, amount: int):
        """Set a dossier's fee aside.

        :return: the hold
        :raise Refusal: wallet.insufficient
        """
        wallet._move_held(amount)
        days = int(self.env["ir.config_parameter"].get_param("dvc_wallet.hold_days") or HOLD_DAYS)
        return self._in_flow().create(
            {
                "wallet_id": wallet.id,
                "dossier_id": dossier.id,
                "amount": amount,
                "expires_at": fields.Datetime.now() + datetime.timedelta(days=days),
            }
        )

    def _claim(self) -> int:
        """Lock a hold that is about to be taken: its row comes before the wallet's, as in ``_end``.

        :return: the amount
        """
        self.ensure_one()
        self.flush_recordset()
        rows = self.env.execute_query(
            SQL(
                "UPDATE dvc_wallet_hold SET ended_at = %s WHERE id = %s AND state = 'held' RETURNING amount",
                fields.Datetime.now(),
                self.id,
            )
        )
        if not rows:
            raise ConcurrencyError("The hold has ended meanwhile.")
        return int(rows[0][0])

    def _end(self, state: str, transfer=None) -> bool:
        """End a hold once, whoever else tries; taking it moves no money here.

        :param state: captured, released or expired
        :return: whether it was still held
        """
        self.ensure_one()
        self.flush_recordset()
        rows = self.env.execute_query(
            SQL(
                "UPDATE dvc_wallet_hold SET state = %s, ended_at = %s, transfer_id = %s"
                " WHERE id = %s AND state = 'held' RETURNING amount",
                state,
                fields.Datetime.now(),
                transfer.id if transfer else None,
                self.id,
            )
        )
        self.invalidate_recordset()
        if rows and state != "captured":
            self.wallet_id._move_held(-int(rows[0][0]))
        return bool(rows)

    @api.model
    def _cron_expire(self) -> None:
        """Set free what was held too long."""
        domain = [("state", "=", "held"), ("expires_at", "<=", fields.Datetime.now())]
        progress = self.env["ir.cron"]
        progress._commit_progress(remaining=self.search_count(domain))
        for hold in self.search(domain, order="expires_at, id", limit=500):
            hold = hold.try_lock_for_update().filtered_domain(domain)
            if hold:
                hold._end("expired")
            if not progress._commit_progress(1):
                return
