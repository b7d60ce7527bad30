# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import datetime

import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.dvc_account.contract import contract, has_role
from odoo.addons.dvc_account.domain.arguments import InvalidArgument, LongText, parse_day
from odoo.addons.dvc_account.exceptions import Refusal

from ..domain import posting

TIME_ZONE = pytz.timezone("Asia/Ho_Chi_Minh")
# What a person may move in a month (Thông tư 40/2024/TT-NHNN Điều 26).
MONTHLY_LIMIT = 100_000_000


class DvcWallet(models.Model):
    """What citizens, integrators, officers and accountants call; ``dvc.wallet.audit``: dvc_wallet_audit."""

    _inherit = "dvc.wallet"

    @api.readonly
    @api.model
    @contract("citizen", "integrator", "accountant")
    def balance(self, account_id: int) -> dict:
        """Tell what an account's wallet holds.

        :return: ``{available, held, currency}``
        :raise Refusal: account.unknown
        """
        wallet_sudo = self._existing(self.env["dvc.account"]._for_caller(account_id))
        return {"available": wallet_sudo.available, "held": wallet_sudo.held, "currency": "VND"}

    @api.model
    @contract("integrator", "accountant")
    def top_up(self, account_id: int, amount: float, bank_ref: str) -> dict:
        """Credit money that has arrived at the bank.

        :param amount: whole đồng
        :param bank_ref: the bank's reference: the same one is credited once
        :return: ``{transfer, available}``
        :raise Refusal: wallet.bad_amount, wallet.limit, wallet.key_reused, account.locked, account.unknown
        """
        account_sudo = self.env["dvc.account"]._for_caller(account_id)
        transfer_sudo = self._top_up(account_sudo, amount, bank_ref)
        return {"transfer": transfer_sudo.id, "available": transfer_sudo._available_after()}

    @api.model
    @contract("citizen", "integrator", "officer")
    def pay(self, dossier_id: int, idempotency_key: str) -> dict:
        """Pay what is due for a dossier from its citizen's wallet; the dossier is then received.

        :param idempotency_key: the caller's; the same one pays once
        :return: ``{transfer, receipt_number, available, state}``
        :raise Refusal: wallet.insufficient, wallet.nothing_due, wallet.key_reused, dossier.unknown, account.locked
        """
        dossier_sudo = self.env["dvc.dossier"]._for_payer(dossier_id)
        # A key of one's own: nobody meets the payment of somebody else who chose the same text.
        key = f"pay:{self.env.uid}:{self._key(idempotency_key)}"
        fingerprint = posting.fingerprint("pay", dossier=dossier_id)
        transfer_sudo = self.env["dvc.wallet.transfer"]._known(key, fingerprint)
        transfer_sudo = transfer_sudo or dossier_sudo._pay_from_wallet(key, fingerprint)
        return transfer_sudo._payment_answer()

    @api.model
    @contract("accountant", "officer")
    def refund(self, transfer: int, amount: float, reason: LongText, idempotency_key: str) -> dict:
        """Give a payment back, whole or in part; an officer's waits for an accountant.

        An accountant who calls it with the key and the arguments of a waiting one approves it.

        :param transfer: the payment
        :param amount: whole đồng, at most what is left of the payment
        :return: ``{transfer, available, state}``: ``done``, or ``waiting`` with no transfer yet
        :raise Refusal: transfer.unknown, wallet.over_refund, wallet.bad_amount, wallet.reason_required,
            wallet.key_reused
        """
        paid = self.env["dvc.wallet.transfer"].browse(transfer).exists() if transfer > 0 else None
        if not paid:
            raise Refusal("transfer.unknown", self.env._("This transfer does not exist."))
        paid.check_access("read")
        if not reason.strip():
            raise Refusal("wallet.reason_required", self.env._("Please give the reason."))
        self._check_amount(amount)
        # Shared by the agency's officers and accountants: the same call by an accountant approves an officer's.
        key = f"call:{self._key(idempotency_key)}"
        fingerprint = posting.fingerprint("refund", transfer=transfer, amount=int(amount), reason=reason.strip())
        known_sudo = self.env["dvc.wallet.transfer"]._known(key, fingerprint)
        if known_sudo:
            return known_sudo._refund_answer()
        request_sudo = self.env["dvc.wallet.refund.request"]._known(key, fingerprint)
        # The caller may read the payment; what is refunded is checked below.
        paid_sudo = paid.sudo()
        if not has_role(self.env, "accountant") and not self.env.su:
            request_sudo = request_sudo or paid_sudo._ask_refund(int(amount), reason.strip(), key, fingerprint)
            return request_sudo._answer()
        if request_sudo.state == "waiting":
            request_sudo._approve()
            return request_sudo._answer()
        if request_sudo:
            return request_sudo._answer()
        return paid_sudo._refund(int(amount), reason.strip(), key, fingerprint)._refund_answer()

    @api.readonly
    @api.model
    @contract("citizen", "integrator", "accountant")
    def statement(self, account_id: int, date_from: str, date_to: str) -> list:
        """List what moved in an account's wallet, oldest first.

        :param date_from: first day, ``YYYY-MM-DD`` in Vietnam's time
        :param date_to: last day
        :return: list of ``{at, kind, amount, balance, reference}``; an amount below 0 was paid out
        :raise Refusal: account.unknown, input.invalid
        """
        first, last = parse_day(date_from, "date_from"), parse_day(date_to, "date_to")
        if last < first:
            raise InvalidArgument("date_to", "range")
        wallet_sudo = self._existing(self.env["dvc.account"]._for_caller(account_id))
        return [
            {
                "at": fields.Datetime.to_string(entry.at),
                "kind": entry.kind,
                "amount": entry.amount,
                "balance": entry.balance_after,
                "reference": entry.reference or False,
            }
            for entry in wallet_sudo._entries_between(first, last)
        ]

    @api.model
    def _entries_between(self, first: datetime.date, last: datetime.date):
        """Return a wallet's entries of these days, oldest first."""
        if not self:
            return self.env["dvc.wallet.entry"]
        try:
            start, end = _midnight(first), _midnight(last + datetime.timedelta(days=1))
        except OverflowError:
            raise InvalidArgument("date_to", "range") from None
        return self.env["dvc.wallet.entry"].search(
            [("wallet_id", "=", self.id), ("at", ">=", start), ("at", "<", end)], order="id"
        )

    @api.model
    def _existing(self, account_sudo):
        """Return the wallet of a checked account in sudo; empty where it was never used: reading opens none."""
        # The account was checked by the caller.
        return self.sudo().search([("account_id", "=", account_sudo.id), ("kind", "=", "citizen")])

    @api.model
    def _check_amount(self, amount: float) -> None:
        if not posting.is_amount(amount):
            raise Refusal("wallet.bad_amount", self.env._("An amount is a positive number of whole đồng."))

    @api.model
    def _key(self, text: str) -> str:
        """Return a caller's key without spaces around it.

        :raise InvalidArgument: empty
        """
        if not text.strip():
            raise InvalidArgument("idempotency_key", "format")
        return text.strip()

    @api.model
    def _top_up(self, account_sudo, amount: float, bank_ref: str, at=None):
        """Post a top-up.

        :param account_sudo: the checked account
        :return: the transfer, in sudo
        :raise Refusal: as ``top_up``
        """
        if not bank_ref.strip():
            raise InvalidArgument("bank_ref", "format")
        self._check_amount(amount)
        reference, amount = bank_ref.strip(), int(amount)
        key = f"bank:{reference}"
        fingerprint = posting.fingerprint("top_up", account=account_sudo.id, amount=amount)
        transfers = self.env["dvc.wallet.transfer"]
        known_sudo = transfers._known(key, fingerprint)
        if known_sudo:
            return known_sudo
        if account_sudo.state == "locked":
            raise Refusal("account.locked", self.env._("The account is locked. Ask at the one-stop desk."))
        wallet_sudo = self._of_account(account_sudo)
        month = f"{pytz.utc.localize(at or fields.Datetime.now()).astimezone(TIME_ZONE):%Y-%m}"
        limit = self.env["ir.config_parameter"].sudo().get_param("dvc_wallet.monthly_limit", MONTHLY_LIMIT)
        wallet_sudo._count_top_up(amount, month, int(limit))
        return transfers._post(
            "top_up",
            key,
            fingerprint,
            [(self._collecting("bank"), -amount), (wallet_sudo, amount)],
            account_id=account_sudo,
            reference=reference,
            at=at,
        )

    def action_top_up(self) -> dict:
        """Open the dialog that credits money by hand; of one citizen's wallet, for its account.

        :raise AccessError: no accountant
        """
        self.check_access("read")
        if not has_role(self.env, "accountant"):
            raise AccessError(self.env._("Your role does not allow this operation."))
        action = self.env["ir.actions.act_window"]._for_xml_id("dvc_wallet.dvc_wallet_top_up_ask_action")
        account = self.account_id if len(self) == 1 else self.account_id.browse()
        return {**action, "context": {"default_account_id": account.id}}

    def action_pass_money(self) -> bool:
        """Pass the money of a locked duplicate to the standardised account of the same person.

        :raise AccessError: no accountant
        :raise Refusal: wallet.nothing_due where there is nothing to pass
        """
        self.ensure_one()
        self.check_access("read")
        if not has_role(self.env, "accountant"):
            raise AccessError(self.env._("Your role does not allow this operation."))
        # An accountant has checked the person; wallets are moved by postings only.
        wallet_sudo = self.sudo()
        if not wallet_sudo.is_locked_duplicate or wallet_sudo.available <= 0:
            raise Refusal("wallet.nothing_due", self.env._("There is no money to pass on in this wallet."))
        wallet_sudo._pass_on_to(wallet_sudo.account_id._heirs())
        return True

    def _pass_on_to(self, heir_sudo) -> None:
        """Post what is free in a locked duplicate's wallet to the one that took over; in sudo."""
        wallet_sudo, amount = self, int(self.available)
        self.env["dvc.wallet.transfer"]._post(
            "transfer",
            f"merge:{self.id}:{wallet_sudo.version}",
            posting.fingerprint("merge", wallet=self.id, version=wallet_sudo.version),
            [(wallet_sudo, -amount), (self._of_account(heir_sudo), amount)],
            account_id=heir_sudo,
            reference=self.env._("From account %(account)s", account=wallet_sudo.account_id.id),
        )
        self.env["dvc.journal"]._log(
            "wallet.merged",
            record=self,
            account=heir_sudo,
            purpose=self.env._("Money of a locked duplicate passed on."),
            detail={"from": wallet_sudo.account_id.id, "amount": amount},
        )

    def action_audit(self) -> dict:
        """Recompute the ledger and show what was found."""
        found = self.audit()
        title = self.env._("The ledger is whole") if found["ok"] else self.env._("The ledger is broken")
        lines = [f"{line['check']}: {line['model']} {line['id'] or ''}" for line in found["broken"][:10]]
        text = self.env._(
            "%(wallets)s wallets, %(transfers)s transfers, %(entries)s entries.",
            wallets=found["wallets"],
            transfers=found["transfers"],
            entries=found["entries"],
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": title,
                "message": "\n".join([text, *lines]),
                "type": "success" if found["ok"] else "danger",
                "sticky": not found["ok"],
            },
        }


def _midnight(day: datetime.date) -> datetime.datetime:
    """Return the beginning of a day in Vietnam as naive UTC."""
    local = TIME_ZONE.localize(datetime.datetime.combine(day, datetime.time.min))
    return local.astimezone(pytz.utc).replace(tzinfo=None)
