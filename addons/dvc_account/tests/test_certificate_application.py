# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import http.server
import json
import threading
from unittest.mock import patch

import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, TransactionCase
from odoo.tools import mute_logger

from ..models import dvc_outbox
from ..models.dvc_certificate_application import CONSENT_VERSION
from ..signing.sign import sign_pdf
from .citizen_keys import CertificateCase


class Provider(http.server.BaseHTTPRequestHandler):
    """A provider that takes applications in over HTTP."""

    received: list[dict] = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append({"type": self.headers["Content-Type"], **json.loads(body)})
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_args):
        """Keep the test's output clean."""


class TestApplication(CertificateCase, TransactionCase):
    def applications(self, user=None):
        return self.env["dvc.certificate.application"].with_user(user or self.citizen_user)

    def prepared(self, provider=None):
        answer = self.applications().prepare(self.citizen.id, (provider or self.provider).code)
        return self.applications().browse(answer["id"])

    def submitted(self, provider=None):
        application = self.prepared(provider)
        application.submit(True, CONSENT_VERSION)
        return application

    def test_from_draft_to_a_registered_certificate(self):
        application = self.submitted()
        self.assertEqual(application.state, "submitted")
        as_officer = application.with_user(self.officer)
        as_officer.action_accept()
        as_officer.update_status("issued", provider_reference="VN-77")
        self.assertEqual((application.state, application.provider_reference), ("issued", "VN-77"))
        certificate = self.registered()
        self.assertEqual(application.certificate_id.id, certificate.id)
        moves = [(event.from_state, event.to_state, event.role) for event in as_officer.event_ids]
        self.assertEqual(
            moves,
            [
                (False, "draft", "citizen"),
                ("draft", "submitted", "citizen"),
                ("submitted", "accepted", "officer"),
                ("accepted", "issued", "officer"),
            ],
        )
        self.assertEqual(len(self.messages(application)), 3)
        self.assertTrue(application.closed_at)
        self.assertIn(application.reference, self.messages(application)[0].body)

    def test_consent_is_the_citizens_own_act(self):
        application = self.prepared()
        self.refused("certificate.consent_required", application.submit, False, CONSENT_VERSION)
        self.refused("certificate.consent_changed", application.submit, True, "2020-1")
        self.refused("input.invalid", application.submit, "yes", CONSENT_VERSION)
        self.assertEqual((application.state, application.consent_at), ("draft", False))
        application.submit(True, CONSENT_VERSION)
        self.assertEqual(application.consent_version, CONSENT_VERSION)
        self.assertIn(self.provider.name, application.consent_text)
        self.assertTrue(application.consent_at)

    def test_the_database_wants_the_consent(self):
        application = self.prepared()
        with self.assertRaises(psycopg2.IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.env.cr.execute(
                "UPDATE dvc_certificate_application SET submitted_at = now() WHERE id = %s", [application.id]
            )

    def test_refused_with_a_reason(self):
        application = self.submitted().with_user(self.officer)
        self.refused("certificate.reason_required", application.update_status, "refused", "  ")
        action = application.action_refuse()
        wizard = self.env["dvc.certificate.decision"].with_user(self.officer).with_context(**action["context"])
        with Form(wizard) as form:
            form.reason = "Ảnh giấy tờ không rõ"
        form.record.action_confirm()
        self.assertEqual((application.state, application.refusal_reason), ("refused", "Ảnh giấy tờ không rõ"))

    def test_withdrawn(self):
        for accepted in (False, True):
            application = self.submitted()
            if accepted:
                application.with_user(self.officer).action_accept()
            self.assertEqual(application.withdraw()["state"], "withdrawn")
            self.refused("certificate.bad_transition", application.withdraw)
        application = self.submitted()
        action = application.with_user(self.officer).action_withdraw()
        self.assertEqual(action["context"]["default_verb"], "withdraw")

    def test_what_is_not_lawful(self):
        application = self.prepared()
        officers = application.with_user(self.officer)
        for status in ("accepted", "issued"):
            self.refused("certificate.bad_transition", officers.update_status, status)
        application.submit(True, CONSENT_VERSION)
        self.refused("certificate.bad_transition", application.submit, True, CONSENT_VERSION)
        self.refused("certificate.bad_transition", officers.update_status, "issued")
        self.refused("input.invalid", officers.update_status, "withdrawn")
        officers.update_status("accepted")
        # The same report twice is one.
        count = len(officers.event_ids)
        self.assertEqual(officers.update_status("accepted")["state"], "accepted")
        self.assertEqual(len(officers.event_ids), count)
        officers.update_status("issued")
        self.refused("certificate.bad_transition", officers.update_status, "refused", "x")
        self.refused("certificate.bad_transition", application.withdraw)

    def test_one_at_a_time(self):
        first = self.prepared()
        with mute_logger("odoo.sql_db"):
            self.refused("certificate.application_open", self.applications().prepare, self.citizen.id, "test")
        first.withdraw()
        self.assertTrue(self.prepared())
        self.refused("certificate.provider_unknown", self.applications().prepare, self.citizen.id, "nobody")
        self.provider.active = False
        self.refused("certificate.provider_unknown", self.applications().prepare, self.citizen.id, "test")

    def test_roles(self):
        application = self.submitted()
        for user in (self.officer, self.manager, self.auditor, self.integrator, self.citizen_user):
            self.assertIn(application.id, self.applications(user).search([]).ids)
        self.assertFalse(self.applications(self.stranger_user).search([]))
        for user in (self.leader, self.specialist, self.accountant):
            with self.assertRaises(AccessError):
                self.applications(user).search([])
        for user in (self.citizen_user, self.auditor, self.stranger_user):
            with self.assertRaises(AccessError):
                application.with_user(user).update_status("accepted")
        for user in (self.auditor, self.stranger_user, self.leader):
            with self.assertRaises(AccessError):
                application.with_user(user).withdraw()
            with self.assertRaises(AccessError):
                self.applications(user).prepare(self.citizen.id, "test")
        for user in (self.officer, self.manager, self.citizen_user):
            with self.assertRaises(UserError):
                application.with_user(user).write({"state": "issued"})
        with self.assertRaises(UserError):
            application.sudo().unlink()

    def test_a_providers_login_reports_on_its_own(self):
        theirs = self._staff("integrator", login="dvc_provider")
        self.provider.user_id = theirs
        application = self.submitted()
        self.assertFalse(self.applications(self.integrator).search([]))
        with self.assertRaises(AccessError):
            application.with_user(self.integrator).update_status("accepted")
        self.assertEqual(application.with_user(theirs).update_status("accepted")["state"], "accepted")
        found = self.applications(theirs).find_by_reference(application.reference)
        self.assertEqual(found["id"], application.id)
        self.assertFalse(self.applications(self.integrator).find_by_reference(application.reference))
        self.refused("certificate.application_unknown", self.applications(theirs).browse(2**31 - 2).withdraw)

    def test_events_are_kept(self):
        event = self.submitted().with_user(self.officer).event_ids[0]
        self.refused("record.append_only", event.sudo().write, {"note": "x"})
        with self.assertRaises(psycopg2.Error), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.env.cr.execute("UPDATE dvc_certificate_application_event SET note = 'x' WHERE id = %s", [event.id])


class TestProvider(TestApplication):
    """What leaves for a provider that takes applications electronically."""

    def setUp(self):
        super().setUp()
        Provider.received = []
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        # Odoo's own guard of tests compares a time-out with a number, and cannot read a pair.
        self.startPatcher(patch.object(dvc_outbox, "TIMEOUT", 10))
        address = f"http://127.0.0.1:{server.server_port}/applications"
        self.provider.write({"delivery": "webhook", "webhook_url": address})

    def send(self):
        self.env.ref("dvc_account.ir_cron_outbox").method_direct_trigger()

    def test_only_what_is_needed_and_only_after_consent(self):
        application = self.prepared()
        self.send()
        self.assertFalse(Provider.received)
        application.submit(True, CONSENT_VERSION)
        message = self.messages(application, "webhook")
        self.assertEqual(
            (message.state, message.body, application.with_user(self.officer).message_state),
            ("queued", False, "queued"),
        )
        self.send()
        self.assertEqual(
            Provider.received,
            [
                {
                    "type": "application/json",
                    "event": "application.submitted",
                    "reference": application.reference,
                    "full_name": self.CITIZEN_FACTS["full_name"],
                    "citizen_id": self.CITIZEN_FACTS["citizen_id"],
                    "phone": self.CITIZEN_FACTS["phone"],
                    "consent": {"version": CONSENT_VERSION, "at": str(application.consent_at)},
                }
            ],
        )
        # Sealed while it waited, wiped once it has left.
        self.assertEqual((message.state, message.body_secret), ("sent", False))
        self.assertEqual(application.with_user(self.officer).message_state, "sent")

    def test_a_withdrawal_is_told_without_personal_data(self):
        self.submitted().withdraw()
        self.send()
        self.assertEqual(Provider.received[1].keys(), {"type", "event", "reference"})
        Provider.received.clear()
        self.prepared().withdraw()
        self.send()
        self.assertFalse(Provider.received)

    def test_addresses(self):
        for values in ({"webhook_url": "http://example.com/x"}, {"webhook_url": False}, {"website": "javascript:x"}):
            self.refused("certificate.bad_address", self.provider.with_user(self.manager).write, values)
        for user in (self.officer, self.citizen_user, self.integrator):
            with self.assertRaises(AccessError):
                self.provider.with_user(user).read(["webhook_url"])
            with self.assertRaises(AccessError):
                self.provider.with_user(user).write({"name": "x"})
        self.assertTrue(self.provider.with_user(self.citizen_user).read(["name", "hotline"]))

    def test_issued_elsewhere_is_not_tied(self):
        other = self.env["dvc.certificate.provider"].create({"code": "other", "name": "Other"})
        application = self.submitted(other)
        application.with_user(self.officer).update_status("accepted")
        application.with_user(self.officer).update_status("issued")
        self.register(sign_pdf(self.challenge(), self.key))
        self.assertFalse(application.certificate_id)
