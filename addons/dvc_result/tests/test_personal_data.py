# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo.tests import HttpCase, tagged

from .common import ResultCase


@tagged("post_install", "-at_install")
class TestPersonalData(ResultCase, HttpCase):
    def test_what_results_keep(self):
        dossier = self.dossier()
        result = self.published(dossier)
        # A draft of the agency is none of the citizen's yet.
        self.assertFalse(self.citizen._personal_data()["results"])
        result.with_user(self.leader).sign()
        result.with_user(self.officer).hand_over("Nguyễn Thị Kiểm", self.CITIZEN_FACTS["citizen_id"], papers=["GCS"])
        data = self.citizen._personal_data()
        self.assertEqual([line["code"] for line in data["results"]], [result.code])
        self.assertEqual(data["handovers"][0]["recipient"], "Nguyễn Thị Kiểm")
        labels = self.citizen._personal_data_labels()
        self.assertFalse({key for name in ("results", "handovers") for row in data[name] for key in row} - set(labels))

    def test_staff_who_open_a_result(self):
        dossier = self.dossier()
        result = self.published(dossier)
        self.specialist.password = "dvc_specialist_1"
        self.authenticate("dvc_specialist", "dvc_specialist_1")
        self.assertEqual(self.url_open(f"/dvc/result/{result.id}/file").status_code, 200)
        address = f"/web/content?model=dvc.result&id={result.id}&field=file_preview"
        self.assertEqual(self.url_open(address).status_code, 200)
        lines = self.citizen._access_lines(limit=10)
        self.assertEqual((len(lines), lines.dossier_code, lines.role), (1, dossier.code, "specialist"))
        self.assertIn(result.code, lines.purpose)
