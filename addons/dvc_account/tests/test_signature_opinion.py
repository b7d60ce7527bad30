# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64

from odoo.exceptions import AccessError
from odoo.tests import Form

from ..exceptions import Refusal
from ..signing.sign import sign_pdf
from .test_signature_evidence import EvidenceCommon

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


class TestOpinion(EvidenceCommon):
    """What the national page says: beside our verdict, never in its place."""

    def setUp(self):
        super().setUp()
        self.revoked = self.check(sign_pdf(self.page(), self.revoked_key), record=None)

    def _add(self, check, user=None, **values):
        opinions = self.env["dvc.signature.opinion"].with_user(user or self.officer)
        return opinions._add(check, **{"outcome": "valid", "note": "", "files": [], **values})

    def test_it_changes_no_verdict(self):
        check = self.revoked
        before = self.env["dvc.signature.check"].search_count([])
        opinion = self._add(check, note="Số 046185990001 trên trang")
        self.assertEqual((check.verdict, check.reason), ("revoked", "revoked"))
        self.assertEqual(self.env["dvc.signature.check"].search_count([]), before)
        self.assertEqual(check.opinion_ids, opinion)
        self.assertNotIn("046185990001", opinion.note)
        # Of the same bytes, whichever check was looked at.
        again = self.check(sign_pdf(self.page(), self.key))
        self.assertFalse(again.opinion_ids)
        line = self.env["dvc.journal"].search([("event", "=", "signature.opinion_added")], limit=1)
        self.assertEqual((line.user_id, line.res_id, line.detail["verdict"]), (self.officer, opinion.id, "revoked"))

    def test_the_dialog_keeps_it_with_its_picture(self):
        action = self.revoked.action_add_opinion()
        entries = self.env["dvc.signature.opinion.entry"].with_user(self.officer).with_context(**action["context"])
        with Form(entries.with_context(default_evidence_name="trang.png")) as form:
            form.outcome = "invalid"
            form.note = "Trang báo đã thu hồi"
            form.evidence_file = base64.b64encode(PICTURE).decode()
        self.assertEqual(form.record.action_confirm()["res_id"], self.revoked.id)
        opinion = self.revoked.opinion_ids
        self.assertEqual((opinion.outcome, opinion.user_id), ("invalid", self.officer))
        self.assertEqual(opinion.attachment_id.raw, PICTURE)
        self.assertTrue(opinion.attachment_id.with_user(self.auditor).has_access("read"))
        self.assertFalse(opinion.attachment_id.with_user(self.officer2).has_access("read"))
        self.assertIn("/web/content/", opinion.action_open_picture()["url"])

    def test_it_stands_in_the_report(self):
        self._add(self.revoked, outcome="unknown", note="Trang không trả lời")
        self.assertEqual(self.revoked._sheet().opinions[0][2], "Trang không trả lời")
        self.assertFalse(self.revoked._sheet(public=True).opinions)

    def test_nobody_changes_it(self):
        opinion = self._add(self.revoked)
        with self.assertRaises(Refusal):
            opinion.write({"outcome": "invalid"})
        with self.assertRaises(AccessError):
            opinion.unlink()
        for call in (lambda: opinion.sudo().write({"outcome": "invalid"}), opinion.sudo().unlink):
            with self.assertRaises(Refusal):
                call()
        with self.assertRaises(AccessError):
            self.env["dvc.signature.opinion"].with_user(self.manager).create(
                {"check_id": self.revoked.id, "sha256": "0", "outcome": "valid", "user_id": self.leader.id}
            )

    def test_who_may_add_one(self):
        for user in (self.officer, self.specialist, self.manager):
            with self.subTest(user.login):
                self.assertTrue(self._add(self.revoked.with_user(user), user))
        for user in (self.leader, self.auditor, self.accountant, self.integrator, self.citizen_user, self.officer2):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._add(self.revoked.with_user(user), user)
