# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import random
from datetime import date, datetime, timedelta

import pytz

from odoo.fields import Command
from odoo.tests import TransactionCase, tagged

from odoo.addons.dvc_account.exceptions import Refusal


@tagged("post_install", "-at_install")
class TestCalendar(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls.env.ref("dvc_dossier.calendar_desk").copy({"name": "Test desk"})
        cls.makeup_days = cls.env["dvc.makeup.day"]

    def utc(self, text):
        return datetime.strptime(text, "%Y-%m-%d %H:%M") - timedelta(hours=7)

    def test_a_copy_keeps_hours_holidays_and_makeup_days(self):
        original = self.env.ref("dvc_dossier.calendar_desk")
        self.assertEqual(self.calendar._dvc_clock().version, original._dvc_clock().version)
        self.assertTrue(self.calendar._dvc_clock().is_working_day(date(2026, 1, 10)))
        self.assertFalse(self.calendar._dvc_clock().is_working_day(date(2026, 2, 17)))

    def test_same_answers_as_plan_hours_where_both_apply(self):
        """Odoo knows no make-up days; everything else must agree, to the minute."""
        self.calendar.dvc_makeup_day_ids.unlink()
        self.calendar.tz = "Asia/Ho_Chi_Minh"
        clock = self.calendar._dvc_clock()
        chance = random.Random(7)
        for _sample in range(40):
            start = datetime(2025, 1, 1) + timedelta(minutes=chance.randrange(900 * 1440))
            hours = chance.choice([1, 2, 5, 8, 24, 40, 80])
            planned = self.calendar.plan_hours(hours, pytz.utc.localize(start), compute_leaves=True)
            planned = planned.astimezone(pytz.utc).replace(tzinfo=None)
            self.assertEqual(clock.add_minutes(start, hours * 60)[0], planned, f"{hours} h from {start}")

    def test_a_makeup_day_counts_only_where_it_says_so(self):
        received = self.utc("2026-01-08 09:00")
        self.assertEqual(self.calendar._dvc_clock().add_working_days(received, 3), self.utc("2026-01-12 17:00"))
        day = self.calendar.dvc_makeup_day_ids.filtered(lambda line: line.date == date(2026, 1, 10))
        day.counts_for_deadlines = False
        self.assertEqual(self.calendar._dvc_clock().add_working_days(received, 3), self.utc("2026-01-13 17:00"))
        day.unlink()
        self.assertFalse(self.calendar._dvc_clock().is_working_day(date(2026, 1, 10)))

    def test_every_change_of_the_calendar_gives_a_new_clock(self):
        versions = {self.calendar._dvc_clock().version}
        leave = self.env["resource.calendar.leaves"].create(
            {
                "name": "Storm",
                "calendar_id": self.calendar.id,
                "date_from": self.utc("2026-03-10 00:00"),
                "date_to": self.utc("2026-03-11 00:00"),
            }
        )
        versions.add(self.calendar._dvc_clock().version)
        self.assertFalse(self.calendar._dvc_clock().is_working_day(date(2026, 3, 10)))
        leave.date_to = self.utc("2026-03-12 00:00")
        versions.add(self.calendar._dvc_clock().version)
        self.calendar.attendance_ids[0].hour_from = 8
        versions.add(self.calendar._dvc_clock().version)
        self.assertEqual(len(versions), 4)

    def test_an_agency_may_close_on_its_own(self):
        agency, other = self.env["res.company"].create([{"name": "Phường A"}, {"name": "Phường B"}])
        self.env["resource.calendar.leaves"].with_company(agency).create(
            {
                "name": "Storm",
                "date_from": self.utc("2026-03-10 00:00"),
                "date_to": self.utc("2026-03-11 00:00"),
            }
        )
        self.assertFalse(self.calendar._dvc_clock(agency).is_working_day(date(2026, 3, 10)))
        self.assertTrue(self.calendar._dvc_clock(other).is_working_day(date(2026, 3, 10)))

    def test_time_off_of_a_person_closes_nothing(self):
        person = self.env["resource.resource"].create({"name": "Officer", "calendar_id": self.calendar.id})
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday of one",
                "resource_id": person.id,
                "calendar_id": self.calendar.id,
                "date_from": self.utc("2026-03-10 00:00"),
                "date_to": self.utc("2026-03-11 00:00"),
            }
        )
        self.assertTrue(self.calendar._dvc_clock().is_working_day(date(2026, 3, 10)))

    def test_a_calendar_without_hours_is_refused(self):
        self.calendar.attendance_ids = [Command.clear()]
        with self.assertRaisesRegex(Refusal, r"\[calendar.empty\]"):
            self.calendar._dvc_clock()

    def test_the_clock_is_compiled_once(self):
        clock = self.calendar._dvc_clock()
        with self.assertQueryCount(0):
            self.assertIs(self.calendar._dvc_clock(), clock)

    def test_an_agency_created_with_its_code_keeps_the_desk_hours(self):
        agency = self.env["res.company"].create({"name": "Phường C", "dvc_agency_code": "000.99.29.H57"})
        self.assertEqual(agency.resource_calendar_id, self.env.ref("dvc_dossier.calendar_desk"))
        self.assertFalse(agency._dvc_clock().is_working_day(date(2026, 2, 17)))

    def test_holidays_are_seen_by_every_agency(self):
        agency = self.env["res.company"].create({"name": "Phường D", "dvc_agency_code": "000.98.29.H57"})
        holiday = self.env.ref("dvc_dossier.holiday_20260901")
        self.assertFalse(holiday.company_id)
        self.assertIn(holiday, self.env["resource.calendar.leaves"].with_company(agency).search([]))
