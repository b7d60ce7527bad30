# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged

from ..domain import dossier_code
from .common import DossierCommon


@tagged("post_install", "-at_install")
class TestCodes(DossierCommon):
    def _take(self):
        numbers = self.env["dvc.dossier.number"]
        return numbers._take(self.agency, self.env["dvc.account"]._today())

    def test_numbers_run_within_an_agencys_day(self):
        codes = [self._submit().code for _dossier in range(3)]
        self.assertEqual([code[-11:] for code in codes], ["260309-0001", "260309-0002", "260309-0003"])
        other = self._submit(agency_code=self.other_agency.dvc_agency_code)
        self.assertEqual(other.code, "000.92.29.H57-260309-0001")

    def test_the_day_is_vietnams(self):
        with freeze_time("2026-03-09 17:00:00"):
            self.assertTrue(self._submit().code.endswith("-260310-0001"))
        with freeze_time("2026-03-09 16:59:59"):
            self.assertTrue(self._submit().code.endswith("-260309-0001"))

    def test_a_number_that_somebody_holds_is_passed_over_without_waiting(self):
        day = self.env["dvc.account"]._today()
        # Test cursors share a connection: the lock of another session is stood in for by PostgreSQL's answer.
        held = {dossier_code.lock_key(self.agency.id, day, number) for number in (1, 2)}
        execute_query = type(self.env).execute_query

        def answering(env, query):
            if "pg_try_advisory_xact_lock" in query.code and query.params[0] in held:
                return [(False,)]
            return execute_query(env, query)

        with patch.object(type(self.env), "execute_query", answering):
            self.assertEqual(self._take(), 3)

    def test_a_number_committed_after_our_snapshot_is_passed_over(self):
        self.assertEqual(self._take(), 1)
        execute_query = type(self.env).execute_query

        def old(env, query):
            return [(0,)] if "max(number)" in query.code else execute_query(env, query)

        with patch.object(type(self.env), "execute_query", old):
            self.assertEqual(self._take(), 2)
        self.assertEqual(self._take(), 3)

    def test_keys_of_locks_are_of_64_bits_and_differ(self):
        day = self.env["dvc.account"]._today()
        keys = {dossier_code.lock_key(company, day, number) for company in range(1, 20) for number in range(1, 200)}
        self.assertEqual(len(keys), 19 * 199)
        self.assertTrue(all(-(2**63) <= key < 2**63 for key in keys))
