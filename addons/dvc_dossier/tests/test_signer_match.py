# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64
import datetime

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from odoo.addons.dvc_account.signing.sign import sign_pdf
from odoo.addons.dvc_account.tests.citizen_keys import CertificateCase

from .common import DossierCommon


@tagged("post_install", "-at_install")
class TestSignerMatch(CertificateCase, DossierCommon):
    """Who signed a file of a dossier: shown to the officer, refused to nobody."""

    # Certificates are made and checked by the real clock.
    clock_stands = False

    def _signed(self, key=None) -> str:
        return base64.b64encode(sign_pdf(self.page(), key or self.key)).decode()

    def _submitted(self, content: str, **more):
        components = self._files("TK01", "VBLC")[:2]
        components[0] = {**components[0], "filename": "to-khai.pdf", "content": content}
        return self._submit(components=components, **more)

    def _declaration(self, dossier):
        return dossier.component_ids.filtered(lambda file: file.code == "TK01").with_user(self.officer)

    def test_own_other_and_unsigned(self):
        dossier = self._submitted(self._signed())
        file = self._declaration(dossier)
        self.assertEqual((file.verdict, file.signer_match, file.signer_warning), ("valid", "own", False))
        plain = (dossier.component_ids - file).with_user(self.officer)
        self.assertEqual((plain[0].signer_match, plain[0].signer_warning), (False, False))
        file = self._declaration(self._submitted(self._signed(self.strangers_key)))
        self.assertEqual(file.signer_match, "other")
        self.assertIn("somebody else", file.signer_warning)

    def test_another_signer_hinders_nothing(self):
        dossier = self._submitted(self._signed(self.strangers_key))
        self.assertIn(dossier.with_user(self.officer).receive()["state"], ("received", "payment"))

    def test_reported_lost_after_it_was_handed_in(self):
        certificate = self.registered()
        dossier = self._submitted(self._signed())
        file = self._declaration(dossier)
        self.assertFalse(file.signer_warning)
        with freeze_time(fields.Datetime.now() + datetime.timedelta(minutes=5)):
            certificate.with_user(self.citizen_user).report_lost()
        file.invalidate_recordset()
        self.assertEqual(file.signer_match, "own")
        self.assertIn("reported lost", file.signer_warning)

    def test_cannot_be_written(self):
        file = self._declaration(self._submitted(self._signed(self.strangers_key))).sudo()
        file.write({"signer_match": "own"})
        file.invalidate_recordset()
        self.assertEqual(file.signer_match, "other")

    def _count(self, work) -> int:
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        work()
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def test_a_set_costs_what_one_costs(self):
        self.registered()
        content = self._signed()
        files = self.env["dvc.dossier.component"]
        for _number in range(8):
            files |= self._submitted(content).component_ids
        files = files.with_user(self.officer)

        def read(some):
            some.read(["signer_match", "signer_warning"])

        read(files)
        few = self._count(lambda: read(files[:2]))
        self.assertEqual(self._count(lambda: read(files)), few)

    def test_a_submission_pays_nothing_for_it(self):
        plain, signed = self._files("TK01")[0]["content"], self._signed()
        self._submitted(plain)
        count = self._count(lambda: self._submitted(plain, client_ref="plain"))
        self.assertLessEqual(self._count(lambda: self._submitted(signed, client_ref="signed")), count + 1)
