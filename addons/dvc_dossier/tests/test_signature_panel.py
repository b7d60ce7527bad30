# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64
import io

import pypdf

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.dvc_account.signing.sign import sign_pdf
from odoo.addons.dvc_account.tests.citizen_keys import NOW, CertificateCase

from .common import DossierCommon


class SignedDossierCase(CertificateCase, DossierCommon):
    # Certificates are made and checked by the real clock.
    clock_stands = False

    def _signed(self, key=None, **options) -> str:
        return base64.b64encode(sign_pdf(self.page(), key or self.key, **options)).decode()

    def _submitted(self, *contents, **more):
        """Return a dossier whose first files have these contents."""
        components = self._files("TK01", "GCS")
        for component, content in zip(components, contents, strict=False):
            component["content"] = content
        return self._submit(components=components, **more)

    def _file(self, dossier, code="TK01", user=None):
        files = dossier.component_ids.filtered(lambda file: file.code == code and file.is_current)
        return files.with_user(user or self.officer)

    def _shown(self, action, user=None):
        return self.env[action["res_model"]].with_user(user or self.officer).browse(action["res_id"])

    def _revoke(self):
        """Have the provider revoke the citizen's certificate, and its list reach us."""
        self.provider_ca.revoke(self.certificate("mine").serial_number, NOW)
        self.addCleanup(self.provider_ca._revoked.pop)
        anchor = self.env["dvc.trust.anchor"].search([("name", "=", "ca citizen")])
        anchor.crl = base64.b64encode(self.provider_ca.crl(NOW))


@tagged("post_install", "-at_install")
class TestSignaturePanel(SignedDossierCase):
    """The badge of a file, and what opens from it."""

    def test_the_badge_opens_the_evidence(self):
        file = self._file(self._submitted(self._signed(self.strangers_key)))
        check = self._shown(file.action_open_check())
        self.assertEqual((check, check.cause), (file.check_id, "hand_in"))
        self.assertEqual(check.account_id, self.citizen)
        for part in (file.dossier_id.code, "Another person than the applicant", "ask on whose behalf"):
            self.assertIn(part, check.panel_html)
        self.assertEqual(file.signed_by, "Nguyễn Thị Kiểm")
        self.assertIn("Nothing more needs to be done.", file.verdict_sentence)

    def test_the_dossier_s_badge_opens_the_worst(self):
        dossier = self._submitted(self._signed(), self._signed(self.revoked_key)).with_user(self.officer)
        self.assertEqual(dossier.signature_verdict, "revoked")
        self.assertEqual(self._shown(dossier.action_open_check()), self._file(dossier, "GCS").check_id)

    def test_the_desk_is_warned(self):
        own, other = self._submitted(self._signed()), self._submitted(self._signed(self.strangers_key))
        self.assertFalse(own.with_user(self.officer).signer_alert)
        self.assertEqual(other.with_user(self.officer).signer_alert, "Another signer")

    def test_who_may_open_it(self):
        file = self._file(self._submitted(self._signed()))
        for role in ("officer", "specialist", "leader", "manager", "auditor"):
            with self.subTest(role):
                user = getattr(self, role)
                self.assertTrue(self._shown(file.with_user(user).action_open_check(), user).panel_html)
        for user in (self.accountant, self.integrator, self.officer2, self.citizen_user):
            with self.subTest(user.login), self.assertRaises(AccessError):
                file.with_user(user).action_open_check()

    def test_check_again(self):
        dossier = self._submitted(self._signed())
        file = self._file(dossier)
        first = file.check_id
        self._revoke()
        check = self._shown(first.action_check_again())
        self.assertEqual((check.verdict, check.cause, check.first_id), ("revoked", "again", first))
        self.assertEqual((file.verdict, file.check_id), ("revoked", check))
        self.assertEqual(first.verdict, "valid")
        self.assertEqual(check.history_ids, check + first)
        line = self.env["dvc.journal"].search([("event", "=", "signature.checked_again")], limit=1)
        self.assertEqual((line.detail["before"], line.detail["after"]), ("valid", "revoked"))
        with self._refused("component.invalid_signature"):
            dossier.with_user(self.officer).receive()

    def test_what_was_decided_stays_decided(self):
        dossier = self._submitted(self._signed())
        file = self._file(dossier)
        first = file.check_id
        dossier.with_user(self.officer).refuse("Không thuộc thẩm quyền")
        self._revoke()
        check = self._shown(first.action_check_again())
        self.assertEqual(check.verdict, "revoked")
        self.assertEqual((file.verdict, file.check_id), ("valid", first))

    def test_who_may_check_again(self):
        check = self._file(self._submitted(self._signed())).check_id
        for role in ("officer", "specialist", "leader", "manager"):
            user = getattr(self, role)
            with self.subTest(role):
                self.assertTrue(check.with_user(user).can_check_again)
                self.assertEqual(self._shown(check.with_user(user).action_check_again(), user).user_id, user)
        self.assertFalse(check.with_user(self.auditor).can_check_again)
        for user in (self.auditor, self.accountant, self.integrator, self.officer2, self.citizen_user):
            with self.subTest(user.login), self.assertRaises(AccessError):
                check.with_user(user).action_check_again()

    def test_all_files_in_one_report(self):
        dossier = self._submitted(self._signed(self.strangers_key), self._signed(self.revoked_key))
        reports = self.env["ir.actions.report"].with_user(self.specialist)
        content, _kind = reports._render_qweb_pdf("dvc_dossier.report_signatures", dossier.ids)
        text = " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages).split())
        for part in (dossier.code, self.citizen.name, "1. KẾT LUẬN", "2. KẾT LUẬN", "cần hỏi rõ ký thay cho ai"):
            self.assertIn(part, text)
        line = self.env["dvc.journal"].search([("event", "=", "signature.report_printed")], limit=1)
        self.assertEqual(
            (line.dossier_code, line.account_id, line.res_model), (dossier.code, self.citizen, "dvc.dossier")
        )
        for user in (self.officer2, self.accountant, self.citizen_user):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.env["ir.actions.report"].with_user(user)._render_qweb_pdf(
                    "dvc_dossier.report_signatures", dossier.ids
                )


