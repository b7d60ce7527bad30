# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64
import datetime
import io
from unittest.mock import patch

import openpyxl
from psycopg2 import errors

from odoo.exceptions import AccessError
from odoo.tests import Form, HttpCase, tagged
from odoo.tools import mute_logger

from ..exceptions import Refusal
from ..models import dvc_account_import as module
from ..models import dvc_account_import_run as run
from .common import DvcCase, DvcCommon

HEAD = ("Họ và tên", "Số điện thoại", "Số CCCD", "Ngày cấp", "Thư điện tử", "Mã tài khoản cũ")
GOOD = [
    ["Nguyễn Văn Một", "0914 990 501", 46090990501, "12/05/2021", "mot@example.com", "HS-1"],
    ["Nguyễn Văn Hai", 914990502, "046090990502", datetime.date(2021, 5, 12), None, None],
    ["Nguyễn Văn Ba", "0914990503", None, None, None, None],
]


def workbook(*lines, head=HEAD) -> bytes:
    book = openpyxl.Workbook()
    for line in (head, *lines):
        book.active.append(line)
    stream = io.BytesIO()
    book.save(stream)
    return base64.b64encode(stream.getvalue())


class ImportCase(DvcCase):
    def new(self, *lines, **values):
        record = self.env["dvc.account.import"].with_user(self.manager)
        return record.create({"filename": "cu.xlsx", "file": workbook(*lines), **values})

    def checked(self, *lines, **values):
        record = self.new(*lines, **values)
        record.action_check()
        return record

    def imported(self, *lines, **values):
        record = self.checked(*lines, **values)
        record.action_import()
        self.run_job()
        return record

    def run_job(self):
        self.env.ref("dvc_account.ir_cron_account_import").method_direct_trigger()
        self.env.invalidate_all()

    def outcomes(self, record):
        return [(line.row, line.outcome) for line in record.line_ids.sorted("row")]


