# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64

from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.dvc_account.exceptions import Refusal

from .common import DvcCase, DvcCommon

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


class TestAccountCase(DvcCommon):
    def setUp(self):
        super().setUp()
        self.cases = self.env["dvc.account.case"]

    def assertRefused(self, code, method, *args, **kwargs):
        with self.assertRaises(Refusal) as caught:
            method(*args, **kwargs)
        self.assertEqual(caught.exception.code, code)

    def locked(self, heir=None):
        self.stranger._lock("duplicate", "Trùng", merged_into=heir)
        return self.stranger

    def answer(self, case, user, verb, reason="Đã đối chiếu", **values):
        dialog = self.env["dvc.account.case.answer"].with_user(user)
        return dialog.create({"case_id": case.id, "verb": verb, "reason": reason, **values}).action_confirm()

    def test_an_unlock_keeps_who_and_why(self):
        account = self.locked()
        account.with_user(self.officer).unlock("Nhầm người")
        account.with_user(self.colleague).unlock("Đã xem giấy tờ")
        case = self.cases.search([("account_id", "=", account.id)])
        self.assertEqual((case.kind, case.state, case.origin), ("unlock", "done", "staff"))
        self.assertEqual((case.requested_by_id, case.decided_by_id), (self.officer, self.colleague))
        self.assertEqual((case.reason, case.decision), ("Nhầm người", "Đã xem giấy tờ"))

    def test_whoever_checks_never_decides(self):
        account = self.locked()
        account.with_user(self.officer).unlock("x")
        case = self.cases.search([("account_id", "=", account.id)])
        self.assertFalse(case.with_user(self.officer).may_decide)
        self.assertTrue(case.with_user(self.colleague).may_decide)
        self.assertRefused("case.two_persons", self.answer, case, self.officer, "complete")
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            self.env.cr.execute(
                "UPDATE dvc_account_case SET state = 'done', decided_by_id = requested_by_id WHERE id = %s", [case.id]
            )

    def test_a_refusal_leaves_the_lock(self):
        account = self.locked()
        account.with_user(self.officer).unlock("x")
        case = self.cases.search([("account_id", "=", account.id)])
        self.assertRefused("account.reason_required", self.answer, case, self.manager, "refuse", " ")
        self.answer(case, self.manager, "refuse", "Giấy tờ không khớp")
        self.assertEqual((case.state, account.state), ("refused", "locked"))
        self.assertRefused("case.closed", self.answer, case, self.manager, "complete")
        self.assertEqual(account.with_user(self.officer).unlock("lần nữa"), {"state": "requested"})

    def test_evidence_is_checked_and_kept(self):
        account = self.locked()
        dialog = self.env["dvc.account.decision"].with_user(self.officer)
        values = {"account_id": account.id, "verb": "unlock", "cause": "wrong", "reason": "Đã xem thẻ"}
        bad = dialog.create({**values, "evidence_file": base64.b64encode(b"MZ harm"), "evidence_name": "a.exe"})
        self.assertRefused("file.type", bad.action_confirm)
        good = dialog.create({**values, "evidence_file": base64.b64encode(PICTURE), "evidence_name": "the.png"})
        good.action_confirm()
        case = self.cases.search([("account_id", "=", account.id)])
        self.assertEqual((case.attachment_ids.name, case.attachment_ids.raw), ("the.png", PICTURE))
        self.assertIn("Đã xem thẻ", case.reason)

    def test_a_transfer_needs_proof_or_evidence(self):
        account = self._registered("0914990091")
        account._lock("duplicate", "Trùng")
        case = self.cases._open_case("transfer", account, self.citizen)
        self.assertFalse(case.is_proven)
        self.assertRefused("case.evidence_required", self.answer, case, self.officer, "check")
        evidence = {"evidence_file": base64.b64encode(PICTURE), "evidence_name": "the.png"}
        self.answer(case, self.officer, "check", **evidence)
        self.answer(case, self.colleague, "complete")
        self.assertEqual((case.state, account.merged_into_id), ("done", self.citizen))

    def test_nothing_passes_to_another_proven_person(self):
        account = self.locked()
        case = self.cases._open_case("transfer", account, self.citizen)
        evidence = {"evidence_file": base64.b64encode(PICTURE), "evidence_name": "the.png"}
        self.answer(case, self.officer, "check", **evidence)
        self.assertRefused("case.other_person", self.answer, case, self.manager, "complete")
        self.assertFalse(account.merged_into_id)

    def test_roles(self):
        account = self.locked()
        case = self.cases._open_case("unlock", account, origin="citizen", reason="x")
        self.assertTrue(case.with_user(self.auditor).read(["state"]))
        for user in (self.specialist, self.accountant, self.leader, self.citizen_user, self.integrator):
            with self.assertRaises(AccessError):
                case.with_user(user).read(["state"])
        with self.assertRaises(AccessError):
            case.with_user(self.auditor).action_answer()
        self.assertRefused("field.guarded", case.with_user(self.officer).sudo().write, {"state": "done"})

    def test_agencies(self):
        account = self.locked()
        account.with_user(self.officer).unlock("x")
        case = self.cases.search([("account_id", "=", account.id)])
        self.assertEqual(case.company_id, self.officer.company_id)
        self.assertFalse(self.cases.with_user(self.officer2).search([("id", "=", case.id)]))

    def test_nobody_locks_themselves(self):
        self.citizen._in_flow().write({"user_id": False, "partner_id": self.officer.partner_id.id})
        self.assertRefused("account.own", self.citizen.with_user(self.officer).lock, "x")

    def test_an_unlock_withdraws_a_waiting_transfer(self):
        account = self.locked()
        case = self.cases._open_case("transfer", account, self.citizen)
        account.with_user(self.officer).unlock("x")
        account.with_user(self.manager).unlock("y")
        self.assertEqual(case.state, "withdrawn")


