# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64
import io
import json

import psycopg2
import pypdf
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from .. import signature_reasons
from ..exceptions import Refusal
from ..signing import active_content, reasons
from ..signing.sign import sign_pdf
from .citizen_keys import NOW, CertificateCase
from .common import DvcCommon

STAFF_WHO_READ = ("officer", "specialist", "leader", "manager", "auditor")


class EvidenceCommon(CertificateCase, DvcCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.file = sign_pdf(cls.page(), cls.key)
        cls.checks = cls.env["dvc.signature.check"]

    def check(self, data=None, user=None, record=None, **more):
        """Return the evidence of a check, as the one who made it sees it."""
        user = user or self.officer
        signatures = self.env["dvc.signature"].with_user(user)
        _verdict, check = signatures._verdict_for(data or self.file, "a.pdf", record, **more)
        return self.checks.with_user(user).browse(check.id)


class TestEvidence(EvidenceCommon):
    """What is kept of a check, and what people read of it."""

    def test_no_code_lacks_a_sentence(self):
        self.assertEqual(set(signature_reasons.REASONS), set(reasons.VERDICTS))
        for code, verdict in reasons.VERDICTS.items():
            with self.subTest(code):
                text = signature_reasons.sentence(self.env, code)
                # One meaning, in whole sentences, without a technical word alone.
                self.assertRegex(text, r"^[A-Z].{30,}\.$")
                self.assertEqual(text, signature_reasons.sentence(self.env, code, verdict))

    def test_what_has_no_words_is_said_by_its_verdict(self):
        self.assertEqual(set(signature_reasons.BY_VERDICT), set(reasons.VERDICTS.values()))
        self.assertEqual(
            signature_reasons.sentence(self.env, "of_a_later_version", "revoked"),
            signature_reasons.sentence(self.env, "revoked"),
        )
        self.assertEqual(set(signature_reasons.VERDICT_LOOKS), set(reasons.VERDICTS.values()))

    def test_what_a_file_does_has_words(self):
        known = {*active_content.ACTIONS.values(), *active_content.ANNOTATIONS.values(), "xfa"}
        self.assertEqual(set(signature_reasons.ACTIVE), known)
        writer = IncrementalPdfFileWriter(io.BytesIO(self.page()))
        script = {pdf_name("/S"): pdf_name("/JavaScript"), pdf_name("/JS"): generic.TextStringObject("app.alert(1)")}
        writer.root["/OpenAction"] = generic.DictionaryObject(script)
        writer.update_root()
        sink = io.BytesIO()
        writer.write(sink)
        _verdict, check = self.env["dvc.signature"]._verdict_for(sink.getvalue(), "form.pdf")
        self.assertEqual(check.active_content, ["javascript"])
        self.assertIn("JavaScript", check._sheet().warnings[0])

    def test_the_answer_says_what_it_means_and_the_evidence_keeps_codes(self):
        signatures = self.env["dvc.signature"].with_user(self.officer)
        revoked = sign_pdf(self.page(), self.revoked_key)
        for data, code in ((self.file, "valid"), (revoked, "revoked"), (b"%PDF-1.4 broken", "damaged")):
            with self.subTest(code):
                answer = signatures.verify(base64.b64encode(data).decode(), "a.pdf")
                said = signature_reasons.sentence(self.env, code)
                self.assertEqual((answer["reason"], answer["detail"]), (code, said))
                for one in answer["signatures"]:
                    self.assertEqual((one["reason"], one["detail"]), (code, said))
                check = self.checks.search([], limit=1)
                self.assertEqual(check.reason, code)
                self.assertNotIn(said, json.dumps(check.signatures))

    def test_a_check_is_kept_whole(self):
        check = self.check(record=self.citizen, cause="upload")
        self.assertEqual((check.size, check.kind, check.cause), (len(self.file), "pdf", "upload"))
        self.assertEqual((check.account_id, check.user_id), (self.citizen, self.officer))
        for part in ("pyHanko 0.", "dvc_account 19.0."):
            self.assertIn(part, check.software)
        anchors = self.env["dvc.trust.anchor"].search([])
        self.assertEqual({one["fingerprint"] for one in check.trust_id.anchors}, set(anchors.mapped("fingerprint")))
        self.assertFalse(check.is_sandbox)

    def test_whom_was_trusted_is_kept_once(self):
        first, second = self.check(), self.check()
        self.assertEqual(first.trust_id, second.trust_id)
        self.assertEqual(first.revocation_digest, second.revocation_digest)
        self.provider_ca.revoke(self.certificate("mine").serial_number, NOW)
        anchor = self.env["dvc.trust.anchor"].search([("name", "=", "ca citizen")])
        anchor.crl = base64.b64encode(self.provider_ca.crl(NOW))
        self.addCleanup(self.provider_ca._revoked.pop)
        third = self.check()
        self.assertEqual(third.trust_id, first.trust_id)
        self.assertNotEqual(third.revocation_digest, first.revocation_digest)
        self.anchor.active = False
        fourth = self.check()
        self.assertNotEqual(fourth.trust_id, first.trust_id)
        self.assertNotIn(self.anchor.fingerprint, {one["fingerprint"] for one in fourth.trust_id.anchors})
        self.assertEqual(fourth.verdict, "untrusted")

    def test_evidence_cannot_be_changed(self):
        check = self.check()
        for record in (check.sudo(), check.trust_id.sudo()):
            for call in (lambda one: one.write({"at": "2020-01-01 00:00:00"}), lambda one: one.unlink()):
                with self.assertRaises(Refusal):
                    call(record)
            with self.assertRaises(psycopg2.Error), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                self.env.cr.execute(f"DELETE FROM {record._table} WHERE id = %s", [record.id])  # noqa: S608

    def test_demonstration_is_marked_where_a_path_ends_at_its_authority(self):
        self.anchor._in_flow().is_sandbox = True
        self.assertTrue(self.check().is_sandbox)
        self.assertIn("Demonstration", self.check().panel_html)
        self.assertFalse(self.check(self.page()).is_sandbox)

    def test_a_verdict_stands_while_nothing_can_have_changed_it(self):
        check = self.check()
        self.assertTrue(check._stands(check.sha256))
        self.assertFalse(check._stands("0" * 64))
        self.assertFalse(self.checks._stands(check.sha256))
        self.anchor.active = False
        self.assertFalse(check._stands(check.sha256))

    def test_an_old_verdict_does_not_stand_but_unsigned_does(self):
        signed, plain = self.check(), self.check(self.page())
        self.env.cr.execute("ALTER TABLE dvc_signature_check DISABLE TRIGGER USER")
        self.env.cr.execute(
            "UPDATE dvc_signature_check SET at = at - interval '61 minutes' WHERE id = ANY(%s)", [(signed + plain).ids]
        )
        self.env.cr.execute("ALTER TABLE dvc_signature_check ENABLE TRIGGER USER")
        self.env.invalidate_all()
        self.assertFalse(signed._stands(signed.sha256))
        self.assertTrue(plain._stands(plain.sha256))

    def test_a_check_of_before_is_still_read(self):
        check = self.check()
        self.env.cr.execute("ALTER TABLE dvc_signature_check DISABLE TRIGGER USER")
        self.env.cr.execute(
            "UPDATE dvc_signature_check SET reason = NULL, cause = NULL, size = NULL, kind = NULL, trust_id = NULL,"
            " signatures = %s WHERE id = %s",
            ['[{"verdict": "expired", "signer": "Lê Cũ", "trusted": false}]', check.id],
        )
        self.env.cr.execute("ALTER TABLE dvc_signature_check ENABLE TRIGGER USER")
        self.env.invalidate_all()
        self.assertIn("Lê Cũ", check.panel_html)
        self.assertIn("had expired", check.panel_html)
        self.assertTrue(check._signature_report_pdf().startswith(b"%PDF-"))


class TestPanel(EvidenceCommon):
    """The panel: what it tells, to whom, and the paper of it."""

    def test_the_panel_tells_everything(self):
        html = self.check(record=self.citizen).panel_html
        certificate = self.certificate("mine")
        for part in (
            "Signature valid",
            "Nothing more needs to be done.",
            "046*******01",
            "The applicant",
            "not proven",
            "The whole file",
            "TEST SmartSign CA",
            f"{certificate.serial_number:X}",
            "root citizen (Citizens)",
            "non-repudiation",
            "revocation list (CRL)",
            "SHA256",
            "pyHanko",
        ):
            self.assertIn(part, html)
        self.assertNotIn(self.CITIZEN_FACTS["citizen_id"], html)

    def test_a_proven_time_is_told_with_who_proves_it(self):
        check = self.check(sign_pdf(self.page(), self.key, timestamper=self.timestamper()))
        self.assertRegex(check.panel_html, r"proven by [^<]*Kiểm")

    def test_names_in_certificates_are_text(self):
        key = self.issue("script", "CCCD:046185990001")
        html = self.check(sign_pdf(self.page(), key, reason="<script>x</script>")).panel_html
        self.assertNotIn("<script", html)

    def test_another_signer_is_a_warning(self):
        html = self.check(sign_pdf(self.page(), self.strangers_key), record=self.citizen).panel_html
        self.assertIn("Signed by somebody else than the applicant", html)

    def test_the_citizen_reads_no_names_of_staff_nor_codes(self):
        sheet = self.check(record=self.citizen)._sheet(public=True)
        text = json.dumps([sheet.lines, [card.lines for card in sheet.cards]], ensure_ascii=False)
        self.assertNotIn(self.officer.name, text)
        self.assertNotIn("Code of the reason", text)

    def test_who_may_look_at_it(self):
        check = self.check()
        for role in STAFF_WHO_READ:
            with self.subTest(role):
                user = getattr(self, role)
                seen = check.with_user(user)
                self.assertTrue(seen.panel_html and seen.sentence)
                self.assertEqual(seen.action_open_panel()["res_id"], check.id)
                self.assertIn(check, seen.history_ids.with_user(self.officer))
        for user in (self.accountant, self.integrator, self.officer2, self.citizen_user):
            with self.subTest(user.login), self.assertRaises(AccessError):
                check.with_user(user).read(["panel_html"])
            with self.subTest(user.login), self.assertRaises(AccessError):
                check.with_user(user).action_open_panel()

    def test_history_holds_all_checks_of_the_file_that_one_may_read(self):
        first = self.check()
        again = self.check(first=first, cause="again")
        other = self.check(user=self.officer2)
        self.check(self.page())
        self.assertEqual(again.first_id, first)
        self.assertEqual(self.check(first=again).first_id, first)
        self.assertEqual(first.history_ids[-2:], again + first)
        self.assertNotIn(other.id, first.history_ids.ids)

    def test_only_evidence_is_kept_of_what_was_asked_for(self):
        check = self.check()
        self.assertFalse(check.can_check_again)
        with self.assertRaises(Refusal) as refused:
            check.action_check_again()
        self.assertEqual(refused.exception.code, "signature.file_gone")
        with self.assertRaises(AccessError):
            check.with_user(self.auditor).action_check_again()

    def _printed(self, checks, user):
        reports = self.env["ir.actions.report"].with_user(user)
        content, kind = reports._render_qweb_pdf("dvc_account.report_signature_check", checks.ids)
        self.assertEqual(kind, "pdf")
        pages = pypdf.PdfReader(io.BytesIO(content)).pages
        return " ".join(" ".join(page.extract_text() for page in pages).split()), len(pages)

    def test_the_report_holds_what_the_panel_holds(self):
        check = self.check(record=self.citizen)
        last = self.env["dvc.journal"].search([], limit=1).id
        text, _pages = self._printed(check, self.officer)
        for part in (
            "PHIẾU KIỂM TRA CHỮ KÝ SỐ",
            "KẾT LUẬN",
            "UBND PHƯỜNG THỬ MỘT",
            check.sha256[:40],
            "Nguyễn Thị Kiểm",
            "046*******01",
            "pyHanko",
            check.trust_id.digest[:16],
            "Trang 1",
        ):
            self.assertIn(part, text)
        line = self.env["dvc.journal"].search([("id", ">", last), ("event", "=", "signature.report_printed")])
        self.assertEqual((line.user_id, line.account_id, line.res_id), (self.officer, self.citizen, check.id))

    def test_several_files_are_one_report(self):
        signed, plain = self.check(), self.check(self.page())
        text, pages = self._printed(signed + plain, self.manager)
        self.assertIn("1. KẾT LUẬN", text)
        self.assertIn("2. KẾT LUẬN", text)
        self.assertGreaterEqual(pages, 2)

    def test_who_may_print_it(self):
        check = self.check()
        self._printed(check, self.auditor)
        for user in (self.officer2, self.accountant, self.citizen_user):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._printed(check, user)

    def test_a_page_of_the_list_costs_the_same_for_few_and_many(self):
        for _number in range(8):
            self.check()
        checks = self.checks.with_user(self.manager).search([], limit=8)

        def count(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            some.web_read({"verdict": {}, "signers": {}, "sentence": {}, "cause": {}, "filename": {}})
            return self.cr.sql_log_count - before

        count(checks)
        self.assertEqual(count(checks[:2]), count(checks))
