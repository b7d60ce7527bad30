# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import io
from unittest.mock import patch

import pypdf
from freezegun import freeze_time

from odoo.tests import tagged

from .common import FEE, WalletCommon


@tagged("post_install", "-at_install")
class TestReceipt(WalletCommon):
    def test_numbers_have_no_gaps(self):
        numbers = []
        for _ in range(3):
            numbers.append(self._paid()[1]["receipt_number"])
        self.assertEqual(numbers, [f"EBL01-26TAA-{number:08d}" for number in (1, 2, 3)])

    def test_a_refused_payment_takes_no_number(self):
        self._paid()
        dossier = self._due(copies=1000)
        with self._refused("wallet.insufficient"):
            self._wallets().pay(dossier.id, "k")
        self.assertEqual(self._paid()[0].receipt_ids.number, 2)

    def test_books_are_by_agency_series_and_year(self):
        self._paid()
        self._top_up()
        other = self._submit(agency_code=self.other_agency.dvc_agency_code)
        other.with_user(self.officer2).receive()
        self._wallets().pay(other.id, "k")
        self.assertEqual(other.receipt_ids.number, 1)
        self.agency.dvc_receipt_series = "TAB"
        self.assertEqual(self._paid()[0].receipt_ids.display_name, "EBL01-26TAB-00000001")
        # Already the new year in Vietnam.
        with freeze_time("2026-12-31 17:00:00"):
            self.assertEqual(self._paid()[0].receipt_ids.display_name, "EBL01-27TAB-00000001")

    def test_a_number_taken_meanwhile_is_passed_over(self):
        self._paid()
        self._paid()
        # As if the snapshot had been taken before both.
        with patch.object(self.registry["dvc.receipt"], "_last_number", lambda *_args: 0):
            self.assertEqual(self._paid()[0].receipt_ids.number, 3)
        self.assertEqual(self._paid()[0].receipt_ids.number, 4)

    def test_cancelling(self):
        receipt = self._paid()[0].receipt_ids
        for user in (self.officer, self.manager, self.auditor):
            with self.subTest(user.login), self._refused("receipt.accountant_only"):
                receipt.with_user(user)._cancel("Sai")
        with self._refused("wallet.reason_required"):
            receipt.with_user(self.accountant)._cancel(" ")
        wizard = self.env["dvc.receipt.cancel"].with_user(self.accountant)
        wizard.create({"receipt_id": receipt.id, "reason": "Sai tên người nộp"}).action_confirm()
        self.assertEqual((receipt.is_cancelled, receipt.cancel_reason), (True, "Sai tên người nộp"))
        self.assertIn(receipt, self.env["dvc.receipt"].search([("is_cancelled", "=", True)]))
        with self._refused("receipt.cancelled"):
            receipt.with_user(self.accountant)._cancel("Lần nữa")
        self.assertEqual(self._paid()[0].receipt_ids.number, 2, "A cancelled number stays taken.")
        self.assertIn("ĐÃ HỦY", self._text(receipt))

    def _text(self, receipts):
        report = self.env["ir.actions.report"].with_user(self.officer)
        pdf, kind = report._render_qweb_pdf("dvc_wallet.dvc_receipt_report", receipts.ids)
        self.assertEqual(kind, "pdf")
        pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
        return " ".join(" ".join(page.extract_text() for page in pages).split())

    def test_the_printed_receipt(self):
        dossier, _answer = self._paid(copies=2)
        text = self._text(dossier.receipt_ids)
        for part in (
            "BIÊN LAI THU PHÍ, LỆ PHÍ",
            "EBL01",
            "26TAA",
            "00000001",
            "Phí thử nghiệm",
            "2 bản × 8.000 đ",
            "16.000",
            "Mười sáu nghìn đồng",
            "Nguyễn Thị Kiểm",
            dossier.code,
            "UBND PHƯỜNG THỬ MỘT",
        ):
            self.assertIn(part, text)

    def test_several_receipts_in_one_file(self):
        receipts = self._paid()[0].receipt_ids | self._paid()[0].receipt_ids
        text = self._text(receipts)
        self.assertIn("00000001", text)
        self.assertIn("00000002", text)

    def test_lines_are_kept_as_they_were(self):
        receipt = self._paid()[0].receipt_ids
        self.fee.write({"amount": 9000, "name": "Phí mới"})
        self.assertEqual([(line["name"], line["amount"]) for line in receipt.lines], [("Phí thử nghiệm", FEE)])
