# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo.exceptions import AccessError

from .common import DvcCommon

STAFF = ("officer", "specialist", "leader", "accountant", "manager", "auditor", "integrator")
READS = {
    "dvc.account": (*STAFF, "citizen_user"),
    "dvc.identity.source": ("manager", "auditor"),
    "dvc.journal": ("manager", "auditor"),
    "dvc.journal.seal": ("manager", "auditor"),
    "dvc.outbox": ("manager", "auditor"),
    "dvc.otp": ("manager", "auditor"),
    "dvc.attempt": (),
    "dvc.unit": STAFF,
}
WRITES = {"dvc.account": ("manager",), "dvc.identity.source": ("manager",), "dvc.unit": ("manager",)}
CREATES = {"dvc.identity.source": ("manager",), "dvc.unit": ("manager",)}


class TestAccess(DvcCommon):
    def test_matrix(self):
        for model, readers in READS.items():
            for role in (*STAFF, "citizen_user"):
                records = self.env[model].with_user(getattr(self, role))
                with self.subTest(model=model, role=role):
                    self.assertEqual(records.has_access("read"), role in readers)
                    self.assertEqual(records.has_access("write"), role in WRITES.get(model, ()))
                    self.assertEqual(records.has_access("create"), role in CREATES.get(model, ()))

    def test_citizen_sees_own_account_only(self):
        self.assertEqual(self.env["dvc.account"].with_user(self.citizen_user).search([]), self.citizen)
        with self.assertRaises(AccessError):
            self.stranger.with_user(self.citizen_user).read(["name"])

    def test_secrets_are_closed(self):
        for field in ("citizen_id_secret", "citizen_id_hash", "phone_secret", "phone_hash"):
            for user in (self.manager, self.auditor, self.citizen_user):
                with self.subTest(field=field, user=user.login), self.assertRaises(AccessError):
                    self.citizen.with_user(user).read([field])
        message = self.env["dvc.outbox"]._queue("sms", "+84914990001", "", "bí mật 123456", "test", secret=True)
        for field in ("body_secret", "recipient_secret", "dedup_key"):
            with self.assertRaises(AccessError):
                message.with_user(self.manager).read([field])
        self.assertFalse(message.with_user(self.manager).body)

    def test_masked(self):
        account = self.citizen.with_user(self.specialist)
        self.assertEqual((account.citizen_id_masked, account.phone_masked), ("046*******01", "0914***001"))

    def test_nothing_readable_in_the_table(self):
        self.env.flush_all()
        self.env.cr.execute("SELECT t::text FROM dvc_account t WHERE id = %s", [self.citizen.id])
        row = self.env.cr.fetchone()[0]
        self.assertNotIn("046185990001", row)
        self.assertNotIn("914990001", row)

    def test_search_by_whole_number(self):
        accounts = self.env["dvc.account"].with_user(self.officer)
        self.assertEqual(accounts.name_search("046185990001")[0][0], self.citizen.id)
        self.assertEqual(accounts.name_search("0914 990 002")[0][0], self.stranger.id)
