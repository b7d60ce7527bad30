# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64
import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from odoo.exceptions import AccessDenied
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user

from .common import DvcCase, DvcCommon


def certificate() -> str:
    """Return a certificate nobody knows, DER in base64."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Test")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.datetime(2025, 1, 1))
        .not_valid_after(datetime.datetime(2035, 1, 1))
        .sign(key, hashes.SHA256())
    )
    return base64.b64encode(built.public_bytes(serialization.Encoding.DER)).decode()


class JournalCase(DvcCase):
    """What was written into the journal since the test began."""

    def setUp(self):
        super().setUp()
        self.last = self.env["dvc.journal"].search([], order="id desc", limit=1).id

    def _new(self, prefix):
        domain = [("id", ">", self.last), ("event", "=like", f"{prefix}%")]
        return self.env["dvc.journal"].search(domain, order="id")


class TestJournalActs(JournalCase, DvcCommon):
    """What changes who may do what, and what leaves the system, is written down."""

    def _login(self, login, password):
        credential = {"login": login, "password": password, "type": "password"}
        return self.env["res.users"]._login(credential, {"interactive": False})

    def test_sign_in_of_staff(self):
        self.officer.password = "dvc_officer_1"
        self._login("dvc_officer", "dvc_officer_1")
        self.assertRecordValues(
            self._new("login."),
            [
                {
                    "event": "login.succeeded",
                    "user_id": self.officer.id,
                    "role": "officer",
                    "company_id": self.agency.id,
                    "account_id": False,
                }
            ],
        )

    def test_sign_in_of_a_citizen(self):
        self._login("0914 990 001", "dvc_citizen")
        line = self._new("login.")
        self.assertEqual((line.event, line.role, line.account_id), ("login.succeeded", "citizen", self.citizen))
        self.assertFalse(line.company_id)

    def test_failed_sign_in_outlives_its_refusal_and_names_nothing_typed(self):
        for login in ("dvc_officer", "dvc_citizen", "0914990001", "0999888777", "nobody@example.vn"):
            # Not assertRaises: it undoes, here, what another connection has kept.
            try:
                self._login(login, "Wrong-0987654321")
            except AccessDenied:
                continue
            self.fail("signed in with a wrong password")
        lines = self._new("login.")
        self.assertEqual(lines.mapped("event"), ["login.failed"] * 5)
        self.assertEqual(lines.user_id, self.env.ref("base.public_user"))
        self.assertEqual(lines[0].res_id, self.officer.id)
        self.assertEqual(lines[0].company_id, self.agency)
        self.assertFalse(lines[1].res_id)
        self.env.cr.execute("SELECT string_agg(j::text, ' ') FROM dvc_journal j WHERE id > %s", [self.last])
        written = self.env.cr.fetchone()[0]
        for typed in ("0914990001", "914990001", "0999888777", "nobody@", "Wrong"):
            self.assertNotIn(typed, written)

    def test_sign_in_costs_one_line(self):
        self._login("dvc_officer2", "dvc_officer2")
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env["dvc.journal"].search_count([])
        self._login("dvc_officer2", "dvc_officer2")
        self.assertEqual(self.env["dvc.journal"].search_count([]), before + 1)

    def test_rights_of_staff(self):
        administrator = new_test_user(self.env, "dvc_administrator", "base.group_system")
        newcomer = new_test_user(self.env, "dvc_newcomer", "dvc_account.group_officer")
        newcomer.with_user(administrator).write(
            {
                "group_ids": [
                    Command.link(self.env.ref("dvc_account.group_accountant").id),
                    Command.unlink(self.env.ref("dvc_account.group_officer").id),
                ]
            }
        )
        newcomer.with_user(administrator).write({"active": False})
        lines = self._new("user.").filtered(lambda line: line.res_id == newcomer.id)
        self.assertEqual(lines.mapped("event"), ["user.created", "user.rights_changed", "user.changed"])
        self.assertEqual(
            lines[1].detail, {"added": ["dvc_account.group_accountant"], "removed": ["dvc_account.group_officer"]}
        )
        self.assertEqual(lines[1].user_id, administrator)
        self.assertEqual(lines[2].detail, {"fields": ["active"]})

    def test_a_password_is_not_written_down(self):
        self.officer.password = "Another-Password-1"
        line = self._new("user.changed")
        self.assertEqual(line.detail, {"fields": ["password"]})

    def test_what_does_not_concern_rights_is_not_written_down(self):
        self.officer.write({"signature": "x", "tz": "Asia/Ho_Chi_Minh"})
        self.citizen_user.write({"password": "dvc_citizen_2"})
        self.assertFalse(self._new("user."))

    def test_members_of_a_group(self):
        group = self.env.ref("dvc_account.group_auditor")
        group.write({"user_ids": [Command.link(self.officer.id)]})
        group.write({"comment": "x"})
        line = self._new("group.")
        self.assertEqual(line.detail, {"group": "dvc_account.group_auditor", "changed": ["user_ids"]})

    def test_api_keys(self):
        keys = self.env(user=self.integrator)["res.users.apikeys"].sudo()
        keys._generate("rpc", "test", False)
        keys.search([("user_id", "=", self.integrator.id)]).unlink()
        lines = self._new("api_key.")
        self.assertEqual(lines.mapped("event"), ["api_key.created", "api_key.removed"])
        self.assertEqual(lines.mapped("res_id"), [self.integrator.id] * 2)
        self.assertEqual(lines[0].role, "integrator")

    def test_settings_by_name_not_by_value(self):
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("dvc_account.sms_gateway_url", "https://gateway.example.vn/?token=secret")
        parameters.set_param("dvc_account.sms_gateway_url", False)
        parameters.set_param("somebody.else", "1")
        lines = self._new("setting.")
        self.assertEqual([line.detail["key"] for line in lines], ["dvc_account.sms_gateway_url"] * 2)
        self.assertEqual([line.detail["what"] for line in lines], ["set", "removed"])

    def test_trust_anchors(self):
        anchor = (
            self.env["dvc.trust.anchor"].with_user(self.manager).create({"name": "Thử", "certificate": certificate()})
        )
        anchor.active = False
        anchor.name = "Khác"
        lines = self._new("trust_anchor.")
        self.assertEqual(lines.mapped("event"), ["trust_anchor.created", "trust_anchor.changed"])
        self.assertEqual(lines[0].detail["fingerprint"], anchor.fingerprint)
        self.assertEqual(lines[1].detail["changed"], ["active"])


class TestJournalOverHttp(JournalCase, HttpCase):
    def test_failed_and_good_sign_in(self):
        for password in ("wrong", "dvc_manager"):
            form = self.url_open("/web/login")
            token = form.text.partition('name="csrf_token" value="')[2].partition('"')[0]
            self.url_open("/web/login", data={"login": "dvc_manager", "password": password, "csrf_token": token})
        lines = self._new("login.")
        self.assertEqual(lines.mapped("event"), ["login.failed", "login.succeeded"])
        self.assertTrue(all(lines.mapped("address")))

    def test_remote_sign_in(self):
        uid = self.xmlrpc_common.authenticate(self.env.cr.dbname, "dvc_integrator", "dvc_integrator", {})
        self.assertEqual(uid, self.integrator.id)
        self.assertEqual(self._new("login.").role, "integrator")
        self.assertFalse(self.xmlrpc_common.authenticate(self.env.cr.dbname, "dvc_integrator", "x", {}))
        self.assertEqual(self._new("login.failed").role, "public")
