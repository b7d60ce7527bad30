# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import models

from odoo.addons.dvc_account.models.dvc_account_erasure import Fate


class DvcAccountPersonalData(models.Model):
    """What ledger and receipts keep about a person; none of it may be deleted."""

    _inherit = "dvc.account"

    def _own_wallets(self, accounts):
        """Return the wallets of accounts, in sudo."""
        # A citizen may not read wallets; the account was checked by the caller.
        return self.env["dvc.wallet"].sudo().search([("account_id", "in", accounts.ids)])

    def _own_receipts(self, accounts):
        # As above.
        return self.env["dvc.receipt"].sudo().search([("account_id", "in", accounts.ids)], order="id")

    def _personal_data(self):
        accounts = self._owner_accounts()
        wallets_sudo = self._own_wallets(accounts)
        entries_sudo = wallets_sudo.entry_ids.sorted("id")
        return {
            **super()._personal_data(),
            "wallets": [
                {"available": wallet.available, "held": wallet.held, "currency": wallet.currency_id.name}
                for wallet in wallets_sudo
            ],
            "wallet_movements": [
                {
                    "at": self._local_text(entry.at),
                    "type": entry.kind,
                    "amount": entry.amount,
                    "balance": entry.balance_after,
                    "reference": entry.reference or "",
                }
                for entry in entries_sudo
            ],
            "receipts": [
                {
                    "number": receipt.display_name,
                    "agency": receipt.company_id.name,
                    "dossier_code": receipt.dossier_id.code or "",
                    "payer": receipt.payer or "",
                    "amount": receipt.amount,
                    "method": receipt.method,
                    "at": self._local_text(receipt.issued_at),
                    "cancelled": receipt.is_cancelled,
                }
                for receipt in self._own_receipts(accounts)
            ],
        }

    def _personal_data_labels(self):
        _ = self.env._
        return {
            **super()._personal_data_labels(),
            "wallets": _("Your wallet"),
            "wallet_movements": _("What moved in your wallet"),
            "receipts": _("Your receipts"),
            "available": _("Available"),
            "held": _("Held"),
            "currency": _("Currency"),
            "amount": _("Amount"),
            "balance": _("Balance"),
            "reference": _("Reference"),
            "payer": _("Payer"),
            "method": _("Method"),
            "cancelled": _("Cancelled"),
        }

    def _erasure_blockers(self):
        blockers = super()._erasure_blockers()
        if any(wallet.posted > 0 for wallet in self._own_wallets(self)):
            blockers.append(self.env._("There is money in the wallet: pay it out first."))
        return blockers

    def _kept_by_law(self):
        why = self.env._("Vouchers and the ledger are kept by the law on accounting (Luật Kế toán).")
        kept = [
            Fate(self.env._("Receipts"), len(self._own_receipts(self)), False, why),
            Fate(self.env._("Movements of the wallet"), len(self._own_wallets(self).entry_ids), False, why),
        ]
        return super()._kept_by_law() + [fate for fate in kept if fate.count]
