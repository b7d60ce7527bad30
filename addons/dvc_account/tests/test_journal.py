# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import contextlib
import json

import psycopg2

from odoo.tools import SQL, mute_logger

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
        self.assertEqual(seals._verify()["broken"], [])
        journal._log("test.event", detail={"b": 1, "a": "ạ"})
        seals._cron_seal()
        head, *lines = [json.loads(line) for line in seals._export()]
        self.assertEqual((head["sealed"], head["digest"]), (len(lines), lines[-1]["digest"]))
        self.assertEqual(len(lines), journal.search_count([]))
        self.assertIsNone(hash_chain.first_broken((line["record"], line["digest"]) for line in lines))
        lines[-1]["record"]["event"] = "forged"
        self.assertEqual(hash_chain.first_broken((line["record"], line["digest"]) for line in lines), len(lines) - 1)

    @contextlib.contextmanager
    def as_owner(self):
        """Do what only the tables' owner can."""
        tables = ("dvc_journal", "dvc_journal_seal")
        for table in tables:
            self.env.cr.execute(SQL("ALTER TABLE %s DISABLE TRIGGER USER", SQL.identifier(table)))
        yield
        for table in tables:
            self.env.cr.execute(SQL("ALTER TABLE %s ENABLE ALWAYS TRIGGER dvc_append_only_row", SQL.identifier(table)))
            self.env.cr.execute(
                SQL("ALTER TABLE %s ENABLE ALWAYS TRIGGER dvc_append_only_table", SQL.identifier(table))
            )
        self.env.invalidate_all()

    def sealed_lines(self, count=3):
        for number in range(count):
            self.env["dvc.journal"]._log("test.event", detail={"n": number})
        self.env["dvc.journal.seal"]._cron_seal()
        return self.env["dvc.journal"].search([("event", "=", "test.event")], limit=count)

    def test_a_changed_line_is_named(self):
        line = self.sealed_lines()[1]
        with self.as_owner():
            self.env.cr.execute("UPDATE dvc_journal SET purpose = 'forged' WHERE id = %s", [line.id])
        answer = self.env["dvc.journal.seal"]._verify()
        self.assertEqual(
            (answer["ok"], answer["broken"]),
            (False, [{"check": "chain", "detail": f"line {line.id} is not what was sealed"}]),
        )

    def test_a_cut_chain_shows_by_its_anchor(self):
        seals = self.env["dvc.journal.seal"]
        lines = self.sealed_lines()
        anchor = seals._head()
        with self.as_owner():
            self.env.cr.execute("DELETE FROM dvc_journal_seal WHERE journal_id = %s", [lines[0].id])
            self.env.cr.execute("DELETE FROM dvc_journal WHERE id = %s", [lines[0].id])
        self.assertTrue(seals._verify()["ok"], "the rest is whole by itself")
        self.assertEqual([one["check"] for one in seals._verify(anchor)["broken"]], ["anchor"])
        self.sealed_lines(1)
        self.assertEqual([one["check"] for one in seals._verify(anchor)["broken"]], ["anchor"], "grown anew")

    def test_a_missing_guard_is_named(self):
        seals = self.env["dvc.journal.seal"]
        for statement, name in (
            (
                "ALTER TABLE dvc_journal DISABLE TRIGGER dvc_append_only_row",
                "trigger dvc_append_only_row on dvc_journal",
            ),
            (
                "DROP TRIGGER dvc_append_only_table ON dvc_journal_seal",
                "trigger dvc_append_only_table on dvc_journal_seal",
            ),
            (
                "CREATE OR REPLACE FUNCTION dvc_refuse_change() RETURNS trigger LANGUAGE plpgsql"
                " AS 'BEGIN RETURN NEW; END'",
                "function dvc_refuse_change",
            ),
        ):
            with self.subTest(name), contextlib.closing(self.env.cr.savepoint()):
                self.env.cr.execute(statement)
                self.assertIn({"check": "guard", "detail": name}, seals._verify()["broken"])

    def test_triggers_fire_for_replicas_too(self):
        self.sealed_lines()
        self.env.cr.execute("SELECT DISTINCT tgenabled FROM pg_trigger WHERE tgname LIKE 'dvc_append_only_%'")
        self.assertEqual(self.env.cr.fetchall(), [("A",)])

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
