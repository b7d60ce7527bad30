# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64
import json

from odoo.exceptions import AccessError

from odoo.addons.dvc_account.exceptions import Refusal
from odoo.addons.dvc_account.models.dvc_otp import Asker

from .common import DvcCommon

NUMBER, PHONE = "046185990001", "0914990001"
SECRETS = ("citizen_id_secret", "citizen_id_hash", "phone_secret", "phone_hash")


class TestPersonalData(DvcCommon):
    def setUp(self):
        super().setUp()
        self.env["res.lang"]._activate_lang("vi_VN")

    def reads(self, account=None):
        return (account or self.citizen)._access_lines(limit=100)

    def reveal(self, user, **values):
        dialogs = self.env["dvc.account.reveal"].with_user(user)
        return dialogs.create({"account_id": self.citizen.id, **values}).action_show()

    def test_the_citizen_reads_the_purpose(self):
        self.reveal(self.specialist, purpose="compare")
        log = self.citizen.with_user(self.citizen_user).access_log()
        self.assertEqual({line["reader_role"] for line in log}, {"specialist"})
        self.assertEqual(log[0]["agency"], self.agency.name)
        field = self.env["dvc.account.reveal"]._fields["purpose"]
        purposes = dict(field._description_selection(self.citizen._speaking().env))
        self.assertEqual({line["purpose"] for line in log}, {purposes["compare"]})

    def test_other_needs_words_and_keeps_no_number(self):
        for text in ("", "   "):
            with self.assertRaises(Refusal) as caught:
                self.reveal(self.officer, purpose="other", other_purpose=text)
            self.assertEqual(caught.exception.code, "account.reason_required")
        self.assertFalse(self.reads())
        self.reveal(self.officer, purpose="other", other_purpose=f"Gọi lại số {PHONE} về CCCD {NUMBER}")
        self.assertEqual(self.reads()[0].purpose, "Gọi lại số 0914***001 về CCCD 046*******01")

    def test_dialogs_of_others_show_nothing(self):
        dialog = self.env["dvc.account.reveal"].create({"account_id": self.citizen.id, "purpose": "call"})
        for user in (self.leader, self.accountant, self.auditor, self.integrator, self.citizen_user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                dialog.with_user(user).action_show()

    def test_numbers_in_reasons_are_masked_in_the_journal(self):
        code = "000.91.29.H57-260101-0001"
        self.stranger.with_user(self.officer).lock(f"Trùng với {NUMBER}, máy {PHONE}, hồ sơ {code}")
        line = self.env["dvc.journal"].search([("event", "=", "account.locked")], limit=1)
        masked = f"Trùng với 046*******01, máy 0914***001, hồ sơ {code}"
        self.assertEqual((line.purpose, self.stranger.lock_reason), (masked, masked))

    def test_an_export_of_a_list_is_written_down(self):
        self.officer.group_ids += self.env.ref("base.group_allow_export")
        accounts = (self.citizen + self.stranger).with_user(self.officer)
        rows = accounts.export_data(["name", "citizen_id_masked", "phone_masked"])["datas"]
        self.assertNotIn(NUMBER, str(rows))
        for account in (self.citizen, self.stranger):
            self.assertEqual(self.reads(account).mapped("detail"), [{"what": "list"}])
        for field in SECRETS:
            with self.subTest(field=field), self.assertRaises(AccessError):
                accounts.export_data([field])

    def test_no_way_of_asking_tells_a_secret(self):
        for field in SECRETS:
            for user in (self.manager, self.auditor, self.officer):
                accounts = self.env["dvc.account"].with_user(user)
                asks = {
                    "group": lambda accounts=accounts, field=field: accounts.formatted_read_group(
                        [], [field], ["__count"]
                    ),
                    "search": lambda accounts=accounts, field=field: accounts.search([(field, "=like", "0%")]),
                    "order": lambda accounts=accounts, field=field: accounts.search([], order=field),
                    "read": lambda user=user, field=field: self.citizen.with_user(user).web_read({field: {}}),
                }
                for name, ask in asks.items():
                    with self.subTest(field=field, user=user.login, way=name), self.assertRaises(AccessError):
                        ask()

    def test_everything_the_person_may_take_along(self):
        self.reveal(self.officer, purpose="call")
        self.env["dvc.data.request"]._file(self.citizen, "access", "", self.agency)
        data = self.citizen._personal_data()
        text = json.dumps(data, ensure_ascii=False)
        self.assertEqual((data["accounts"][0]["citizen_id"], data["accounts"][0]["phone"]), (NUMBER, PHONE))
        self.assertEqual(data["data_requests"][0]["type"], "access")
        self.assertEqual(data["access_log"][0]["role"], "officer")
        self.assertNotIn("046079990002", text)
        self.assertNotIn(self.officer.name, text)
        for secret in (self.citizen.citizen_id_hash, self.citizen.phone_hash, self.citizen.phone_secret):
            self.assertNotIn(secret, text)
        labels = self.citizen._personal_data_labels()
        keys = set(data) | {key for rows in data.values() for row in rows for key in row}
        self.assertEqual(keys - set(labels), set())

    def test_a_locked_duplicate_comes_along(self):
        double = self._registered("+84914990031")
        double.standardize(**self.CITIZEN_FACTS)
        self.assertEqual(double.state, "locked")
        self.assertEqual(len(self.citizen._personal_data()["accounts"]), 2)

    def test_no_words_of_files_in_the_table(self):
        raw = f"<a>{NUMBER} {PHONE}</a>".encode()
        attachment = self.env["ir.attachment"].create({"name": "a.txt", "raw": raw, "mimetype": "text/plain"})
        self.assertFalse(attachment.index_content)

    def test_numbers_in_file_names_are_masked(self):
        content = base64.b64encode(b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF").decode()
        for name, kept in ((f"CCCD_{NUMBER}.pdf", "CCCD_046*******01.pdf"), ("don-2026-11.pdf", "don-2026-11.pdf")):
            self.assertEqual(self.env["dvc.signature"]._intake(content, name)[1], kept)

    def test_nothing_readable_in_any_table(self):
        """What went through the flows is looked for in every row of every table."""
        self.reveal(self.officer, purpose="other", other_purpose=f"Số {NUMBER}")
        _answer, code = self.env["dvc.account"]._issue_code("+84914990001", "reset_password", Asker(""))
        self.env["dvc.data.request"]._file(self.citizen, "correction", f"Số {NUMBER}, máy {PHONE}", self.agency)
        dialog = self.env["dvc.account.standardization"].create({"account_id": self.citizen.id, **self.CITIZEN_FACTS})
        dialog.action_send_code()
        self.env.flush_all()
        self.env.cr.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [table for (table,) in self.env.cr.fetchall()]
        self.assertGreater(len(tables), 100)
        found = []
        for table in tables:
            self.env.cr.execute(
                f'SELECT 1 FROM "{table}" t WHERE t::text ~ %s LIMIT 1',  # pylint: disable=sql-injection  # a catalogue's
                [f"046185990001|914990001|\\y{code}\\y"],
            )
            if self.env.cr.rowcount:
                found.append(table)
        self.assertEqual(found, [])
