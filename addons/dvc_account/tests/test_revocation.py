# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Revocation data: lists uploaded and fetched, responders asked, outages borne."""

import base64
import datetime
from datetime import timedelta

from cryptography.x509 import ocsp

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import TransactionCase
from odoo.tools import mute_logger

from ..models.dvc_revocation_answer import FAILURES_MAX
from ..signing import demo_pki
from ..signing.revocation_list import LARGE
from ..signing.sign import sign_pdf
from .citizen_keys import NOW, CertificateCase
from .revocation_server import RevocationServer

DAY = timedelta(days=1)
LOGGERS = (
    "odoo.addons.dvc_account.models.dvc_trust_anchor_list",
    "odoo.addons.dvc_account.models.dvc_revocation_answer",
)


class RevocationCase(CertificateCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ca_anchor = cls.env["dvc.trust.anchor"].search([("is_intermediate", "=", True), ("active", "=", True)])
        cls.ca_anchor.crl = False
        cls.ca = cls.ca_anchor.with_user(cls.manager)
        cls.file, cls.revoked_file = sign_pdf(cls.page(), cls.key), sign_pdf(cls.page(), cls.revoked_key)
        cls.env["ir.config_parameter"].set_param("dvc_account.revocation_hosts", "127.0.0.1")

    def list_of(self, authority=None, made=NOW - timedelta(hours=1), until=NOW + DAY) -> bytes:
        return base64.b64encode((authority or self.provider_ca).crl(made=made, until=until))

    def verdict(self, data=None) -> str:
        return self.env["dvc.signature"]._verdict_for(data or self.file, "a.pdf")[0]

    def answers(self):
        return self.env["dvc.revocation.answer"].search([("anchor_id", "=", self.ca.id)])


class TestLists(RevocationCase, TransactionCase):
    def test_a_list_settles_what_is_open(self):
        self.assertEqual(self.verdict(), "unknown")
        self.ca.crl = self.list_of()
        self.assertEqual((self.verdict(), self.verdict(self.revoked_file)), ("valid", "revoked"))
        self.assertRecordValues(
            self.ca,
            [{"crl_entries": 1, "crl_number": "1", "crl_state": "good", "crl_origin": "upload", "crl_error": False}],
        )
        self.assertEqual(self.ca.crl_until, (NOW + DAY).replace(tzinfo=None))

    def test_the_authority_s_own_and_newer_or_not_at_all(self):
        self.ca.crl = self.list_of()
        kept = self.ca.crl_digest
        for content in (
            self.list_of(self.root),
            self.list_of(self.fake_ca),
            self.list_of(made=NOW - DAY),
            self.list_of(made=NOW + DAY, until=NOW + 2 * DAY),
            base64.b64encode(b"no list"),
            base64.b64encode(self.file),
        ):
            code = self.refused("crl.refused", self.ca.write, {"crl": content})
            self.assertTrue(str(code))
            self.assertEqual(self.ca.crl_digest, kept)
        self.refused("crl.refused", self.env["dvc.trust.anchor"].with_user(self.manager).create, {
            "name": "x",
            "certificate": demo_pki.Authority("x", "TEST X", NOW - DAY).certificate.public_bytes(
                demo_pki.serialization.Encoding.PEM
            ).decode(),
            "crl": self.list_of(),
        })  # fmt: skip
        self.ca.crl = self.list_of(made=NOW)
        self.assertNotEqual(self.ca.crl_digest, kept)

    def test_a_list_that_is_out_of_date_is_marked(self):
        self.ca.crl = self.list_of(made=NOW - 3 * DAY, until=NOW - DAY)
        self.assertEqual((self.ca.crl_state, self.verdict()), ("expired", "unknown"))
        self.assertIn(self.ca, self.ca.search([("crl_state", "=", "expired")]))
        self.assertNotIn(self.ca, self.ca.search([("crl_state", "in", ("good", "none"))]))

    def test_large_lists_are_kept_in_their_file(self):
        serials = {number: number for number in range(10_000, 14_000)}
        authority = self.provider_ca
        known = list(authority._revoked)
        authority._revoked = known + [(serial, NOW - DAY) for serial in serials]
        self.addCleanup(setattr, authority, "_revoked", known)
        self.ca.crl = self.list_of()
        self.assertGreater(self.ca.crl_size, LARGE)
        trust = self.env["dvc.trust.anchor"]._store()
        self.assertEqual([len(kept.read()) for kept in trust.kept], [self.ca.crl_size])
        self.assertEqual((self.verdict(), self.verdict(self.revoked_file)), ("valid", "revoked"))

    def test_fetching(self):
        with RevocationServer(self.provider_ca) as server:
            self.ca.crl_url = f"{server.url}/list"
            answer = self.ca.action_fetch_list()
            self.assertEqual(answer["params"]["type"], "success")
            self.assertRecordValues(self.ca, [{"crl_origin": "fetch", "crl_tries": 0, "crl_error": False}])
            self.assertGreater(self.ca.crl_due_at, fields.Datetime.now() + timedelta(minutes=50))
            self.assertEqual(self.verdict(), "valid")
            self.assertEqual(self.ca.action_fetch_list()["params"]["type"], "info")
            self.assertEqual(server.came, ["/list"] * 2)

    def test_the_job_fetches_what_is_due(self):
        cron = self.env.ref("dvc_account.ir_cron_revocation_lists")
        with RevocationServer(self.provider_ca) as server:
            self.ca.crl_url = f"{server.url}/list"
            cron.method_direct_trigger()
            cron.method_direct_trigger()
            self.assertEqual(server.came, ["/list"])
            self.ca_anchor._in_flow().write({"crl_due_at": fields.Datetime.now() - timedelta(minutes=1)})
            cron.method_direct_trigger()
            self.assertEqual(server.came, ["/list"] * 2)
            self.ca.active = False
            self.ca_anchor._in_flow().write({"crl_due_at": False})
            cron.method_direct_trigger()
            self.assertEqual(len(server.came), 2)

    @mute_logger(*LOGGERS)
    def test_what_cannot_be_fetched_is_tried_ever_less_often(self):
        self.ca.crl = self.list_of()
        kept = self.ca.crl_digest
        with RevocationServer(self.provider_ca) as server:
            self.ca.crl_url = f"{server.url}/list"
            waits = []
            for status, content in ((503, b""), (200, b"<html>"), (200, self.fake_ca.crl()), (200, self.root.crl())):
                server.status, server.list = status, content
                self.assertEqual(self.ca.action_fetch_list()["params"]["type"], "danger")
                waits.append(self.ca.crl_due_at - self.ca.crl_tried_at)
                self.assertTrue(self.ca.crl_error)
            self.assertEqual(waits, [timedelta(minutes=minutes) for minutes in (5, 10, 20, 40)])
            self.assertEqual((self.ca.crl_tries, self.ca.crl_digest), (4, kept))
            server.status, server.location = 302, "http://169.254.169.254/list"
            self.ca.action_fetch_list()
            self.assertIn("not followed", self.ca.crl_error)
        self.ca.action_fetch_list()
        self.assertIn("could not be reached", self.ca.crl_error)
        # A new address begins anew.
        self.ca.crl_url = "http://crl.example.vn/"
        self.assertRecordValues(self.ca, [{"crl_tries": 0, "crl_error": False, "crl_due_at": False}])

    @mute_logger(*LOGGERS)
    def test_the_inside_is_out_of_reach(self):
        self.env["ir.config_parameter"].set_param("dvc_account.revocation_hosts", False)
        with RevocationServer(self.provider_ca) as server:
            self.ca.crl_url = f"{server.url}/list"
            self.ca.action_fetch_list()
            self.assertIn("inner network", self.ca.crl_error)
            self.assertFalse(server.came)
        with self.assertRaises(AccessError):
            self.env["ir.config_parameter"].with_user(self.manager).set_param("dvc_account.revocation_hosts", "*")

    def test_without_an_address_there_is_nothing_to_fetch(self):
        self.refused("crl.no_address", self.ca.action_fetch_list)


class TestResponders(RevocationCase, TransactionCase):
    def setUp(self):
        super().setUp()
        self.cron = self.env.ref("dvc_account.ir_cron_revocation_answers")

    def serial(self, label) -> str:
        return f"{self.certificate(label).serial_number:X}"

    def test_what_is_open_is_asked_and_settled(self):
        self.assertEqual(self.verdict(), "unknown")
        self.assertFalse(self.answers())
        with RevocationServer(self.provider_ca) as server:
            server.told[self.certificate("revoked").serial_number] = ocsp.OCSPCertStatus.REVOKED
            self.ca.ocsp_url = f"{server.url}/ask"
            self.assertEqual((self.verdict(), self.verdict(self.revoked_file)), ("unknown", "unknown"))
            self.assertEqual(set(self.answers().mapped("state")), {"waiting"})
            self.assertFalse(server.came)
            self.cron.method_direct_trigger()
            self.assertEqual(len(server.came), 2)
        by_serial = {one.serial: one for one in self.answers()}
        self.assertEqual(by_serial[self.serial("mine")].state, "good")
        self.assertEqual(by_serial[self.serial("revoked")].state, "revoked")
        self.assertTrue(by_serial[self.serial("revoked")].revoked_at)
        self.assertTrue(self.ca.ocsp_answered_at)
        self.assertEqual((self.verdict(), self.verdict(self.revoked_file)), ("valid", "revoked"))
        check = self.env["dvc.signature.check"].search([], limit=1, offset=1)
        self.assertEqual(check.signatures[0]["revocation"]["source"], "ocsp")

    def test_a_revoked_answer_beats_a_list_that_says_nothing(self):
        with RevocationServer(self.provider_ca) as server:
            server.told[self.certificate("mine").serial_number] = ocsp.OCSPCertStatus.REVOKED
            self.ca.ocsp_url = f"{server.url}/ask"
            self.verdict()
            self.cron.method_direct_trigger()
        self.ca.crl = self.list_of()
        self.assertEqual(self.verdict(), "revoked")
        # Out of the store it answers for nobody.
        self.assertTrue(self.env["dvc.trust.anchor"]._store().ocsps)
        self.ca.active = False
        self.assertFalse(self.env["dvc.trust.anchor"]._store().ocsps)

    def test_each_question_is_asked_once(self):
        with RevocationServer(self.provider_ca) as server:
            self.ca.ocsp_url = f"{server.url}/ask"
            for _number in range(3):
                self.verdict()
            self.assertEqual(len(self.answers()), 1)
            self.cron.method_direct_trigger()
            self.cron.method_direct_trigger()
            self.assertEqual(len(server.came), 1)

    @mute_logger(*LOGGERS)
    def test_forged_answers_count_for_nothing(self):
        with RevocationServer(self.provider_ca) as server:
            server.key = self.fake_ca
            self.ca.ocsp_url = f"{server.url}/ask"
            self.verdict()
            self.cron.method_direct_trigger()
            self.assertEqual((self.answers().state, self.answers().tries), ("waiting", 1))
            self.assertIn("not good", self.answers().error)
            self.assertTrue(self.ca.ocsp_error)
            self.assertGreater(self.answers().due_at, fields.Datetime.now())
            self.assertEqual(self.verdict(), "unknown")
            server.key = self.provider_ca.key
            self.answers().with_user(self.manager).action_ask()
            self.assertEqual((self.answers().state, self.answers().error), ("good", False))

    def test_one_the_authority_does_not_know_stays_open(self):
        with RevocationServer(self.provider_ca) as server:
            server.told[self.certificate("mine").serial_number] = ocsp.OCSPCertStatus.UNKNOWN
            self.ca.ocsp_url = f"{server.url}/ask"
            self.verdict()
            self.cron.method_direct_trigger()
            self.assertEqual(self.answers().state, "unknown")
            self.assertTrue(self.answers().due_at)
            self.assertEqual(self.verdict(), "unknown")

    @mute_logger(*LOGGERS)
    def test_a_silent_responder_is_left_alone(self):
        self.ca.ocsp_url = "http://127.0.0.1:9/ask"
        pairs = [(self.ca.id, f"{number:X}") for number in range(1, FAILURES_MAX + 6)]
        self.env["dvc.revocation.answer"]._note_questions(pairs)
        self.cron.method_direct_trigger()
        asked = self.answers().filtered("tries")
        self.assertEqual(len(asked), FAILURES_MAX)
        left = self.answers() - asked
        self.assertTrue(all(one.due_at > fields.Datetime.now() for one in left))
        self.assertTrue(self.ca.ocsp_error)

    @mute_logger(*LOGGERS)
    def test_asking_ends(self):
        self.ca.ocsp_url = "http://127.0.0.1:9/ask"
        self.verdict()
        question = self.answers()
        question._in_flow().write({"wanted_at": fields.Datetime.now() - timedelta(days=31)})
        self.cron.method_direct_trigger()
        self.assertRecordValues(question, [{"state": "ended", "due_at": False}])
        self.cron.method_direct_trigger()
        self.assertEqual(question.tries, 1)
        # Somebody needs it once more.
        self.verdict()
        self.assertEqual(question.state, "waiting")

    def test_asking_at_the_check_is_off_and_can_be_on(self):
        with RevocationServer(self.provider_ca) as server:
            self.ca.ocsp_url = f"{server.url}/ask"
            self.assertEqual(self.verdict(), "unknown")
            self.assertFalse(server.came)
            self.env["ir.config_parameter"].set_param("dvc_account.ocsp_at_check", "1")
            self.assertEqual(self.verdict(), "valid")
            self.assertEqual(len(server.came), 1)

    def test_managers_and_auditors_look_and_nobody_types(self):
        self.ca.ocsp_url = "http://127.0.0.1:9/ask"
        self.verdict()
        rows = self.env["dvc.revocation.answer"]
        for user in (self.manager, self.auditor):
            self.assertTrue(rows.with_user(user).search([]).mapped("state"))
            with self.assertRaises(AccessError):
                rows.with_user(user).search([]).read(["response"])
        for user in (self.officer, self.leader, self.citizen_user):
            with self.assertRaises(AccessError):
                rows.with_user(user).search([]).mapped("state")
        for user in (self.manager, self.auditor, self.officer):
            self.refused("field.guarded", self.answers().with_user(user).write, {"state": "good"})
        with self.assertRaises(AccessError):
            self.answers().with_user(self.auditor).action_ask()

    def test_a_citizen_s_upload_raises_the_question(self):
        self.ca.ocsp_url = "http://127.0.0.1:9/ask"
        self.env["dvc.signature"].with_user(self.citizen_user)._verdict_for(self.file, "a.pdf")
        self.assertEqual(self.answers().serial, self.serial("mine"))
        self.assertLess(self.answers().wanted_at, fields.Datetime.now() + datetime.timedelta(seconds=1))
