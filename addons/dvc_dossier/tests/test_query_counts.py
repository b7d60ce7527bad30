# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo.tests import tagged

from .common import DossierCommon

SUBMIT_MAX = 60


@tagged("post_install", "-at_install")
class TestQueryCounts(DossierCommon):
    def _count(self, work) -> int:
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        work()
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def test_a_submission_stays_within_its_budget(self):
        self._submit(client_ref="warm")
        count = self._count(lambda: self._submit(components=self._files("TK01", "VBLC")[:2], client_ref="cold"))
        self.assertLessEqual(count, SUBMIT_MAX)

    def test_reads_cost_the_same_for_three_and_thirty(self):
        for _dossier in range(3):
            self._in_state("received")
        board = {
            "code": {},
            "sla": {},
            "procedure_id": {"fields": {"display_name": {}}},
            "fee_due": {},
            "signature_verdict": {},
        }

        def read(records):
            records.with_user(self.officer).web_read(board)

        mine = self.env["dvc.dossier"].search([("company_id", "=", self.agency.id)])
        read(mine)
        read(mine[:3])
        few = self._count(lambda: read(mine[:3]))
        for _dossier in range(27):
            self._submit()
        mine = self.env["dvc.dossier"].search([("company_id", "=", self.agency.id)])
        self.assertEqual(len(mine), 30)
        self.assertLessEqual(self._count(lambda: read(mine)), few)

    def test_lists_cost_the_same_for_three_and_thirty(self):
        for _dossier in range(3):
            self._submit()
        listed = self._as(self.citizen_user).list_for
        listed(self.citizen.id)
        few = self._count(lambda: listed(self.citizen.id))
        for _dossier in range(27):
            self._submit()
        self.assertEqual(len(listed(self.citizen.id)), 30)
        self.assertEqual(self._count(lambda: listed(self.citizen.id)), few)
