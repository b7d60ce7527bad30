# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import FEE, WalletCommon


@tagged("post_install", "-at_install")
class TestRefund(WalletCommon):
    def setUp(self):
        super().setUp()
        self.dossier, answer = self._paid()
        self.payment = answer["transfer"]
        self.left = self._balance()["available"]

    def tearDown(self):
        self._check_ledger()
        super().tearDown()

    def _refund(self, amount=FEE, reason="Thu thừa", key="r1", user=None, transfer=None):
        return self._wallets(user or self.accountant).refund(transfer or self.payment, amount, reason, key)

    def test_accountants_refund_is_final(self):
        answer = self._refund(3000)
        self.assertEqual((answer["state"], answer["available"]), ("done", self.left + 3000))
        refund = self.env["dvc.wallet.transfer"].browse(answer["transfer"])
        self.assertEqual(refund.reference, self.dossier.receipt_ids.display_name)
        self.assertEqual(self.dossier.receipt_ids.refunded, 3000)
        self.assertEqual(self._refund(3000), answer)
        self.assertEqual(self._balance()["available"], self.left + 3000)

    def test_no_more_than_was_paid(self):
        with self._refused("wallet.over_refund"):
            self._refund(FEE + 1)
        self._refund(5000)
        with self._refused("wallet.over_refund"):
            self._refund(3001, key="r2")
        self._refund(3000, key="r2")
        with self._refused("wallet.over_refund"):
            self._refund(1, key="r3")

    def test_only_payments_are_given_back(self):
        top_up = self._top_up()["transfer"]
        with self._refused("wallet.over_refund"):
            self._refund(1, transfer=top_up)
        refund = self._refund(1000)["transfer"]
        with self._refused("wallet.over_refund"):
            self._refund(1, transfer=refund, key="r2")

    def test_refusals(self):
        for transfer in (-1, 2**31 - 1):
            with self.subTest(transfer), self._refused("transfer.unknown"):
                self._refund(transfer=transfer)
        for amount in (0, -1, 0.5):
            with self.subTest(amount), self._refused("wallet.bad_amount"):
                self._refund(amount)
        with self._refused("wallet.reason_required"):
            self._refund(reason="  ")
        with self._refused("input.invalid"):
            self._refund(key="")
        self._refund(1000)
        for more in ({"amount": 1001}, {"amount": 1000, "reason": "Khác"}):
            with self.subTest(more), self._refused("wallet.key_reused"):
                self._refund(**more)

    def test_a_payments_key_is_no_refunds_key(self):
        answer = self._refund(key=f"pay-{self.dossier.id}")
        self.assertNotEqual(answer["transfer"], self.payment)
        self.assertEqual(answer["available"], self.left + FEE)

    def test_officers_refund_waits(self):
        answer = self._refund(user=self.officer)
        self.assertEqual((answer["state"], answer["transfer"]), ("waiting", False))
        self.assertEqual(self._balance()["available"], self.left)
        self.assertEqual(self._refund(user=self.officer), answer)
        with self._refused("wallet.key_reused"):
            self._refund(1, user=self.officer)
        with self._refused("wallet.over_refund"):
            self._refund(1, user=self.officer, key="r2")
        request = self.env["dvc.wallet.refund.request"].search([("transfer_id", "=", self.payment)])
        for user in (self.officer, self.manager):
            with self.subTest(user.login), self.assertRaises(AccessError):
                request.with_user(user).action_approve()
        request.with_user(self.accountant).action_approve()
        self.assertEqual(self._balance()["available"], self.left + FEE)
        with self._refused("wallet.decided"):
            request.with_user(self.accountant).action_approve()
        self.assertEqual(self._refund(user=self.officer)["state"], "done")

    def test_an_accountant_approves_by_the_same_call(self):
        self._refund(user=self.officer)
        answer = self._refund()
        self.assertEqual((answer["state"], answer["available"]), ("done", self.left + FEE))
        self.assertEqual(self._refund(), answer)

    def _reject(self, request, reason, user=None):
        action = request.with_user(user or self.accountant).action_reject()
        dialog = self.env[action["res_model"]].with_user(user or self.accountant)
        return dialog.with_context(**action["context"]).create({"reason": reason}).action_confirm()

    def test_rejected(self):
        self._refund(user=self.officer)
        request = self.env["dvc.wallet.refund.request"].search([("transfer_id", "=", self.payment)])
        self._reject(request, "Đã thu đúng")
        self.assertEqual(self._refund(user=self.officer)["state"], "rejected")
        self.assertEqual(request.with_user(self.officer).reject_reason, "Đã thu đúng")
        with self._refused("wallet.decided"):
            request.with_user(self.accountant).action_reject()
        self.assertEqual(self._balance()["available"], self.left)
        self._refund(user=self.officer, key="r2")

    def test_who_rejects(self):
        self._refund(user=self.officer)
        request = self.env["dvc.wallet.refund.request"].search([("transfer_id", "=", self.payment)])
        accountant2 = self._staff("accountant", login="dvc_accountant2", agency=self.other_agency)
        for user in (self.officer, self.manager, self.auditor, accountant2):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._reject(request, "x", user=user)
        # Past the button, straight to the dialog.
        dialogs = self.env["dvc.wallet.refund.reject"]
        for user in (self.officer, self.manager, self.auditor):
            with self.subTest(user.login), self.assertRaises(AccessError):
                dialogs.with_user(user).create({"request_id": request.id, "reason": "x"})
        with self.assertRaises(AccessError):
            dialogs.with_user(accountant2).create({"request_id": request.id, "reason": "x"}).action_confirm()
        with self._refused("wallet.reason_required"):
            self._reject(request, "  ")
        self.assertEqual(request.state, "waiting")

    def test_cash_goes_back_in_cash(self):
        dossier = self._due()
        dossier.with_user(self.officer).action_pay_cash()
        self._refund(transfer=dossier.transfer_ids.id)
        self.assertEqual(self.env["dvc.wallet"]._collecting("cash", self.agency).total, 0)
        self.assertEqual(self._balance()["available"], self.left)

    def test_another_agency_is_kept_out(self):
        accountant2 = self._staff("accountant", login="dvc_accountant2", agency=self.other_agency)
        for user in (self.officer2, accountant2):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._refund(user=user)
        for user in (self.integrator, self.citizen_user, self.specialist, self.leader, self.auditor):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._refund(user=user)
