# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64
import hashlib

from odoo.http import Request
from odoo.tests import Form, HttpCase, tagged

from odoo.addons.dvc_account.tests.citizen_keys import CertificateCase
from odoo.addons.dvc_account.tests.test_signature_formats import detached

from .common import DossierCase, DossierCommon, pdf

FILE = pdf("Tờ khai có chữ ký rời")


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


class SignatureFileCase(CertificateCase, DossierCase):
    # Certificates are made and checked by the real clock.
    clock_stands = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.signature = detached(cls.key, FILE)

    def part(self, data=FILE, signature=None, **more):
        signature = self.signature if signature is None else signature
        return {"code": "TK01", "filename": "to-khai.pdf", "content": text(data), "signature": text(signature), **more}

    def submitted(self, part=None, user=None, **more):
        components = [part or self.part(), *self._files("GCS")]
        return self._submit(user=user, components=components, **more)

    def declaration(self, dossier):
        return dossier.component_ids.filtered(lambda file: file.code == "TK01" and file.is_current)


@tagged("post_install", "-at_install")
class TestSignatureFile(SignatureFileCase, DossierCommon):
    """A component whose signature is a file of its own: verified together, kept together."""

    def test_both_are_kept_and_verified(self):
        file = self.declaration(self.submitted())
        self.assertEqual(file.verdict, "valid")
        self.assertEqual(file.attachment_id.raw, FILE)
        self.assertEqual(file.signature_attachment_id.raw, self.signature)
        self.assertEqual(file.signature_attachment_id.name, "to-khai.pdf.p7s")
        self.assertEqual(file.sha256, hashlib.sha256(FILE).hexdigest())
        self.assertEqual(file.signature_sha256, hashlib.sha256(self.signature).hexdigest())
        check = file.check_id
        self.assertEqual((check.sha256, check.pair_sha256), (file.sha256, file.signature_sha256))
        self.assertEqual(check.signatures[0]["verdict"], "valid")
        self.assertEqual(file.with_user(self.officer).signer_match, "own")

    def test_of_another_file(self):
        dossier = self.submitted(self.part(signature=detached(self.key, b"another")))
        self.assertEqual(self.declaration(dossier).verdict, "modified")
        with self._refused("component.invalid_signature"):
            dossier.with_user(self.officer).receive()

    def test_what_is_no_signature_is_refused(self):
        for signature in (FILE, b"\x30\x82", b"x"):
            with self._refused("file.type"):
                self.submitted(self.part(signature=signature))
        with self._refused("input.invalid"):
            self.submitted({**self.part(), "signature": "!"})
        with self._refused("input.invalid"):
            self.submitted({**self.part(), "signature": 7})

    def test_a_document_of_the_vault_has_its_own(self):
        document = self._deposit()
        with self._refused("input.invalid"):
            self._submit(
                components=[
                    *self._files("TK01", "GCS"),
                    {"code": "GKS", "document_id": document.id, "signature": text(self.signature)},
                ]
            )

    def test_paper_is_not_asked_for(self):
        dossier = self.submitted()
        self.assertTrue(dossier.with_user(self.officer).receive())
        dossier.with_user(self.specialist).start()
        with self._refused("paper.not_allowed"):
            self._ask(dossier, user=self.specialist, paper=True)

    def test_supplement(self):
        dossier = self._in_state("supplement")
        answer = dossier.with_user(self.integrator).supplement([self.part()])
        self.assertFalse(answer["missing"])
        file = self.declaration(dossier)
        self.assertEqual((file.verdict, file.version), ("valid", 2))
        self.assertEqual(file.signature_attachment_id.raw, self.signature)

    def test_is_checked_again_with_both(self):
        self.env["dvc.trust.anchor"].search([]).write({"crl": False})
        dossier = self.submitted()
        file = self.declaration(dossier)
        self.assertEqual(file.verdict, "unknown")
        for anchor, authority in (
            (self.anchor, self.root),
            (self.anchor.search([("is_intermediate", "=", True)]), self.provider_ca),
        ):
            anchor.crl = base64.b64encode(authority.crl())
        file._complete_checks()
        self.assertEqual(file.verdict, "valid")
        self.assertEqual(file.check_id.pair_sha256, file.signature_sha256)

    def test_the_vault_keeps_and_gives_both(self):
        component = self.procedure.component_ids.filtered(lambda one: one.code == "TK01")
        component.document_type_id = self.document_type
        file = self.declaration(self.submitted())
        document = self.env["dvc.document"]._deposit(
            self.citizen,
            self.document_type,
            file.attachment_id,
            file.sha256,
            "component",
            verdict=file.verdict,
            check_id=file.check_id.id,
            **file._kept_signature(),
        )
        again = self.declaration(self.submitted({"code": "TK01", "document_id": document.id}))
        self.assertEqual((again.verdict, again.document_id), ("valid", document))
        self.assertEqual(again.signature_attachment_id.raw, self.signature)
        self.assertNotEqual(again.signature_attachment_id, file.signature_attachment_id)
        self.assertEqual(again.signature_attachment_id.res_id, again.id)

    def test_who_may_open_it(self):
        file = self.declaration(self.submitted())
        action = file.with_user(self.officer).action_open_signature_file()
        self.assertIn(str(file.signature_attachment_id.id), action["url"])
        self.assertEqual(file.signature_attachment_id.with_user(self.officer).raw, self.signature)
        self.assertFalse(file.signature_attachment_id.with_user(self.officer2).has_access("read"))
        self.assertFalse(file.signature_attachment_id.with_user(self.stranger_user).has_access("read"))

    def test_is_set_by_the_flow_only(self):
        file = self.declaration(self.submitted())
        with self._refused("field.guarded"):
            file.write({"signature_attachment_id": False})

    def test_the_same_again_is_the_same(self):
        first = self.submitted(client_ref="ref-1")
        self.assertEqual(self.submitted(client_ref="ref-1"), first)
        with self._refused("dossier.key_reused"):
            self.submitted(self.part(signature=detached(self.second_key, FILE)), client_ref="ref-1")

    def test_at_the_desk(self):
        form = Form(self.env["dvc.dossier.intake"].with_user(self.officer))
        form.account_id = self.citizen
        form.procedure_id = self.procedure
        intake = form.save()
        lines = {line.code: line for line in intake.line_ids}
        lines["TK01"].write({"file": text(FILE), "filename": "a.pdf", "signature": text(self.signature)})
        lines["GCS"].write({"file": text(pdf("b")), "filename": "b.pdf"})
        dossier = self.env["dvc.dossier"].browse(intake.action_submit()["res_id"])
        self.assertEqual(self.declaration(dossier).verdict, "valid")


