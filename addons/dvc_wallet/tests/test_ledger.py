# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What PostgreSQL itself holds, tried with raw SQL through the ORM's own cursor."""

from unittest.mock import patch

import psycopg2

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.dvc_account.models.postgres_guards import enable_always

from ..domain import posting
from ..models import dvc_wallet_audit
from .common import WalletCommon

APPEND_ONLY = ("dvc_wallet_transfer", "dvc_wallet_entry", "dvc_wallet_seal", "dvc_receipt", "dvc_receipt_cancellation")


@tagged("post_install", "-at_install")
class TestLedger(WalletCommon):
    def setUp(self):
        super().setUp()
        self.dossier, answer = self._paid()
        self.transfer = self.env["dvc.wallet.transfer"].browse(answer["transfer"])
        self.transfer.receipt_ids._cancel("Sai tên người nộp")
        self.env["dvc.wallet.seal"]._cron_seal()
        self.wallet = self.citizen.wallet_ids
        self.env.flush_all()
        # What was posted so far is checked, as a commit would.
        self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")
        self.env.cr.execute("SET CONSTRAINTS ALL DEFERRED")

    def _sql(self, query, *params):
        with mute_logger("odoo.sql_db"), self.env.cr.savepoint(flush=False):
            self.env.cr.execute(query, params)
            self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def test_rows_cannot_be_changed_deleted_or_truncated(self):
        for table in APPEND_ONLY:
            for query in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
                with self.subTest(query), self.assertRaises(psycopg2.errors.RestrictViolation):
                    self._sql(query)

    def test_no_replica_either(self):
        self.env.cr.execute("SHOW is_superuser")
        # Only a superuser may pose as a replica; for him the triggers fire all the same.
        superuser = self.env.cr.fetchone()[0] == "on"
        refusal = psycopg2.errors.RestrictViolation if superuser else psycopg2.errors.InsufficientPrivilege
        with self.assertRaises(refusal), mute_logger("odoo.sql_db"), self.env.cr.savepoint(flush=False):
            self.env.cr.execute("SET LOCAL session_replication_role = replica")
            self.env.cr.execute("UPDATE dvc_wallet_entry SET id = id")
        self.env.cr.execute(
            "SELECT tgenabled FROM pg_trigger WHERE tgrelid = ANY(%s::regclass[]) AND NOT tgisinternal",
            [list(APPEND_ONLY)],
        )
        self.assertEqual(self.env.cr.fetchall(), [("A",)] * 12)

    def test_orm_refuses_too(self):
        for record in (self.transfer, self.transfer.entry_ids, self.transfer.receipt_ids):
            with self._refused("record.append_only"):
                record.write({"amount": 1})
            with self._refused("record.append_only"):
                record.unlink()
        with self._refused("field.guarded"):
            self.wallet.write({"posted": 10**9})
        with self._refused("record.append_only"):
            self.wallet.unlink()

    def _insert_transfer(self, amount, **more):
        columns = {
            "key": f"raw-{next(self.references)}",
            "fingerprint": "x",
            "kind": "transfer",
            "state": "done",
            "amount": amount,
            "currency_id": self.wallet.currency_id.id,
            "at": "2026-01-01",
            "user_id": self.env.uid,
            **more,
        }
        self.env.cr.execute(
            f"INSERT INTO dvc_wallet_transfer ({', '.join(columns)}) VALUES %s RETURNING id", [tuple(columns.values())]
        )
        return self.env.cr.fetchone()[0]

    def _insert_entry(self, transfer, wallet, amount):
        self.env.cr.execute(
            "INSERT INTO dvc_wallet_entry (transfer_id, wallet_id, amount, currency_id, at)"
            " VALUES (%s, %s, %s, %s, '2026-01-01')",
            [transfer, wallet.id, amount, wallet.currency_id.id],
        )

    def _post_raw(self, amount, entries):
        with mute_logger("odoo.sql_db"), self.env.cr.savepoint(flush=False):
            transfer = self._insert_transfer(amount)
            for wallet, part in entries:
                self._insert_entry(transfer, wallet, part)
            self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def test_unbalanced_postings_do_not_commit(self):
        bank, fees = (self.env["dvc.wallet"]._collecting(kind) for kind in ("bank", "fees"))
        suspense = self.env["dvc.wallet"]._collecting("suspense")
        self._post_raw(10, [(bank, -10), (fees, 10)])
        for amount, entries in (
            (10, []),
            (10, [(bank, -10)]),
            (10, [(bank, -10), (fees, 9)]),
            (9, [(bank, -10), (fees, 10)]),
            (10, [(bank, -10), (fees, 10), (suspense, 1)]),
        ):
            with self.subTest(entries), self.assertRaises(psycopg2.errors.CheckViolation) as caught:
                self._post_raw(amount, entries)
            self.assertEqual(caught.exception.diag.constraint_name, "dvc_wallet_balanced")

    def test_nothing_is_added_to_a_posted_transfer(self):
        bank = self.env["dvc.wallet"]._collecting("bank")
        with self.assertRaises(psycopg2.errors.CheckViolation), mute_logger("odoo.sql_db"):
            with self.env.cr.savepoint(flush=False):
                self._insert_entry(self.transfer.id, bank, 5)
                self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def test_whole_dong_only(self):
        bank, fees = (self.env["dvc.wallet"]._collecting(kind) for kind in ("bank", "fees"))
        for amount in (0.5, 0, -1):
            with self.subTest(amount), self.assertRaises(psycopg2.errors.CheckViolation):
                self._post_raw(amount, [(bank, -amount), (fees, amount)])

    def test_a_citizens_wallet_never_goes_below_zero(self):
        for assignment in ("posted = -1", "held = posted + 1", "held = -1", "posted = posted + 0.5"):
            with self.subTest(assignment), self.assertRaises(psycopg2.errors.CheckViolation):
                self._sql(f"UPDATE dvc_wallet SET {assignment} WHERE id = %s", self.wallet.id)

    def test_collecting_wallets_keep_no_balance(self):
        bank = self.env["dvc.wallet"]._collecting("bank")
        with self.assertRaises(psycopg2.errors.CheckViolation):
            self._sql("UPDATE dvc_wallet SET posted = 1 WHERE id = %s", bank.id)
        self.assertLess(bank.total, 0)

    def test_more_than_was_paid_is_not_given_back_by_sql_either(self):
        bank, fees = (self.env["dvc.wallet"]._collecting(kind) for kind in ("bank", "fees"))
        with self.assertRaises(psycopg2.errors.CheckViolation) as caught, mute_logger("odoo.sql_db"):
            with self.env.cr.savepoint(flush=False):
                transfer = self._insert_transfer(8001, kind="refund", reversal_of_id=self.transfer.id, part=1)
                self._insert_entry(transfer, fees, -8001)
                self._insert_entry(transfer, bank, 8001)
                self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")
        self.assertEqual(caught.exception.diag.constraint_name, "dvc_wallet_over_refund")

    def test_post_refuses_what_does_not_balance(self):
        bank, fees = (self.env["dvc.wallet"]._collecting(kind) for kind in ("bank", "fees"))
        with self.assertRaises(posting.Unbalanced):
            self.env["dvc.wallet.transfer"]._post("transfer", "k", "f", [(bank, -10), (fees, 9)])

    # The audit names what the tables' owner has done

    def _broken(self):
        self.env.invalidate_all()
        found = self._wallets(self.auditor).audit()
        self.assertFalse(found["ok"])
        return {(line["check"], line["id"] or line["detail"]) for line in found["broken"]}

    def _without_triggers(self, table, query, *params):
        self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")
        self.env.cr.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        self.env.cr.execute(query, params)
        self.env.cr.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        enable_always(self.env.cr, table)

    def test_audit_of_a_whole_ledger(self):
        self._check_ledger()
        found = self._wallets(self.accountant).audit()
        self.assertGreaterEqual(found["transfers"], 2)
        self.assertGreaterEqual(found["entries"], 4)

    def test_audit_finds_a_changed_balance(self):
        self.env.cr.execute("UPDATE dvc_wallet SET posted = posted + 1000 WHERE id = %s", [self.wallet.id])
        self.assertEqual(self._broken(), {("balance", self.wallet.id)})

    def test_audit_finds_a_changed_hold(self):
        self.env.cr.execute("UPDATE dvc_wallet SET held = 1000 WHERE id = %s", [self.wallet.id])
        self.assertEqual(self._broken(), {("held", self.wallet.id)})

    def test_audit_finds_a_changed_entry(self):
        entry = self.transfer._own_entry()
        self._without_triggers(
            "dvc_wallet_entry", "UPDATE dvc_wallet_entry SET amount = amount - 1 WHERE id = %s", entry.id
        )
        self.assertEqual(
            self._broken(),
            {
                ("balance", self.wallet.id),
                ("entries", self.transfer.id),
                ("running_balance", entry.id),
                ("seal", self.transfer.id),
            },
        )

    def test_audit_finds_a_changed_transfer(self):
        self._without_triggers(
            "dvc_wallet_transfer", "UPDATE dvc_wallet_transfer SET note = 'x' WHERE id = %s", self.transfer.id
        )
        self.assertEqual(self._broken(), {("seal", self.transfer.id)})

    def test_audit_finds_a_missing_receipt_number(self):
        receipt = self.transfer.receipt_ids
        self._without_triggers("dvc_receipt", "UPDATE dvc_receipt SET number = 7 WHERE id = %s", receipt.id)
        self.assertEqual(self._broken(), {("receipt_numbers", receipt.id)})

    def test_audit_finds_what_guards_were_taken_away(self):
        self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")
        self.env.cr.execute("ALTER TABLE dvc_wallet_entry DISABLE TRIGGER dvc_append_only_row")
        self.env.cr.execute("DROP TRIGGER dvc_wallet_transfer_balanced ON dvc_wallet_transfer")
        self.env.cr.execute("ALTER TABLE dvc_wallet DROP CONSTRAINT dvc_wallet_never_below_zero")
        self.env.cr.execute("DROP INDEX dvc_wallet_transfer_key_uniq")
        self.env.cr.execute(
            "CREATE OR REPLACE FUNCTION dvc_wallet_check_entry() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN RETURN NULL; END'"
        )
        self.assertEqual(
            self._broken(),
            {
                ("guard", "trigger dvc_append_only_row on dvc_wallet_entry"),
                ("guard", "trigger dvc_wallet_transfer_balanced on dvc_wallet_transfer"),
                ("guard", "constraint dvc_wallet_never_below_zero"),
                ("guard", "index dvc_wallet_transfer_key_uniq"),
                ("guard", "function dvc_wallet_check_entry"),
            },
        )

    def test_audit_is_not_content_with_names(self):
        for detail, *queries in (
            (
                "trigger dvc_append_only_row on dvc_wallet_entry",
                "ALTER TABLE dvc_wallet_entry ENABLE TRIGGER dvc_append_only_row",
            ),
            (
                "trigger dvc_append_only_row on dvc_receipt",
                "DROP TRIGGER dvc_append_only_row ON dvc_receipt",
                "CREATE TRIGGER dvc_append_only_row BEFORE UPDATE OR DELETE ON dvc_receipt"
                " FOR EACH ROW WHEN (false) EXECUTE FUNCTION dvc_refuse_change()",
                "ALTER TABLE dvc_receipt ENABLE ALWAYS TRIGGER dvc_append_only_row",
            ),
            (
                "trigger dvc_append_only_row on dvc_receipt",
                "DROP TRIGGER dvc_append_only_row ON dvc_receipt",
                "CREATE TRIGGER dvc_append_only_row BEFORE DELETE ON dvc_receipt"
                " FOR EACH ROW EXECUTE FUNCTION dvc_refuse_change()",
                "ALTER TABLE dvc_receipt ENABLE ALWAYS TRIGGER dvc_append_only_row",
            ),
            (
                "trigger dvc_append_only_table on dvc_receipt",
                "CREATE FUNCTION dvc_harmless() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
                "DROP TRIGGER dvc_append_only_table ON dvc_receipt",
                "CREATE TRIGGER dvc_append_only_table BEFORE TRUNCATE ON dvc_receipt"
                " FOR EACH STATEMENT EXECUTE FUNCTION dvc_harmless()",
                "ALTER TABLE dvc_receipt ENABLE ALWAYS TRIGGER dvc_append_only_table",
            ),
            (
                "trigger stranger on dvc_wallet",
                "CREATE FUNCTION dvc_harmless() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
                "CREATE TRIGGER stranger BEFORE UPDATE ON dvc_wallet FOR EACH ROW EXECUTE FUNCTION dvc_harmless()",
            ),
            (
                "constraint dvc_wallet_never_below_zero",
                "ALTER TABLE dvc_wallet DROP CONSTRAINT dvc_wallet_never_below_zero",
                "ALTER TABLE dvc_wallet ADD CONSTRAINT dvc_wallet_never_below_zero CHECK (posted IS NOT NULL)",
            ),
            (
                "index dvc_wallet_transfer_key_uniq",
                "DROP INDEX dvc_wallet_transfer_key_uniq",
                "CREATE UNIQUE INDEX dvc_wallet_transfer_key_uniq ON dvc_wallet_transfer (key, id)",
            ),
            (
                "function dvc_refuse_change",
                "CREATE OR REPLACE FUNCTION dvc_refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
                " 'BEGIN RETURN NEW; /* RAISE EXCEPTION */ END'",
            ),
        ):
            with self.subTest(queries[-1]):
                savepoint = self.env.cr.savepoint(flush=False)
                for query in queries:
                    self.env.cr.execute(query)
                self.assertEqual(self._broken(), {("guard", detail)})
                savepoint.rollback()
                savepoint.close(rollback=False)
        self._check_ledger()

    def test_audit_names_no_more_than_it_may(self):
        for _ in range(3):
            self._top_up()
        self.env["dvc.wallet.seal"]._cron_seal()
        self._without_triggers("dvc_wallet_transfer", "UPDATE dvc_wallet_transfer SET note = 'x'")
        with patch.object(dvc_wallet_audit, "BROKEN_MAX", 2):
            self.assertEqual(len(self._broken()), 2)
            self.assertEqual(len(self._broken()), 2, "Nothing is left open by the first.")
        self.assertGreater(len(self._broken()), 2)

    def test_seals_follow_one_another(self):
        self._top_up()
        self.env["dvc.wallet.seal"]._cron_seal()
        seals = self.env["dvc.wallet.seal"].search([], order="id")
        self.assertEqual(seals[1:].mapped("previous"), seals[:-1].mapped("digest"))
        self.assertEqual(self.env["dvc.wallet.seal"]._seal_batch(), 0)
        with self.assertRaises(psycopg2.errors.UniqueViolation), mute_logger("odoo.sql_db"):
            with self.env.cr.savepoint():
                # A second chain that leaves the first one in the middle.
                seals.create([{**seals[1].copy_data()[0], "transfer_id": self.transfer.id}]).flush_recordset()
