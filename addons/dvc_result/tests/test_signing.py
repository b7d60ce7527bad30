# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Signing results: with a remote service, with the agency's seal after the leader, and proof that comes later."""

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from unittest.mock import patch

from cryptography.hazmat.primitives.serialization import pkcs12

from odoo.exceptions import AccessError
from odoo.tests import TransactionCase
from odoo.tools import mute_logger

from odoo.addons.dvc_account.exceptions import Refusal
from odoo.addons.dvc_account.signing.key_file import KeyFile, local_timestamper
from odoo.addons.dvc_account.signing.timestamp import forget_failures
from odoo.addons.dvc_account.tests import csc_server
from odoo.addons.dvc_account.tests.tsa_server import TsaServer

from .common import ResultCase

LOG = "odoo.addons.dvc_account.models.dvc_signature_signing"
LEADER, SEAL = "leader_000.12.29.H57", "seal_000.12.29.H57"


class SigningCase(ResultCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        for path in cls.folder.iterdir():
            if path.is_file() and not path.name.startswith("."):
                shutil.copy(path, folder.name)
        cls.folder = Path(folder.name)
        environment = patch.dict(os.environ, {"DVC_PKI_DIR": folder.name})
        environment.start()
        cls.addClassCleanup(environment.stop)

    @classmethod
    def seal_certificate(cls, **values):
        return cls.env["dvc.certificate"].create(
            {
                "purpose": "seal",
                "company_id": cls.agency.id,
                "certificate": (cls.folder / f"{SEAL}.pem").read_text(),
                "key_reference": f"{SEAL}.p12",
            }
            | values
        )

    def opened(self, label):
        password = (self.folder / "password").read_bytes().strip()
        return pkcs12.load_key_and_certificates((self.folder / f"{label}.p12").read_bytes(), password)

    def verdicts(self, result):
        return [one["verdict"] for one in result.check_id.signatures]

    def refused(self, code, call, *args, **options):
        with self.assertRaises(Refusal) as caught, mute_logger(LOG):
            call(*args, **options)
        self.assertEqual(caught.exception.code, code)


class TestRemote(SigningCase):
    def setUp(self):
        super().setUp()
        self.csc = self.enterContext(csc_server.CscServer())
        key, certificate, chain = self.opened(LEADER)
        self.csc.add("c-1", key, certificate, chain)
        (self.folder / "csc.json").write_text(json.dumps({"token": csc_server.TOKEN}))
        self.addCleanup((self.folder / "csc.json").unlink)
        self.env["ir.config_parameter"].set_param("dvc_result.csc_url", self.csc.url)
        self.certificate.write({"key_reference": False, "csc_credential": "c-1"})
        self.result = self.published(self.dossier())

    def test_a_leader_signs_at_the_service(self):
        answer = self.result.with_user(self.leader).sign()
        self.assertEqual((answer["state"], answer["verdict"]), ("signed", "valid"))
        self.assertTrue(self.result.signature_level.startswith("PAdES"))
        self.assertEqual(len(self.csc.signed), 1)
        self.refused("result.already", self.result.with_user(self.leader).sign)
        self.assertEqual(len(self.csc.signed), 1)

    def test_a_request_that_runs_again_asks_once(self):
        """Odoo runs a request again where transactions collide: the stamped file is the same one then."""
        self.assertEqual(self.result.sudo()._stamped(), self.result.sudo()._stamped())
        savepoint = self.env.cr.savepoint()
        self.result.with_user(self.leader).sign()
        first = self.result.sha256
        savepoint.rollback()
        self.env.invalidate_all()
        self.assertEqual(self.result.state, "to_sign")
        self.result.with_user(self.leader).sign()
        self.assertEqual(self.result.sha256, first)
        self.assertEqual(len(self.csc.signed), 1)

    def test_version_2(self):
        self.env["ir.config_parameter"].set_param("dvc_result.csc_version", "v2")
        self.result.with_user(self.leader).sign()
        self.assertTrue(all(path.startswith("/csc/v2/") for path in self.csc.calls))

    def test_a_code_is_asked_for_in_a_dialog(self):
        self.csc.pin = self.csc.otp = True
        self.certificate.with_user(self.manager).action_check_key()
        leader = self.result.with_user(self.leader)
        action = leader.action_sign()
        self.assertEqual(action["res_model"], "dvc.result.confirmation")
        self.assertEqual(action["context"]["default_asks"], "both")
        dialog = leader.env[action["res_model"]].with_context(**action["context"]).create({})
        dialog.action_send_code()
        self.assertTrue(dialog.code_sent)
        self.assertEqual(self.csc.asked_otp, 1)
        dialog.write({"pin": csc_server.PIN, "otp": "000000"})
        dialog.flush_recordset()
        self.env.cr.execute("SELECT pin_secret, otp_secret FROM dvc_result_confirmation WHERE id = %s", [dialog.id])
        kept = self.env.cr.fetchone()
        self.assertTrue(all(kept) and csc_server.PIN not in kept[0] and "000000" not in kept[1])
        self.refused("signature.otp_wrong", dialog.action_confirm)
        self.assertEqual(self.result.state, "to_sign")
        dialog.write({"pin": csc_server.PIN, "otp": csc_server.OTP})
        dialog.action_confirm()
        self.assertEqual(self.result.state, "signed")
        self.assertFalse(dialog.sudo().pin_secret or dialog.sudo().otp_secret)

    def test_a_code_is_for_one_result(self):
        self.csc.otp = True
        self.certificate.with_user(self.manager).action_check_key()
        both = (self.result | self.published(self.dossier())).with_user(self.leader)
        self.refused("signature.one_by_one", both.action_sign)
        self.csc.otp, self.csc.pin = False, True
        self.certificate.with_user(self.manager).action_check_key()
        self.assertEqual(both.action_sign()["context"]["default_asks"], "pin")

    def test_what_fails_leaves_nothing_behind(self):
        leader = self.result.with_user(self.leader)
        for faults, code in (
            ({"credentials/authorize": ["drop"]}, "signature.unavailable"),
            ({"signatures/signHash": ["drop_after"]}, "signature.unavailable"),
            ({"signatures/signHash": [500]}, "signature.unavailable"),
            ({"credentials/info": [403]}, "signature.refused"),
            ({"signatures/signHash": [json.dumps({"signatures": ["QUJD"]}).encode()]}, "result.no_signer"),
        ):
            self.csc.faults = faults
            with self.subTest(code):
                self.refused(code, leader.sign)
                self.assertEqual((self.result.state, self.result.signed_attachment_id.id), ("to_sign", False))
        leader.sign()
        self.assertEqual(self.result.state, "signed")

    def test_somebody_else_s_certificate_there(self):
        self.csc.add("c-1", *self.opened(SEAL))
        self.refused("result.no_signer", self.result.with_user(self.leader).sign)

    def test_settings_check_the_service(self):
        settings = self.env["res.config.settings"].create({})
        told = settings.action_dvc_check_csc()["params"]
        self.assertEqual(told["type"], "success")
        self.assertIn("TEST Remote Signing", told["message"])
        (self.folder / "csc.json").write_text("{}")
        self.assertEqual(settings.action_dvc_check_csc()["params"]["type"], "danger")
        self.env["ir.config_parameter"].set_param("dvc_result.csc_url", False)
        self.assertEqual(settings.action_dvc_check_csc()["params"]["type"], "warning")
        with self.assertRaises(AccessError):
            settings.with_user(self.manager).action_dvc_check_csc()


class TestPhone(SigningCase):
    """A service that asks the leader on the phone."""

    def setUp(self):
        super().setUp()
        self.csc = self.enterContext(csc_server.SmartCaServer())
        key, certificate, chain = self.opened(LEADER)
        self.csc.add("c-1", key, certificate, chain)
        (self.folder / "csc.json").write_text(json.dumps({"token": csc_server.TOKEN}))
        self.addCleanup((self.folder / "csc.json").unlink)
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("dvc_result.csc_url", self.csc.url)
        parameters.set_param("dvc_result.csc_version", "smartca")
        self.certificate.write({"key_reference": False, "csc_credential": "c-1"})
        self.result = self.published(self.dossier())
        self.requests = self.env["dvc.signing.request"]

    def run_job(self):
        self.env.ref("dvc_account.ir_cron_signing_requests").method_direct_trigger()
        self.result.invalidate_recordset()

    def asked(self):
        self.result.with_user(self.leader).action_sign()
        return self.requests.search([("res_id", "=", self.result.id)], limit=1)

    def test_confirmed(self):
        request = self.asked()
        self.assertEqual((request.state, request.user_id, self.result.state), ("draft", self.leader, "to_sign"))
        self.assertFalse(self.csc.calls)
        self.refused("signature.waiting", self.result.with_user(self.leader).sign)
        self.run_job()
        self.assertEqual((request.state, len(self.csc.transactions)), ("waiting", 1))
        self.assertTrue(self.result.waits_for_phone)
        self.run_job()
        self.assertEqual((request.state, self.result.state), ("waiting", "to_sign"))
        self.csc.outcome = 1
        self.run_job()
        self.assertEqual((request.state, self.result.state, self.result.verdict), ("signed", "signed", "valid"))
        self.assertEqual(self.result.signer_id, self.leader)
        self.assertEqual((len(self.csc.transactions), len(self.csc.signed)), (1, 1))
        self.assertFalse(self.result.waits_for_phone or request.sudo().document)
        line = self.env["dvc.journal"].search([("event", "=", "result.signed")], limit=1)
        self.assertEqual(line.user_id, self.leader)

    def test_not_confirmed(self):
        for outcome, state in ((4001, "expired"), (4002, "rejected"), (4003, "failed")):
            with self.subTest(state):
                self.csc.outcome = 4000
                request = self.asked()
                self.run_job()
                self.csc.outcome = outcome
                self.run_job()
                self.assertEqual((request.state, self.result.state), (state, "to_sign"))
        self.assertTrue(self.result.dossier_id.activity_ids.filtered(lambda one: one.user_id == self.leader))

    def test_our_own_time_limit(self):
        request = self.asked()
        self.run_job()
        request._in_flow().expires_at = "2020-01-01 00:00:00"
        self.run_job()
        self.assertEqual(request.state, "expired")
        self.assertTrue(self.asked())

    def test_what_was_sent_is_not_sent_again(self):
        self.csc.faults = {"signature/signhash": ["drop_after"]}
        request = self.asked()
        self.run_job()
        self.assertEqual((request.state, request.reason), ("failed", "signature.unavailable"))
        self.run_job()
        self.assertEqual(len(self.csc.transactions), 1)
        # A server that died in the middle.
        request = self.asked()
        request._in_flow().state = "sent"
        self.run_job()
        self.assertEqual((request.state, len(self.csc.transactions)), ("failed", 1))

    def test_an_outage_while_it_waits_is_waited_out(self):
        request = self.asked()
        self.run_job()
        self.csc.faults = {"credentials/gettraninfo": [500, b"<html>"]}
        self.run_job()
        self.run_job()
        self.assertEqual(request.state, "waiting")
        self.csc.outcome = 1
        self.run_job()
        self.assertEqual(self.result.state, "signed")

    def test_a_lie_does_not_count(self):
        request = self.asked()
        self.run_job()
        self.csc.outcome = 1
        self.csc.add("c-1", *self.opened(SEAL))
        self.run_job()
        self.assertEqual((request.state, request.reason), ("failed", "signature.wrong_key"))
        self.assertEqual((self.result.state, self.result.signed_attachment_id.id), ("to_sign", False))
        request = self.asked()
        self.run_job()
        self.assertEqual((request.state, request.reason), ("failed", "signature.wrong_key"))

    def test_a_result_that_went_another_way(self):
        request = self.asked()
        self.run_job()
        self.csc.outcome = 1
        self.result.sudo()._revoke("Sai tên")
        self.run_job()
        self.assertEqual((request.state, request.reason), ("failed", "result.already"))

    def test_who_sees_it(self):
        request = self.asked()
        for user, sees in ((self.leader, True), (self.manager, True), (self.auditor, True)):
            self.assertEqual(bool(self.requests.with_user(user).search([("id", "=", request.id)])), sees)
        with self.assertRaises(AccessError):
            self.requests.with_user(self.officer).search([])
        with self.assertRaises(AccessError):
            request.with_user(self.leader).read(["attributes"])
        self.refused("field.guarded", request.write, {"state": "signed"})


class TestSeal(SigningCase):
    def setUp(self):
        super().setUp()
        self.result = self.published(self.dossier())

    def test_leader_then_seal(self):
        self.seal_certificate()
        officer = self.result.with_user(self.officer)
        self.assertFalse(officer.may_seal)
        self.refused("result.already", officer.seal)
        self.result.with_user(self.leader).sign()
        before = self.result._file()
        officer.invalidate_recordset(["may_seal"])
        self.assertTrue(officer.may_seal)
        officer.action_seal()
        after = self.result._file()
        self.assertTrue(after.startswith(before) and len(after) > len(before))
        self.assertEqual(self.result.sha256, hashlib.sha256(after).hexdigest())
        self.assertEqual((self.result.state, self.result.verdict), ("signed", "valid"))
        self.assertEqual(self.verdicts(self.result), ["valid", "valid"])
        self.assertEqual(self.result.seal_certificate_id.purpose, "seal")
        self.assertTrue(self.env["dvc.result"].verify(self.result.code)["valid"])
        line = self.env["dvc.journal"].search([("event", "=", "result.sealed")], limit=1)
        self.assertEqual((line.user_id, line.res_id), (self.officer, self.result.id))
        self.refused("signature.already_signed", officer.seal)
        self.result.sudo()._pass_gate()

    def test_whose_it_is(self):
        self.result.with_user(self.leader).sign()
        self.refused("result.no_signer", self.result.with_user(self.officer).seal)
        self.seal_certificate(user_id=self.manager.id)
        self.refused("result.no_signer", self.result.with_user(self.officer).seal)
        for user in (self.specialist, self.auditor, self.accountant):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.result.with_user(user).seal()
        with self.assertRaises(AccessError):
            self.result.with_user(self.officer2).seal()
        self.result.with_user(self.manager).seal()
        self.assertTrue(self.result.seal_certificate_id)

    def test_a_changed_file_is_not_sealed(self):
        self.seal_certificate()
        self.result.with_user(self.leader).sign()
        self.result.signed_attachment_id.sudo().raw = self.pdf("Khác")
        self.refused("result.no_signer", self.result.with_user(self.officer).seal)

    def test_guarded(self):
        for name in ("seal_certificate_id", "sealed_at", "is_archived"):
            with self.subTest(name):
                self.refused("field.guarded", self.result.write, {name: False})


class TestArchive(SigningCase):
    def test_proof_is_added_where_it_lacked(self):
        key = KeyFile(self.folder / "timestamp.p12", self.folder / "password")
        tsa = self.enterContext(TsaServer(local_timestamper(key)))
        self.env["ir.config_parameter"].set_param("dvc_account.tsa_url", tsa.url)
        self.addCleanup(forget_failures)
        tsa.fault = "down"
        result = self.published(self.dossier())
        result.with_user(self.leader).sign()
        self.assertEqual(result.signature_level, "PAdES B-B")
        before = result._file()
        with mute_logger(LOG):
            self.env.ref("dvc_result.ir_cron_archive").method_direct_trigger()
        self.assertFalse(result.is_archived)
        tsa.fault = ""
        forget_failures()
        self.env.ref("dvc_result.ir_cron_archive").method_direct_trigger()
        self.assertTrue(result.is_archived)
        after = result._file()
        self.assertTrue(after.startswith(before))
        self.assertEqual((result.verdict, result.sha256), ("valid", hashlib.sha256(after).hexdigest()))
        self.assertTrue(self.env["dvc.result"].verify(result.code)["valid"])
        asked = tsa.asked
        self.env.ref("dvc_result.ir_cron_archive").method_direct_trigger()
        self.assertEqual(tsa.asked, asked)
        result.sudo()._pass_gate()
