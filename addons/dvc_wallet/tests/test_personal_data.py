# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo.tests import tagged

from .common import FEE, WalletCommon


@tagged("post_install", "-at_install")
class TestPersonalData(WalletCommon):
    def test_what_the_ledger_keeps(self):
        dossier, paid = self._paid()
        self._top_up(account=self.stranger, amount=77_000)
        data = self.citizen._personal_data()
        self.assertEqual(data["wallets"], [{"available": 50_000 - FEE, "held": 0, "currency": "VND"}])
        self.assertEqual([line["amount"] for line in data["wallet_movements"]], [50_000, -FEE])
        receipt = data["receipts"][0]
        self.assertEqual((receipt["number"], receipt["dossier_code"]), (paid["receipt_number"], dossier.code))
        self.assertNotIn("77000", str(data))
        labels = self.citizen._personal_data_labels()
        keys = {key for name in ("wallets", "wallet_movements", "receipts") for row in data[name] for key in row}
        self.assertFalse(keys - set(labels))

    def test_money_stands_against_deletion_and_the_ledger_stays(self):
        dossier, _paid = self._paid()
        self.assertEqual(len(self.citizen._erasure_blockers()), 2)
        dossier.with_user(self.officer).withdraw("Thôi")
        self.assertEqual(len(self.citizen._erasure_blockers()), 1)
        kept = {fate.what: fate.count for fate in self.citizen._kept_by_law()}
        self.assertEqual((kept["Receipts"], kept["Movements of the wallet"]), (1, 2))

    def test_who_has_only_a_receipt_keeps_the_name(self):
        self._top_up(account=self.stranger, amount=10_000)
        fates = {fate.what: fate for fate in self.stranger._erasure_plan()}
        self.assertFalse(fates["Full name and identification number"].goes)
