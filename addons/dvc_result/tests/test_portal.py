# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo.tests import HttpCase, tagged

from .common import ResultCase


@tagged("post_install", "-at_install")
class TestPortal(ResultCase, HttpCase):
    def _handed_over(self):
        dossier = self.dossier()
        self.signed(dossier).with_user(self.officer).hand_over(
            recipient_name=self.CITIZEN_FACTS["full_name"],
            recipient_citizen_id=self.CITIZEN_FACTS["citizen_id"],
            papers=["GCS"],
        )
        return dossier

    def test_the_citizen_gets_result_and_receipt(self):
        dossier = self._handed_over()
        result, handover = dossier.result_ids, dossier.handover_ids
        self.authenticate("dvc_citizen", "dvc_citizen")
        page = self.url_open(f"/my/dossiers/{dossier.id}").text
        for address in (
            f"/my/dossiers/{dossier.id}/results/{result.id}",
            f"/my/dossiers/{dossier.id}/handovers/{handover.id}",
        ):
            self.assertIn(address, page)
            self.assertTrue(self.url_open(address).content.startswith(b"%PDF"), address)

    def test_nobody_else_does(self):
        dossier = self._handed_over()
        other = self._handed_over()
        self.authenticate("dvc_citizen", "dvc_citizen")
        mixed = f"/my/dossiers/{dossier.id}/handovers/{other.handover_ids.id}"
        self.assertEqual(self.url_open(mixed).status_code, 404)
        self.authenticate("dvc_stranger", "dvc_stranger")
        address = f"/my/dossiers/{dossier.id}/handovers/{dossier.handover_ids.id}"
        self.assertEqual(self.url_open(address).status_code, 404)

    def test_the_receipt_is_sent(self):
        self.citizen._in_flow().write({"email": "citizen@example.com"})
        handover = self._handed_over().handover_ids
        sent = self.env["dvc.outbox"].search([("dedup_key", "=", f"handover:{handover.id}")])
        self.assertEqual(sent.attachment_ids, handover.attachment_id)
        self.assertIn(handover.dossier_id.code, sent.subject)
