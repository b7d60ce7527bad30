# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import datetime

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, TransactionCase

from ..signing.sign import sign_pdf
from .citizen_keys import NOW, CertificateCase


class TestLife(CertificateCase, TransactionCase):
    def test_default(self):
        first, second = self.registered(), self.registered(self.second_key)
        self.assertEqual((first.is_default, second.is_default), (True, False))
        second.with_user(self.citizen_user).set_default()
        self.assertEqual((first.is_default, second.is_default), (False, True))
        # Again it is nothing new.
        self.assertTrue(second.with_user(self.citizen_user).set_default()["is_default"])
        first.invalidate_recordset()
        with freeze_time(NOW + datetime.timedelta(days=6 * 365)):
            self.refused("certificate.expired", first.with_user(self.citizen_user).set_default)

    def test_replace(self):
        old = self.registered()
        new = self.registered(self.second_key, replaces=old.id)
        self.assertEqual((old.state, old.replaced_by_id, old.ended_cause), ("replaced", new, "replaced"))
        self.assertEqual((old.is_default, new.is_default, new.replaces_ids), (False, True, old))
        self.assertTrue(old.ended_at)
        events = self.env["dvc.journal"].search([("account_id", "=", self.citizen.id)]).mapped("event")
        self.assertIn("certificate.replaced", events)
        # What was replaced does not come back, and replaces nothing.
        self.refused("certificate.ended", self.register, sign_pdf(self.challenge(), self.key))
        third = sign_pdf(self.challenge(), self.issue("third", f"CCCD:{self.CITIZEN_FACTS['citizen_id']}"))
        self.refused("certificate.bad_transition", self.register, third, replaces=old.id)
        self.refused("certificate.unknown", self.register, third, replaces=2**31 - 2)

    def test_nobody_elses_is_replaced(self):
        mine = self.registered()
        theirs = sign_pdf(self.challenge(self.stranger), self.strangers_key)
        self.refused("certificate.unknown", self.register, theirs, self.stranger, replaces=mine.id)
        self.assertEqual(mine.state, "active")

    def test_reported_lost_by_the_citizen_at_once(self):
        lost, other = self.registered(), self.registered(self.second_key)
        answer = lost.with_user(self.citizen_user).report_lost()
        self.assertEqual((answer["state"], answer["is_default"]), ("revoked", False))
        self.assertEqual((lost.ended_cause, bool(lost.ended_at)), ("lost", True))
        # The one that is left is the default.
        self.assertTrue(other.is_default)
        self.assertIn(lost.serial[-6:], self.messages(lost)[-1].body)
        self.refused("certificate.bad_transition", lost.with_user(self.citizen_user).report_lost)
        self.refused("certificate.bad_transition", lost.with_user(self.citizen_user).set_default)
        self.refused("certificate.ended", self.register, sign_pdf(self.challenge(), self.key))

    def test_put_away_by_a_manager_it_stays_lost(self):
        lost = self.registered()
        lost.with_user(self.citizen_user).report_lost()
        lost.with_user(self.manager).active = False
        self.refused("certificate.ended", self.register, sign_pdf(self.challenge(), self.key))

    def test_officers_give_a_reason(self):
        certificate = self.registered()
        for reason in (None, "", "  "):
            self.refused("certificate.reason_required", certificate.with_user(self.officer).report_lost, reason)
        action = certificate.with_user(self.officer).action_report_lost()
        wizard = self.env["dvc.certificate.decision"].with_user(self.officer).with_context(**action["context"])
        with Form(wizard) as form:
            form.reason = "Công dân gọi điện báo mất"
        form.record.action_confirm()
        self.assertEqual((certificate.state, certificate.ended_reason), ("revoked", "Công dân gọi điện báo mất"))
        line = self.env["dvc.journal"].search([("event", "=", "certificate.revoked")], limit=1)
        self.assertEqual(
            (line.user_id, line.role, line.purpose), (self.officer, "officer", "Công dân gọi điện báo mất")
        )

    def test_no_longer_used_and_cancelled(self):
        certificate = self.registered()
        certificate.with_user(self.citizen_user).stop_using("Đổi nhà cung cấp")
        self.assertEqual((certificate.state, certificate.ended_cause), ("revoked", "unused"))
        announced = self.register((self.keys / "second.pem").read_bytes())
        record = self.env["dvc.certificate"].browse(announced["id"])
        self.assertEqual(record.with_user(self.citizen_user).stop_using()["state"], "cancelled")
        self.assertFalse(record.active)
        # Announced again after that, and proven.
        self.assertEqual(self.register(sign_pdf(self.challenge(), self.second_key))["state"], "active")

    def test_guarded(self):
        certificate = self.registered()
        for values in (
            {"state": "pending"},
            {"is_default": False},
            {"ended_at": False},
            {"replaced_by_id": False},
            {"reminded_days": 7},
            {"certificate_secret": "x"},
            {"proven_by": "document"},
        ):
            self.refused("field.guarded", certificate.with_user(self.manager).write, values)
        for values in ({"account_id": self.stranger.id}, {"purpose": "leader"}, {"certificate": "x"}):
            self.refused("certificate.fixed", certificate.with_user(self.manager).write, values)
        vals = {
            "purpose": "citizen",
            "account_id": self.citizen.id,
            "certificate": (self.keys / "mine.pem").read_text(),
        }
        self.refused("field.guarded", self.certificates(self.manager).create, {**vals, "state": "active"})
        self.refused("field.guarded", self.certificates(self.manager).create, {**vals, "is_default": True})

    def test_managers_enter_nothing_that_counts(self):
        """What is typed in waits for the same proof, and is sealed like any other."""
        made = self.certificates(self.manager).create(
            {"purpose": "citizen", "account_id": self.citizen.id, "certificate": (self.keys / "mine.pem").read_text()}
        )
        self.assertEqual((made.state, made.certificate, made.name), ("pending", False, "Nguyễn Thị Kiểm"))
        self.assertIn("046*******01", made.subject)
        self.assertEqual(self.register(sign_pdf(self.challenge(), self.key))["id"], made.id)

    def test_roles(self):
        certificate = self.registered()
        for user in (self.officer, self.manager, self.auditor, self.integrator, self.citizen_user):
            self.assertEqual(self.certificates(user).search([("account_id", "=", self.citizen.id)]), certificate)
        for user in (self.stranger_user, self.leader):
            self.assertFalse(self.certificates(user).search([("account_id", "=", self.citizen.id)]))
        for user in (self.specialist, self.accountant):
            with self.assertRaises(AccessError):
                self.certificates(user).search([])
        for user in (self.stranger_user, self.leader, self.auditor, self.specialist, self.accountant):
            for verb in ("report_lost", "stop_using", "set_default"):
                with self.subTest(user=user.login, verb=verb), self.assertRaises(AccessError):
                    getattr(certificate.with_user(user), verb)()
        for user in (self.citizen_user, self.officer):
            with self.assertRaises(UserError):
                certificate.with_user(user).write({"name": "x"})
            with self.assertRaises(AccessError):
                self.certificates(user).create({"purpose": "citizen", "certificate": "x"})

    def test_an_agencys_certificate_is_none_of_these(self):
        values = {"purpose": "citizen", "certificate": (self.keys / "second.pem").read_text()}
        nobodys = self.certificates(self.manager).create(values)
        self.refused("certificate.unknown", nobodys.with_user(self.officer).report_lost, "x")

    def test_list(self):
        self.registered()
        self.register((self.keys / "second.pem").read_bytes())
        listed = self.certificates().list_for(self.citizen.id)
        self.assertEqual([line["state"] for line in listed], ["pending", "active"])
        self.assertEqual(listed[1]["provider"], "TEST SmartSign")
        self.assertNotIn(None, [value for line in listed for value in line.values()])
        with self.assertRaises(AccessError):
            self.certificates(self.stranger_user).list_for(self.citizen.id)
        self.refused("account.unknown", self.certificates(self.officer).list_for, 2**31 - 2)

    def test_reminders_once_each(self):
        uid = f"CCCD:{self.CITIZEN_FACTS['citizen_id']}"
        key = self.issue("short", uid, end=NOW + datetime.timedelta(days=40))
        certificate = self.registered(key)
        told = len(self.messages(certificate))
        end = certificate.valid_to
        for days, wanted in ((35, 0), (29.5, 1), (29, 1), (15, 1), (6.5, 2), (3, 2), (-1, 2)):
            with freeze_time(end - datetime.timedelta(days=days)):
                self.env.ref("dvc_account.ir_cron_certificate_reminders").method_direct_trigger()
            self.assertEqual(len(self.messages(certificate)) - told, wanted, days)
        self.assertIn(end.strftime("%d/%m/%Y"), self.messages(certificate)[-1].body)

    def test_no_reminder_of_what_is_out_of_use(self):
        uid = f"CCCD:{self.CITIZEN_FACTS['citizen_id']}"
        certificate = self.registered(self.issue("short", uid, end=NOW + datetime.timedelta(days=5)))
        certificate.with_user(self.citizen_user).report_lost()
        told = len(self.messages(certificate))
        self.env.ref("dvc_account.ir_cron_certificate_reminders").method_direct_trigger()
        self.assertEqual(len(self.messages(certificate)), told)

    def test_pass_to_the_standardised_account(self):
        certificate = self.registered()
        rival = self._registered("+84914990077")
        self.citizen._in_flow().write({"state": "unstandardized"})
        outcome = rival.standardize(**self.CITIZEN_FACTS)
        self.assertEqual((outcome["state"], self.citizen.merged_into_id), ("standardized", rival))
        self.assertEqual((certificate.account_id, certificate.state), (rival, "active"))

    def test_filters(self):
        certificate = self.registered()
        found = self.certificates(self.officer).search
        self.assertIn(certificate, found([("is_expired", "=", False)]))
        with freeze_time(NOW + datetime.timedelta(days=6 * 365)):
            self.assertIn(certificate, found([("is_expired", "=", True)]))
        action = self.citizen.with_user(self.officer).action_open_certificates()
        self.assertEqual(found(action["domain"]), certificate)
        self.assertEqual(self.citizen.with_user(self.officer).certificate_count, 1)
        self.assertLess(certificate.valid_from, fields.Datetime.now())

    def test_challenges_are_nobodys_to_read(self):
        document = self.challenge()
        self.assertIn(b"DVC-CHALLENGE:", document)
        for user in (self.citizen_user, self.officer, self.manager, self.auditor, self.integrator):
            with self.assertRaises(AccessError):
                self.env["dvc.certificate.challenge"].with_user(user).search([])
        for _number in range(19):
            self.challenge()
        self.refused("certificate.too_many", self.challenge)
