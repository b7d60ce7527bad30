# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import datetime

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from odoo.addons.dvc_account.exceptions import Refusal

from .common import DvcCommon

THURSDAY = "2026-08-13 02:00:00"


class TestDataRequest(DvcCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agency.resource_calendar_id.tz = "Asia/Ho_Chi_Minh"
        cls.requests = cls.env["dvc.data.request"]

    def file(self, kind="deletion", text="Thử", account=None):
        filed = self.requests._file(account or self.citizen, kind, text, self.agency)
        return self.requests.browse(filed.id)

    def refused(self, code, call, *args):
        with self.assertRaises(Refusal) as caught:
            call(*args)
        self.assertEqual(caught.exception.code, code)

    def erase(self, filed):
        record = filed.with_user(self.manager)
        record._answer("Đã nhận", False)
        record._prepare_erasure()
        record._erase(record.name)

    # Deadlines

    def test_deadlines_of_the_law(self):
        days = {
            # The tenth day is a Sunday: the first working day after it.
            "access": "2026-08-24",
            "correction": "2026-08-24",
            "restriction": "2026-08-28",
            "objection": "2026-08-28",
            "withdrawal": "2026-08-28",
            "deletion": "2026-09-02",
        }
        with freeze_time(THURSDAY):
            for kind, day in days.items():
                record = self.file(kind)
                with self.subTest(kind=kind):
                    self.assertEqual(str(record.answer_due_at.date()), "2026-08-17")
                    self.assertEqual(str(record.done_due_at.date()), day)

    def test_due_at_closing_time(self):
        with freeze_time(THURSDAY):
            local = fields.Datetime.context_timestamp(
                self.requests.with_context(tz="Asia/Ho_Chi_Minh"), self.file().answer_due_at
            )
        self.assertEqual(local.strftime("%H:%M"), "17:00")

    def test_a_holiday_is_no_working_day(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Nghỉ lễ",
                "calendar_id": self.agency.resource_calendar_id.id,
                "date_from": "2026-08-13 17:00:00",
                "date_to": "2026-08-14 16:59:59",
            }
        )
        with freeze_time(THURSDAY):
            self.assertEqual(str(self.file().answer_due_at.date()), "2026-08-18")

    def test_late_is_true_at_read_time(self):
        with freeze_time(THURSDAY):
            record = self.file()
            self.assertFalse(record.is_late)
        with freeze_time("2026-08-18 09:00:00"):
            record.invalidate_recordset()
            self.assertTrue(record.is_late)
            self.assertIn(record, self.requests.search([("is_late", "=", True)]))
            record.with_user(self.officer)._answer("Đã nhận", False)
            self.assertNotIn(record, self.requests.search([("is_late", "=", True)]))
            self.assertIn(record, self.requests.search([("is_late", "=", False)]))

    def test_others_must_act_too(self):
        with freeze_time(THURSDAY):
            record = self.file("restriction")
            record.with_user(self.officer)._answer("Đã nhận", True)
        self.assertEqual(str(record.done_due_at.date()), "2026-09-02")

    def test_extended_once_by_a_manager(self):
        with freeze_time(THURSDAY):
            record = self.file("restriction")
            with self.assertRaises(AccessError):
                record.with_user(self.officer)._extend(10, "Nhiều hồ sơ")
            self.refused("input.invalid", record.with_user(self.manager)._extend, 16, "Nhiều hồ sơ")
            self.refused("data_request.text_required", record.with_user(self.manager)._extend, 10, " ")
            record.with_user(self.manager)._extend(10, "Nhiều hồ sơ")
        self.assertEqual(str(record.done_due_at.date()), "2026-09-07")
        self.refused("data_request.extended_already", record.with_user(self.manager)._extend, 5, "Nữa")

    # Steps

    def test_filed_answered_and_done(self):
        record = self.file("correction", "Tên bị sai dấu")
        record.with_user(self.officer).action_take()
        record.with_user(self.officer)._answer("Chúng tôi kiểm tra", False)
        self.assertEqual((record.state, record.handler_id), ("accepted", self.officer))
        self.assertEqual(record.deadline_at, record.done_due_at)
        with self.assertRaises(AccessError):
            record.with_user(self.officer)._finish("Đã sửa")
        record.with_user(self.manager)._finish("Đã sửa")
        self.assertEqual((record.state, record.answer, record.deadline_at), ("done", "Đã sửa", False))
        self.assertEqual(record.event_ids.mapped("verb"), ["file", "take", "answer", "finish"])
        self.refused("data_request.bad_step", record.with_user(self.manager)._refuse, "x", "y")
        sent = self.env["dvc.outbox"].search([("res_id", "=", self.citizen.id), ("res_model", "=", "dvc.account")])
        self.assertEqual(len(sent), 2)

    def test_a_refusal_has_reason_and_ground(self):
        record = self.file().with_user(self.manager)
        self.refused("data_request.text_required", record._refuse, "Còn hồ sơ", "")
        record._refuse("Còn hồ sơ đang giải quyết", "Luật 91/2025/QH15")
        self.assertEqual((record.state, record.refusal_ground), ("refused", "Luật 91/2025/QH15"))
        self.assertTrue(record.answered_at)

    def test_one_open_request_of_a_kind(self):
        self.file()
        self.refused("data_request.open", self.file)
        self.file("access")

    def test_what_cannot_be_filed(self):
        self.refused("input.invalid", self.file, "everything")
        self.refused("input.invalid", self.file, "correction", " ")
        self.refused("input.invalid", self.requests._file, self.citizen, "access", "", self.env["res.company"])

    def test_nobody_writes_it_by_hand(self):
        record = self.file()
        for values in ({"state": "done"}, {"done_due_at": datetime.datetime(2030, 1, 1)}):
            with self.assertRaises(UserError):
                record.with_user(self.manager).write(values)
        self.refused("field.guarded", record.write, {"state": "done"})
        self.refused("record.append_only", record.unlink)
        self.refused("record.append_only", record.event_ids.write, {"text": "Khác"})

    def test_others_do_not_see_it(self):
        record = self.file()
        self.assertFalse(self.requests.with_user(self.officer2).search([("id", "=", record.id)]))
        for role in ("specialist", "leader", "accountant", "integrator", "citizen_user"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                record.with_user(getattr(self, role)).read(["text"])

    def test_every_role_still_reads_whole_accounts(self):
        self.file()
        for role in ("officer", "specialist", "leader", "accountant", "manager", "auditor", "integrator"):
            with self.subTest(role=role):
                self.assertTrue(self.citizen.with_user(getattr(self, role)).read())

    def test_filed_at_the_desk(self):
        action = self.citizen.with_user(self.officer).action_file_data_request()
        dialogs = self.env[action["res_model"]].with_user(self.officer).with_context(**action["context"])
        opened = dialogs.create({"type": "access"}).action_file()
        self.assertEqual(self.requests.browse(opened["res_id"]).channel, "desk")
        with self.assertRaises(AccessError):
            self.citizen.with_user(self.specialist).action_file_data_request()

    def test_the_dialog_has_the_usual_words(self):
        record = self.file("access")
        dialogs = self.env["dvc.data.request.decision"].with_user(self.manager)
        form = Form(dialogs.with_context(default_request_id=record.id, default_verb="answer"))
        self.assertTrue(form.text)
        form.save().action_confirm()
        self.assertEqual(record.state, "accepted")

    # Deletion

    def test_deletion_takes_two_steps_and_the_number(self):
        record = self.file().with_user(self.manager)
        self.refused("data_request.not_prepared", record._erase, record.name)
        self.refused("data_request.bad_step", record._prepare_erasure)
        record._answer("Đã nhận", False)
        self.refused("data_request.bad_step", record._finish, "Xong")
        record._prepare_erasure()
        self.refused("data_request.wrong_number", record._erase, "DL-1")
        with self.assertRaises(AccessError):
            record.with_user(self.officer)._erase(record.name)
        self.assertEqual(self.citizen.state, "standardized")
        record._erase(record.name)
        self.assertEqual((record.state, self.citizen.state, self.citizen.lock_cause), ("done", "locked", "erased"))

    def test_the_preview_says_what_goes(self):
        record = self.file().with_user(self.manager)
        record._answer("Đã nhận", False)
        dialogs = self.env["dvc.data.request.decision"].with_user(self.manager)
        dialog = dialogs.create({"request_id": record.id, "verb": "prepare"})
        self.assertIn("<table", dialog.plan)
        self.assertFalse(dialog.blockers)

    def test_deletion_leaves_nothing_of_the_person(self):
        account, user, number = self.citizen, self.citizen_user, self.citizen.citizen_id_hash
        account.write({"email": "kiem@example.com", "address": "12 Lê Lợi", "birth_date": "1985-01-01"})
        account.message_post(body="Ghi chú về Nguyễn Thị Kiểm")
        user.partner_id.phone = "0914990001"
        self.erase(self.file())
        self.env.flush_all()
        emptied = "name email address birth_date issue_date checked_name phone_masked phone_hash phone_secret"
        for name in f"{emptied} citizen_id_hash citizen_id_secret citizen_id_masked".split():
            self.assertFalse(account[name], name)
        self.assertFalse(account.message_ids)
        self.assertFalse(user.active)
        self.assertFalse(user.partner_id.active or user.partner_id.phone or user.partner_id.email)
        self.assertNotIn("dvc_citizen", user.login)
        self.assertFalse(self.env["dvc.account"].find(citizen_id="046185990001"))
        person = f"Nguyễn Thị Kiểm|kiem@example|12 Lê Lợi|{number}"
        for table in ("dvc_account", "res_partner", "res_users", "mail_message", "mail_tracking_value"):
            self.env.cr.execute(
                f"SELECT 1 FROM {table} t WHERE t::text ~ %s",  # pylint: disable=sql-injection  # of the line above
                [person],
            )
            self.assertFalse(self.env.cr.rowcount, table)
        journal = self.env["dvc.journal"].search([("account_id", "=", account.id)])
        self.assertIn("account.erased", journal.mapped("event"))

    def test_a_deleted_account_stays_closed_and_the_person_may_come_back(self):
        self.erase(self.file())
        self.refused("account.erased", self.citizen.with_user(self.officer).unlock, "Xin mở lại")
        again = self._standardized(self.CITIZEN_FACTS)
        self.assertNotEqual(again, self.citizen)

    def test_the_person_is_told_before_the_phone_goes(self):
        self.erase(self.file())
        told = self.env["dvc.outbox"].search([("res_model", "=", "dvc.account"), ("res_id", "=", self.citizen.id)])
        self.assertTrue(told.filtered("recipient_secret"))
        told.write({"state": "sent"})
        told._wipe()
        self.assertFalse(told.filtered("recipient_secret") or told.filtered("body"))
