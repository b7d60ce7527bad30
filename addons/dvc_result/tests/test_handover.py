# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import io
from unittest.mock import patch

import psycopg2
import pypdf

from odoo.exceptions import AccessError, ConcurrencyError
from odoo.fields import Command
from odoo.tests import Form, TransactionCase, tagged
from odoo.tools import mute_logger

from ..models import dvc_handover
from .common import ResultCase


@tagged("post_install", "-at_install")
class TestHandover(ResultCase, TransactionCase):
    def hand_over(self, result, **values):
        given = {
            "recipient_name": self.CITIZEN_FACTS["full_name"],
            "recipient_citizen_id": self.CITIZEN_FACTS["citizen_id"],
            "papers": ["GCS"],
        }
        return result.with_user(self.officer).hand_over(**(given | values))

    def test_hand_over_returns_the_dossier_with_a_numbered_receipt(self):
        dossier = self.dossier()
        result = self.signed(dossier, number="12/TLKS")
        answer = self.hand_over(result)
        self.assertEqual(answer["code"], dossier.code)
        self.assertEqual(answer["state"], "returned")
        handover = dossier.handover_ids
        self.assertEqual(answer["handover_number"], handover.number)
        self.assertRecordValues(
            handover, [{"papers": ["GCS"], "user_id": self.officer.id, "is_copy": False, "sha256": result.sha256}]
        )
        text = " ".join(pypdf.PdfReader(io.BytesIO(handover.attachment_id.raw)).pages[0].extract_text().split())
        for part in (handover.number, dossier.code, result.code, self.CITIZEN_FACTS["full_name"], "Giấy chứng sinh"):
            self.assertIn(part, text)
        self.assertNotIn(self.CITIZEN_FACTS["citizen_id"], text)
        self.assertEqual(result.state, "issued")
        self.assertTrue(result.document_id)
        self.assertRefused("result.already", self.hand_over, result)

    def test_numbers_follow_each_other_by_agency(self):
        numbers = [self.hand_over(self.signed(self.dossier()))["handover_number"] for _again in range(3)]
        self.assertEqual([number.split("/")[0] for number in numbers], ["0001", "0002", "0003"])

    def test_order_of_checks(self):
        dossier = self.dossier()
        result = self.published(dossier)
        wrong = {"recipient_citizen_id": self.STRANGER_FACTS["citizen_id"], "papers": []}
        self.assertRefused("result.unsigned", self.hand_over, result, **wrong)
        result.with_user(self.leader).sign()
        self.assertRefused("result.not_recipient", self.hand_over, result, **wrong)
        self.assertRefused("result.papers_missing", self.hand_over, result, papers=[])
        self.assertRefused("component.unknown", self.hand_over, result, papers=["GCS", "XXX"])
        self.hand_over(result)
        self.assertRefused("result.already", self.hand_over, result, **wrong)

    def test_recipient_is_the_applicant_however_the_number_is_typed(self):
        result = self.signed(self.dossier())
        for number in ("", "abc", "046185990002", self.CITIZEN_FACTS["citizen_id"][:-1]):
            self.assertRefused("result.not_recipient", self.hand_over, result, recipient_citizen_id=number)
        spaced = " ".join([self.CITIZEN_FACTS["citizen_id"][:6], self.CITIZEN_FACTS["citizen_id"][6:]])
        self.assertEqual(self.hand_over(result, recipient_citizen_id=spaced)["state"], "returned")

    def test_only_papers_of_components_handed_in_are_collected(self):
        result = self.signed(self.dossier(codes=("TK", "GCS", "CCCD")))
        self.assertRefused("result.papers_missing", self.hand_over, result, papers=["GCS"])
        self.hand_over(result, papers=["CCCD", "GCS", "TK"])
        self.assertEqual(result.handover_ids.papers, ["TK", "GCS", "CCCD"])

    def test_an_unsigned_result_asks_for_an_urgent_signature_once_and_the_due_date_stays(self):
        dossier = self.dossier()
        result = self.published(dossier)
        due = dossier.due_at
        for _again in range(2):
            self.assertRefusedForGood("result.unsigned", self.hand_over, result)
        self.env.invalidate_all()
        self.assertTrue(result.urgent_requested_at)
        asked = dossier.activity_ids.filtered(
            lambda activity: activity.activity_type_id == self.env.ref("dvc_result.mail_activity_type_urgent_signing")
        )
        self.assertEqual(asked.user_id, self.specialist | self.leader)
        self.assertEqual(len(asked), 2)
        self.assertEqual((dossier.state, dossier.due_at, result.state), ("processing", due, "to_sign"))
        lines = self.env["dvc.journal"].search([("event", "=", "result.gate_refused")])
        self.assertEqual(lines.mapped("dossier_code"), [dossier.code] * 2)
        self.assertFalse(dossier.handover_ids)

    def test_a_file_changed_after_signing_does_not_leave_and_stands_on_the_register(self):
        dossier = self.dossier()
        result = self.signed(dossier)
        result.signed_attachment_id.raw = result.signed_attachment_id.raw + b"\n%changed"
        self.assertRefusedForGood("result.unsigned", self.hand_over, result)
        self.env.invalidate_all()
        self.assertEqual(dossier.violation_ids.mapped("kind"), ["unsigned_result"])
        self.assertFalse(result.verify(result.code)["valid"])

    def test_electronic_results_give_paper_copies_only(self):
        dossier = self.dossier(delivery="electronic")
        result = self.signed(dossier)
        first = self.hand_over(result, papers=[])
        second = self.hand_over(result, papers=[])
        self.assertEqual({first["state"], second["state"]}, {"returned"})
        self.assertEqual(dossier.handover_ids.mapped("is_copy"), [True, True])
        self.assertEqual(len(dossier.event_ids.filtered(lambda event: event.to_state == "returned")), 1)

    def test_every_result_of_a_dossier_leaves_before_it_is_returned(self):
        dossier = self.dossier()
        first, second = self.published(dossier), self.published(dossier)
        (first | second).with_user(self.leader).action_sign()
        self.assertEqual(self.hand_over(first)["state"], "done")
        self.assertEqual(self.hand_over(second, papers=[])["state"], "returned")

    def test_handovers_are_kept_as_they_are(self):
        self.hand_over(self.signed(self.dossier()))
        handover = self.env["dvc.handover"].search([], limit=1)
        self.assertRefused("record.append_only", handover.write, {"recipient_name": "X"})
        self.assertRefused("record.append_only", handover.unlink)
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.Error), self.env.cr.savepoint():
            self.env.cr.execute("UPDATE dvc_handover SET recipient_name = 'X' WHERE id = %s", [handover.id])

    def test_drawn_signature_must_be_a_picture(self):
        result = self.signed(self.dossier())
        self.assertRefused("input.invalid", self.hand_over, result, signature="!!!")
        self.assertRefused("input.invalid", self.hand_over, result, signature="AAAA")
        png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
        self.hand_over(result, signature=png)
        self.assertTrue(result.handover_ids.signature)

    def test_dialog_lists_the_papers_and_hands_over(self):
        dossier = self.dossier()
        self.signed(dossier)
        action = dossier.with_user(self.officer).action_hand_over_result()
        dialogs = self.env["dvc.result.hand.over"].with_user(self.officer).with_context(**action["context"])
        with Form(dialogs) as form:
            form.recipient_citizen_id = self.CITIZEN_FACTS["citizen_id"]
            with form.paper_ids.edit(0) as line:
                self.assertEqual(line.code, "GCS")
                line.is_collected = True
        dialog = form.save()
        opened = dialog.action_hand_over()
        self.assertEqual(self.env["dvc.handover"].browse(opened["res_id"]).dossier_id, dossier)
        self.assertNotIn(self.CITIZEN_FACTS["citizen_id"], dialog.recipient_citizen_id)

    def test_dialog_keeps_no_number_in_the_table(self):
        result = self.signed(self.dossier())
        dialogs = self.env["dvc.result.hand.over"].with_user(self.officer)
        for number in (self.STRANGER_FACTS["citizen_id"], self.CITIZEN_FACTS["citizen_id"]):
            dialog = dialogs.create({"result_id": result.id, "recipient_name": "A", "recipient_citizen_id": number})
            self.assertNotIn(number, self._row(dialog))
            # As the next request finds it.
            dialog.invalidate_recordset()
            self.assertNotIn(number, dialog.read(["recipient_citizen_id"])[0]["recipient_citizen_id"])
        self.assertRefusedForGood("result.papers_missing", dialog.action_hand_over)
        dialog.write({"recipient_name": "Nguyễn Thị Kiểm", "recipient_citizen_id": dialog.recipient_citizen_id})
        self.assertNotIn(number, self._row(dialog))
        paper = {"code": "GCS", "name": "Giấy chứng sinh", "is_collected": True}
        dialog.paper_ids = [Command.clear(), Command.create(paper)]
        dialog.action_hand_over()
        self.assertEqual(result.state, "issued")
        with self.assertRaises(AccessError):
            dialogs.with_user(self.officer).browse(dialog.id).read(["recipient_citizen_hash"])

    def test_dialog_refuses_a_stranger_s_number_and_another_role(self):
        result = self.signed(self.dossier())
        values = {
            "result_id": result.id,
            "recipient_name": "A",
            "recipient_citizen_id": self.STRANGER_FACTS["citizen_id"],
        }
        dialog = self.env["dvc.result.hand.over"].with_user(self.officer).create(values)
        self.assertRefused("result.not_recipient", dialog.action_hand_over)
        with self.assertRaises(AccessError):
            result.with_user(self.leader)._hand_over_hashed("A", "0" * 64, [], None)

    def _row(self, dialog) -> str:
        dialog.flush_recordset()
        self.env.cr.execute("SELECT row_to_json(d)::text FROM dvc_result_hand_over d WHERE id = %s", [dialog.id])
        return self.env.cr.fetchone()[0]

    def test_what_is_due_holds_back_the_first_of_two_results(self):
        dossier = self.dossier()
        first, second = self.published(dossier), self.published(dossier)
        (first | second).with_user(self.leader).action_sign()
        with self._unpaid():
            self.assertRefused("wallet.fee_unpaid", self.hand_over, first)
            self.assertRefused("result.papers_missing", self.hand_over, first, papers=[])
        self.assertEqual(self.hand_over(first)["state"], "done")
        self.assertEqual(self.hand_over(second, papers=[])["state"], "returned")

    def test_numbers_are_tried_a_bounded_number_of_times(self):
        result = self.signed(self.dossier())
        self.hand_over(self.signed(self.dossier()))
        taken = self.env["dvc.handover"].search([], limit=1)
        handovers = self.env["dvc.handover"]
        # Another transaction took every number of which this one does not know.
        with (
            patch.object(type(handovers), "_read_group", lambda *_args, **_kwargs: [(0,)]),
            patch.object(dvc_handover, "TRIES", 1),
            mute_logger("odoo.sql_db"),
            self.assertRaises(ConcurrencyError),
        ):
            handovers._issue(result, "A", [], None, self.officer, False)
        self.assertEqual(taken.sequence, 1)

    def test_printing_several_receipts_gives_one_file(self):
        self.hand_over(self.signed(self.dossier()))
        self.hand_over(self.signed(self.dossier()))
        handovers = self.env["dvc.handover"].search([], limit=2)
        report = self.env["ir.actions.report"].with_user(self.officer)
        content, kind = report._render_qweb_pdf("dvc_result.handover_receipt", handovers.ids)
        self.assertEqual(kind, "pdf")
        self.assertEqual(len(pypdf.PdfReader(io.BytesIO(content)).pages), 2)
