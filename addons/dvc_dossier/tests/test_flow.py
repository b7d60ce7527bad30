# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import itertools

import psycopg2.errors

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.dvc_account.exceptions import Refusal

from ..domain import states
from ..models.dvc_dossier_event import STATE_LABELS
from .common import DossierCommon

# What each role may call on a dossier of its agency, by state. Everything else in the table below is refused.
ALLOWED = {
    "officer": {
        "receive": {"submitted"},
        "refuse": {"submitted"},
        "request_supplement": {"submitted", "received", "processing"},
        "supplement": {"supplement"},
        "withdraw": {"submitted", "received", "processing", "supplement", "payment"},
        "stop": {"supplement", "payment", "processing"},
    },
    "specialist": {
        "refuse": {"received", "processing"},
        "request_supplement": {"received", "processing"},
        "start": {"received"},
    },
    "integrator": {
        "supplement": {"supplement"},
        "withdraw": {"submitted", "received", "processing", "supplement", "payment"},
    },
    "leader": {},
    "accountant": {},
    "auditor": {},
}
REACHED = (
    "submitted",
    "received",
    "processing",
    "supplement",
    "payment",
    "done",
    "returned",
    "refused",
    "withdrawn",
    "stopped",
)


@tagged("post_install", "-at_install")
class TestFlow(DossierCommon):
    def _calls(self):
        return {
            "receive": ((), {}),
            "refuse": (("Không thuộc thẩm quyền",), {}),
            "request_supplement": (([{"component_code": "TK01", "instruction": "Ghi đủ ngày sinh"}],), {}),
            "supplement": ((self._files("TK01", text="mới"),), {}),
            "start": ((), {}),
            "withdraw": (("Công dân đề nghị",), {}),
            "stop": (("Quá hạn",), {}),
        }

    def test_selection_and_table_have_the_same_states(self):
        self.assertEqual({name for name, _label in STATE_LABELS}, set(states.STATES))
        stages = self.env["dvc.dossier.stage"].search([("company_id", "=", False)])
        self.assertEqual(set(stages.mapped("state")), set(states.STATES) - {"draft"})

    def test_every_role_calls_what_the_table_allows_and_nothing_else(self):
        for state in REACHED:
            dossier = self._in_state(state)
            for role, (call, (args, kwargs)) in itertools.product(ALLOWED, self._calls().items()):
                user = getattr(self, role)
                with self.subTest(state=state, role=role, call=call), self.env.cr.savepoint() as savepoint:
                    if state in ALLOWED[role].get(call, ()):
                        getattr(dossier.with_user(user), call)(*args, **kwargs)
                        self.assertNotEqual(dossier.state, state)
                    else:
                        with self.assertRaises(UserError) as caught:
                            getattr(dossier.with_user(user), call)(*args, **kwargs)
                        if not isinstance(caught.exception, AccessError):
                            self.assertEqual(caught.exception.code, "dossier.bad_transition")
                        self.assertEqual(dossier.state, state)
                    savepoint.rollback()
                    self.env.invalidate_all()

    def test_the_state_is_told_before_the_unit(self):
        other = self._staff(
            "specialist",
            login="dvc_land",
            unit=self.env["dvc.unit"].create({"name": "Địa chính", "company_id": self.agency.id}),
        )
        dossier = self._submit()
        with self._refused("dossier.bad_transition"):
            dossier.with_user(other).start()
        dossier.with_user(self.officer).receive()
        with self.assertRaises(AccessError):
            dossier.with_user(other).start()
        dossier.with_user(self.officer).assign(other.login)
        self.assertEqual(dossier.with_user(other).start()["assignee"], "dvc_land")

    def test_pairs_outside_the_table_are_refused_by_the_funnel(self):
        dossier = self._in_state("received")
        for target in states.STATES:
            if states.verb_for("received", target):
                continue
            for verb in {verb for verb in states.TRANSITIONS.values()}:
                with self._refused("dossier.bad_transition"):
                    dossier._move(verb, target)

    def test_each_move_writes_one_event_with_who_when_why_and_the_clock(self):
        dossier = self._submit()
        dossier.with_user(self.officer).refuse("Không thuộc thẩm quyền", "Điều 4")
        first, second = dossier.event_ids
        self.assertEqual((first.from_state, first.to_state, first.user_id), ("draft", "submitted", self.integrator))
        self.assertEqual((second.verb, second.user_id, second.role), ("refuse", self.officer, "officer"))
        self.assertEqual((second.reason, second.legal_basis), ("Không thuộc thẩm quyền", "Điều 4"))
        self.assertEqual(second.clock["sla"], "met")
        with self.assertRaises(Refusal):
            second.write({"reason": "khác"})
        with self.assertRaises(psycopg2.errors.RestrictViolation), self.assertLogs("odoo.sql_db", "ERROR"):
            self.env.cr.execute("UPDATE dvc_dossier_event SET reason = 'khác' WHERE id = %s", [second.id])

    def test_a_draft_is_withdrawn_and_gets_its_code_with_it(self):
        values = {"procedure_id": self.procedure.id, "company_id": self.agency.id, "account_id": self.citizen.id}
        draft = self.env["dvc.dossier"]._in_flow().create({**values, "delivery": "counter"})
        draft = self.env["dvc.dossier"].browse(draft.id)
        self.assertEqual(draft.with_user(self.officer).withdraw("Công dân không nộp nữa"), {"state": "withdrawn"})
        self.assertEqual(draft.event_ids.code, draft.code)
        self.assertTrue(draft.code)

    def test_each_move_tells_the_citizen_and_the_journal(self):
        before = self.env["dvc.outbox"].search_count([])
        dossier = self._submit()
        dossier.with_user(self.officer).receive()
        texts = self.env["dvc.outbox"].search([("res_model", "=", "dvc.dossier"), ("res_id", "=", dossier.id)])
        self.assertEqual(len(texts), self.env["dvc.outbox"].search_count([]) - before)
        self.assertGreaterEqual(len(texts), 2)
        for message in texts:
            self.assertNotIn(self.citizen.name, message.body)
        lines = self.env["dvc.journal"].search([("dossier_code", "=", dossier.code)])
        self.assertLessEqual({"dossier.submit", "dossier.receive"}, set(lines.mapped("event")))

    def test_a_fee_due_first_waits_and_the_limit_starts_when_it_is_paid(self):
        dossier = self._in_state("payment")
        self.assertFalse(dossier.received_at or dossier.due_at)
        self.assertEqual(dossier.sla, "on_time")
        dossier.with_user(self.officer)._resume_paid()
        self.assertEqual(dossier.state, "received")
        self.assertEqual(dossier.due_at, self._at("2026-03-12 17:00"))

    def test_reasons_are_required_and_the_state_is_told_first(self):
        dossier = self._submit()
        for call in ("refuse", "withdraw"):
            with self._refused("dossier.reason_required"):
                getattr(dossier.with_user(self.officer), call)("  ")
        dossier.with_user(self.officer).withdraw("Công dân đề nghị")
        with self._refused("dossier.bad_transition"):
            dossier.with_user(self.officer).withdraw("")

    def test_a_result_taken_back_needs_a_reason_and_keeps_the_due_date(self):
        dossier = self._in_state("done")
        due = dossier.due_at
        with self._refused("dossier.reason_required"):
            dossier.with_user(self.leader)._reopen(" ")
        dossier.with_user(self.leader)._reopen("Sai họ tên")
        self.assertEqual((dossier.state, dossier.due_at, dossier.sla), ("processing", due, "on_time"))
        self.assertFalse(dossier.done_at or dossier.sla_outcome)

    def test_assign_keeps_the_state_and_writes_an_event_that_is_no_move(self):
        dossier = self._in_state("received")
        answer = dossier.with_user(self.officer).assign(self.specialist.login)
        self.assertEqual(answer, {"state": "received", "assignee": self.specialist.login})
        self.assertFalse(dossier.event_ids[-1].is_move)
        for login in ("nobody", self.officer.login, self.officer2.login, self.citizen_user.login):
            with self._refused("user.unknown"):
                dossier.with_user(self.officer).assign(login)
        for state in ("done", "refused"):
            with self._refused("dossier.bad_transition"):
                self._in_state(state).with_user(self.officer).assign(self.specialist.login)

    def test_start_for_a_colleague(self):
        colleague = self._staff("specialist", login="dvc_specialist_b", unit=self.unit)
        dossier = self._in_state("received")
        answer = dossier.with_user(self.specialist).start(colleague.login)
        self.assertEqual(answer, {"state": "processing", "assignee": colleague.login})

    def test_postpone_once_after_the_present_date(self):
        dossier = self._in_state("processing")
        call = dossier.with_user(self.officer).postpone
        with self._refused("input.invalid"):
            call("2026-03-12 10:00:00", "Chờ xác minh")
        with self._refused("input.invalid"):
            call("ngày mai", "Chờ xác minh")
        with self._refused("dossier.reason_required"):
            call("2026-03-16 10:00:00", " ")
        self.assertEqual(call("2026-03-16 10:00:00", "Chờ xác minh"), {"due_at": "2026-03-16 10:00:00"})
        self.assertEqual(dossier.sla_deadline_at, dossier.due_at)
        event = dossier.event_ids[-1]
        self.assertEqual((event.verb, event.detail["promised"]), ("postpone", "2026-03-12 10:00:00"))
        with self._refused("dossier.postponed_already"):
            call("2026-03-20 10:00:00", "Lại chờ")
        with self._refused("dossier.bad_transition"):
            self._submit().with_user(self.officer).postpone("2026-03-20 10:00:00", "Chờ")

    def test_only_specialists_start_and_blockers_of_higher_addons_hold(self):
        dossier = self._in_state("received")
        blocker = Refusal("test.blocked", "Blocked.")
        self.patch(self.registry["dvc.dossier"], "_start_blockers", lambda self: [blocker])
        with self._refused("test.blocked"):
            dossier.with_user(self.specialist).start()
        self.assertEqual(dossier.state, "received")