@tagged("-at_install", "post_install")
class TestLockedPage(DvcCase, HttpCase):
    FORM = "/my/account-standardize"

    def token(self):
        page = self.url_open(self.FORM)
        return page.text.partition('name="csrf_token" value="')[2].partition('"')[0]

    def test_a_locked_citizen_asks_for_an_unlock(self):
        self.authenticate("dvc_stranger", "dvc_stranger")
        self.stranger._lock("duplicate", "Another account of this person or phone was standardised.")
        self.authenticate("dvc_stranger", "dvc_stranger")
        url = "/my/account-unlock"
        page = self.url_open(url, data={"csrf_token": self.token(), "reason": " "})
        self.assertIn('id="dvc_error"', page.text)
        page = self.url_open(
            url,
            data={"csrf_token": self.token(), "reason": "Đây là số của tôi"},
            files={"evidence": ("the.png", PICTURE, "image/png")},
        )
        self.assertIn('id="dvc_unlock_pending"', page.text)
        case = self.env["dvc.account.case"].search([("account_id", "=", self.stranger.id)])
        self.assertEqual((case.origin, case.state, case.reason), ("citizen", "open", "Đây là số của tôi"))
        self.assertEqual(case.attachment_ids.raw, PICTURE)
        case.with_user(self.officer).sudo()._check("Đã xem")
        case.with_user(self.manager).sudo()._complete("Đúng")
        self.assertNotEqual(self.stranger.state, "locked")
        self.assertTrue(self.env["dvc.outbox"].search([("dedup_key", "=", f"account.case:{case.id}:done")]))

    def test_requests_are_limited(self):
        self.stranger._lock("duplicate", "x")
        self.authenticate("dvc_stranger", "dvc_stranger")
        for _round in range(3):
            self.url_open("/my/account-unlock", data={"csrf_token": self.token(), "reason": "x"})
            case = self.env["dvc.account.case"].search([("account_id", "=", self.stranger.id)], limit=1)
            case.with_user(self.manager).sudo()._close("refused", "Không đúng")
        page = self.url_open("/my/account-unlock", data={"csrf_token": self.token(), "reason": "x"})
        self.assertIn('id="dvc_error"', page.text)

    def test_nothing_tells_whose_the_other_account_is(self):
        other = self._registered("0914990077", name="Lê Thị Khác")
        other.with_user(self.integrator).standardize(**self.CITIZEN_FACTS)
        self.assertEqual((other.state, other.merged_into_id), ("locked", self.citizen))
        other._ensure_login()
        other.user_id.write({"login": "dvc_other", "password": "dvc_other"})
        self.authenticate("dvc_other", "dvc_other")
        page = self.url_open(self.FORM)
        for told in (self.citizen.email or "citizen@", self.citizen.phone_masked, f">{self.citizen.id}<"):
            self.assertNotIn(told, page.text)