class TestAccountImport(ImportCase, DvcCommon):
    def test_the_check_changes_nothing(self):
        before = self.env["dvc.account"].search_count([])
        record = self.checked(
            *GOOD, ["", None, None, None, None, None], ["X", "123", "1", "32/01/2021", "x", "0914990599"]
        )
        self.assertEqual(self.env["dvc.account"].search_count([]), before)
        self.assertEqual(record.state, "checked")
        self.assertEqual(self.outcomes(record), [(2, "new"), (3, "new"), (4, "new"), (6, "error")])
        bad = record.line_ids.filtered(lambda line: line.row == 6)
        self.assertEqual(bad.notes, "bad_phone,bad_number,bad_date,bad_email,bad_reference")
        self.assertFalse(bad.external_ref or bad.phone_masked or bad.citizen_id_masked)
        self.assertEqual((record.new_count, record.error_count, record.row_count), (3, 1, 4))
        first = record.line_ids.filtered(lambda line: line.row == 2)
        self.assertEqual(first.notes, "number_zeros")
        self.assertIn("zeros", first.explanation)

    def test_accounts_are_claims_not_standardised(self):
        record = self.imported(*GOOD)
        self.assertEqual((record.state, record.new_count), ("done", 3))
        accounts = record.line_ids.sorted("row").account_id
        self.assertEqual(accounts.mapped("state"), ["unstandardized"] * 3)
        self.assertEqual(accounts.mapped("citizen_id_masked"), ["046*******01", "046*******02", False])
        self.assertEqual(accounts.mapped("phone_masked"), ["0914***501", "0914***502", "0914***503"])
        self.assertEqual(accounts[0]._open_citizen_id(), "046090990501")
        self.assertEqual(accounts[0].issue_date, datetime.date(2021, 5, 12))
        self.assertFalse(accounts.user_id or accounts.partner_id)
        self.assertFalse(any(accounts.mapped("checked_name")), "an import is no try")
        self.assertEqual(self.env["dvc.account"].find(external_ref="HS-1")["id"], accounts[0].id)
        self.assertEqual(self.env["dvc.account"].find(citizen_id="046090990502")["id"], accounts[1].id)
        lines = self.env["dvc.journal"].search(
            [("event", "=", "account.registered"), ("account_id", "in", accounts.ids)]
        )
        self.assertEqual(lines.account_id, accounts)
        self.assertEqual(lines.company_id, self.agency)
        summary = self.env["dvc.journal"].search([("event", "=", "account.imported")])
        self.assertEqual(summary.detail["new"], 3)

    def test_nothing_personal_stays_readable(self):
        record = self.new(*GOOD)
        attachment = self.env["ir.attachment"].search(
            [("res_model", "=", "dvc.account.import"), ("res_id", "=", record.id), ("res_field", "=", "sealed_file")]
        )
        self.assertTrue(attachment)
        self.assertTrue(attachment.raw.startswith(b"v1."))
        self.assertNotIn(b"PK", attachment.raw[:64])
        self.assertFalse(record.file, "it does not come out again")
        for user in (self.manager, self.auditor):
            with self.assertRaises(AccessError):
                record.with_user(user).read(["sealed_file"])
        record.action_check()
        record.action_import()
        self.run_job()
        self.assertFalse(attachment.exists(), "deleted with the end of the run")
        self.assertFalse(record.has_file)
        self.env.flush_all()
        self.env.cr.execute("SELECT string_agg(t::text, ' ') FROM dvc_account_import_line t")
        kept = self.env.cr.fetchone()[0]
        for value in ("914990501", "914 990 501", "046090990501", "46090990501", "mot@example.com", "Nguyễn Văn Một"):
            self.assertNotIn(value, kept)
        self.assertIn("Nguyễn V. M.", kept)

    def test_repeated(self):
        first = self.imported(*GOOD)
        again = self.imported(*GOOD, ["NGUYỄN VĂN BA", "+84914990503", 46090990503, None, None, None])
        self.assertEqual(
            self.outcomes(again), [(2, "known_ref"), (3, "known_number"), (4, "known_phone"), (5, "repeated")]
        )
        self.assertEqual(again.line_ids.account_id, first.line_ids.account_id)
        third = self.imported(*reversed(GOOD))
        self.assertEqual(
            {outcome for _row, outcome in self.outcomes(third)}, {"known_ref", "known_number", "known_phone"}
        )

    def test_the_check_says_what_the_import_does(self):
        """Lines that mean each other's accounts, over the border of a batch too."""
        lines = [
            ["Lê Thị A", "0914990511", None, None, None, "R1"],
            ["Lê Thị A", "0914990511", None, None, None, None],
            ["Lê Thị A", "0914990511", "046190990511", None, None, None],
            ["Lê Thị B", "0914990511", "046190990511", None, None, None],
            ["Lê Thị A", "0914990511", "046190990512", None, None, None],
            ["Lê Thị A", "0914990511", None, None, None, "R1"],
            ["Lê Thị A", "0914990511", None, None, None, "R2"],
        ]
        for batch in (1, 2, 500):
            with self.subTest(batch=batch), patch.object(run, "BATCH", batch), self.env.cr.savepoint() as savepoint:
                record = self.checked(*lines)
                promised = [(line.row, line.outcome, line.same_as_row) for line in record.line_ids.sorted("row")]
                self.assertEqual(
                    promised,
                    [
                        (2, "new", 0),
                        (3, "repeated", 2),
                        (4, "repeated", 2),
                        (5, "repeated", 4),
                        (6, "repeated", 2),
                        (7, "repeated", 2),
                        (8, "new", 0),
                    ],
                )
                record.action_import()
                record._process_guarded(None)
                done = [(line.row, line.outcome, line.same_as_row) for line in record.line_ids.sorted("row")]
                self.assertEqual(done, promised)
                self.assertTrue(all(line.account_id for line in record.line_ids))
                savepoint.rollback()

    def test_another_number_is_another_person(self):
        first = self.imported(["Lê Thị A", "0914990511", "046190990511", None, None, None])
        second = self.imported(["Lê Thị A", "0914990511", "046190990512", None, None, None])
        self.assertEqual(self.outcomes(second), [(2, "new")])
        self.assertNotEqual(first.line_ids.account_id, second.line_ids.account_id)

    def test_a_standardised_person_is_known_and_untouched(self):
        facts = self.CITIZEN_FACTS
        before = self.citizen.read(["name", "phone_masked", "write_date", "state"])
        record = self.imported(["Ai đó", "0914990511", facts["citizen_id"], None, "x@example.com", None])
        self.assertEqual(record.line_ids.account_id, self.citizen)
        self.assertEqual(record.line_ids.account_state, "standardized")
        self.assertEqual(self.citizen.read(["name", "phone_masked", "write_date", "state"]), before)

    def test_hostile_texts_stay_texts(self):
        record = self.checked(
            ["=cmd|'/c calc'!A1", "0914990511", None, None, None, None],
            ["<script>alert(1)</script> An", "0914990512", None, None, None, "'; DROP TABLE dvc_account; --"],
            ["x" * 300, "0914990513", None, None, None, None],
        )
        self.assertEqual([line.notes for line in record.line_ids.sorted("row")], ["formula", "", "too_long"])
        self.assertEqual(self.outcomes(record)[1], (3, "new"))

    def test_files_that_are_none(self):
        records = self.env["dvc.account.import"].with_user(self.manager)
        for content, code in (
            (base64.b64encode(b"%PDF-1.4"), "import.unreadable"),
            (b"not base64!", "import.unreadable"),
            (b"A" * (15 * 2**20 * 4 // 3 + 8), "import.too_large"),
        ):
            with self.subTest(code=code), self.assertRaisesRegex(Refusal, code):
                records.create({"filename": "x.xlsx", "file": content})
        record = records.create({"filename": "x.xlsx", "file": base64.b64encode(b"PK\x03\x04" + b"\0" * 50)})
        record.action_check()
        self.assertEqual((record.state, record.problem), ("failed", "unreadable"))
        self.assertFalse(record.has_file, "a file that cannot be read is not kept")

    def test_a_long_list_goes_by_the_job(self):
        self.patch(module, "AT_ONCE_BYTES", 10)
        record = self.checked(*GOOD)
        self.assertEqual(record.state, "checking")
        self.run_job()
        self.assertEqual((record.state, record.new_count), ("checked", 3))

    def test_the_job_goes_on_where_its_time_ended(self):
        self.patch(run, "BATCH", 2)
        record = self.checked(*GOOD, ["Nguyễn Văn Ba", "0914990503", None, None, None, None])
        record.action_import()

        class Progress:
            """The job's clock: its time is over after each batch."""

            def _commit_progress(self, processed=0, remaining=None):
                return 0

        self.assertFalse(record.sudo()._process_guarded(Progress()))
        self.assertEqual((record.done_rows, record.state, len(record.line_ids)), (2, "running", 2))
        while record.state == "running":
            record.sudo()._process_guarded(Progress())
        self.assertEqual(self.outcomes(record), [(2, "new"), (3, "new"), (4, "new"), (5, "repeated")])
        self.assertEqual(len(record.line_ids.account_id), 3)

    @mute_logger("odoo.addons.dvc_account.models.dvc_account_import_run")
    def test_an_error_leaves_whole_batches_only(self):
        self.patch(run, "BATCH", 2)
        record = self.checked(*GOOD)
        before = self.env["dvc.account"].search_count([])
        record.action_import()
        create = type(record)._create_accounts

        def fail_on_the_second(this, lines):
            create(this, lines)
            if lines[0].row == 4:
                raise RuntimeError("disk full")

        with patch.object(type(record), "_create_accounts", fail_on_the_second):
            self.run_job()
        self.assertEqual((record.state, record.problem, record.problem_row), ("failed", "error", 2))
        self.assertEqual(self.env["dvc.account"].search_count([]), before + 2)
        self.assertEqual(len(record.line_ids), 2)
        self.assertTrue(record.has_file, "the same list can be tried again")
        record.action_check()
        record.action_import()
        self.run_job()
        self.assertEqual(self.outcomes(record), [(2, "known_ref"), (3, "known_number"), (4, "new")])
        self.assertEqual(self.env["dvc.account"].search_count([]), before + 3)

    def test_a_reference_registered_meanwhile(self):
        """Somebody else's account comes between the search and the insert: the batch is taken again and finds it."""
        record = self.checked(*GOOD)
        record.action_import()
        create = type(record)._create_accounts
        rivals = []

        def too_late(this, lines):
            if not rivals:
                rivals.append(True)
                raise errors.UniqueViolation("external_ref")
            create(this, lines)

        keep = type(record)._decide

        def decide(this, batch, seen):
            keep(this, batch, seen)
            if not rivals:
                return
            if not self.env["dvc.account"].search([("external_ref", "=", "HS-1")]):
                self._registered("0914990501", external_ref="HS-1")
                keep(this, batch, {})

        with patch.object(type(record), "_create_accounts", too_late), patch.object(type(record), "_decide", decide):
            self.run_job()
        self.assertEqual(record.state, "done")
        self.assertEqual(self.outcomes(record), [(2, "known_ref"), (3, "new"), (4, "new")])

    def test_given_up_while_it_waits(self):
        record = self.new(*GOOD)
        record.action_delete_file()
        self.assertEqual((record.state, record.has_file), ("draft", False))
        with self.assertRaisesRegex(Refusal, "import.bad_state"):
            record.action_check()

    def test_steps_in_order(self):
        record = self.new(*GOOD)
        with self.assertRaisesRegex(Refusal, "import.bad_state"):
            record.action_import()
        with self.assertRaisesRegex(Refusal, "field.guarded"):
            record.write({"state": "checked"})
        record.action_check()
        record.action_import()
        for call in (record.action_check, record.action_import, record.action_delete_file):
            with self.assertRaisesRegex(Refusal, "import.bad_state"):
                call()
        with self.assertRaisesRegex(Refusal, "import.bad_state"):
            record.file = workbook(*GOOD)
        with self.assertRaisesRegex(Refusal, "import.kept"):
            record.sudo().unlink()

    def test_into_a_campaign(self):
        campaign = self.env["dvc.campaign"].with_user(self.manager).create({"name": "Đợt 1"})
        record = self.imported(
            *GOOD, ["Ai", "0914990511", self.CITIZEN_FACTS["citizen_id"], None, None, None], campaign_id=campaign.id
        )
        self.assertEqual(campaign.line_ids.account_id, record.line_ids.account_id - self.citizen)
        other = self.env["dvc.campaign"].create({"name": "Khác", "company_id": self.other_agency.id})
        with self.assertRaises(Exception):  # noqa: B017  # Odoo's own check of agencies, or the record rule
            self.new(*GOOD, campaign_id=other.id)

    def test_files_nobody_finished_are_deleted(self):
        record = self.new(*GOOD)
        self.env["dvc.account.import"]._gc_files()
        self.assertTrue(record.has_file)
        self.env.flush_all()
        self.env.cr.execute("UPDATE dvc_account_import SET write_date = write_date - interval '8 days'")
        self.env.invalidate_all()
        self.env["dvc.account.import"]._gc_files()
        self.assertFalse(record.has_file)

    def test_roles_and_agencies(self):
        record = self.new(*GOOD)
        for user in (self.officer, self.specialist, self.integrator, self.citizen_user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                record.with_user(user).read(["filename"])
        for call in ("action_check", "action_import", "action_delete_file"):
            with self.subTest(call=call), self.assertRaises(AccessError):
                getattr(record.with_user(self.auditor), call)()
        self.assertEqual(record.with_user(self.auditor).filename, "cu.xlsx")
        manager2 = self._staff("manager", login="dvc_manager2", agency=self.other_agency)
        self.assertNotIn(record, self.env["dvc.account.import"].with_user(manager2).search([]))
        with self.assertRaises(AccessError):
            record.with_user(manager2).action_check()

    def test_the_form(self):
        with Form(self.env["dvc.account.import"].with_user(self.manager)) as form:
            form.file = workbook(*GOOD)
        record = form.save()
        self.assertEqual((record.state, record.has_file), ("ready", True))

    def test_queries_do_not_grow_with_the_lines(self):
        def check(count):
            lines = [["Lê Văn Tư", f"09149906{index:02d}", None, None, None, f"Q{index}"] for index in range(count)]
            record = self.new(*lines)
            record.sudo()._in_flow().write({"state": "checking"})
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            record._process_guarded(None)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        check(1)
        few, many = check(2), check(80)
        self.assertLessEqual(many, few + 3)
        self.assertLess(many, 45)


@tagged("post_install", "-at_install")
class TestAccountImportDownloads(ImportCase, HttpCase):
    def test_template_and_report(self):
        record = self.checked(*GOOD, ["=1+1", "0914990505", None, None, None, "=A1"])
        self.manager.password = self.officer.password = "dvc_password"
        self.authenticate("dvc_manager", "dvc_password")
        template = self.url_open("/dvc/account-import/template")
        self.assertEqual(template.status_code, 200)
        sheet = openpyxl.load_workbook(io.BytesIO(template.content)).worksheets[0]
        self.assertEqual(tuple(cell.value for cell in sheet[1]), HEAD)
        report = self.url_open(f"/dvc/account-import/{record.id}/report")
        self.assertIn("no-store", report.headers["Cache-Control"])
        rows = list(openpyxl.load_workbook(io.BytesIO(report.content)).worksheets[0].values)
        self.assertEqual([row[0] for row in rows], ["Dòng", 2, 3, 4, 5])
        self.assertEqual(rows[1][3:8], ("Nguyễn V. M.", "0914***501", "046*******01", "m***@example.com", "HS-1"))
        self.authenticate("dvc_officer", "dvc_password")
        for path in ("template", f"{record.id}/report", "999999999/report"):
            self.assertEqual(self.url_open(f"/dvc/account-import/{path}").status_code, 404)
