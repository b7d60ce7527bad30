# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models

from ..domain import transfer_note, vietqr


class DvcAccount(models.Model):
    """An account's wallet, and the note that tops it up."""

    _inherit = "dvc.account"

    wallet_ids = fields.One2many("dvc.wallet", "account_id", string="Wallet", readonly=True)

    def _top_up_note(self) -> str:
        """Return the note of a bank transfer that tops up this account's wallet."""
        self.ensure_one()
        return transfer_note.note_for(self.id)

    def _top_up_code(self, amount: int = 0) -> str:
        """Return the VietQR text of a top-up; empty where no collecting bank account is configured.

        :param amount: in đồng; 0: the payer types it
        """
        bank = self._collecting_bank()
        return vietqr.transfer(bank["bin"], bank["number"], self._top_up_note(), amount) if bank else ""

    def _collecting_bank(self) -> dict[str, str]:
        """Return ``{bin, number}`` of the collecting bank account; empty where none is configured."""
        # Where to pay to is shown to every citizen.
        parameters_sudo = self.env["ir.config_parameter"].sudo()
        bank = parameters_sudo.get_param("dvc_wallet.bank_bin")
        number = parameters_sudo.get_param("dvc_wallet.bank_account")
        return {"bin": bank, "number": number} if bank and number else {}

    def _heirs(self):
        """Return the accounts that act for these: of a locked duplicate, the one that took over, and so on."""
        heirs = self.browse()
        for account in self:
            seen = account
            while account.state == "locked" and account.merged_into_id - seen:
                account = account.merged_into_id
                seen |= account
            heirs |= account
        return heirs

    def _holdings(self):
        holdings = super()._holdings()
        wallets = self.env["dvc.wallet"].search([("account_id", "in", self.ids), ("posted", ">", 0)])
        for wallet in wallets:
            holdings[wallet.account_id.id]["money"] = self.env._("%s đ in the wallet", f"{wallet.posted:,.0f}")
        return holdings

    def _pass_on_to(self, heir):
        """Pass the free money on; what is held for dossiers stays held for them, and follows when it is free."""
        super()._pass_on_to(heir)
        wallet = self.env["dvc.wallet"].search([("account_id", "=", self.id), ("posted", ">", 0)])
        if wallet.available > 0:
            wallet._pass_on_to(heir)
