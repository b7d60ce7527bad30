# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64
import os
import tempfile
from pathlib import Path
from unittest.mock import patch

import psycopg2

from odoo.exceptions import AccessError
from odoo.tests import Form
from odoo.tools import mute_logger

from ..exceptions import Refusal
from ..report import paper
from ..signing import demo_pki
from ..signing.sign import KeyFile, sign_pdf
from .common import DvcCommon

LEADER = "leader_000.12.29.H57"


class SignatureCommon(DvcCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = Path(os.environ.get("DVC_PKI_DIR") or tempfile.mkdtemp())
        demo_pki.make(cls.folder)
        environment = patch.dict(os.environ, {"DVC_PKI_DIR": str(cls.folder)})
        environment.start()
        cls.addClassCleanup(environment.stop)
        cls.env["dvc.certificate"].search([]).active = False
        cls.certificates = cls.env["dvc.certificate"].with_user(cls.manager)

    def pem(self, label: str) -> str:
        return (self.folder / f"{label}.pem").read_text()

    def values(self, label=LEADER, **values):
        given = {"purpose": "leader", "company_id": self.agency.id, "certificate": self.pem(label)}
        return given | values

    def assertRefused(self, code, call, *args):
        with self.assertRaises(Refusal) as refused:
            call(*args)
        self.assertEqual(refused.exception.code, code)


class TestCertificate(SignatureCommon):
    def test_facts_come_from_the_certificate(self):
        certificate = self.certificates.create(self.values(user_id=self.leader.id))
        self.assertEqual(certificate.name, demo_pki.AGENCIES["000.12.29.H57"][1])
        self.assertIn("CN=DEMO State Agencies CA", certificate.issuer)
        self.assertEqual(len(certificate.fingerprint), 64)
        self.assertLess(certificate.valid_from, certificate.valid_to)
        self.assertFalse(certificate.is_sandbox)
        lines = self.env["dvc.journal"].search([("event", "=", "certificate.registered")], limit=1)
        self.assertEqual((lines.user_id, lines.res_id), (self.manager, certificate.id))

    def test_facts_are_never_typed(self):
        for name in ("serial", "fingerprint", "subject", "issuer", "valid_from", "valid_to", "is_sandbox"):
            with self.subTest(name):
                self.assertRefused("field.guarded", self.certificates.create, self.values(**{name: "1"}))
        certificate = self.certificates.create(self.values())
        self.assertRefused("field.guarded", certificate.write, {"serial": "AB"})
        for name in ("certificate", "company_id", "user_id", "purpose"):
            with self.subTest(name):
                self.assertRefused("certificate.fixed", certificate.write, {name: False})

    def test_a_person_in_private_life_signs_for_no_agency(self):
        self.assertRefused("certificate.not_agency", self.certificates.create, self.values("citizen1"))
        self.assertRefused("certificate.not_agency", self.certificates.create, self.values(company_id=False))
        self.assertTrue(self.certificates.create(self.values("citizen1", purpose="citizen", company_id=False)))

    def test_der_and_pem_and_nothing_else(self):
        binary = base64.b64encode(self.pem(LEADER).encode()).decode()
        self.assertTrue(self.certificates.create(self.values(certificate=binary)).fingerprint)
        for text in ("!!!", "QUJD", "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----"):
            with self.subTest(text):
                self.assertRefused("input.invalid", self.certificates.create, self.values(certificate=text))

    def test_one_registration_at_a_time(self):
        first = self.certificates.create(self.values())
        with self.assertRaises(psycopg2.IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.certificates.create(self.values()).flush_recordset()
        first.active = False
        first.flush_recordset()
        self.assertTrue(self.certificates.create(self.values(user_id=self.leader.id)))

    def test_managers_register_for_their_agencies(self):
        with self.assertRaises(AccessError):
            self.certificates.create(self.values(company_id=self.other_agency.id))
        certificate = self.certificates.create(self.values())
        manager2 = self._staff("manager", login="dvc_manager2", agency=self.other_agency)
        self.assertFalse(self.certificates.with_user(manager2).search([("id", "=", certificate.id)]))
        with self.assertRaises(AccessError):
            self.certificates.with_user(self.leader).create(self.values("seal_000.12.29.H57"))

    def test_the_key_stays_in_its_folder(self):
        for name in ("../x.p12", "/etc/passwd", "a/b.p12", ".p12", "password", "x.pem"):
            with self.subTest(name):
                self.assertRefused("input.invalid", self.certificates.create, self.values(key_reference=name))
        certificate = self.certificates.create(self.values(key_reference=f"{LEADER}.p12"))
        self.assertEqual(certificate._key_path().parent, self.folder)
        with tempfile.TemporaryDirectory() as elsewhere:
            (Path(elsewhere) / f"{LEADER}.p12").symlink_to(self.folder / f"{LEADER}.p12")
            with patch.dict(os.environ, {"DVC_PKI_DIR": elsewhere}):
                self.assertRefused("signature.no_key", certificate._key_path)

    def test_form_reads_the_uploaded_file(self):
        view = "dvc_account.dvc_certificate_view_form"
        with Form(self.certificates.with_context(default_company_id=self.agency.id), view) as form:
            form.certificate_file = base64.b64encode(self.pem("seal_000.12.29.H57").encode()).decode()
            self.assertTrue(form.serial)
            form.purpose = "seal"
        self.assertEqual(form.record.name, "UBND phường Hương Sơ")

    def test_sandbox_goes_the_same_way(self):
        self.env["res.company"].search([("dvc_agency_code", "=", "000.12.29.H57")]).dvc_agency_code = False
        self.agency.dvc_agency_code = "000.12.29.H57"
        self.env["dvc.certificate"]._load_sandbox()
        made = self.env["dvc.certificate"].search([("company_id", "=", self.agency.id)])
        self.assertEqual(set(made.mapped("purpose")), {"leader", "seal"})
        self.assertTrue(all(made.mapped("is_sandbox")) and all(made.mapped("fingerprint")))


class TestSignatureCheck(SignatureCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        key = KeyFile(cls.folder / f"{LEADER}.p12", cls.folder / "password")
        cls.file = sign_pdf(cls._page(), key)

    @classmethod
    def _page(cls) -> bytes:
        sheet = paper.Paper("Tờ khai", size=paper.A4)
        sheet.start()
        sheet.heading("Tờ khai")
        return sheet.to_bytes()

    def test_evidence_holds_the_certificate_and_the_answer_does_not(self):
        signatures = self.env["dvc.signature"].with_user(self.officer)
        answer = signatures.verify(base64.b64encode(self.file).decode(), "a.pdf")
        self.assertEqual(set(answer), {"verdict", "reason", "detail", "sha256", "active", "signatures"})
        self.assertNotIn("fingerprint", answer["signatures"][0])
        check = self.env["dvc.signature.check"].search([], limit=1)
        self.assertEqual(len(check.signatures[0]["fingerprint"]), 64)

    def test_checks_are_read_in_their_agency(self):
        signatures = self.env["dvc.signature"]
        _verdict, own = signatures.with_user(self.officer)._verdict_for(self.file, "a.pdf")
        _verdict, record = signatures.with_user(self.officer2)._verdict_for(self.file, "b.pdf", self.unit)
        _verdict, nobodys = signatures.with_user(self.citizen_user)._verdict_for(self.file, "c.pdf")
        self.assertEqual((own.company_id, record.company_id), (self.agency, self.agency))
        self.assertFalse(nobodys.company_id)
        checks = self.env["dvc.signature.check"]
        for user, seen in (
            (self.officer, own | record),
            (self.officer2, checks),
            (self.leader, own | record),
            (self.manager, own | record | nobodys),
            (self.auditor, own | record | nobodys),
        ):
            with self.subTest(user.login):
                found = checks.with_user(user).search([("id", "in", (own | record | nobodys).ids)])
                self.assertEqual(found, seen.sorted("id", reverse=True))
