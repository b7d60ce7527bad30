# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import contextlib
import json

import psycopg2

from odoo.tools import mute_logger

from odoo.addons.dvc_account.domain import hash_chain
from odoo.addons.dvc_account.exceptions import Refusal

from .common import DvcCommon


class TestJournal(DvcCommon):
    def test_database_refuses_changes(self):
        self.env["dvc.journal"]._log("test.event")
        for statement in (
            "UPDATE dvc_journal SET event = 'x'",
            "DELETE FROM dvc_journal",
            "TRUNCATE dvc_journal CASCADE",
            "UPDATE dvc_journal_seal SET digest = 'x' WHERE true",
        ):
            self.env["dvc.journal.seal"]._seal_batch()
            with (
                self.subTest(statement),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.RestrictViolation),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement)

    def test_orm_refuses_changes(self):
        line = self.env["dvc.journal"].search([], limit=1)
        with self.assertRaises(Refusal):
            line.write({"event": "x"})
        with self.assertRaises(Refusal):
            line.unlink()

    def test_line_tells_who(self):
        self.env["dvc.journal"].with_user(self.officer)._log(
            "test.event", record=self.citizen, account=self.citizen, purpose="Thử", detail={"n": 1}
        )
        line = self.env["dvc.journal"].search([("event", "=", "test.event")], limit=1)
        self.assertRecordValues(
            line,
            [
                {
                    "user_id": self.officer.id,
                    "role": "officer",
                    "company_id": self.agency.id,
                    "account_id": self.citizen.id,
                }
            ],
        )

    def test_seal_and_export(self):
        journal, seals = self.env["dvc.journal"], self.env["dvc.journal.seal"]
        seals._cron_seal()
        self.assertFalse(seals._first_broken())
        journal._log("test.event", detail={"b": 1, "a": "ạ"})
        seals._cron_seal()
        lines = [json.loads(line) for line in seals._export()]
        self.assertEqual(len(lines), journal.search_count([]))
        self.assertIsNone(hash_chain.first_broken((line["record"], line["digest"]) for line in lines))
        lines[-1]["record"]["event"] = "forged"
        self.assertEqual(hash_chain.first_broken((line["record"], line["digest"]) for line in lines), len(lines) - 1)

    def test_broken_line_is_named(self):
        self.env["dvc.journal"]._log("test.event")
        self.env["dvc.journal.seal"]._cron_seal()
        line = self.env["dvc.journal"].search([], limit=1)
        self.env.cr.execute("ALTER TABLE dvc_journal DISABLE TRIGGER dvc_append_only_row")
        self.env.cr.execute("UPDATE dvc_journal SET purpose = 'forged' WHERE id = %s", [line.id])
        self.env.cr.execute("ALTER TABLE dvc_journal ENABLE TRIGGER dvc_append_only_row")
        self.env.invalidate_all()
        self.assertEqual(self.env["dvc.journal.seal"]._first_broken(), line.id)

    def test_survives_a_refusal(self):
        before = self.env["dvc.journal"].search_count([("event", "=", "test.refused")])
        with contextlib.suppress(Refusal):
            self.env["dvc.journal"]._log("test.refused", own_transaction=True)
            raise Refusal("test.code", "x")
        self.assertEqual(self.env["dvc.journal"].search_count([("event", "=", "test.refused")]), before + 1)

    def test_line_is_the_records_agencys(self):
        """Whoever acts: an integrator of several agencies, or a citizen of none."""
        journal = self.env["dvc.journal"]
        for user in (self.integrator, self.citizen_user):
            journal.with_user(user)._log("test.event", record=self.other_unit)
            self.assertEqual(journal.search([("event", "=", "test.event")], limit=1).company_id, self.other_agency)
