# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import io

import pypdf

from odoo.http import Request
from odoo.tests import HttpCase, tagged

from odoo.addons.dvc_dossier.tests.common import DossierCase

FEE = 8000


@tagged("post_install", "-at_install")
class TestPortal(DossierCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["dvc.fee"].create(
            {"procedure_id": cls.procedure.id, "code": "P", "name": "Phí thử", "kind": "per_copy", "amount": FEE}
        )
        cls.env.invalidate_all()
        cls.env["ir.config_parameter"].set_param("dvc_wallet.bank_bin", "970436")
        cls.env["ir.config_parameter"].set_param("dvc_wallet.bank_account", "0123456789")

    def _due(self):
        dossier = self._submit()
        dossier.with_user(self.officer).receive()
        return dossier

    def _top_up(self, amount):
        self.env["dvc.wallet"].top_up(self.citizen.id, amount, f"FT-{amount}")

    def _pay(self, dossier):
        data = {"csrf_token": Request.csrf_token(self)}
        return self.url_open(f"/my/dossiers/{dossier.id}/pay", data=data)

    def test_wallet_page(self):
        self._top_up(123_000)
        self.authenticate("dvc_citizen", "dvc_citizen")
        page = self.url_open("/my/wallet")
        self.assertEqual(page.status_code, 200)
        self.assertIn("123", page.text)
        self.assertIn(self.citizen._top_up_note(), page.text)
        picture = self.url_open("/my/wallet/top-up.png?amount=50000")
        self.assertEqual(picture.headers["Content-Type"], "image/png")
        self.assertTrue(picture.content.startswith(b"\x89PNG"))
        self.assertEqual(self.url_open("/my/wallet/top-up.png?amount=x").status_code, 200)

    def test_transfer_can_be_copied_and_saved(self):
        """A phone cannot scan its own screen."""
        dossier = self._due()
        self.authenticate("dvc_citizen", "dvc_citizen")
        for path, amount in (("/my/wallet", ""), (f"/my/dossiers/{dossier.id}/pay", str(FEE))):
            page = self.url_open(path).text
            for text in filter(None, ["970436", "0123456789", self.citizen._top_up_note(), amount]):
                self.assertRegex(page, rf'user-select-all[^"]*"[^>]*>{text}<')
            self.assertRegex(page, rf'download="vietqr.png"[^>]*href="/my/wallet/top-up.png\?amount={amount}"')
        self.env["ir.config_parameter"].set_param("dvc_wallet.bank_bin", "")
        self.assertNotIn("top-up.png", self.url_open("/my/wallet").text)

    def test_pay_button_where_paying_is_accepted(self):
        for fee_after in (False, True):
            self.procedure.fee_after = fee_after
            self.authenticate("dvc_citizen", "dvc_citizen")
            dossier = self._submit()
            pay = f"/my/dossiers/{dossier.id}/pay"
            page = self.url_open(f"/my/dossiers/{dossier.id}").text
            self.assertNotIn(pay, page)
            self.assertIn("o_dvc_fee_later", page)
            self.assertNotIn("o_dvc_due", self.url_open(pay).text)
            dossier.with_user(self.officer).receive()
            self.assertIn(pay, self.url_open(f"/my/dossiers/{dossier.id}").text)
            self.assertIn("o_dvc_due", self.url_open(pay).text)

    def test_paying(self):
        self._top_up(50_000)
        dossier = self._due()
        self.authenticate("dvc_citizen", "dvc_citizen")
        page = self.url_open(f"/my/dossiers/{dossier.id}/pay")
        self.assertIn("Phí thử", page.text)
        self.assertEqual(dossier.state, "payment", "A page that is read changes nothing.")
        self._pay(dossier)
        self._pay(dossier)
        self.env.invalidate_all()
        self.assertEqual(dossier.state, "received")
        self.assertEqual(self.citizen.wallet_ids.posted, 50_000 - FEE)
        receipt = dossier.receipt_ids
        pdf = self.url_open(f"/my/receipts/{receipt.id}")
        self.assertEqual(pdf.headers["Content-Type"], "application/pdf")
        self.assertIn("BIÊN LAI", pypdf.PdfReader(io.BytesIO(pdf.content)).pages[0].extract_text())

    def test_too_little_money(self):
        dossier = self._due()
        self.authenticate("dvc_citizen", "dvc_citizen")
        page = self._pay(dossier)
        self.assertEqual(page.status_code, 200)
        self.assertIn("alert-danger", page.text)
        self.assertNotIn("[wallet.", page.text)
        self.env.invalidate_all()
        self.assertEqual(dossier.state, "payment")

    def test_strangers(self):
        self._top_up(50_000)
        dossier = self._due()
        self.env["dvc.wallet"].pay(dossier.id, "k")
        receipt = dossier.receipt_ids
        self.authenticate("dvc_stranger", "dvc_stranger")
        self.assertEqual(self.url_open(f"/my/dossiers/{dossier.id}/pay").status_code, 404)
        self.assertEqual(self._pay(dossier).status_code, 404)
        self.assertEqual(self.url_open(f"/my/receipts/{receipt.id}").status_code, 404)
        self.assertEqual(self.url_open("/my/dossiers/2147483646/pay").status_code, 404)
        self.logout()
        for address in (f"/my/dossiers/{dossier.id}/pay", f"/my/receipts/{receipt.id}", "/my/wallet"):
            self.assertIn("/web/login", self.url_open(address).url)

    def test_receipts_of_a_locked_duplicate_are_the_heirs(self):
        self.env["dvc.wallet"].top_up(self.stranger.id, 50_000, "FT-stranger")
        dossier = self._submit(account_id=self.stranger.id)
        dossier.with_user(self.officer).receive()
        self.env["dvc.wallet"].pay(dossier.id, "k")
        receipt = dossier.receipt_ids
        self.authenticate("dvc_citizen", "dvc_citizen")
        self.assertEqual(self.url_open(f"/my/receipts/{receipt.id}").status_code, 404)
        self.stranger._lock("duplicate", "Trùng", merged_into=self.citizen)
        self.assertEqual(self.url_open(f"/my/receipts/{receipt.id}").status_code, 200)
