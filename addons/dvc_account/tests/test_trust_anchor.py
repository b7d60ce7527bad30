# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Whom managers trust: certificates compared and kept as they are, marked where they are of the demonstration."""

import base64
import datetime

from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import Form, TransactionCase

from ..domain import fingerprint
from ..signing import demo_pki
from ..signing.authority import describe
from ..signing.sign import sign_pdf
from .citizen_keys import NOW, CertificateCase

DAY = datetime.timedelta(days=1)


class AnchorCase(CertificateCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anchors = cls.env["dvc.trust.anchor"].with_user(cls.manager)
        cls.new_root = demo_pki.Authority("new_root", "TEST New Root CA", NOW - demo_pki.BACKDATED)
        cls.new_ca = demo_pki.Authority("new_ca", "TEST New Issuing CA", NOW - demo_pki.BACKDATED, cls.new_root)

    @staticmethod
    def pem(authority) -> bytes:
        return authority.certificate.public_bytes(Encoding.PEM)

    @classmethod
    def der(cls, authority) -> bytes:
        return authority.certificate.public_bytes(Encoding.DER)

    def facts(self, authority):
        return describe(self.der(authority))

    def upload(self, data: bytes, user=None):
        """Return the dialog after a file was read."""
        dialogs = self.env["dvc.trust.anchor.upload"].with_user(user or self.manager)
        dialog = dialogs.create({"file": base64.b64encode(data), "filename": "a.pem"})
        dialog.action_read()
        return dialog


class TestUpload(AnchorCase, TransactionCase):
    def test_a_bundle_shows_every_certificate(self):
        both = [self.new_root.certificate, self.new_ca.certificate]
        for data in (
            self.pem(self.new_root) + self.pem(self.new_ca),
            pkcs7.serialize_certificates(both, Encoding.DER),
            pkcs7.serialize_certificates(both, Encoding.PEM),
        ):
            lines = self.upload(data).line_ids
            self.assertEqual(set(lines.mapped("name")), {"TEST New Root CA", "TEST New Issuing CA"})
            root, below = lines.filtered("is_root"), lines - lines.filtered("is_root")
            self.assertRecordValues(
                root | below,
                [
                    {"is_root": True, "is_intermediate": False, "key": "RSA 3072", "warning": False},
                    {"is_root": False, "is_intermediate": True, "key": "RSA 3072", "warning": False},
                ],
            )
            self.assertEqual(below.issuer, root.subject)
            self.assertEqual(root.fingerprint_text.replace(" ", ""), self.facts(self.new_root).sha256.upper())
            self.assertFalse(any(lines.mapped("is_chosen")))
            self.assertFalse(any(lines.mapped("purpose")))

    def test_nothing_is_trusted_without_its_fingerprint(self):
        dialog = self.upload(self.pem(self.new_root))
        line, facts = dialog.line_ids, self.facts(self.new_root)
        self.refused("trust_anchor.nothing_chosen", dialog.action_take)
        line.is_chosen = True
        self.refused("trust_anchor.no_purpose", dialog.action_take)
        line.purpose = "authority"
        self.refused("trust_anchor.not_confirmed", dialog.action_take)
        other = self.facts(self.new_ca).sha256
        for text in ("yes", facts.sha256[:15], other, facts.sha256 + "00", facts.sha1[:20], " "):
            with self.subTest(text):
                line.confirmation = text
                self.assertFalse(line.is_confirmed)
                self.refused("trust_anchor.not_confirmed", dialog.action_take)
        self.assertFalse(self.anchors.search([("fingerprint", "=", facts.sha256)]))
        line.confirmation = f"SHA256 Fingerprint={fingerprint.groups(facts.sha256, 2).replace(' ', ':')}"
        self.assertTrue(line.is_confirmed)
        dialog.action_take()
        anchor = self.anchors.search([("fingerprint", "=", facts.sha256)])
        self.assertRecordValues(anchor, [{"purpose": "authority", "is_intermediate": False, "is_root": True}])
        self.assertEqual(self.env["dvc.journal"].search([], limit=1).event, "trust_anchor.created")

    def test_a_part_or_the_sha1_is_enough(self):
        facts = self.facts(self.new_root)
        for text in (facts.sha256[10:26], facts.sha1, fingerprint.groups(facts.sha1)):
            dialog = self.upload(self.pem(self.new_root))
            dialog.line_ids.write({"is_chosen": True, "purpose": "any", "confirmation": text})
            dialog.action_take()
            self._put_away(facts.sha256)

    def _put_away(self, digits):
        anchor = self.anchors.search([("fingerprint", "=", digits)])
        anchor.active = False
        anchor.flush_recordset()

    def test_an_intermediate_is_vouched_for_by_what_signed_it(self):
        dialog = self.upload(self.pem(self.new_root) + self.pem(self.new_ca))
        root, below = dialog.line_ids.filtered("is_root"), dialog.line_ids.filtered("is_intermediate")
        below.write({"is_chosen": True, "purpose": "citizen"})
        self.refused("trust_anchor.not_confirmed", dialog.action_take)
        root.write({"is_chosen": True, "purpose": "citizen", "confirmation": self.facts(self.new_root).sha256})
        # A wrong fingerprint is a finding, also where none is needed.
        below.confirmation = "0" * 64
        self.refused("trust_anchor.not_confirmed", dialog.action_take)
        below.confirmation = False
        dialog.action_take()
        anchor = self.anchors.search([("name", "=", "TEST New Root CA")])
        self.assertEqual(anchor.child_ids.mapped("name"), ["TEST New Issuing CA"])
        self.assertEqual(anchor.child_ids.parent_id, anchor)
        # To be trusted by itself it must be compared.
        third = demo_pki.Authority("third", "TEST Third CA", NOW - DAY, self.new_root)
        dialog = self.upload(self.pem(third))
        dialog.line_ids.write({"is_chosen": True, "purpose": "any", "is_intermediate": False})
        self.refused("trust_anchor.not_confirmed", dialog.action_take)
        # An impostor under the root's name is vouched for by nobody.
        false_root = demo_pki.Authority("false", "TEST New Root CA", NOW - DAY)
        dialog = self.upload(self.pem(demo_pki.Authority("fourth", "TEST Fourth CA", NOW - DAY, false_root)))
        dialog.line_ids.write({"is_chosen": True, "purpose": "any"})
        self.refused("trust_anchor.not_confirmed", dialog.action_take)

    def test_warnings(self):
        same_name = demo_pki.Authority("root", "TEST National Root CA", NOW - DAY)
        self.assertIn("already", self.upload(self.pem(self.root)).line_ids.warning)
        self.assertIn("Somebody else's key", self.upload(self.pem(same_name)).line_ids.warning)
        self.anchor.active = False
        # One that was put away is still remembered.
        self.assertIn("Somebody else's key", self.upload(self.pem(same_name)).line_ids.warning)
        old = demo_pki.Authority("old", "TEST Old CA", NOW - 6 * 365 * DAY)
        self.assertIn("expired", self.upload(self.pem(old)).line_ids.warning)
        self.assertIn("May not issue", self.upload((self.keys / "mine.pem").read_bytes()).line_ids.warning)

    def test_what_is_in_the_store_is_not_taken_twice(self):
        dialog = self.upload(self.pem(self.root))
        self.assertTrue(dialog.line_ids.is_known)
        facts = self.facts(self.root)
        dialog.line_ids.write({"is_chosen": True, "purpose": "any", "confirmation": facts.sha256})
        self.refused("trust_anchor.known", dialog.action_take)

    def test_files_that_are_none(self):
        for data in (b"x", b"-----BEGIN PRIVATE KEY-----\n", b"\0" * 2_000_000):
            with self.subTest(data[:10]):
                self.refused("trust_anchor.bad_file", self.upload, data)
        dialog = self.env["dvc.trust.anchor.upload"].with_user(self.manager).create({})
        self.refused("trust_anchor.bad_file", dialog.action_read)

    def test_the_dialog_chooses_what_was_compared(self):
        line = self.upload(self.pem(self.new_root)).line_ids
        with Form(line) as form:
            form.confirmation = "AAAA"
            self.assertFalse(form.is_chosen)
            form.confirmation = self.facts(self.new_root).sha256
            self.assertTrue(form.is_confirmed)
            self.assertTrue(form.is_chosen)
            form.purpose = "any"

    def test_managers_only(self):
        for user in (self.officer, self.leader, self.auditor, self.citizen_user):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.upload(self.pem(self.new_root), user)
        dialog = self.upload(self.pem(self.new_root))
        manager2 = self._staff("manager", login="dvc_manager2", agency=self.other_agency)
        with self.assertRaises(AccessError):
            dialog.with_user(manager2).line_ids.read(["confirmation"])


class TestStore(AnchorCase, TransactionCase):
    def test_the_contract_stays(self):
        der = self.der(self.new_root)
        for text in (
            self.pem(self.new_root).decode(),
            base64.b64encode(der).decode(),
            base64.b64encode(self.pem(self.new_root)).decode(),
        ):
            anchor = self.anchors.create({"name": "Gốc", "certificate": text, "purpose": "citizen"})
            self.assertRecordValues(
                anchor,
                [
                    {
                        "fingerprint": self.facts(self.new_root).sha256,
                        "is_root": True,
                        "is_ca": True,
                        "crl_state": "none",
                    }
                ],
            )
            self.assertIn(der, self.anchors._store().citizens)
            anchor.active = False
            anchor.flush_recordset()
            self.assertNotIn(der, self.anchors._store().citizens)
        self.refused("input.invalid", self.anchors.create, {"name": "x", "certificate": "QUJD", "purpose": "any"})

    def test_certificates_stay_as_they_are(self):
        other = self.pem(self.new_root).decode()
        self.refused("trust_anchor.fixed", self.anchor.with_user(self.manager).write, {"certificate": other})
        for name in (
            "subject",
            "fingerprint",
            "key_identifier",
            "valid_to",
            "is_root",
            "crl_from",
            "crl_digest",
            "crl_error",
        ):
            with self.subTest(name):
                self.refused("field.guarded", self.anchor.with_user(self.manager).write, {name: False})
                values = {"name": "x", "certificate": other, name: "1"}
                self.refused("field.guarded", self.anchors.create, values)

    def test_others_read_at_most(self):
        for user in (self.officer, self.leader, self.auditor):
            anchor = self.anchor.with_user(user)
            self.assertTrue(anchor.name)
            for values in ({"name": "x"}, {"active": False}, {"crl": False}, {"crl_url": "http://a.vn/"}):
                with self.subTest(user.login), self.assertRaises(AccessError):
                    anchor.write(values)
            with self.assertRaises(AccessError):
                anchor.action_fetch_list()
        with self.assertRaises(AccessError):
            self.anchor.with_user(self.citizen_user).read(["name"])

    def test_changes_are_journalled(self):
        anchor = self.anchor.with_user(self.manager)
        last = self.env["dvc.journal"].search([], limit=1).id
        anchor.purpose = "any"
        anchor.crl_url = "http://crl.example.vn/a.crl"
        anchor.ocsp_url = "http://ocsp.example.vn/"
        anchor.crl = base64.b64encode(self.root.crl(made=NOW, until=NOW + DAY))
        anchor.crl = False
        lines = self.env["dvc.journal"].search([("id", ">", last)], order="id")
        self.assertEqual(
            lines.mapped("event"),
            ["trust_anchor.changed"] * 3 + ["trust_anchor.list_taken", "trust_anchor.list_removed"],
        )
        self.assertEqual([line.detail.get("changed") for line in lines[:3]], [["purpose"], ["crl_url"], ["ocsp_url"]])
        self.assertEqual(lines.user_id, self.manager)

    def test_addresses(self):
        for name in ("crl_url", "ocsp_url"):
            for url in ("ftp://a/b", "file:///etc/passwd", "crl", "http://user:secret@a/"):
                with self.subTest(url):
                    self.refused("input.invalid", self.anchor.with_user(self.manager).write, {name: url})

    def test_validity_and_notices(self):
        soon = demo_pki.Authority("soon", "TEST Soon CA", NOW - demo_pki.LIFE + 30 * DAY)
        old = demo_pki.Authority("old", "TEST Old CA", NOW - demo_pki.LIFE - 30 * DAY)
        ending, ended = self.trust(soon, "any", crl=False), self.trust(old, "any", crl=False)
        self.assertEqual((ending.validity, ended.validity, self.anchor.validity), ("soon", "expired", "good"))
        for state, expected in (("soon", ending), ("expired", ended)):
            self.assertEqual(self.anchors.search([("validity", "=", state)]), expected)
        self.assertIn(self.anchor, self.anchors.search([("validity", "=", "good")]))
        for _twice in range(2):
            self.env.ref("dvc_account.ir_cron_trust_notices").method_direct_trigger()
        mine = ending.activity_ids.filtered(lambda activity: activity.user_id == self.manager)
        self.assertEqual(len(mine), 1)
        self.assertEqual(mine.activity_type_id, self.env.ref("dvc_account.mail_activity_type_anchor_end"))
        self.assertFalse(self.anchor.activity_ids)

    def test_a_list_that_ends_is_told_until_the_next_one_is_here(self):
        self.anchor.crl = base64.b64encode(self.root.crl(made=NOW - DAY, until=NOW + DAY))
        cron = self.env.ref("dvc_account.ir_cron_trust_notices")
        cron.method_direct_trigger()
        self.assertTrue(self.anchor.activity_ids)
        self.anchor.crl = base64.b64encode(self.root.crl(made=NOW, until=NOW + 9 * DAY))
        cron.method_direct_trigger()
        self.assertFalse(self.anchor.activity_ids)


class TestSandbox(AnchorCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.demo_root = demo_pki.Authority("root", "DEMO National Root CA", NOW - demo_pki.BACKDATED)
        cls.demo_key = cls.issue("demo", f"CCCD:{cls.CITIZEN_FACTS['citizen_id']}", issuer=cls.demo_root)

    def _demo(self, on: bool):
        self.env.ref("base.module_dvc_account").demo = on

    def _signed(self):
        return sign_pdf(self.page(), self.demo_key)

    def test_the_demonstration_marks_itself(self):
        anchor = self.trust(self.demo_root, "citizen")
        self.assertTrue(anchor.is_sandbox)
        self.refused("field.guarded", anchor.with_user(self.manager).write, {"is_sandbox": False})
        self.refused("field.guarded", anchor.write, {"is_sandbox": False})
        self.refused("field.guarded", self.anchor.with_user(self.manager).write, {"is_sandbox": True})
        values = {"name": "x", "certificate": self.pem(self.new_root).decode(), "is_sandbox": True}
        self.refused("field.guarded", self.anchors.create, values)

    def test_an_import_marks_them_too(self):
        rows = [["Gốc", self.pem(self.demo_root).decode(), "citizen"]]
        found = self.anchors.load(["name", "certificate", "purpose"], rows)
        self.assertTrue(self.anchors.browse(found["ids"]).is_sandbox, found["messages"])

    def test_without_demo_data_nobody_trusts_them(self):
        self.trust(self.demo_root, "citizen")
        data = self._signed()
        self._demo(True)
        verdict, check = self.env["dvc.signature"]._verdict_for(data, "a.pdf")
        self.assertEqual(verdict, "valid")
        self.assertTrue(check.is_sandbox and check.signatures[0]["sandbox"])
        self._demo(False)
        self.assertEqual(self.env["dvc.signature"]._verdict_for(data, "a.pdf")[0], "untrusted")
        # Not even where the mark was taken away behind the server's back.
        self.env.cr.execute("UPDATE dvc_trust_anchor SET is_sandbox = false WHERE subject LIKE '%DEMO%'")
        self.env.invalidate_all()
        self.assertEqual(self.env["dvc.signature"]._verdict_for(data, "a.pdf")[0], "untrusted")

    def test_real_signatures_are_not_marked(self):
        _verdict, check = self.env["dvc.signature"]._verdict_for(sign_pdf(self.page(), self.key), "a.pdf")
        self.assertIs(check.signatures[0]["sandbox"], False)
        self.assertFalse(check.is_sandbox)

    def test_sandbox_keys_sign_nothing_without_demo_data(self):
        folder = self.keys
        company = self.agency
        made = (
            self.env["dvc.certificate"]
            ._in_flow()
            .create(
                {
                    "certificate": (folder / "demo.pem").read_text(),
                    "purpose": "citizen",
                    "company_id": company.id,
                    "user_id": self.leader.id,
                    "key_reference": "demo.p12",
                    "is_sandbox": True,
                }
            )
            .with_context(dvc_flow=None)
        )
        self.refused("field.guarded", made.write, {"is_sandbox": False})
        signer = self.env["dvc.certificate"]._for_signer
        self._demo(True)
        self.assertEqual(signer(self.leader, company), made)
        self._demo(False)
        self.assertFalse(signer(self.leader, company))
        self.refused("signature.sandbox", made._key_path)
        with self.assertRaisesRegex(Exception, "could not be signed|demonstration"):
            self.env["dvc.signature"]._sign_pdf(self.page(), made, "x")

    def test_a_database_without_demo_data_has_none(self):
        """The tests' own database was made without it."""
        anchors = self.env["dvc.trust.anchor"].with_context(active_test=False)
        self.assertFalse(anchors.search([("subject", "like", "DEMO ")]))
        self.assertFalse(
            self.env["dvc.certificate"].with_context(active_test=False).search([("is_sandbox", "=", True)])
        )
        self._demo(False)
        self.assertFalse(fields.Domain(anchors._trusted_domain()) == fields.Domain("active", "=", True))