@tagged("post_install", "-at_install")
class TestBoard(DossierCommon):
    def _stage(self, state):
        return self.env["dvc.dossier.stage"].search([("state", "=", state)], limit=1)

    def test_a_drag_is_the_move(self):
        dossier = self._submit()
        self.assertIs(dossier.with_user(self.officer).board_move(self._stage("received").id), True)
        self.assertEqual((dossier.state, dossier.stage_id.state), ("received", "received"))
        self.assertTrue(dossier.due_at)
        with self._refused("dossier.bad_transition"):
            dossier.with_user(self.officer).board_move(self._stage("returned").id)
        with self._refused("input.invalid"):
            dossier.with_user(self.officer).board_move(2**31 - 2)

    def test_a_move_that_needs_input_opens_its_dialog(self):
        dossier = self._submit()
        for state, model in (("refused", "dvc.dossier.refusal"), ("supplement", "dvc.dossier.guidance.request")):
            action = dossier.with_user(self.officer).board_move(self._stage(state).id)
            self.assertEqual((action["res_model"], action["target"]), (model, "new"))
            self.assertEqual(action["context"]["default_dossier_id"], dossier.id)
        self.assertEqual(dossier.state, "submitted")

    def test_a_plain_write_of_the_column_is_the_move_or_refused(self):
        dossier = self._submit()
        with self._refused("dossier.input_required"):
            dossier.with_user(self.officer).write({"stage_id": self._stage("refused").id})
        dossier.with_user(self.officer).write({"stage_id": self._stage("received").id, "priority": "1"})
        self.assertEqual((dossier.state, dossier.priority), ("received", "1"))
        with self.assertRaises(AccessError):
            self._submit().with_user(self.specialist).write({"stage_id": self._stage("received").id})

    def test_columns_of_one_state_are_a_matter_of_taste(self):
        own = self.env["dvc.dossier.stage"].create(
            {"name": "Chờ ký", "state": "processing", "company_id": self.agency.id}
        )
        dossier = self._in_state("processing")
        self.assertEqual(dossier.stage_id, own)
        shared = self._stage("processing")
        dossier.with_user(self.specialist).write({"stage_id": shared.id})
        self.assertEqual((dossier.stage_id, dossier.state), (shared, "processing"))

    def test_dialogs_call_the_methods(self):
        dossier = self._submit()
        officer = self.env(user=self.officer.id)
        officer["dvc.dossier.guidance.request"].create(
            {
                "dossier_id": dossier.id,
                "line_ids": [
                    (0, 0, {"component_id": self.procedure.component_ids[0].id, "instruction": "Ghi đủ ngày sinh"})
                ],
            }
        ).action_request()
        self.assertEqual(dossier.state, "supplement")
        officer["dvc.dossier.closing"].create(
            {"dossier_id": dossier.id, "verb": "stop", "reason": "Quá hạn"}
        ).action_close()
        self.assertEqual(dossier.state, "stopped")
        other = self._submit()
        officer["dvc.dossier.refusal"].create(
            {"dossier_id": other.id, "reason": "Không thuộc thẩm quyền"}
        ).action_refuse()
        self.assertEqual(other.state, "refused")

    def test_the_desk_takes_a_supplement_in(self):
        dossier = self._submit()
        self._ask(dossier, "TK01", "GCS")
        action = dossier.with_user(self.officer).action_answer()
        dialog = self.env["dvc.dossier.answer"].with_user(self.officer).with_context(**action["context"]).create({})
        self.assertEqual(dialog.line_ids.mapped("code"), ["TK01", "GCS"])
        [part] = self._files("TK01", text="mới")
        dialog.line_ids[0].write({"file": part["content"], "filename": part["filename"]})
        dialog.action_answer()
        self.assertEqual(dossier.state, "supplement")
        dialog = self.env["dvc.dossier.answer"].with_user(self.officer).with_context(**action["context"]).create({})
        self.assertEqual(dialog.line_ids.mapped("code"), ["GCS"])
        [part] = self._files("GCS", text="mới")
        dialog.line_ids.write({"file": part["content"], "filename": part["filename"]})
        dialog.action_answer()
        self.assertEqual(dossier.state, "submitted")

    def test_what_is_marked_to_be_fixed_is_not_received_by_a_click(self):
        dossier = self._submit().with_user(self.officer)
        dossier.component_ids[0].action_mark_to_fix()
        with self._refused("component.to_fix"):
            dossier.action_receive()
        dossier.component_ids[0].action_accept()
        dossier.action_receive()
        self.assertEqual(dossier.state, "received")

    def test_only_who_can_be_assigned_is_offered(self):
        dossier = self._in_state("received")
        dialog = (
            self.env["dvc.dossier.assignment"]
            .with_user(self.officer)
            .create({"dossier_id": dossier.id, "user_id": self.specialist.id})
        )
        self.assertIn(self.specialist, dialog.assignable_ids)
        self.assertNotIn(self.officer, dialog.assignable_ids)

    def test_the_desk_takes_a_dossier_in_on_the_citizens_behalf(self):
        intake = self.env(user=self.officer.id)["dvc.dossier.intake"].create(
            {"account_id": self.citizen.id, "procedure_id": self.procedure.id, "channel": "post"}
        )
        self.assertEqual(intake.line_ids.mapped("code"), ["TK01", "GCS", "GKS", "GTTT", "VBLC"])
        for part in self._files("TK01", "GCS"):
            line = intake.line_ids.filtered(lambda line, part=part: line.code == part["code"])
            line.write({"file": part["content"], "filename": part["filename"]})
        action = intake.action_submit()
        dossier = self.env["dvc.dossier"].browse(action["res_id"])
        self.assertEqual((dossier.state, dossier.channel, dossier.submitted_by_id), ("submitted", "post", self.officer))
        self.assertEqual(dossier.component_ids.mapped("filename"), ["TK01.pdf", "GCS.pdf"])
