# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import contextlib
from unittest.mock import patch

from odoo.addons.dvc_account.identity.http_source import SourceUnavailable
from odoo.addons.dvc_account.models.dvc_identity_source import FAILURES_MAX

from .common import DvcCommon

ASK = "odoo.addons.dvc_account.models.dvc_identity_source.ask"


class TestIdentity(DvcCommon):
    def setUp(self):
        super().setUp()
        self.source = self.env["dvc.identity.source"].with_user(self.integrator)

    def use_source(self):
        self.env["ir.config_parameter"].set_param("dvc_account.identity_url", "https://identity.example/check")

    def test_sandbox_names_what_is_wrong(self):
        self.assertEqual(self.source._match(self.NEW_FACTS), {"match": True, "mismatched": [], "name": "none"})
        wrong = {**self.NEW_FACTS, "full_name": "Le Hoang Moi", "phone": "+84914990009"}
        self.assertEqual(
            self.source._match(wrong), {"match": False, "mismatched": ["full_name", "phone"], "name": "none"}
        )
        unknown = {**self.NEW_FACTS, "citizen_id": "046090990009"}
        self.assertEqual(self.source._match(unknown)["mismatched"], ["citizen_id"])

    def test_how_only_the_name_differs(self):
        for name, difference in (("Le Hoang Moi", "accents"), ("Hoàng Mới Lê", "order"), ("Trần Văn", "other")):
            self.assertEqual(self.source._match({**self.NEW_FACTS, "full_name": name})["name"], difference)

    def test_no_source_no_demo(self):
        self.env.ref("base.module_dvc_account").demo = False
        with self.assertRaises(SourceUnavailable):
            self.source._match(self.NEW_FACTS)

    def test_the_real_source_is_asked_where_it_is_named(self):
        self.use_source()
        with patch(ASK, return_value={"match": False, "mismatched": ["full_name"]}) as ask:
            self.assertEqual(self.source._match(self.NEW_FACTS)["name"], "other")
        self.assertEqual(ask.call_args.args, ("https://identity.example/check", self.NEW_FACTS, b""))

    def test_a_failing_source_is_left_alone_for_a_while(self):
        self.use_source()
        with patch(ASK, side_effect=SourceUnavailable("ReadTimeout")) as ask:
            for _ in range(FAILURES_MAX + 3):
                # assertRaises would roll the count back, which in life is on a connection of its own.
                with contextlib.suppress(SourceUnavailable):
                    self.source._match(self.NEW_FACTS)
        self.assertEqual(ask.call_count, FAILURES_MAX)
        # The failures grow old: it is asked again.
        self.env.cr.execute("UPDATE dvc_attempt SET moments = '[1]' WHERE scope = 'identity.failure'")
        with patch(ASK, return_value={"match": True, "mismatched": []}):
            self.assertTrue(self.source._match(self.NEW_FACTS)["match"])

    def test_a_key_that_cannot_be_read_is_no_reason_to_ask_unsigned(self):
        self.use_source()
        with patch.dict("os.environ", {"DVC_IDENTITY_KEY_FILE": "/nowhere/key"}), patch(ASK) as ask:
            with self.assertRaises(SourceUnavailable):
                self.source._match(self.NEW_FACTS)
            ask.assert_not_called()

    def test_rows_are_imported_from_a_file(self):
        lines = "full_name,citizen_id,issue_date,phone\n" + "\n".join(
            f"Nguyễn Thị Nhập {number},0460909980{number:02d},2022-03-01,09149980{number:02d}" for number in range(30)
        )
        wizard = (
            self.env["base_import.import"]
            .with_user(self.manager)
            .create({"res_model": "dvc.identity.source", "file": lines.encode(), "file_type": "text/csv"})
        )
        columns = ["full_name", "citizen_id", "issue_date", "phone"]
        options = {"quoting": '"', "separator": ",", "has_headers": True, "date_format": "%Y-%m-%d"}
        answer = wizard.execute_import(columns, columns, options)
        self.assertEqual((len(answer["ids"]), answer["messages"]), (30, []))
        facts = {
            "full_name": "Nguyễn Thị Nhập 7",
            "citizen_id": "046090998007",
            "issue_date": "2022-03-01",
            "phone": "+84914998007",
        }
        self.assertTrue(self.source._match(facts)["match"])

    def test_rows_are_kept_closed(self):
        row = (
            self.env["dvc.identity.source"]
            .with_user(self.manager)
            .create(
                {
                    "full_name": "Phạm Văn Kín",
                    "citizen_id": "046090990010",
                    "issue_date": "2022-01-01",
                    "phone": "0914990010",
                }
            )
        )
        row.invalidate_recordset()
        self.assertEqual((row.citizen_id, row.phone), ("046*******10", "0914***010"))
        self.env.flush_all()
        self.env.cr.execute("SELECT t::text FROM dvc_identity_source t WHERE id = %s", [row.id])
        self.assertNotIn("046090990010", self.env.cr.fetchone()[0])
