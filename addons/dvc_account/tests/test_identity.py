# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from unittest.mock import Mock, patch

import requests

from odoo.addons.dvc_account.models.dvc_identity_source import SourceUnavailable, is_allowed_address

from .common import DvcCommon

POST = "odoo.addons.dvc_account.models.dvc_identity_source.requests.post"


class TestIdentity(DvcCommon):
    def answer(self, status=200, body=None):
        response = Mock(status_code=status)
        response.json.return_value = body
        return response

    def setUp(self):
        super().setUp()
        self.source = self.env["dvc.identity.source"].with_user(self.integrator)

    def test_sandbox_names_what_is_wrong(self):
        self.assertEqual(self.source._match(self.NEW_FACTS), {"match": True, "mismatched": []})
        wrong = {**self.NEW_FACTS, "full_name": "Le Hoang Moi", "phone": "+84914990009"}
        self.assertEqual(self.source._match(wrong), {"match": False, "mismatched": ["full_name", "phone"]})
        unknown = {**self.NEW_FACTS, "citizen_id": "046090990009"}
        self.assertEqual(self.source._match(unknown), {"match": False, "mismatched": ["citizen_id"]})

    def test_no_source_no_demo(self):
        self.env.ref("base.module_dvc_account").demo = False
        with self.assertRaises(SourceUnavailable):
            self.source._match(self.NEW_FACTS)

    def test_adapter(self):
        self.env["ir.config_parameter"].set_param("dvc_account.identity_url", "http://127.0.0.1:9/check")
        with patch(POST, return_value=self.answer(body={"match": True, "mismatched": []})) as post:
            self.assertTrue(self.source._match(self.NEW_FACTS)["match"])
        self.assertEqual(post.call_args.kwargs["json"], self.NEW_FACTS)
        self.assertTrue(post.call_args.kwargs["timeout"])
        with patch(POST, return_value=self.answer(body={"match": False, "mismatched": ["phone", "x"]})):
            self.assertEqual(self.source._match(self.NEW_FACTS), {"match": False, "mismatched": ["phone"]})

    def test_adapter_without_a_usable_answer(self):
        self.env["ir.config_parameter"].set_param("dvc_account.identity_url", "https://identity.example")
        failures = [
            self.answer(500),
            self.answer(302),
            self.answer(body=["match"]),
            self.answer(body={"match": "yes"}),
            requests.Timeout(),
            requests.ConnectionError(),
        ]
        for failure in failures:
            with patch(POST, side_effect=[failure]), self.subTest(failure), self.assertRaises(SourceUnavailable):
                self.source._match(self.NEW_FACTS)

    def test_addresses(self):
        for url in ("https://a.example/x", "http://localhost:80", "http://127.0.0.1", "http://[::1]:8"):
            self.assertTrue(is_allowed_address(url), url)
        for url in ("http://a.example", "ftp://a", "http://10.0.0.1", "", "https://", "http://127.0.0.1.a.example"):
            self.assertFalse(is_allowed_address(url), url)

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
