# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from odoo.addons.dvc_account.contract import has_role
from odoo.addons.dvc_account.exceptions import Refusal

from .dvc_wallet_transfer import PAYMENTS


class DvcWalletTransfer(models.Model):
    """Giving a payment back."""

    _inherit = "dvc.wallet.transfer"

    def action_refund(self) -> dict:
        """Open the dialog that gives a payment back.

        :raise AccessError: neither officer nor accountant, a manager, or another agency's
        """
        self.ensure_one()
        self._check_refunder()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("dvc_wallet.dvc_wallet_refund_ask_action")
        return {**action, "context": {"default_transfer_id": self.id}}

    @api.model
    def _check_refunder(self) -> None:
        """Check who uses the dialog: managers are officers too, but oversee the money and do not move it.

        :raise AccessError: neither officer nor accountant, or a manager
        """
        if not has_role(self.env, "officer", "accountant") or has_role(self.env, "manager"):
            raise AccessError(self.env._("Your role does not allow this operation."))

    def _check_refund(self, amount: int, waiting: float = 0.0) -> None:
        """Check that so much of a payment is left.

        :param waiting: asked for and not decided
        :raise Refusal: wallet.over_refund
        """
        self.ensure_one()
        if amount > self._left_to_refund() - waiting:
            raise Refusal("wallet.over_refund", self.env._("More than was paid cannot be refunded."))

    def _left_to_refund(self) -> float:
        """Return how much of a payment was not given back; 0 for what is no payment."""
        self.ensure_one()
        return self.amount - self._refunded() if self.kind in PAYMENTS else 0.0

    def _ask_refund(self, amount: int, reason: str, key: str, fingerprint: str):
        """Keep an officer's refund until an accountant decides.

        :return: the request, in sudo
        """
        requests_sudo = self.env["dvc.wallet.refund.request"].sudo()
        waiting = requests_sudo.search([("transfer_id", "=", self.id), ("state", "=", "waiting")])
        self._check_refund(amount, sum(waiting.mapped("amount")))
        return requests_sudo._ask(
            {
                "key": key,
                "fingerprint": fingerprint,
                "transfer_id": self.id,
                "amount": amount,
                "reason": reason,
                "requested_by_id": self.env.uid,
            }
        )

    def _refund(self, amount: int, reason: str, key: str, fingerprint: str):
        """Post the way back of a payment: to the wallet or the cash box it came from.

        :return: the refund's transfer
        :raise Refusal: wallet.over_refund
        """
        self._check_refund(amount)
        [(last,)] = self.env.execute_query(
            SQL("SELECT COALESCE(max(part), 0) FROM dvc_wallet_transfer WHERE reversal_of_id = %s", self.id)
        )
        giver = self.entry_ids.filtered(lambda entry: entry.amount > 0).wallet_id
        taker = self.entry_ids.filtered(lambda entry: entry.amount < 0).wallet_id
        refund = self._post(
            "refund",
            key,
            fingerprint,
            [(giver, -amount), (taker, amount)],
            account_id=self.account_id,
            company_id=self.company_id,
            dossier_id=self.dossier_id,
            reversal_of_id=self,
            # Two refunds of one payment at once want the same part: one of them runs again and counts anew.
            part=last + 1,
            reference=self.receipt_ids[:1].display_name or self.reference,
            note=reason,
        )
        self.env["dvc.journal"]._log(
            "wallet.refunded",
            record=refund,
            account=self.account_id,
            purpose=reason,
            dossier_code=self.dossier_id.code or "",
            detail={"payment": self.id, "amount": amount},
        )
        return refund

    def _refund_answer(self) -> dict:
        entry = self._own_entry()
        return {"transfer": self.id, "available": entry.available_after or 0.0, "state": self.state}

    def _payment_answer(self) -> dict:
        """Return the first answer of a payment, whenever it is asked again."""
        entry = self._own_entry()
        return {
            "transfer": self.id,
            "receipt_number": self.receipt_ids[:1].display_name or False,
            "available": entry.available_after or 0.0,
            "state": self.dossier_state or self.dossier_id.state,
        }
