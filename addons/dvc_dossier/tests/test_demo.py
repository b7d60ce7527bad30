# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import random
from collections import Counter
from datetime import datetime

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.dvc_account.tests.common import DvcCommon

from ..demo.people import people
from ..demo.scenes import SMALL_PLAN, Scenes
from ..domain import deadline, dossier_code, states

NOW = datetime(2026, 3, 18, 3, 20)


@tagged("post_install", "-at_install")
class TestDemo(DvcCommon):
    """Demo dossiers are written in sets: they must be what the moves would have left."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.unit.procedure_ids = [Command.set(cls.env["dvc.procedure"].search([]).ids)]
        staff = {
            "officers": [cls.officer, cls.colleague],
            "leader": cls.leader,
            "integrator": cls.integrator,
            "specialists": {cls.unit: [cls.specialist]},
        }
        demo = cls.env["dvc.demo"]
        with freeze_time(NOW):
            accounts = demo._make_accounts(people(random.Random(3), 6, "phường Thử", 9), 9) + cls.citizen
            scenes = Scenes(cls.env, cls.agency, random.Random(3), NOW, staff, accounts)
            demo._make_dossiers(cls.agency, scenes.tell({**SMALL_PLAN, "returned_supplemented": 3, "postponed": 2}))
        cls.dossiers = cls.env["dvc.dossier"].search([("company_id", "=", cls.agency.id)])

    def test_the_plan_is_kept(self):
        counts = Counter(self.dossiers.mapped("state"))
        self.assertEqual(counts["submitted"], 5)
        self.assertEqual(counts["returned"], 16)
        self.assertEqual(counts["payment"], 2)
        self.assertEqual(len(self.dossiers), sum(SMALL_PLAN.values()) + 5)

    def test_histories_follow_the_state_table(self):
        for dossier in self.dossiers:
            state, last = states.DRAFT, None
            for event in dossier.event_ids.sorted("id"):
                self.assertEqual(event.from_state, state)
                if event.verb != "postpone":
                    self.assertEqual(states.verb_for(state, event.to_state), event.verb)
                self.assertLessEqual(last or event.at, event.at)
                self.assertLessEqual(event.at, NOW)
                self.assertEqual(event.code, dossier.code)
                state, last = event.to_state, event.at
            self.assertEqual(dossier.state, state)
            self.assertEqual(dossier.stage_id.state or states.DRAFT, state)

    def test_deadlines_are_the_clocks(self):
        clock = self.agency._dvc_clock()
        for dossier in self.dossiers.filtered("submitted_at"):
            if not dossier.guidance_round:
                proof = deadline.receive_deadline(clock, dossier.submitted_at)
                self.assertEqual(dossier.receive_deadline, proof.result)
                self.assertEqual(dossier.receive_proof, proof.as_dict())
            if dossier.due_at and not dossier.guidance_round and not dossier.postponed_at:
                procedure = dossier.procedure_id
                proof = deadline.due(clock, dossier.received_at, procedure.time_limit_value, procedure.time_limit_unit)
                self.assertEqual(dossier.due_proof, proof.as_dict())
                self.assertEqual(dossier.due_at, proof.result)
            if dossier.state == states.PAYMENT:
                self.assertFalse(dossier.received_at or dossier.due_at or dossier.sla_deadline_at)

    def test_codes_count_by_day(self):
        by_day = {}
        for dossier in self.dossiers.filtered("code").sorted("code"):
            self.assertRegex(dossier.code, dossier_code.PATTERN)
            by_day.setdefault(dossier.code.rpartition("-")[0], []).append(int(dossier.code.rpartition("-")[2]))
        for numbers in by_day.values():
            self.assertEqual(numbers, list(range(1, len(numbers) + 1)))

    def test_late_receptions_are_on_the_register(self):
        late = self.env["dvc.dossier"]
        for dossier in self.dossiers:
            first = dossier.event_ids.filtered(lambda event: event.from_state == states.SUBMITTED)[:1]
            if first.verb in ("receive", "refuse", "request_supplement") and first.at > dossier.receive_deadline:
                late |= dossier
        self.assertEqual(self.dossiers.violation_ids.dossier_id, late)

    def test_a_dossier_goes_on_from_where_the_demo_left_it(self):
        with freeze_time(NOW):
            waiting = self.dossiers.filtered(lambda line: line.state == states.SUBMITTED)[:1]
            self.assertIn(waiting.with_user(self.officer).receive()["state"], ("received", "payment"))
            answered = self.dossiers.filtered(lambda line: line.state == states.SUPPLEMENT)[:1]
            due = answered.due_at
            answered._move("supplement", answered.resume_state, **answered._answered_values(fields.Datetime.now()))
            self.assertGreater(answered.due_at, due)

    def test_it_is_not_run_outside_the_demo(self):
        demo = self.env["dvc.demo"]
        demo._check_empty(self.other_agency)
        with self.assertRaises(UserError):
            demo._check_empty(self.agency)
        self.env.ref("base.module_dvc_account").demo = False
        with self.assertRaises(UserError):
            demo._check_empty(self.other_agency)
