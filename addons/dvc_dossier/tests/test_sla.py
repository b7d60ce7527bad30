# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from freezegun import freeze_time

from odoo.tests import tagged

from .common import DossierCommon

VALUES = ("on_time", "at_risk", "late", "met", "missed")


@tagged("post_install", "-at_install")
class TestSla(DossierCommon):
    def _everywhere(self, dossier, expected):
        """Check that field, search, groups and progress bar tell the same."""
        dossiers = self.env["dvc.dossier"]
        only = [("id", "=", dossier.id)]
        self.env.invalidate_all()
        self.assertEqual(dossier.sla, expected)
        for value in VALUES:
            found = dossiers.search([*only, ("sla", "=", value)])
            self.assertEqual(bool(found), value == expected, value)
            self.assertEqual(bool(dossiers.search([*only, ("sla", "!=", value)])), value != expected, value)
        self.assertTrue(dossiers.search([*only, ("sla", "in", [expected, "met"])]))
        self.assertEqual(dossiers._read_group(only, ["sla"], ["__count"]), [(expected, 1)])
        bar = dossiers.read_progress_bar(only, "stage_id", {"field": "sla", "colors": dict.fromkeys(VALUES, "x")})
        self.assertEqual(bar[str(dossier.stage_id.id)][expected], 1)

    def test_the_truth_changes_with_the_time_alone(self):
        dossier = self._submit()
        self._everywhere(dossier, "on_time")
        for moment, expected in (
            ("2026-03-09 02:44:59", "on_time"),
            ("2026-03-09 02:45:00", "at_risk"),
            ("2026-03-09 03:00:00", "at_risk"),
            ("2026-03-09 03:00:01", "late"),
        ):
            with self.subTest(moment=moment), freeze_time(moment):
                self._everywhere(dossier, expected)

    def test_each_agency_says_what_a_risk_is(self):
        self.agency.dvc_risk_share = 50
        dossier = self._submit()
        with freeze_time("2026-03-09 02:30:00"):
            self._everywhere(dossier, "at_risk")

    def test_the_limit_after_reception(self):
        dossier = self._in_state("received")
        self.assertEqual(dossier.due_at, self._at("2026-03-12 17:00"))
        self._everywhere(dossier, "on_time")
        with freeze_time("2026-03-12 09:00:00"):
            self._everywhere(dossier, "at_risk")
        with freeze_time("2026-03-12 10:00:01"):
            self._everywhere(dossier, "late")

    def test_met_and_missed_stay(self):
        met = self._in_state("done")
        missed = self._in_state("processing")
        with freeze_time("2026-03-12 10:00:01"):
            missed.with_user(self.leader)._finish()
        for dossier, expected in ((met, "met"), (missed, "missed")):
            with freeze_time("2027-01-01 00:00:00"):
                self._everywhere(dossier, expected)
        with self._no_release_blockers(), freeze_time("2026-03-14 10:00:01"):
            met.with_user(self.officer)._return()
        self._everywhere(met, "met")

    def test_the_clock_stands_still_in_supplement_and_payment(self):
        for state in ("supplement", "payment"):
            dossier = self._in_state(state)
            self.assertFalse(dossier.sla_deadline_at)
            with freeze_time("2026-06-01 00:00:00"):
                self._everywhere(dossier, "on_time")

    def test_an_answer_at_the_desk_in_time_is_met_and_late_is_missed(self):
        first, second = self._submit(), self._submit()
        first.with_user(self.officer).refuse("Không thuộc thẩm quyền")
        with freeze_time("2026-03-09 03:00:01"):
            second.with_user(self.officer).refuse("Không thuộc thẩm quyền")
        self._everywhere(first, "met")
        self._everywhere(second, "missed")

    def test_a_new_date_moves_the_deadline_and_its_risk(self):
        dossier = self._in_state("processing")
        with freeze_time("2026-03-12 09:00:00"):
            dossier.with_user(self.officer).postpone("2026-03-26 10:00:00", "Chờ xác minh")
            self._everywhere(dossier, "on_time")
        with freeze_time("2026-03-26 09:59:00"):
            self._everywhere(dossier, "at_risk")

    def test_putting_off_a_date_that_has_passed_saves_nothing(self):
        dossier = self._in_state("processing")
        with freeze_time("2026-03-16 03:00:00"):
            dossier.with_user(self.officer).postpone("2026-03-26 10:00:00", "Chờ xác minh")
            self._everywhere(dossier, "late")
        self.assertEqual(dossier.violation_ids.mapped("kind"), ["late_result"])
        self.assertEqual(dossier.violation_ids.event_ids.verb, "postpone")
        with freeze_time("2026-03-20 03:00:00"):
            dossier.with_user(self.leader)._finish()
            self._everywhere(dossier, "missed")
        self.assertEqual(len(dossier.violation_ids), 1)

    def test_a_delay_is_announced_a_working_day_before(self):
        in_time, too_late = self._in_state("processing"), self._in_state("processing")
        self.assertEqual(in_time.due_at, self._at("2026-03-12 17:00"))
        with freeze_time("2026-03-11 09:59:00"):
            in_time.with_user(self.officer).postpone("2026-03-26 10:00:00", "Chờ xác minh")
        with freeze_time("2026-03-11 10:01:00"):
            too_late.with_user(self.officer).postpone("2026-03-26 10:00:00", "Chờ xác minh")
            self._everywhere(too_late, "on_time")
        self.assertFalse(in_time.violation_ids)
        self.assertEqual(too_late.violation_ids.mapped("kind"), ["late_result"])

    def test_a_late_refusal_is_a_late_result(self):
        dossier = self._in_state("processing")
        with freeze_time("2026-03-16 03:00:00"):
            dossier.with_user(self.specialist).refuse("Không đủ điều kiện")
        self.assertEqual(dossier.violation_ids.mapped("kind"), ["late_result"])

    def test_a_later_change_of_the_calendar_moves_no_promise(self):
        dossier = self._in_state("received")
        promised, proof = dossier.due_at, dossier.due_proof
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Bão",
                "company_id": self.agency.id,
                "calendar_id": self.agency.resource_calendar_id.id,
                "date_from": "2026-03-10 17:00:00",
                "date_to": "2026-03-11 17:00:00",
            }
        )
        self.env.invalidate_all()
        self.assertEqual((dossier.due_at, dossier.due_proof), (promised, proof))
        self.assertEqual(self._in_state("received").due_at, self._at("2026-03-13 17:00"))

    def test_order_by_sla(self):
        done, waiting = self._in_state("done"), self._submit()
        found = self.env["dvc.dossier"].search([("id", "in", [done.id, waiting.id])], order="sla desc, id")
        self.assertEqual(found, waiting | done)
        self.assertTrue(self.env["dvc.dossier"].fields_get(["sla"])["sla"]["groupable"])

    def test_the_rules_of_the_day_are_kept(self):
        self.assertEqual(self._in_state("received").rule_set, "ND118/2025")
        with freeze_time("2025-06-30 02:00:00"):
            self.assertEqual(self._in_state("received").rule_set, "ND61/2018")

    def test_same_day_procedures(self):
        self.procedure.time_limit_value = 0
        with freeze_time("2026-03-09 08:10:00"):
            self.assertEqual(self._in_state("received").due_at, self._at("2026-03-10 17:00"))
        with freeze_time("2026-03-09 07:50:00"):
            self.assertEqual(self._in_state("received").due_at, self._at("2026-03-09 17:00"))
