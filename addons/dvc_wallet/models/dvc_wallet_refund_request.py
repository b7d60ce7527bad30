# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError

from odoo.addons.dvc_account.contract import has_role
from odoo.addons.dvc_account.domain.arguments import LongText, check_value
from odoo.addons.dvc_account.exceptions import Refusal


class DvcWalletRefundRequest(models.Model):
    """A refund that an officer asked for and an accountant decides."""

    _name = "dvc.wallet.refund.request"
    _description = "Refund request"
    _inherit = ["dvc.guarded"]
    _order = "id desc"
    _rec_name = "transfer_id"
    _guarded_fields = frozenset(
        "key fingerprint transfer_id amount reason state requested_by_id decided_by_id decided_at refund_id"
        " reject_reason".split()
    )

    key = fields.Char(required=True, readonly=True, copy=False)
    fingerprint = fields.Char(required=True, readonly=True, copy=False)
    transfer_id = fields.Many2one(
        "dvc.wallet.transfer", string="Payment", required=True, readonly=True, ondelete="restrict", index=True
    )
    dossier_id = fields.Many2one(related="transfer_id.dossier_id", string="Dossier")
    company_id = fields.Many2one(
        related="transfer_id.company_id", string="Agency", store=True, precompute=True, index=True
    )
    amount = fields.Monetary(required=True, readonly=True)
    currency_id = fields.Many2one(related="transfer_id.currency_id")
    reason = fields.Char(required=True, readonly=True)
    state = fields.Selection(
        [("waiting", "Waiting"), ("done", "Refunded"), ("rejected", "Rejected")],
        required=True,
        default="waiting",
        readonly=True,
        copy=False,
    )
    requested_by_id = fields.Many2one("res.users", string="Asked by", required=True, readonly=True, ondelete="restrict")
    decided_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict", copy=False)
    decided_at = fields.Datetime(readonly=True, copy=False)
    refund_id = fields.Many2one("dvc.wallet.transfer", readonly=True, ondelete="restrict", index="btree_not_null")
    reject_reason = fields.Char(string="Why rejected", readonly=True, copy=False)

    _key_uniq = models.UniqueIndex("(key)", "This key was used for another refund.")
    _amount_whole = models.Constraint("CHECK (amount > 0 AND amount = trunc(amount))", "A refund is of whole đồng.")

    @api.model
    def _known(self, key: str, fingerprint: str):
        """Return the request of a key in sudo; empty where the key is new.

        :raise Refusal: wallet.key_reused
        """
        # The caller knows key and arguments: it is their own request, or the one they approve.
        known_sudo = self.sudo().search([("key", "=", key)], limit=1)
        if known_sudo and known_sudo.fingerprint != fingerprint:
            raise self.env["dvc.wallet.transfer"]._key_reused()
        return known_sudo

    @api.model
    def _ask(self, values: dict):
        try:
            with self.env.cr.savepoint():
                request = self._in_flow().create(values)
        except psycopg2.errors.UniqueViolation as error:
            raise ConcurrencyError(error.diag.constraint_name) from None
        return request.with_context(dvc_flow=None)

    def _approve(self) -> None:
        """Post the refund that was asked for.

        :raise Refusal: wallet.over_refund, wallet.decided
        """
        self.ensure_one()
        self._check_waiting()
        refund = self.transfer_id._refund(int(self.amount), self.reason, self.key, self.fingerprint)
        self._decide("done", refund)

    def _reject(self, reason: str) -> None:
        """Decide against the refund.

        :param reason: what the officer is told
        :raise Refusal: wallet.decided, wallet.reason_required
        """
        self.ensure_one()
        self._check_waiting()
        text = check_value(reason or "", LongText, "reason").strip()
        if not text:
            raise Refusal("wallet.reason_required", self.env._("Please give the reason."))
        self._decide("rejected", reject_reason=text)

    def _check_waiting(self) -> None:
        if self.state != "waiting":
            raise Refusal("wallet.decided", self.env._("This refund was decided already."))

    def _decide(self, state: str, refund=None, reject_reason: str | None = None) -> None:
        self._in_flow().write(
            {
                "state": state,
                "decided_by_id": self.env.uid,
                "decided_at": fields.Datetime.now(),
                "refund_id": refund.id if refund else False,
                "reject_reason": reject_reason,
            }
        )

    def _answer(self) -> dict:
        if self.refund_id:
            return self.refund_id._refund_answer()
        wallet = self.env["dvc.wallet"]._existing(self.transfer_id.account_id)
        return {"transfer": False, "available": wallet.available, "state": self.state}

    def _as_accountant(self):
        """Return the requests in sudo, once the caller may decide them.

        :raise AccessError: no accountant, or another agency's
        """
        self.check_access("read")
        if not has_role(self.env, "accountant"):
            raise AccessError(self.env._("Your role does not allow this operation."))
        # The role was checked; requests are written by their flow only.
        return self.sudo()

    def action_approve(self) -> bool:
        """Refund what was asked for."""
        for request_sudo in self._as_accountant():
            request_sudo._approve()
        return True

    def action_reject(self) -> dict:
        """Open the dialog that asks why a refund is rejected."""
        self.ensure_one()
        self._as_accountant()._check_waiting()
        action = self.env["ir.actions.act_window"]._for_xml_id("dvc_wallet.dvc_wallet_refund_reject_action")
        return {**action, "context": {"default_request_id": self.id}}
