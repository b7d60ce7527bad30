# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, tagged

from odoo.addons.dvc_account.signing import demo_pki
from odoo.addons.dvc_account.signing.sign import KeyFile, sign_pdf
from odoo.addons.dvc_account.tests.citizen_keys import NOW, PASSWORD

from .common import ResultCase


@tagged("post_install", "-at_install")
class TestResultSignature(ResultCase, TransactionCase):
    """The evidence behind a result's verdict, and whose signature counts as the agency's."""

    def _anchor(self, label):
        return self.env["dvc.trust.anchor"].search([("name", "=", label)])

    def _shown(self, action, user=None):
        return self.env[action["res_model"]].with_user(user or self.officer).browse(action["res_id"])

    def _seal(self) -> KeyFile:
        return KeyFile(self.folder / "seal_000.12.29.H57.p12", self.folder / "password")

    def test_the_panel_names_the_registered_certificate(self):
        result = self.signed(self.dossier())
        html = self._shown(result.with_user(self.officer).action_open_check()).panel_html
        self.assertIn("Registered certificate", html)
        self.assertIn(self.certificate.name, html)
        self.assertNotIn("does not leave", html)

    def test_valid_but_not_the_agency_s_is_told_everywhere(self):
        signed = sign_pdf(self.pdf("TRÍCH LỤC"), self._seal())
        result = self.published(self.dossier(), content=signed).with_user(self.officer)
        self.assertEqual((result.state, result.verdict), ("to_sign", "valid"))
        self.assertIn("not made with a registered certificate", result.gate_warning)
        html = self._shown(result.action_open_check()).panel_html
        self.assertIn("None of this agency", html)
        self.assertIn("a result signed so does not leave", html)
        self.assertFalse(self.signed(self.dossier()).gate_warning)

    def test_checked_again_a_result_in_force_stays_so(self):
        result = self.signed(self.dossier())
        first = result.check_id
        self._anchor("authority_root").active = False
        check = self._shown(first.with_user(self.officer).action_check_again())
        self.assertEqual((check.verdict, check.first_id), ("untrusted", first))
        self.assertEqual((result.state, result.verdict, result.check_id), ("signed", "valid", first))
        self.assertRefusedForGood(
            "result.unsigned",
            result.with_user(self.officer).hand_over,
            self.CITIZEN_FACTS["full_name"],
            self.CITIZEN_FACTS["citizen_id"],
        )
        self._anchor("authority_root").with_context(active_test=False).search(
            [("name", "=", "authority_root"), ("active", "=", False)], limit=1
        ).active = True
        check = self._shown(check.with_user(self.officer).action_check_again())
        self.assertEqual((check.verdict, result.check_id), ("valid", check))

    def test_checked_again_one_that_waits_goes_the_gate_s_way(self):
        self._anchor("authority_root").active = False
        leader = KeyFile(self.folder / "leader_000.12.29.H57.p12", self.folder / "password")
        result = self.published(self.dossier(), content=sign_pdf(self.pdf("TRÍCH LỤC"), leader))
        self.assertEqual((result.state, result.verdict), ("to_sign", "untrusted"))
        anchors = self.env["dvc.trust.anchor"].with_context(active_test=False)
        anchors.search([("name", "=", "authority_root"), ("active", "=", False)], limit=1).active = True
        result.check_id.with_user(self.officer).action_check_again()
        self.assertEqual((result.state, result.verdict), ("signed", "valid"))

    def test_each_step_says_why_it_checked(self):
        result = self.signed(self.dossier())
        result.with_user(self.officer).hand_over(
            self.CITIZEN_FACTS["full_name"], self.CITIZEN_FACTS["citizen_id"], papers=["GCS"]
        )
        checks = self.env["dvc.signature.check"].search([("res_model", "=", "dvc.result"), ("res_id", "=", result.id)])
        self.assertEqual(checks.sorted("id").mapped("cause"), ["publish", "sign", "hand_over"])
        self.assertEqual(checks[0].first_id, result.check_id)
        self.assertEqual(checks.account_id, self.citizen)

    def test_who_may_look_repeat_and_print(self):
        result = self.signed(self.dossier())
        for user in (self.officer, self.specialist, self.leader, self.manager, self.auditor):
            with self.subTest(user.login):
                self.assertTrue(self._shown(result.with_user(user).action_open_check(), user).panel_html)
                reports = self.env["ir.actions.report"].with_user(user)
                content, _kind = reports._render_qweb_pdf("dvc_result.report_signatures", result.ids)
                self.assertTrue(content.startswith(b"%PDF-"))
        for user in (self.officer2, self.accountant, self.integrator, self.citizen_user):
            with self.subTest(user.login), self.assertRaises(AccessError):
                result.with_user(user).action_open_check()
        with self.assertRaises(AccessError):
            result.check_id.with_user(self.auditor).action_check_again()

    def test_a_leader_of_the_government_s_authority_without_a_number(self):
        root = demo_pki.Authority("state", "TEST Government Root CA", NOW - demo_pki.BACKDATED)
        self.env["dvc.trust.anchor"].create(
            {
                "name": "state",
                "purpose": "authority",
                "certificate": root.certificate.public_bytes(serialization.Encoding.PEM).decode(),
                "crl": base64.b64encode(root.crl()),
            }
        )
        names = (
            (NameOID.ORGANIZATION_NAME, "ỦY BAN NHÂN DÂN THÀNH PHỐ HUẾ"),
            (NameOID.ORGANIZATIONAL_UNIT_NAME, "ỦY BAN NHÂN DÂN PHƯỜNG THỬ MỘT"),
        )
        key = rsa.generate_private_key(65537, 2048)
        made = root.issue(demo_pki.subject("Trần Không Số", *names), key.public_key())
        folder = self.folder / "vgca"
        folder.mkdir(exist_ok=True)
        cipher = serialization.BestAvailableEncryption(PASSWORD)
        (folder / "x.p12").write_bytes(pkcs12.serialize_key_and_certificates(b"x", key, made, None, cipher))
        (folder / "password").write_bytes(PASSWORD)
        signed = sign_pdf(self.pdf("TRÍCH LỤC"), KeyFile(folder / "x.p12", folder / "password"))
        # Until the manager has registered exactly this certificate, it signs for nobody.
        waiting = self.published(self.dossier(), content=signed)
        self.assertEqual((waiting.state, waiting.verdict), ("to_sign", "valid"))
        certificate = (
            self.env["dvc.certificate"]
            .with_user(self.manager)
            .create(
                {
                    "purpose": "leader",
                    "company_id": self.agency.id,
                    "user_id": self.leader.id,
                    "certificate": made.public_bytes(serialization.Encoding.PEM).decode(),
                }
            )
        )
        result = self.published(self.dossier(), content=signed)
        self.assertEqual((result.state, result.certificate_id), ("signed", certificate))
