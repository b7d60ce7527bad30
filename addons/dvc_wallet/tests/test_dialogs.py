# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import FEE, WalletCommon


class DialogCommon(WalletCommon):
    def _dialog(self, action, user):
        """Return the form of the dialog that a button opened."""
        self.assertEqual(action["target"], "new")
        return Form(self.env[action["res_model"]].with_user(user).with_context(**action["context"]))

    def _told(self, dialog):
        """Confirm a dialog; return the notification's type and text."""
        params = dialog.save().action_confirm()["params"]
        self.assertEqual(params["next"], {"type": "ir.actions.act_window_close"})
        return params["type"], params["message"]

    def _buttons(self, model, view_type, user):
        arch = self.env[model].with_user(user).get_view(view_type=view_type)["arch"]
        return {button.get("name") for button in etree.fromstring(arch).iter("button")}


@tagged("post_install", "-at_install")
class TestRefundDialog(DialogCommon):
    def setUp(self):
        super().setUp()
        self.dossier, answer = self._paid()
        self.payment = self.env["dvc.wallet.transfer"].browse(answer["transfer"])
        self.left = self._balance()["available"]

    def tearDown(self):
        self._check_ledger()
        super().tearDown()

    def _opened(self, user):
        return self._dialog(self.payment.with_user(user).action_refund(), user)

    def _ask(self, user, amount=None, reason="Thu thừa"):
        dialog = self._opened(user)
        dialog.reason = reason
        if amount:
            dialog.amount = amount
        return dialog

    def test_an_accountant_refunds(self):
        dialog = self._ask(self.accountant, 3000)
        self.assertEqual((dialog.paid, dialog.refunded, dialog.left, dialog.is_final), (FEE, 0, FEE, True))
        self.assertEqual(self._told(dialog)[0], "success")
        self.assertEqual(self._balance()["available"], self.left + 3000)
        # What is left is proposed.
        dialog = self._ask(self.accountant)
        self.assertEqual((dialog.refunded, dialog.left, dialog.amount), (3000, FEE - 3000, FEE - 3000))
        self._told(dialog)
        self.assertEqual(self._balance()["available"], self.left + FEE)
        self.assertEqual(self._opened(self.accountant).left, 0)

    def test_an_officer_asks(self):
        dialog = self._ask(self.officer)
        self.assertFalse(dialog.is_final)
        self.assertEqual(self._told(dialog)[0], "info")
        self.assertEqual(self._balance()["available"], self.left)
        request = self.env["dvc.wallet.refund.request"].search([("transfer_id", "=", self.payment.id)])
        self.assertEqual((request.amount, request.reason, request.state), (FEE, "Thu thừa", "waiting"))
        self.assertEqual(request.requested_by_id, self.officer)
        # What waits is proposed to nobody again.
        for user in (self.officer, self.accountant):
            dialog = self._opened(user)
            self.assertEqual((dialog.waiting, dialog.left), (FEE, 0))

    def test_a_double_click_pays_once(self):
        for user in (self.accountant, self.officer):
            with self.subTest(user.login):
                dialog = self._ask(user, 1000).save()
                # Each click may save the dialog: with the key that the form was opened with.
                again = dialog.copy({"key": dialog.key})
                for clicked in (dialog, dialog, again):
                    clicked.action_confirm()
        self.assertEqual(self._balance()["available"], self.left + 1000)
        request = self.env["dvc.wallet.refund.request"].search([("transfer_id", "=", self.payment.id)])
        self.assertEqual(request.amount, 1000)
        self.assertNotEqual(self._ask(self.officer).key, self._ask(self.officer).key)

    def test_an_officer_hears_that_it_was_rejected(self):
        dialog = self._ask(self.officer).save()
        dialog.action_confirm()
        request = self.env["dvc.wallet.refund.request"].search([("transfer_id", "=", self.payment.id)])
        request.with_user(self.accountant)._as_accountant()._reject("Thu đúng")
        self.assertEqual(dialog.action_confirm()["params"]["type"], "warning")

    def test_from_the_receipt(self):
        receipt = self.dossier.receipt_ids
        for user in (self.officer, self.accountant):
            with self.subTest(user.login):
                action = receipt.with_user(user).action_refund()
                self.assertEqual(self._dialog(action, user).transfer_id, self.payment)

    def test_refusals(self):
        with self._refused("wallet.over_refund"):
            self._ask(self.accountant, FEE + 1).save().action_confirm()
        with self._refused("wallet.bad_amount"):
            self._ask(self.accountant, -1).save().action_confirm()
        with self._refused("wallet.reason_required"):
            self._ask(self.officer, reason="  ").save().action_confirm()
        top_up = self.env["dvc.wallet.transfer"].search([("kind", "=", "top_up")], limit=1)
        self.assertEqual(self._dialog(top_up.with_user(self.accountant).action_refund(), self.accountant).left, 0)

    def test_who_may_not(self):
        accountant2 = self._staff("accountant", login="dvc_accountant2", agency=self.other_agency)
        others = (self.manager, self.auditor, self.specialist, self.leader, self.integrator, self.citizen_user)
        for user in (*others, self.officer2, accountant2):
            with self.subTest(user.login):
                for record in (self.payment, self.dossier.receipt_ids):
                    with self.assertRaises(AccessError):
                        record.with_user(user).action_refund()
                # Past the button, straight to the dialog.
                with self.assertRaises(AccessError):
                    self.env["dvc.wallet.refund.ask"].with_user(user).create(
                        {"transfer_id": self.payment.id, "amount": 1, "reason": "x"}
                    ).action_confirm()

    def test_the_buttons(self):
        places = [("dvc.wallet.transfer", "list"), ("dvc.wallet.transfer", "form"), ("dvc.receipt", "form")]
        for model, view_type in places:
            for role in ("officer", "accountant", "manager", "auditor"):
                with self.subTest(model=model, view_type=view_type, role=role):
                    shown = "action_refund" in self._buttons(model, view_type, getattr(self, role))
                    self.assertEqual(shown, role in ("officer", "accountant"))
        for view_type in ("list", "form"):
            for role in ("officer", "accountant", "manager"):
                with self.subTest(view_type=view_type, role=role):
                    found = self._buttons("dvc.wallet.refund.request", view_type, getattr(self, role))
                    self.assertEqual({"action_approve", "action_reject"} <= found, role == "accountant")


