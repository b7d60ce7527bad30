# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import io
import json

import openpyxl

from odoo.exceptions import AccessError
from odoo.tests import Form, HttpCase

from odoo.addons.dvc_account.exceptions import Refusal
from odoo.addons.dvc_account.journal_events import FAMILIES
from odoo.addons.dvc_account.report import journal_xlsx

from .common import DvcCase, DvcCommon


class TestJournalScreen(DvcCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.journal = cls.env["dvc.journal"].with_user(cls.auditor)
        cls.last = cls.env["dvc.journal"].search([], order="id desc", limit=1).id
        for event, user in (
            ("personal_data.read", cls.officer),
            ("login.failed", cls.env.ref("base.public_user")),
            ("wallet.refunded", cls.accountant),
            ("somebody.else", cls.officer2),
        ):
            cls.env["dvc.journal"].with_user(user)._log(event, record=cls.citizen, detail={"từ": "a", "n": 1})

    def _found(self, *domain):
        return self.journal.search([("id", ">", self.last), *domain], order="id").mapped("event")

    def test_events_in_words(self):
        line = self.journal.search([("event", "=", "login.failed")], limit=1)
        self.assertEqual(line.event_name, "Sign-in failed")
        self.assertTrue(line.is_refused)
        self.assertEqual(line.family, "access")
        unknown = self.journal.search([("event", "=", "somebody.else")], limit=1)
        self.assertEqual((unknown.event_name, unknown.family), ("somebody.else", "other"))
        self.assertEqual(self._found(("event_name", "ilike", "sign-in")), ["login.failed"])
        self.assertEqual(line.detail_text, "n: 1\ntừ: a")

    def test_filters(self):
        self.assertEqual(self._found(("family", "=", "reading")), ["personal_data.read"])
        self.assertEqual(self._found(("family", "in", ["money", "access"])), ["login.failed", "wallet.refunded"])
        self.assertEqual(self._found(("family", "=", "other")), ["somebody.else"])
        self.assertEqual(
            self._found(("family", "!=", "other")), ["personal_data.read", "login.failed", "wallet.refunded"]
        )
        self.assertEqual(self._found(("is_refused", "=", True)), ["login.failed"])
        every = [event for family, _label in FAMILIES for event in self._found(("family", "=", family))]
        self.assertEqual(len(every), 4)

    def test_office_hours_are_the_agencys(self):
        calendar = self.agency.resource_calendar_id = self.env["resource.calendar"].create({"name": "Thử"})
        journal = self.env["dvc.journal"]
        moments = {
            "2026-03-02 02:00:00": False,  # Monday, 9:00
            "2026-03-02 05:30:00": True,  # 12:30
            "2026-03-02 15:00:00": True,  # 22:00
            "2026-03-01 02:00:00": True,  # Sunday
            "2026-03-03 02:00:00": True,  # Tuesday, a holiday
        }
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Nghỉ",
                "calendar_id": calendar.id,
                "company_id": self.agency.id,
                "date_from": "2026-03-02 17:00:00",
                "date_to": "2026-03-03 17:00:00",
            }
        )
        values = {"event": "test.event", "user_id": self.officer.id, "role": "officer", "company_id": self.agency.id}
        lines = journal.create([{**values, "at": moment} for moment in moments])
        self.assertEqual(lines.mapped("is_outside_hours"), list(moments.values()))
        found = self.journal.search([("event", "=", "test.event"), ("is_outside_hours", "=", True)])
        self.assertEqual(len(found), 4)

    def test_groups_have_words(self):
        groups = self.journal.web_read_group([("id", ">", self.last)], ["event"], ["__count"])["groups"]
        shown = {group["event"]: group["__extra_domain"] for group in groups}
        self.assertEqual(set(shown), {"Personal data read", "Sign-in failed", "Money refunded", "somebody.else"})
        self.assertEqual(self.journal.search_count(shown["Sign-in failed"] + [("id", ">", self.last)]), 1)

    def test_form_and_the_way_to_the_record(self):
        line = self.journal.search([("event", "=", "wallet.refunded")], limit=1)
        Form(line)
        action = line.action_open_record()
        self.assertEqual((action["res_model"], action["res_id"]), ("dvc.account", self.citizen.id))
        self.env["dvc.journal"]._log("test.event", record=self.env["ir.config_parameter"].search([], limit=1))
        with self.assertRaises(Refusal):
            self.journal.search([], order="id desc", limit=1).action_open_record()

    def test_others_do_not_see_it(self):
        for user in (self.officer, self.specialist, self.leader, self.accountant, self.integrator, self.citizen_user):
            with self.assertRaises(AccessError):
                self.env["dvc.journal"].with_user(user).search([])
            with self.assertRaises(AccessError):
                self.env["dvc.journal"].with_user(user).action_export()

    def _workbook(self, lines=None, domain=(), user=None):
        lines = (lines if lines is not None else self.journal.browse()).with_user(user or self.auditor)
        action = lines.with_context(active_domain=list(domain)).action_export()
        export = (
            self.env["dvc.journal.export"].with_user(user or self.auditor).browse(int(action["url"].split("/")[-1]))
        )
        file = io.BytesIO()
        export._write_xlsx(file)
        sheet = openpyxl.load_workbook(file).active
        return [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)]

    def test_export_honours_filter_and_selection(self):
        rows = self._workbook(domain=[["id", ">", self.last], ["family", "=", "access"]])
        self.assertEqual([row[2] for row in rows[1:]], ["login.failed"])
        chosen = self.journal.search([("id", ">", self.last)], order="id")[:2]
        rows = self._workbook(lines=chosen, domain=[["family", "=", "money"]])
        self.assertEqual([row[2] for row in rows[1:]], ["login.failed", "personal_data.read"])
        line = self.env["dvc.journal"].search([], order="id desc", limit=1)
        self.assertEqual((line.event, line.user_id, line.detail["lines"]), ("journal.exported", self.auditor, 2))

    def test_export_shows_no_more_than_the_screen(self):
        """A manager gets their agencies' lines, numbers are masked, texts are texts."""
        self.env["dvc.journal"].with_user(self.citizen_user)._log(
            "test.event", account=self.citizen, purpose="=1+1 số 046185990001"
        )
        rows = self._workbook(domain=[["id", ">", self.last]])
        row = next(row for row in rows if row[2] == "test.event")
        self.assertEqual(row[9], "=1+1 số 046*******01")
        self.assertIn("046*******01", row[6])
        self.assertNotIn("dvc_citizen", str(row))
        mine = self._workbook(domain=[["id", ">", self.last]], user=self.manager)
        self.assertNotIn("somebody.else", [row[2] for row in mine])
        self.assertIn("somebody.else", [row[2] for row in rows])

    def test_a_domain_reaches_no_further_than_a_search(self):
        export = (
            self.env["dvc.journal.export"]
            .with_user(self.auditor)
            .create({"domain": json.dumps([["account_id.phone_hash", "=", "x"]])})
        )
        with self.assertRaises(AccessError):
            export._write_xlsx(io.BytesIO())

    def test_sheets_end_where_a_sheet_must(self):
        file = io.BytesIO()
        count = journal_xlsx.write(file, "Nhật ký", ("A", "B"), ((str(n), "=x") for n in range(25)), sheet_lines=10)
        self.assertEqual(count, 25)
        book = openpyxl.load_workbook(file)
        self.assertEqual(book.sheetnames, ["Nhật ký", "Nhật ký 2", "Nhật ký 3"])
        self.assertEqual([sheet.max_row for sheet in book], [11, 11, 6])
        self.assertEqual(book["Nhật ký 3"]["A6"].value, "24")
        self.assertEqual(book["Nhật ký"]["B2"].data_type, "s")


class TestJournalDownload(DvcCase, HttpCase):
    def _ask(self, user):
        action = self.env["dvc.journal"].with_user(user).action_export()
        return action["url"]

    def test_download_is_the_askers(self):
        self.auditor.password = self.manager.password = self.officer.password = "dvc_Password_1"
        address = self._ask(self.auditor)
        self.authenticate("dvc_auditor", "dvc_Password_1")
        answer = self.url_open(address)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertEqual(int(answer.headers["Content-Length"]), len(answer.content))
        self.assertGreater(openpyxl.load_workbook(io.BytesIO(answer.content)).active.max_row, 1)
        for login in ("dvc_manager", "dvc_officer"):
            self.authenticate(login, "dvc_Password_1")
            self.assertEqual(self.url_open(address).status_code, 404)
