# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import os
import tempfile
from unittest.mock import patch

from odoo.addons.dvc_account.exceptions import Refusal
from odoo.addons.dvc_account.models.dvc_secret import CHECK

from .common import DvcCommon


class TestSecret(DvcCommon):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.other_path = os.path.join(folder.name, "dvc_secret.key")
        self.parameters = self.env["ir.config_parameter"]

    def refused(self):
        with patch.dict(os.environ, DVC_SECRET_KEY_FILE=self.other_path), self.assertRaises(Refusal) as caught:
            self.env["dvc.secret"]._box()
        return caught.exception.code

    def with_another_key(self):
        with open(self.other_path, "w") as file:
            file.write("ab" * 32)

    def test_database_knows_its_key(self):
        self.assertEqual(self.parameters.get_param(CHECK), self.env["dvc.secret"]._box().digest("dvc", "check"))

    def test_missing_key_is_not_replaced(self):
        self.assertEqual(self.refused(), "secret.key_missing")
        self.assertFalse(os.path.exists(self.other_path))

    def test_other_key_is_refused(self):
        self.with_another_key()
        self.assertEqual(self.refused(), "secret.key_mismatch")

    def test_accounts_prove_the_key_where_none_was_noted(self):
        check = self.parameters.get_param(CHECK)
        self.parameters.set_param(CHECK, False)
        self.assertEqual(self.refused(), "secret.key_missing")
        self.with_another_key()
        self.assertEqual(self.refused(), "secret.key_mismatch")
        self.env.registry.clear_cache()
        self.env["dvc.secret"]._box()
        self.assertEqual(self.parameters.get_param(CHECK), check)

    def test_new_database_gets_a_key(self):
        self.parameters.set_param(CHECK, False)
        self.env.cr.execute("UPDATE dvc_account SET phone_secret = NULL")
        with patch.dict(os.environ, DVC_SECRET_KEY_FILE=self.other_path):
            digest = self.env["dvc.secret"]._box().digest("dvc", "check")
        self.assertEqual(self.parameters.get_param(CHECK), digest)
        self.assertEqual(os.stat(self.other_path).st_mode & 0o777, 0o600)

    def test_spoilt_value_stops_nobody(self):
        self.citizen._in_flow().write({"phone_secret": "v1.spoilt"})
        with self.assertLogs("odoo.addons.dvc_account.models.dvc_account", "WARNING") as logs:
            self.assertEqual(self.citizen._open_phone(), "")
        self.assertNotIn("spoilt", logs.output[0])
