# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64
import hashlib

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.dvc_account.exceptions import Refusal
from odoo.addons.dvc_account.signing.sign import sign_pdf

from .common import REQUIRED
from .test_signature_panel import SignedDossierCase


@tagged("post_install", "-at_install")
class TestSignatureVault(SignedDossierCase):
    """A document's verdict travels with it for as long as nothing can have changed it."""

    def setUp(self):
        super().setUp()
        self.data = sign_pdf(self.page(), self.key)
        origin = self._submitted(base64.b64encode(self.data).decode())
        part = self._file(origin).sudo()
        self.document = self.env["dvc.document"]._deposit(
            self.citizen,
            self.document_type,
            part.attachment_id,
            part.sha256,
            "component",
            verdict=part.verdict,
            check_id=part.check_id.id,
            dossier_id=origin.id,
        )

    def _reused(self, **more):
        components = [*self._files(*REQUIRED), {"code": "GKS", "document_id": self.document.id}]
        return self._file(self._submit(components=components, **more), "GKS").sudo()

    def _age(self, check, minutes=61):
        self.env.cr.execute("ALTER TABLE dvc_signature_check DISABLE TRIGGER USER")
        self.env.cr.execute(
            "UPDATE dvc_signature_check SET at = at - make_interval(mins => %s) WHERE id = %s", [minutes, check.id]
        )
        self.env.cr.execute("ALTER TABLE dvc_signature_check ENABLE TRIGGER USER")
        self.env.invalidate_all()

    def test_the_verdict_stands(self):
        first = self.document.check_id
        part = self._reused()
        self.assertEqual((part.verdict, part.check_id), ("valid", first))

    def test_later_it_is_checked_again(self):
        first = self.document.check_id
        self._age(first)
        part = self._reused()
        self.assertEqual((part.verdict, part.check_id.cause, part.check_id.first_id), ("valid", "reuse", first))
        self.assertEqual(self.document.check_id, part.check_id)

    def test_a_revoked_one_does_not_travel_as_valid(self):
        self._revoke()
        part = self._reused()
        self.assertEqual((part.verdict, self.document.verdict), ("revoked", "revoked"))
        self.assertEqual(part.check_id.first_id.verdict, "valid")

    def test_one_whose_authority_is_trusted_no_more_does_not_travel_as_valid(self):
        self.anchor.active = False
        self.assertEqual(self._reused().verdict, "untrusted")

    def test_a_changed_file_does_not_travel_as_valid(self):
        self.document.attachment_id.raw = self.data + b"more"
        self.assertEqual(self._reused().verdict, "modified")

    def test_another_agency_has_evidence_of_its_own(self):
        first = self.document.check_id
        part = self._reused(agency_code=self.other_agency.dvc_agency_code)
        self.assertEqual((part.verdict, part.check_id.company_id), ("valid", self.other_agency))
        self.assertEqual(part.check_id.first_id, first)
        opened = part.with_user(self.officer2).action_open_check()
        self.assertIn(part.dossier_id.code, self._shown(opened, self.officer2).panel_html)

    def test_what_could_not_be_asked_takes_nothing_away(self):
        first = self.document.check_id
        self._age(first)
        digest = hashlib.sha256(self.data).hexdigest()
        nothing = {"verdict": "unknown", "reason": "not_checked", "sha256": digest}
        empty = {"signatures": [], "evidence": [], "holders": []}
        self.patch(type(self.env["dvc.signature"]), "_verify", lambda *_args, **_more: {**nothing, **empty})
        part = self._reused()
        self.assertEqual((part.verdict, self.document.verdict, self.document.check_id), ("unknown", "valid", first))

    def test_the_desk_opens_and_repeats_it(self):
        document = self.document.with_user(self.officer)
        check = self._shown(document.action_open_check())
        self.assertEqual(check, self.document.check_id)
        self._revoke()
        again = document._check_again(check)
        self.assertEqual((again.verdict, self.document.verdict), ("revoked", "revoked"))
        for user in (self.auditor, self.accountant):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.document.with_user(user)._check_again(check)

    def test_without_evidence_there_is_nothing_to_show(self):
        document = self._deposit(verdict="valid").with_user(self.officer)
        with self.assertRaises(Refusal) as refused:
            document.action_open_check()
        self.assertEqual(refused.exception.code, "signature.not_checked")