@tagged("post_install", "-at_install")
class TestSignatureFilePortal(SignatureFileCase, HttpCase):
    """The citizen's pages: a second file beside the first, only where it is wanted."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.citizen_user.lang = "en_US"
        cls.url = f"/my/dossiers/new/{cls.procedure.code}"

    def setUp(self):
        super().setUp()
        self.authenticate("dvc_citizen", "dvc_citizen")

    def post(self, url, files, **values):
        page = self.url_open(url, data={"csrf_token": Request.csrf_token(self), **values}, files=files)
        self.env.invalidate_all()
        return page

    def send(self, **files):
        sent = {
            "file_TK01": ("to-khai.pdf", FILE, "application/pdf"),
            "file_GCS": ("gcs.pdf", pdf("gcs"), "application/pdf"),
            **{name: ("chu-ky.p7s", data, "application/pkcs7-signature") for name, data in files.items()},
        }
        return self.post(self.url, sent, agency=self.agency.dvc_agency_code, delivery="counter", copies="1")

    def dossiers(self):
        return self.env["dvc.dossier"].search([("account_id", "=", self.citizen.id)])

    def test_with_the_form(self):
        page = self.send(signature_TK01=self.signature)
        self.assertIn("Your dossier was submitted", page.text)
        file = self.declaration(self.dossiers())
        self.assertEqual(file.verdict, "valid")
        self.assertIn(f"/files/{file.id}/signature", page.text)
        given = self.url_open(f"/my/dossiers/{file.dossier_id.id}/files/{file.id}/signature")
        self.assertEqual(given.content, self.signature)
        other = file.dossier_id.component_ids - file
        self.assertEqual(
            self.url_open(f"/my/dossiers/{file.dossier_id.id}/files/{other.id}/signature").status_code, 404
        )

    def test_nobody_elses(self):
        self.send(signature_TK01=self.signature)
        file = self.declaration(self.dossiers())
        self.authenticate("dvc_stranger", "dvc_stranger")
        answer = self.url_open(f"/my/dossiers/{file.dossier_id.id}/files/{file.id}/signature")
        self.assertEqual(answer.status_code, 404)

    def test_what_is_no_signature_is_told_at_the_field(self):
        page = self.send(signature_TK01=FILE)
        self.assertEqual(page.status_code, 422)
        self.assertIn("is not a CMS signature", page.text)
        self.assertFalse(self.dossiers())
        self.assertIn("to-khai.pdf", page.text)

    def test_without_its_file(self):
        page = self.send(signature_GKS=self.signature)
        self.assertEqual(page.status_code, 422)
        self.assertIn("Choose the file that the signature file belongs to.", page.text)

    def test_by_the_pages_script(self):
        kept = self.post("/my/dossiers/upload", {"file": ("a.pdf", FILE, "application/pdf")}, component="TK01").json()
        answer = self.post(
            "/my/dossiers/upload/signature", {"file": ("a.p7s", self.signature)}, component="TK01", upload=kept["id"]
        )
        self.assertEqual((answer.status_code, answer.json()["verdict"]), (200, "Signature valid"))
        page = self.post(
            self.url,
            {"file_GCS": ("gcs.pdf", pdf("gcs"), "application/pdf")},
            upload_TK01=kept["id"],
            agency=self.agency.dvc_agency_code,
            delivery="counter",
            copies="1",
        )
        self.assertIn("Your dossier was submitted", page.text)
        self.assertEqual(self.declaration(self.dossiers()).verdict, "valid")

    def test_to_nobody_elses_file(self):
        kept = self.post("/my/dossiers/upload", {"file": ("a.pdf", FILE, "application/pdf")}, component="TK01").json()
        for values in ({"component": "GCS", "upload": kept["id"]}, {"component": "TK01", "upload": "0"}, {}):
            answer = self.post("/my/dossiers/upload/signature", {"file": ("a.p7s", self.signature)}, **values)
            self.assertEqual(answer.status_code, 400)
        self.authenticate("dvc_stranger", "dvc_stranger")
        answer = self.post(
            "/my/dossiers/upload/signature", {"file": ("a.p7s", self.signature)}, component="TK01", upload=kept["id"]
        )
        self.assertEqual(answer.status_code, 400)

    def test_twice_is_once_and_another_signature_is_another_dossier(self):
        self.send(signature_TK01=self.signature)
        self.send(signature_TK01=self.signature)
        self.assertEqual(len(self.dossiers()), 1)
        self.send(signature_TK01=detached(self.second_key, FILE))
        self.assertEqual(len(self.dossiers()), 2)

    def test_the_vault_offers_it(self):
        attachment = self.env["ir.attachment"].create({"name": "a.p7s", "raw": self.signature})
        document = self._deposit(signature_attachment_id=attachment.id, signature_sha256="1" * 64)
        self.assertIn(f"/my/documents/{document.id}/signature", self.url_open("/my/documents").text)
        self.assertEqual(self.url_open(f"/my/documents/{document.id}/signature").content, self.signature)
        plain = self._deposit()
        self.assertEqual(self.url_open(f"/my/documents/{plain.id}/signature").status_code, 404)
