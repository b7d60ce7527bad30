# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import DossierCommon


@tagged("post_install", "-at_install")
class TestGuidance(DossierCommon):
    def _answer(self, dossier, *codes, user=None):
        return dossier.with_user(user or self.citizen_user).supplement(self._files(*codes or ("TK01",), text="mới"))

    def test_the_first_round_is_free_and_the_clock_stands_still(self):
        dossier = self._submit()
        self.assertEqual(self._ask(dossier), {"state": "supplement", "round": 1, "violation": False})
        self.assertFalse(dossier.sla_deadline_at)
        self.assertEqual(dossier.component_ids[0].review, "to_fix")
        self.assertEqual(dossier.guidance_ids.item_ids.component_code, "TK01")

    def test_an_answer_brings_a_new_hour_and_a_new_version(self):
        dossier = self._in_state("supplement")
        with freeze_time("2026-03-09 09:30:00"):
            answer = self._answer(dossier)
        self.assertEqual(
            answer,
            {"state": "submitted", "receive_deadline": "2026-03-10 01:00:00", "due_at": False, "missing": []},
        )
        self.assertEqual(dossier.receive_proof["stops"], [["2026-03-09 02:00:00", "2026-03-09 09:30:00"]])
        old, new = dossier.component_ids.filtered(lambda part: part.code == "TK01").sorted("version")
        self.assertEqual((old.is_current, new.is_current, new.version), (False, True, 2))
        self.assertFalse(dossier.resume_state)

    def test_a_partial_answer_is_kept_and_the_state_stays(self):
        dossier = self._submit()
        self._ask(dossier, "TK01", "GCS")
        answer = self._answer(dossier, "TK01")
        self.assertEqual((answer["state"], answer["missing"]), ("supplement", ["GCS"]))
        self.assertEqual(
            [line["component_code"] for line in self._as(self.officer).track(dossier.code)["supplement"]], ["GCS"]
        )
        self.assertEqual(self._answer(dossier, "VBLC")["state"], "submitted")

    def test_only_what_was_asked_may_be_sent(self):
        dossier = self._in_state("supplement")
        with self._refused("component.unknown"):
            self._answer(dossier, "GCS")
        with self._refused("component.unknown"):
            self._answer(dossier, "XX")
        self.assertEqual(dossier.component_ids.mapped("version"), [1, 1])

    def test_after_reception_the_limit_restarts(self):
        dossier = self._in_state("processing")
        with freeze_time("2026-03-11 02:00:00"):
            self._ask(dossier, user=self.specialist)
        with freeze_time("2026-03-16 02:00:00"):
            answer = self._answer(dossier)
        self.assertEqual((answer["state"], answer["due_at"]), ("processing", "2026-03-19 10:00:00"))
        self.assertEqual(dossier.due_proof["stops"], [["2026-03-11 02:00:00", "2026-03-16 02:00:00"]])

    def test_where_the_procedure_says_so_the_limit_goes_on(self):
        self.procedure.supplement_rule = "pause"
        dossier = self._in_state("received")
        with freeze_time("2026-03-10 02:00:00"):
            self._ask(dossier)
        with freeze_time("2026-03-13 02:00:00"):
            answer = self._answer(dossier)
        self.assertEqual((answer["state"], answer["due_at"]), ("received", "2026-03-17 10:00:00"))

    def test_items_are_required_and_say_something(self):
        dossier = self._submit().with_user(self.officer)
        with self._refused("guidance.items_required"):
            dossier.request_supplement([])
        with self._refused("guidance.items_required"):
            dossier.request_supplement([{"component_code": "TK01", "instruction": " "}])
        with self._refused("component.unknown"):
            dossier.request_supplement([{"component_code": "XX", "instruction": "Sửa"}])
        for wrong in ({"component_code": "TK01"}, {"component_code": 1, "instruction": "x"}, "TK01", {}):
            with self._refused("input.invalid"):
                dossier.request_supplement([wrong])
        with self._refused("input.invalid"):
            dossier.request_supplement([{"component_code": "TK01", "instruction": "x", "paper": "yes"}])

    def test_a_later_round_names_the_citizens_fault_item_by_item(self):
        dossier = self._in_state("supplement")
        self._answer(dossier)
        with self._refused("guidance.fault_required"):
            self._ask(dossier, "TK01", "GCS")
        with self._refused("guidance.fault_required"):
            dossier.with_user(self.officer).request_supplement(
                [{"component_code": "TK01", "instruction": "Ký tên"}], force_reason="Tôi muốn"
            )
        answer = self._ask(dossier, citizen_fault="Vẫn chưa ký tên")
        self.assertEqual(answer, {"state": "supplement", "round": 2, "violation": False})
        self.assertFalse(dossier.violation_ids)

    def test_the_count_runs_over_the_whole_dossier(self):
        dossier = self._in_state("supplement")
        self._answer(dossier)
        dossier.with_user(self.officer).receive()
        dossier.with_user(self.specialist).start()
        with self._refused("guidance.fault_required"):
            self._ask(dossier, user=self.specialist)

    def test_a_manager_may_force_it_and_a_violation_stands(self):
        dossier = self._in_state("supplement")
        self._answer(dossier)
        answer = dossier.with_user(self.manager).request_supplement(
            [{"component_code": "TK01", "instruction": "Ký tên"}], force_reason="Cấp trên yêu cầu"
        )
        violation = self.env["dvc.violation"].browse(answer["violation"])
        self.assertRecordValues(
            violation, [{"kind": "second_guidance", "user_id": self.manager.id, "dossier_id": dossier.id}]
        )
        self.assertEqual(violation.event_ids, dossier.event_ids[-1])
        self.assertEqual(dossier.event_ids[-1].detail["forced"], ["guidance.fault_required"])

    def test_three_working_days_after_reception(self):
        dossier = self._in_state("received")
        with freeze_time("2026-03-12 10:00:00"), self.env.cr.savepoint() as savepoint:
            self.assertEqual(self._ask(dossier)["state"], "supplement")
            savepoint.rollback()
            self.env.invalidate_all()
        with freeze_time("2026-03-12 10:00:01"):
            with self._refused("guidance.too_late"):
                self._ask(dossier)
            answer = dossier.with_user(self.manager).request_supplement(
                [{"component_code": "TK01", "instruction": "Ký tên"}], force_reason="Hồ sơ sai"
            )
        self.assertEqual(self.env["dvc.violation"].browse(answer["violation"]).kind, "late_guidance")

    def test_paper_is_not_asked_for_what_is_signed(self):
        dossier = self._submit(components=self._files("TK01", "GCS", "GTTT"))
        dossier.component_ids._in_flow().write({"verdict": "valid"})
        with self._refused("paper.not_allowed"):
            self._ask(dossier, "TK01", paper=True)
        with self._refused("paper.not_allowed"):
            self._ask(dossier, "GCS", paper=True)
        with self._refused("paper.reason_required"):
            self._ask(dossier, "GTTT", paper=True)
        self.assertEqual(self._ask(dossier, "GTTT", paper=True, paper_reason="Đối chiếu thẻ")["violation"], False)

    def test_paper_may_be_asked_for_what_is_not_signed(self):
        dossier = self._submit()
        self.assertEqual(self._ask(dossier, "TK01", paper=True)["state"], "supplement")

    def test_a_special_rule_of_the_province_is_an_event_and_no_violation(self):
        rule = self.env["dvc.paper.exception"].create(
            {"code": "HUE-01", "name": "Nộp bản giấy", "legal_basis": "QĐ 1/2026", "procedure_ids": self.procedure.ids}
        )
        dossier = self._submit()
        dossier.component_ids._in_flow().write({"verdict": "valid"})
        with self._refused("paper.not_allowed"):
            self._ask(dossier, "TK01", paper=True, paper_rule_code="HUE-99")
        rule.valid_to = "2025-12-31"
        with self._refused("paper.not_allowed"):
            self._ask(dossier, "TK01", paper=True, paper_rule_code="HUE-01")
        rule.valid_to = False
        answer = self._ask(dossier, "TK01", paper=True, paper_rule_code="HUE-01")
        self.assertFalse(answer["violation"])
        self.assertEqual(dossier.event_ids[-1].detail["special_rules"], {"TK01": "HUE-01"})

    def test_forced_paper_is_a_violation_of_who_forced_it(self):
        dossier = self._submit()
        dossier.component_ids._in_flow().write({"verdict": "valid"})
        answer = dossier.with_user(self.manager).request_supplement(
            [{"component_code": "TK01", "instruction": "Nộp bản giấy", "paper": True}], force_reason="Lưu trữ"
        )
        violation = self.env["dvc.violation"].browse(answer["violation"])
        self.assertEqual((violation.kind, violation.user_id), ("paper_asked", self.manager))

    def test_what_the_vault_holds_is_not_asked_for(self):
        dossier = self._submit()
        document = self._deposit()
        with self._refused("guidance.in_vault"):
            self._ask(dossier, "GKS")
        with self._refused("guidance.in_vault"):
            dossier.with_user(self.manager).request_supplement(
                [{"component_code": "GKS", "instruction": "Nộp"}], force_reason="Cứ nộp"
            )
        document._in_flow().write({"valid_until": "2026-03-08"})
        self.assertEqual(self._ask(dossier, "GKS")["state"], "supplement")

    def test_a_specialist_asks_in_the_desks_name(self):
        dossier = self._in_state("received")
        with self.assertRaises(AccessError):
            self._ask(self._submit(), user=self.specialist)
        self.assertEqual(self._ask(dossier, user=self.specialist)["round"], 1)
        told = self.env["mail.message"].search([("model", "=", "dvc.dossier"), ("res_id", "=", dossier.id)])
        self.assertIn(self.officer.partner_id, told.notified_partner_ids)
        self.assertNotIn(self.officer2.partner_id, told.notified_partner_ids)

    def test_late_answers_of_the_desk_are_on_the_register(self):
        dossiers = [self._submit() for _call in range(3)]
        with freeze_time("2026-03-09 03:00:01"):
            dossiers[0].with_user(self.officer).receive()
            dossiers[1].with_user(self.officer).refuse("Không thuộc thẩm quyền")
            self._ask(dossiers[2])
        for dossier in dossiers:
            self.assertEqual(dossier.violation_ids.mapped("kind"), ["late_reception"])
            self.assertEqual(dossier.violation_ids.user_id, self.officer)

    def test_a_late_result_without_apology_is_on_the_register(self):
        late, sorry = self._in_state("processing"), self._in_state("processing")
        sorry.with_user(self.officer).postpone("2026-03-20 10:00:00", "Chờ xác minh")
        with freeze_time("2026-03-13 02:00:00"):
            (late | sorry).mapped(lambda dossier: dossier.with_user(self.leader)._finish() and dossier)
        self.assertEqual(late.violation_ids.mapped("kind"), ["late_result"])
        self.assertEqual(late.violation_ids.user_id, self.specialist)
        self.assertFalse(sorry.violation_ids)
        self.assertEqual((late.sla, sorry.sla), ("missed", "met"))

    def test_nobody_decides_on_a_violation_of_their_own(self):
        dossier = self._in_state("submitted")
        self._ask(dossier)
        self._answer(dossier, "TK01")
        asked = [{"component_code": "TK01", "instruction": "Ký tên"}]
        forced = dossier.with_user(self.manager).request_supplement(asked, "Lãnh đạo yêu cầu")
        violation = self.env["dvc.violation"].browse(forced["violation"]).with_user(self.manager)
        violation.decision = "Không vi phạm"
        with self.assertRaises(AccessError):
            violation.action_dismiss()
        self.assertNotEqual(violation.state, "dismissed")

    def test_violations_are_answered_and_decided_never_typed(self):
        dossier = self._submit()
        with freeze_time("2026-03-09 04:00:00"):
            dossier.with_user(self.officer).receive()
        violation = dossier.violation_ids
        with self._refused("field.guarded"):
            violation.with_user(self.manager).write({"kind": "late_result"})
        with self._refused("field.guarded"):
            violation.with_user(self.officer).write({"state": "dismissed"})
        with self.assertRaises(AccessError):
            violation.with_user(self.colleague).write({"answer": "Máy hỏng"})
        violation.with_user(self.officer).write({"answer": "Máy hỏng"})
        self.assertEqual(violation.state, "answered")
        with self.assertRaises(AccessError):
            violation.with_user(self.officer).write({"decision": "Bỏ qua"})
        with self.assertRaises(AccessError):
            violation.with_user(self.officer).action_dismiss()
        with self._refused("dossier.reason_required"):
            violation.with_user(self.manager).action_dismiss()
        violation.with_user(self.manager).write({"decision": "Sự cố có biên bản"})
        violation.with_user(self.manager).action_dismiss()
        self.assertEqual((violation.state, violation.decided_by_id), ("dismissed", self.manager))
        with self._refused("record.append_only"):
            violation.unlink()
