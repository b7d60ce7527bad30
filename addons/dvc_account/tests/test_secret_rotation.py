# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import os
import tempfile
from unittest.mock import patch

from odoo import fields

from odoo.addons.dvc_account.domain.secret_box import SecretBox
from odoo.addons.dvc_account.exceptions import Refusal
from odoo.addons.dvc_account.models import dvc_secret_rotation
from odoo.addons.dvc_account.models.dvc_otp import Asker
from odoo.addons.dvc_account.models.dvc_secret import CHECK, ROTATING, check_of

from .common import DvcCommon


class TestSecretRotation(DvcCommon):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.new_path = os.path.join(folder.name, "new.key")
        with open(self.new_path, "w") as file:
            file.write("ab" * 32)
        self.new_box = SecretBox(b"ab" * 32)
        self.startPatcher(patch.object(dvc_secret_rotation, "BATCH", 2))
        self.rotation = self.env["dvc.secret.rotation"]
        self.parameters = self.env["ir.config_parameter"]

    def under_new_key(self):
        self.startPatcher(patch.dict(os.environ, DVC_SECRET_KEY_FILE=self.new_path))
        self.env.registry.clear_cache()
        self.env.invalidate_all()

    def hashes(self):
        return [(row.citizen_id_hash, row.phone_hash) for row in self.citizen + self.stranger]

    def test_everything_passes_to_the_new_key(self):
        before = self.hashes()
        message = self.env["dvc.outbox"]._queue("sms", "+84914990001", "", "mật", "rotation", secret=True)
        list(self.rotation._steps(self.new_path))
        self.under_new_key()
        self.assertFalse(set(before) & set(self.hashes()))
        self.assertEqual(
            (self.citizen._open_citizen_id(), self.citizen._open_phone()), ("046185990001", "+84914990001")
        )
        self.assertEqual(self.env["dvc.account"].find(citizen_id="046079990002")["id"], self.stranger.id)
        self.assertEqual(self.env["dvc.identity.source"]._match(self.NEW_FACTS)["match"], True)
        self.assertEqual(self.new_box.open(message.body_secret, "outbox"), "mật")
        self.assertEqual(self.parameters.get_param(CHECK), check_of(self.new_box))
        self.assertFalse(self.parameters.get_param(ROTATING))
        self.assertTrue(self.env["dvc.journal"].search_count([("event", "=", "secret.rotated")]))
        with self.assertRaises(StopIteration):
            next(self.rotation._steps(self.new_path))

    def test_an_interrupted_change_is_finished(self):
        steps = self.rotation._steps(self.new_path)
        self.assertEqual((next(steps), next(steps), next(steps)), (0, 2, 2))
        steps.close()
        self.env.registry.clear_cache()
        with self.assertRaises(Refusal) as caught:
            self.env["dvc.secret"]._box()
        self.assertEqual(caught.exception.code, "secret.rotating")
        list(self.rotation._steps(self.new_path))
        self.under_new_key()
        for account in self.env["dvc.account"].search([("citizen_id_secret", "!=", False)]):
            self.assertEqual(account.citizen_id_hash, self.env["dvc.account"]._citizen_hash(account._open_citizen_id()))

    def test_another_new_key_does_not_finish_it(self):
        next(self.rotation._steps(self.new_path))
        other = os.path.join(os.path.dirname(self.new_path), "other.key")
        with open(other, "w") as file:
            file.write("cd" * 32)
        with self.assertRaises(Refusal) as caught:
            next(self.rotation._steps(other))
        self.assertEqual(caught.exception.code, "secret.rotating")

    def test_missing_new_key(self):
        with self.assertRaises(Refusal) as caught:
            next(self.rotation._steps(self.new_path + ".not"))
        self.assertEqual(caught.exception.code, "secret.key_missing")

    def test_what_cannot_pass_stops_it(self):
        self.citizen._in_flow().write({"phone_secret": "v1.spoilt"})
        self.env.flush_all()
        with self.assertRaises(Refusal) as caught:
            next(self.rotation._steps(self.new_path))
        self.assertIn("[secret.left_behind]", str(caught.exception))
        self.assertIn("dvc.account.phone_secret: 1", str(caught.exception))
        self.assertFalse(self.parameters.get_param(ROTATING))
        list(self.rotation._steps(self.new_path, force=True))
        self.under_new_key()
        self.assertEqual(self.citizen._open_citizen_id(), "046185990001")

    def test_codes_and_counters_end(self):
        answer, code = self.env["dvc.account"]._issue_code(
            "+84914990001", "reset_password", Asker(f"user:{self.env.uid}")
        )
        self.env["dvc.attempt"]._take("standardize", f"account:{self.citizen.id}", 5, 3600)
        list(self.rotation._steps(self.new_path))
        self.under_new_key()
        keys = self.env["dvc.attempt"].search([]).mapped("key")
        self.assertIn(f"account:{self.citizen.id}", keys)
        self.assertFalse([key for key in keys if not key.startswith("account:")])
        with self.assertRaises(Refusal) as caught:
            self.env["dvc.account"].verify_otp(answer["challenge"], code)
        self.assertEqual(caught.exception.code, "otp.expired")
        self.assertLessEqual(max(self.env["dvc.otp"].search([]).mapped("expires_at")), fields.Datetime.now())

    def test_every_column_under_the_key_is_declared(self):
        """A column that a change of the key does not know would be lost with the old key."""
        for name, model in self.env.registry.items():
            if not name.startswith("dvc.") or model._abstract:
                continue
            declared = {
                *getattr(model, "_sealed_fields", ()),
                *getattr(model, "_hashed_fields", ()),
                *getattr(model, "_hash_copies", ()),
                *getattr(model, "_forgotten_fields", ()),
            }
            found = {
                field.name
                for field in model._fields.values()
                if field.store
                and field.type in ("char", "text")
                and field.name.endswith(("_secret", "_sealed", "_hash"))
            }
            self.assertFalse(found - declared, name)
