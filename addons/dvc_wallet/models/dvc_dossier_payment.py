# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from odoo.addons.dvc_account.contract import contract, has_role
from odoo.addons.dvc_account.exceptions import Refusal
from odoo.addons.dvc_dossier.domain import states

from ..domain import fee_formula, posting

PAID_AFTER = (states.RECEIVED, states.PROCESSING, states.SUPPLEMENT, states.DONE)


class Later:
    """Receipts that a call for many dossiers issues at its end; clients may send any context, but no such object."""

    def __init__(self):
        self.receipts = []


class DvcDossier(models.Model):
    """Paying for a dossier: held at the submission, from the wallet, in cash."""

    _inherit = "dvc.dossier"

    @api.model
    @contract("citizen", "integrator", "officer")
    def submit(
        self,
        account_id: int,
        procedure_code: str,
        agency_code: str,
        components: list[dict],
        form: dict | None = None,
        copies: int = 1,
        delivery: str | None = None,
        client_ref: str | None = None,
        *,
        pay_from_wallet: bool = False,
    ) -> dict:
        """Hand a dossier in; one working hour to receive it runs from now.

        :param account_id: a standardised account
        :param procedure_code: of the national catalogue, e.g. ``2.000635``
        :param agency_code: e.g. ``000.12.29.H57``
        :param components: list of ``{code, filename, content}`` (base64) or ``{code, document_id}``
        :param form: the electronic form's values, instead of the declaration's file
        :param copies: how many copies of the result, 1 to 1000
        :param delivery: ``electronic``, ``counter`` or ``post``; the procedure's first when not given
        :param client_ref: the caller's key: the same one gives the same dossier
        :param pay_from_wallet: hold the fee at once; it is taken on reception
        :return: ``{id, code, state, receive_deadline, fee_due}``
        :raise Refusal: wallet.insufficient, and see the integrator's guide
        """
        return self._submit(
            {
                "account_id": account_id,
                "procedure_code": procedure_code,
                "agency_code": agency_code,
                "components": components,
                "form": form,
                "copies": copies,
                "delivery": delivery,
                "client_ref": client_ref,
                "pay_from_wallet": pay_from_wallet,
            }
        )

    @api.model
    def _submit(self, values):
        answer = super()._submit(values)
        if values.get("pay_from_wallet"):
            # The caller was allowed to submit for this account.
            self.sudo().browse(answer["id"])._hold_fee()
        return answer

    def _after_move(self, event):
        super()._after_move(event)
        if event.verb == "submit":
            self._keep_fee_rules()
            return
        hold = self._held_fee()
        if not hold:
            return
        # Rows are locked in one order wherever money moves: dossier, hold, wallet, and the receipt's number last.
        self.flush_recordset()
        if event.verb == "receive" and event.to_state == states.RECEIVED:
            self._capture(hold)
        elif event.to_state in (states.PAYMENT, states.REFUSED, states.WITHDRAWN, states.STOPPED):
            hold._end("released")

    # Who pays

    @api.model
    def _for_payer(self, dossier_id: int):
        """Return a dossier in sudo, once the caller may pay for it.

        :raise Refusal: dossier.unknown
        :raise AccessError: another agency's or another citizen's, a manager
        """
        self._check_not_manager()
        dossier = self.browse(dossier_id).exists() if dossier_id > 0 else self.browse()
        if not dossier:
            raise Refusal("dossier.unknown", self.env._("This dossier does not exist."))
        # Payer and account are compared here; a citizen may read neither of somebody else.
        dossier_sudo = dossier.sudo()
        if self.env.su or has_role(self.env, "officer", "integrator"):
            dossier.check_access("read")
        elif self.env.user != dossier_sudo._payer().user_id:
            raise AccessError(self.env._("This dossier belongs to somebody else."))
        return dossier_sudo

    @api.model
    def _check_not_manager(self) -> None:
        """Keep apart who oversees an agency from who moves its money.

        :raise AccessError: a manager
        """
        if has_role(self.env, "manager") and not self.env.su:
            raise AccessError(self.env._("Managers do not take payments: an officer does."))

    def _payer(self):
        """Return the account that pays: of a locked duplicate, the one that took over."""
        self.ensure_one()
        return self.account_id._heirs()

    def _payer_wallet(self):
        """Return the wallet that pays.

        :raise Refusal: account.locked, wallet.insufficient
        """
        payer = self._payer()
        if payer.state == "locked":
            raise Refusal("account.locked", self.env._("The account is locked. Ask at the one-stop desk."))
        if not payer:
            raise Refusal("wallet.insufficient", self.env._("The wallet does not hold enough money."))
        return self.env["dvc.wallet"]._of_account(payer)

    def _check_due(self) -> int:
        """Return what is due now.

        :raise Refusal: wallet.nothing_due
        """
        payable = self.state == states.PAYMENT or (self.procedure_id.fee_after and self.state in PAID_AFTER)
        due = int(self._fee_due()) if payable else 0
        if not due:
            raise Refusal("wallet.nothing_due", self.env._("There is nothing to pay for this dossier now."))
        return due

    # How it is paid; always in sudo, after the caller was checked

    def _pay_from_wallet(self, key: str, fingerprint: str):
        """Pay from the citizen's wallet.

        :return: the transfer
        :raise Refusal: wallet.nothing_due, wallet.insufficient, account.locked
        """
        due = self._check_due()
        return self._pay("payment", key, fingerprint, self._payer_wallet(), due, "wallet")

    def _pay_cash(self):
        """Take the fee in cash at the counter.

        :return: the transfer
        :raise Refusal: wallet.nothing_due
        """
        due = self._check_due()
        box = self.env["dvc.wallet"]._collecting("cash", self.company_id)
        paid = len(self.transfer_ids)
        key, fingerprint = f"cash:{self.id}:{paid}", posting.fingerprint("cash", dossier=self.id, amount=due)
        return self._pay("payment", key, fingerprint, box, due, "cash")

    def _pay(self, kind: str, key: str, fingerprint: str, wallet, amount: int, method: str, release: int = 0, at=None):
        """Post a payment and issue its receipt; a dossier that waited for it is received.

        :param wallet: what pays
        :param method: as the receipt prints it
        :param release: how much of what the wallet holds becomes free
        :param at: moment of the payment, now when not given
        :return: the transfer
        """
        self._lock_for_payment()
        whole, paid = self._fee_lines(), int(self._fee_paid().get(self, 0))
        lines = fee_formula.share(whole, paid, amount)
        waits = self.state == states.PAYMENT
        transfer = self.env["dvc.wallet.transfer"]._post(
            kind,
            key,
            fingerprint,
            [(wallet, -amount), (self.env["dvc.wallet"]._collecting("fees", self.company_id), amount)],
            release=release,
            account_id=wallet.account_id,
            company_id=self.company_id,
            dossier_id=self,
            dossier_state=states.RECEIVED if waits else self._state_after_payment(),
            reference=self.code,
            at=at,
        )
        self.invalidate_recordset(["transfer_ids", "fee_due"], flush=False)
        if waits:
            self._resume_paid()
        if paid + amount >= sum(line["amount"] for line in whole):
            self._fee_settled()
        # Last: the number is what the payers of an agency share.
        later = self.env.context.get("dvc_receipts_later")
        if isinstance(later, Later):
            later.receipts.append((transfer, self, lines, method, at))
        else:
            self.env["dvc.receipt"]._issue(transfer, self, lines, method, at)
        return transfer

    def _lock_for_payment(self) -> None:
        """Change the dossier's row, so that of two payments at once one fails to serialise.

        Odoo runs that one again, and it then finds nothing due: cash and a wallet share no other row.
        """
        self.flush_recordset()
        self.env.cr.execute(SQL("UPDATE dvc_dossier SET write_date = write_date WHERE id = %s", self.id))

    def _state_after_payment(self) -> str | bool:
        """Return where the dossier stays; nothing where its result goes out by itself once the fee is paid."""
        leaves = self.state == states.DONE and self.delivery == "electronic"
        return False if leaves else self.state

    def _held_fee(self):
        """Return the hold on this dossier's fee; empty where none is held."""
        # Whoever moves the dossier ends its hold.
        return self.env["dvc.wallet.hold"].sudo().search([("dossier_id", "=", self.id), ("state", "=", "held")])

    def _hold_fee(self) -> None:
        """Set the fee aside, once in the dossier's life.

        :raise Refusal: wallet.insufficient
        """
        due = int(self._fee_due())
        if due and not self.hold_ids:
            self.env["dvc.wallet.hold"]._hold(self._payer_wallet(), self, due)

    def _capture(self, hold) -> None:
        """Take what was held; what is more than the fee becomes free."""
        amount = hold._claim()
        due = min(int(self._fee_unpaid()[self.id]), amount)
        if not due:
            hold._end("released")
            return
        key, fingerprint = f"hold:{hold.id}", posting.fingerprint("capture", hold=hold.id)
        transfer = self._pay("capture", key, fingerprint, hold.wallet_id, due, "wallet", release=amount)
        hold._end("captured", transfer)

    def action_receive(self):
        later = Later()
        answer = super(DvcDossier, self.with_context(dvc_receipts_later=later).sorted("id")).action_receive()
        # The fees were taken by calls that checked the officer.
        receipts_sudo = self.env["dvc.receipt"].sudo()
        # Numbers are taken once every wallet has moved: nobody waits for a wallet while holding one.
        for transfer, dossier, lines, method, at in later.receipts:
            receipts_sudo._issue(transfer, dossier.with_env(receipts_sudo.env), lines, method, at)
        return answer

    def action_pay_cash(self) -> dict | bool:
        """Take the fee in cash, received by the officer, and give the receipt.

        :raise AccessError: no officer of the agency
        """
        self.ensure_one()
        if not has_role(self.env, "officer"):
            raise AccessError(self.env._("Your role does not allow this operation."))
        self._check_not_manager()
        self.check_access("read")
        # Role and agency were checked; postings are made by this flow only.
        transfer_sudo = self.sudo()._pay_cash()
        return self.env.ref("dvc_wallet.dvc_receipt_report").report_action(transfer_sudo.receipt_ids.with_env(self.env))