@tagged("post_install", "-at_install")
class TestTopUpDialog(DialogCommon):
    def tearDown(self):
        self._check_ledger()
        super().tearDown()

    def _ask(self, amount, bank_ref, account=None, wallet=None):
        wallets = wallet or self.env["dvc.wallet"]
        dialog = self._dialog(wallets.with_user(self.accountant).action_top_up(), self.accountant)
        if account:
            dialog.account_id = account
        dialog.amount = amount
        dialog.bank_ref = bank_ref
        return dialog

    def test_an_accountant_tops_up(self):
        # From the list: of an account that has no wallet yet.
        self.assertEqual(self._told(self._ask(20_000, "FT-1", account=self.citizen))[0], "success")
        self.assertEqual(self._balance()["available"], 20_000)
        # From the wallet.
        dialog = self._ask(5000, " FT-2 ", wallet=self.citizen.wallet_ids)
        self.assertEqual(dialog.account_id, self.citizen)
        self._told(dialog)
        self.assertEqual(self._balance()["available"], 25_000)

    def test_the_same_reference_is_credited_once(self):
        self._told(self._ask(20_000, "FT-1", account=self.citizen))
        self.assertEqual(self._told(self._ask(20_000, " FT-1", account=self.citizen))[0], "warning")
        self.assertEqual(self._balance()["available"], 20_000)
        with self._refused("wallet.key_reused"):
            self._ask(20_001, "FT-1", account=self.citizen).save().action_confirm()

    def test_refusals(self):
        with self._refused("wallet.bad_amount"):
            self._ask(-1, "FT-1", account=self.citizen).save().action_confirm()
        with self._refused("input.invalid"):
            self._ask(1, "  ", account=self.citizen).save().action_confirm()

    def test_accountants_only(self):
        self._top_up()
        wallet = self.citizen.wallet_ids
        values = {"account_id": self.citizen.id, "amount": 1000, "bank_ref": "FT-9"}
        for role in ("officer", "specialist", "leader", "manager", "auditor", "integrator", "citizen_user"):
            user = getattr(self, role)
            with self.subTest(role):
                for wallets in (wallet, wallet.browse()):
                    with self.assertRaises(AccessError):
                        wallets.with_user(user).action_top_up()
                with self.assertRaises(AccessError):
                    self.env["dvc.wallet.top.up.ask"].with_user(user).create(values)

    def test_the_buttons(self):
        menu = self.env.ref("dvc_wallet.menu_top_up_ask")
        for role in ("accountant", "manager", "auditor"):
            user = getattr(self, role)
            for view_type in ("list", "form"):
                with self.subTest(role=role, view_type=view_type):
                    found = self._buttons("dvc.wallet", view_type, user)
                    self.assertEqual("action_top_up" in found, role == "accountant")
            shown = menu.id in self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
            self.assertEqual(shown, role == "accountant")
