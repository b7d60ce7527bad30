# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64
import hashlib
import io

import pypdf

from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, tagged

from odoo.addons.dvc_account.exceptions import Refusal
from odoo.addons.dvc_account.signing.sign import KeyFile, sign_pdf

from .common import ResultCase


@tagged("post_install", "-at_install")
class TestResultApi(ResultCase, TransactionCase):
    def test_publish_needs_processing_before_anything_about_the_file(self):
        dossier = self.dossier(state="received")
        publish = self.env["dvc.result"].with_user(self.specialist).publish
        self.assertRefused("dossier.bad_transition", publish, dossier.id, "!!!", filename="x.pdf")
        self.assertRefused("dossier.unknown", publish, 2**31 - 1, self.file, filename="x.pdf")

    def test_publish_answers_and_counts_results(self):
        dossier = self.dossier()
        first, second = self.published(dossier, number="12/TLKS"), self.published(dossier)
        self.assertEqual(first.code, f"{dossier.code}-KQ1")
        self.assertEqual(second.code, f"{dossier.code}-KQ2")
        self.assertRecordValues(first, [{"state": "to_sign", "verdict": "unsigned", "number": "12/TLKS"}])
        self.assertEqual(dossier.state, "processing")

    def test_publish_takes_pdf_files_only(self):
        dossier = self.dossier()
        png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
        publish = self.env["dvc.result"].with_user(self.specialist).publish
        self.assertRefused("file.type", publish, dossier.id, png, filename="x.png")
        self.assertRefused("file.empty", publish, dossier.id, "", filename="x.pdf")
        self.assertFalse(dossier.result_ids)

    def test_sign_makes_a_valid_file_that_keeps_the_published_page(self):
        dossier = self.dossier()
        result = self.published(dossier, number="12/TLKS")
        answer = result.with_user(self.leader).sign()
        self.assertEqual(answer, {"code": result.code, "state": "signed", "verdict": "valid"})
        self.assertEqual(dossier.state, "done")
        signed = result.signed_attachment_id.raw
        self.assertEqual(hashlib.sha256(signed).hexdigest(), result.sha256)
        verdict, _check = self.env["dvc.signature"]._verdict_for(signed, "x.pdf")
        self.assertEqual(verdict, "valid")
        text = pypdf.PdfReader(io.BytesIO(signed)).pages[0].extract_text()
        self.assertIn("TRÍCH LỤC", text)
        self.assertIn(result.code, text)
        self.assertNotIn(result.code, pypdf.PdfReader(io.BytesIO(result.attachment_id.raw)).pages[0].extract_text())
        self.assertRefused("result.already", result.with_user(self.leader).sign)

    def test_the_dossier_is_done_with_its_last_result_only(self):
        dossier = self.dossier()
        first, second = self.published(dossier), self.published(dossier)
        first.with_user(self.leader).sign()
        self.assertEqual(dossier.state, "processing")
        second.with_user(self.leader).sign()
        self.assertEqual(dossier.state, "done")

    def test_electronic_delivery_goes_to_the_vault_and_is_returned_at_once(self):
        dossier = self.dossier(delivery="electronic")
        result = self.signed(dossier, number="15/TLKS", issue_date="2026-01-20")
        self.assertEqual(dossier.state, "returned")
        document = result.document_id
        self.assertEqual(document.type_id, self.procedure.result_type_id)
        self.assertEqual(document.sha256, result.sha256)
        self.assertEqual(document.attachment_id, result.signed_attachment_id)
        vault = self.env["dvc.document"].with_user(self.citizen_user).list_for(self.citizen.id, "TLHT")
        self.assertEqual(
            vault,
            [
                {
                    "id": document.id,
                    "type_code": "TLHT",
                    "number": "15/TLKS",
                    "issuer": self.agency.name,
                    "issue_date": "2026-01-20",
                    "valid_until": False,
                    "verdict": "valid",
                }
            ],
        )
        self.assertEqual([event.to_state for event in dossier.event_ids][-2:], ["done", "returned"])
        parts = self.env["dvc.document"].search([("dossier_id", "=", dossier.id), ("source", "=", "component")])
        self.assertEqual(parts.type_id.code, "GCS")

    def test_a_file_signed_elsewhere_by_the_agency_counts_at_once(self):
        signed = self.signed(self.dossier()).signed_attachment_id.raw
        dossier = self.dossier()
        result = self.published(dossier, content=signed)
        self.assertRecordValues(result, [{"state": "signed", "verdict": "valid", "signer_id": self.leader.id}])
        self.assertEqual(result.attachment_id.raw, signed)
        self.assertEqual(dossier.state, "done")

    def test_who_signs_last_answers_for_the_file(self):
        signed = self.signed(self.dossier()).signed_attachment_id.raw
        anchors = self.env["dvc.trust.anchor"]
        for label, intermediate in (("citizen_root", False), ("citizen_ca", True)):
            anchors.create(
                {
                    "name": label,
                    "purpose": "citizen",
                    "certificate": (self.folder / f"{label}.pem").read_text(),
                    "crl": base64.b64encode((self.folder / f"{label}.crl").read_bytes()),
                    "is_intermediate": intermediate,
                }
            )
        citizens = sign_pdf(signed, KeyFile(self.folder / "citizen1.p12", self.folder / "password"))
        result = self.published(self.dossier(), content=citizens)
        self.assertRecordValues(result, [{"state": "to_sign", "verdict": "valid"}])

    def test_the_same_number_is_not_the_same_certificate(self):
        signed = self.signed(self.dossier()).signed_attachment_id.raw
        self.certificate.active = False
        self.env["dvc.certificate"]._in_flow().create(
            {
                "purpose": "leader",
                "company_id": self.agency.id,
                "certificate": (self.folder / "seal_000.12.29.H57.pem").read_text(),
            }
        )
        # Another authority may give the same number to somebody else.
        self.env.cr.execute(
            "UPDATE dvc_certificate SET serial = %s WHERE company_id = %s", [self.certificate.serial, self.agency.id]
        )
        self.certificate._in_flow().company_id = self.other_agency
        result = self.published(self.dossier(), content=signed)
        self.assertEqual(result.state, "to_sign")

    def test_only_an_authority_s_anchor_makes_an_agency(self):
        self.env["dvc.trust.anchor"].search([("purpose", "=", "authority")]).purpose = "citizen"
        result = self.published(self.dossier())
        self.assertRefused("result.no_signer", result.with_user(self.leader).sign)
        self.assertEqual(result.state, "to_sign")

    def test_a_key_of_another_certificate_does_not_sign(self):
        self.certificate.key_reference = "seal_000.12.29.H57.p12"
        seal = (self.folder / "seal_000.12.29.H57.pem").read_text()
        self.env["dvc.certificate"].create({"purpose": "seal", "company_id": self.agency.id, "certificate": seal})
        result = self.published(self.dossier())
        self.assertRefused("result.no_signer", result.with_user(self.leader).sign)

    def test_a_key_that_is_gone_is_told_plainly(self):
        self.certificate.key_reference = "gone.p12"
        result = self.published(self.dossier())
        self.assertRefused("result.no_signer", result.with_user(self.leader).sign)
        self.certificate.write({"key_reference": False, "csc_credential": "c-1"})
        with self.assertRaisesRegex(Refusal, "result.no_signer.*No remote signing service"):
            result.with_user(self.leader).sign()

    def test_a_rejected_result_is_replaced_by_the_next(self):
        dossier = self.dossier()
        wrong = self.published(dossier)
        self._reject(self.specialist, wrong, "Sai tên")
        self.assertEqual((wrong.state, wrong.end_reason, dossier.state), ("revoked", "Sai tên", "processing"))
        self.assertRefused("dossier.bad_transition", self._reject, self.leader, wrong, "Lại")
        right = self.signed(dossier)
        self.assertEqual(dossier.state, "done")
        self.assertEqual(
            {key: wrong.verify(wrong.code)[key] for key in ("valid", "replaced_by")},
            {"valid": False, "replaced_by": right.code},
        )

    def test_a_rejected_result_is_replaced_by_one_that_is_signed_already(self):
        dossier = self.dossier()
        wrong, right = self.published(dossier), self.published(dossier)
        right.with_user(self.leader).sign()
        self.assertEqual(dossier.state, "processing")
        other = self.published(self.dossier())
        self.assertRefused("result.unknown", self._reject, self.leader, wrong, "Nhầm tệp", other)
        self.assertRefused("result.unknown", self._reject, self.leader, wrong, "Nhầm tệp", wrong)
        self._reject(self.leader, wrong, "Nhầm tệp", right)
        self.assertEqual((wrong.state, wrong.replaced_by_id, dossier.state), ("replaced", right, "done"))
        self.assertIn("Nhầm tệp", "".join(dossier.activity_ids.mapped("note")))

    def test_who_may_reject(self):
        dossier = self.dossier()
        result = self.published(dossier)
        colleague = self._staff("specialist", login="dvc_specialist_b", unit=self.unit)
        for user in (colleague, self.officer):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._reject(user, result, "Sai")
        self.assertRefused("dossier.reason_required", self._reject, self.leader, result, "  ")
        self._reject(self.manager, result, "Sai")
        self.assertEqual(result.state, "revoked")

    def _reject(self, user, result, reason, replaced_by=None):
        values = {"result_id": result.id, "reason": reason, "replaced_by_id": replaced_by and replaced_by.id}
        self.env["dvc.result.take.back"].with_user(user).create(values).action_take_back()

    def test_open_signatures_are_checked_again(self):
        anchors = self.env["dvc.trust.anchor"].search([])
        lists = {anchor: anchor.crl for anchor in anchors}
        anchors.crl = False
        dossier = self.dossier()
        result = self.published(dossier, content=sign_pdf(self.pdf("TRÍCH LỤC"), self._key()))
        self.assertRecordValues(result, [{"state": "to_sign", "verdict": "unknown"}])
        self._recheck()
        self.assertRecordValues(result, [{"state": "to_sign", "verdict": "unknown"}])
        for anchor, crl in lists.items():
            anchor.crl = crl
        self._recheck()
        self.assertRecordValues(result, [{"state": "signed", "verdict": "valid"}])
        self.assertEqual(dossier.state, "done")

    def _recheck(self):
        self.env.ref("dvc_result.ir_cron_recheck").method_direct_trigger()
        self.env.invalidate_all()

    def _key(self):
        return KeyFile(self.folder / "leader_000.12.29.H57.p12", self.folder / "password")

    def test_a_fee_that_is_due_keeps_an_electronic_result_here(self):
        dossier = self.dossier(delivery="electronic")
        result = self.published(dossier)
        with self._unpaid():
            self.assertEqual(result.with_user(self.leader).sign()["state"], "signed")
            dossier._fee_settled()
        self.assertEqual((dossier.state, result.state), ("done", "signed"))
        self.assertFalse(result.document_id)
        dossier.with_user(self.citizen_user)._fee_settled()
        self.assertEqual((dossier.state, result.state), ("returned", "issued"))
        self.assertTrue(result.document_id)
        dossier._fee_settled()
        self.assertEqual(dossier.state, "returned")

    def test_settled_fees_return_nothing_that_waits_at_the_desk(self):
        dossier = self.dossier()
        self.signed(dossier)
        dossier._fee_settled()
        self.assertEqual(dossier.state, "done")

    def test_without_a_certificate_nobody_signs(self):
        other = self._staff("leader", login="dvc_leader_b")
        dossier = self.dossier()
        result = self.published(dossier)
        self.assertRefused("result.no_signer", result.with_user(other).sign)
        self.assertEqual((result.state, dossier.state), ("to_sign", "processing"))

    def test_sign_needs_processing(self):
        dossier = self.dossier()
        result = self.published(dossier)
        dossier.with_user(self.officer).withdraw(reason="Công dân xin rút")
        self.assertEqual(result.state, "revoked")
        self.assertRefused("result.already", result.with_user(self.leader).sign)

    def test_taken_back_results_are_replaced_by_the_next_one(self):
        dossier = self.dossier()
        first = self.signed(dossier)
        due = dossier.due_at
        dialog = self.env["dvc.result.take.back"]
        with self.assertRaises(AccessError):
            dialog.with_user(self.officer).create({"result_id": first.id, "reason": "Sai tên"})
        dialog.with_user(self.leader).create({"result_id": first.id, "reason": "Sai tên"}).action_take_back()
        self.assertEqual((dossier.state, first.state), ("processing", "revoked"))
        self.assertEqual(dossier.due_at, due)
        self.assertFalse(first.verify(first.code)["valid"])
        second = self.signed(dossier)
        self.assertEqual((first.state, first.replaced_by_id), ("replaced", second))
        self.assertEqual(first.verify(first.code)["replaced_by"], second.code)
        self.assertTrue(first.verify(second.code)["valid"])

    def test_only_issued_results_stay_as_they_are(self):
        result = self.signed(self.dossier())
        for name, value in {"state": "issued", "verdict": "unsigned", "number": "1", "sha256": "0" * 64}.items():
            with self.subTest(name):
                self.assertRefused("field.guarded", result.write, {name: value})
        self.assertRefused("record.append_only", result.unlink)

    def test_queue_signs_several_at_once(self):
        results = self.published(self.dossier()) | self.published(self.dossier())
        results.with_user(self.leader).action_sign()
        self.assertEqual(results.mapped("state"), ["signed", "signed"])
        self.assertRefused("result.already", results.with_user(self.leader).action_sign)
