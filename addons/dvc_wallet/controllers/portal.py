# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import io

import qrcode

from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import content_disposition, request

from odoo.addons.dvc_account.controllers.standardize import refusal_text
from odoo.addons.dvc_account.exceptions import Refusal
from odoo.addons.dvc_dossier.controllers.portal_submission import DvcSubmission
from odoo.addons.portal.controllers.portal import CustomerPortal, pager

from ..models.dvc_dossier_payment import PAID_AFTER

PAGE = 20
AMOUNT_MAX = 100_000_000


def _is_paid_after(dossier_sudo) -> bool:
    """Tell whether a dossier's fee is paid after reception, and it is received."""
    return dossier_sudo.procedure_id.fee_after and dossier_sudo.state in PAID_AFTER


class DvcWalletSubmission(DvcSubmission):
    """What a citizen pays: the choice to set the fee aside while submitting, and when a fee can be paid."""

    def _dvc_fee_payable(self, dossier_sudo):
        return super()._dvc_fee_payable(dossier_sudo) or _is_paid_after(dossier_sudo)

    def _dvc_submit_options(self, post):
        options = super()._dvc_submit_options(post)
        return {**options, "pay_from_wallet": True} if post.get("pay_from_wallet") else options


class DvcWalletPortal(CustomerPortal):
    """A citizen's wallet, the payment of a dossier, the receipts."""

    def _dvc_wallet(self):
        """Return the caller's account and wallet in sudo; either may be empty."""
        account_sudo = request.env["dvc.account"]._for_user(request.env.user)
        return account_sudo, request.env["dvc.wallet"]._existing(account_sudo)

    @http.route(["/my/wallet", "/my/wallet/page/<int:page>"], type="http", auth="user", website=True, readonly=True)
    def dvc_my_wallet(self, page=1, **_kwargs):
        """Show balance, history, and how to top up."""
        account_sudo, wallet_sudo = self._dvc_wallet()
        if not account_sudo:
            return request.redirect("/my")
        domain = [("wallet_id", "=", wallet_sudo.id)]
        entries_sudo = wallet_sudo.env["dvc.wallet.entry"]
        pages = pager(url="/my/wallet", total=entries_sudo.search_count(domain), page=page, step=PAGE)
        values = {
            "page_name": "dvc_wallet",
            "account": account_sudo,
            "wallet": wallet_sudo,
            "currency": request.env.ref("base.VND").sudo(),
            "entries": entries_sudo.search(domain, limit=PAGE, offset=pages["offset"]),
            "pager": pages,
            "note": account_sudo._top_up_note(),
            "bank": account_sudo._collecting_bank(),
        }
        return request.render("dvc_wallet.portal_my_wallet", values)

    @http.route("/my/wallet/top-up.png", type="http", auth="user", website=True, readonly=True)
    def dvc_my_wallet_code(self, amount="", **_kwargs):
        """Draw the VietQR code of a top-up.

        :param amount: in đồng; empty: the payer types it
        """
        account_sudo, _wallet = self._dvc_wallet()
        given = int(amount) if amount.isascii() and amount.isdigit() and len(amount) < 12 else 0
        code = account_sudo._top_up_code(min(given, AMOUNT_MAX)) if account_sudo else ""
        if not code:
            return request.not_found()
        stream = io.BytesIO()
        qrcode.make(code, box_size=8, border=4).save(stream)
        headers = [("Content-Type", "image/png"), ("Cache-Control", "private, no-store")]
        return request.make_response(stream.getvalue(), headers)

    def _dvc_payable(self, dossier_id):
        """Return a dossier of the caller in sudo.

        :raise MissingError, AccessError: none, or somebody else's
        """
        try:
            return request.env["dvc.dossier"]._for_payer(dossier_id)
        except Refusal as refusal:
            raise MissingError(str(refusal)) from None

    @http.route(
        "/my/dossiers/<int:dossier_id>/pay", type="http", auth="user", website=True, methods=["GET"], readonly=True
    )
    def dvc_my_payment(self, dossier_id, **_kwargs):
        """Show what is to be paid and ask for confirmation."""
        try:
            dossier_sudo = self._dvc_payable(dossier_id)
        except (AccessError, MissingError):
            return request.not_found()
        return self._dvc_payment_page(dossier_sudo)

    @http.route("/my/dossiers/<int:dossier_id>/pay", type="http", auth="user", website=True, methods=["POST"])
    def dvc_pay_dossier(self, dossier_id, **_kwargs):
        """Pay from the wallet; a form sent twice pays once."""
        try:
            dossier_sudo = self._dvc_payable(dossier_id)
            request.env["dvc.wallet"].pay(
                dossier_id=dossier_id, idempotency_key=f"portal-{dossier_id}-{len(dossier_sudo.transfer_ids)}"
            )
        except (AccessError, MissingError):
            return request.not_found()
        except Refusal as refusal:
            return self._dvc_payment_page(dossier_sudo, refusal)
        return request.redirect(f"/my/dossiers/{dossier_id}/pay")

    def _dvc_payment_page(self, dossier_sudo, refusal=None):
        payer_sudo = dossier_sudo._payer()
        wallet_sudo = request.env["dvc.wallet"]._existing(payer_sudo)
        due = dossier_sudo._fee_due() if dossier_sudo.state == "payment" or _is_paid_after(dossier_sudo) else 0
        values = {
            "page_name": "dvc_payment",
            "dossier": dossier_sudo,
            "lines": dossier_sudo._fee_lines(),
            "due": due,
            "wallet": wallet_sudo,
            "available": wallet_sudo.available,
            "missing": max(due - wallet_sudo.available, 0),
            "note": payer_sudo._top_up_note(),
            "bank": payer_sudo._collecting_bank(),
            "currency": request.env.ref("base.VND").sudo(),
            "error": refusal_text(refusal) if refusal else "",
        }
        return request.render("dvc_wallet.portal_payment", values)

    @http.route("/my/receipts/<int:receipt_id>", type="http", auth="user", website=True, readonly=True)
    def dvc_my_receipt(self, receipt_id, **_kwargs):
        """Download a receipt of the caller's."""
        # The owner is compared here; citizens may not read the table.
        receipt_sudo = request.env["dvc.receipt"].sudo().browse(receipt_id).exists()
        owners_sudo = (receipt_sudo.account_id | receipt_sudo.dossier_id.account_id)._heirs()
        if not receipt_sudo or request.env.user not in owners_sudo.user_id:
            return request.not_found()
        headers = [
            ("Content-Type", "application/pdf"),
            ("Content-Disposition", content_disposition(f"{receipt_sudo.display_name}.pdf")),
            ("Cache-Control", "private, no-store"),
        ]
        return request.make_response(receipt_sudo._receipt_pdf(), headers)

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "dvc_to_pay_count" in counters:
            account_sudo, _wallet = self._dvc_wallet()
            waiting = [("account_id", "=", account_sudo.id), ("state", "=", "payment")]
            # The caller's own dossiers only.
            values["dvc_to_pay_count"] = request.env["dvc.dossier"].sudo().search_count(waiting) if account_sudo else 0
        return values