@tagged("post_install", "-at_install")
class TestSignatureQueries(SignedDossierCase):
    """Opening a dossier costs the same for two files and for ten."""

    OPENING = {
        "code": {},
        "signature_verdict": {},
        "signer_alert": {},
        "component_ids": {
            "fields": {
                name: {}
                for name in ("code", "name", "filename", "verdict", "signed_by", "signer_match", "signer_warning")
            }
        },
    }
    OPENING_MAX = 14

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.procedure.component_ids = [
            Command.create({"code": f"P{number}", "name": f"Giấy {number}", "sequence": 10 + number, "required": False})
            for number in range(8)
        ]

    def _count(self, dossier) -> int:
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        dossier.with_user(self.officer).web_read(self.OPENING)
        return self.cr.sql_log_count - before

    def test_opening_a_dossier(self):
        signed = self._signed()
        two = self._submitted(signed, signed)
        codes = ["TK01", "GCS", *(f"P{number}" for number in range(8))]
        ten = self._submit(components=[{**part, "content": signed} for part in self._files(*codes)], client_ref="ten")
        self.assertEqual(len(ten.component_ids), 10)
        self._count(two)
        few = self._count(two)
        self.assertEqual(self._count(ten), few)
        self.assertLessEqual(few, self.OPENING_MAX)

    def test_the_desk_s_list(self):
        dossiers = self.env["dvc.dossier"]
        for number in range(6):
            dossiers |= self._submitted(self._signed(self.strangers_key), client_ref=f"n{number}")
        self._count(dossiers[:2])
        self.assertEqual(self._count(dossiers[:2]), self._count(dossiers))
