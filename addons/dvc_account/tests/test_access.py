# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user

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
        message.company_id = self.agency
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

    def test_what_is_typed_into_a_dialog_is_ones_own(self):
        dialogs = self.env["dvc.account.standardization"]
        dialog = dialogs.with_user(self.officer).create({"account_id": self.citizen.id, **self.CITIZEN_FACTS})
        self.assertEqual(dialog.phone, self.CITIZEN_FACTS["phone"])
        self.assertFalse(dialogs.with_user(self.colleague).search([("id", "=", dialog.id)]))
        with self.assertRaises(AccessError):
            dialog.with_user(self.colleague).read(["citizen_id"])

    def test_unmasking_is_for_those_who_work_on_dossiers(self):
        for user in (self.officer, self.specialist, self.manager):
            action = self.citizen.with_user(user).action_reveal()
            dialogs = self.env[action["res_model"]].with_user(user).with_context(**action["context"])
            shown = dialogs.create({"purpose": "call"}).action_show()
            self.assertIn("046185990001 · 0914990001", shown["params"]["message"], user.login)
        for user in (
            self.leader,
            self.accountant,
            self.auditor,
            self.integrator,
            self.citizen_user,
            self.stranger_user,
        ):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.citizen.with_user(user).action_reveal()

    def test_unmasking_names_the_dossier(self):
        self.citizen.with_user(self.specialist)._show_revealed("Thẩm tra", "000.91.29.H57-260101-0001")
        lines = self.env["dvc.journal"].search([("event", "=", "personal_data.read")])
        self.assertEqual(lines.mapped("dossier_code"), ["000.91.29.H57-260101-0001"] * 2)

    def test_auditor_changes_nothing(self):
        """Neither by a button nor by a dialog somebody else has open."""
        decision = self.env["dvc.account.decision"].create(
            {"account_id": self.citizen.id, "verb": "lock", "reason": "Thử"}
        )
        dialog = self.env["dvc.account.standardization"].create({"account_id": self.citizen.id, **self.CITIZEN_FACTS})
        message = self.env["dvc.outbox"]._queue("sms", "+84914990001", "", "x", "test")
        for method in (
            decision.with_user(self.auditor).action_confirm,
            dialog.with_user(self.auditor).action_send_code,
            dialog.with_user(self.auditor).action_confirm,
            message.with_user(self.auditor).action_resend,
            self.citizen.with_user(self.auditor).action_reveal,
        ):
            with self.subTest(method=method.__qualname__), self.assertRaises(AccessError):
                method()
        self.assertEqual(self.citizen.state, "standardized")

    def test_messages_are_their_agencys(self):
        outbox = self.env["dvc.outbox"]
        own, other, none = (
            outbox._queue("sms", "+84914990001", "", "x", f"test.{index}", record=record)
            for index, record in enumerate((self.unit, self.other_unit, self.citizen))
        )
        every = own | other | none
        self.assertEqual((own.company_id, other.company_id), (self.agency, self.other_agency))
        administrator = new_test_user(self.env, "dvc_admin", groups="base.group_system,dvc_account.group_manager")
        administrator.write({"company_id": self.agency.id, "company_ids": [Command.set(self.agency.ids)]})
        for user, seen in ((self.manager, own), (self.auditor, every), (administrator, every)):
            found = outbox.with_user(user).search([("id", "in", every.ids)])
            self.assertEqual(found, seen, user.login)
