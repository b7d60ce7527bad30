# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Files whose signatures are open are judged again: soon, ever less often, at once with new data, and not for ever."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import TransactionCase
from odoo.tools import mute_logger

from odoo.addons.dvc_account.exceptions import Refusal

from .common import DossierCase

KEY = "ab" * 20


class TestRecheck(DossierCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.files = cls.env["dvc.dossier.component"]
        # Those of other tests and of the demonstration are of no concern here.
        cls.files.search([("verdict", "=", "unknown")])._in_flow().write({"verdict": "unsigned"})

    def open_file(self, key=KEY, reason="revocation_unknown"):
        """Return a file handed in whose signature could not be established."""
        dossier = self._submit()
        file = dossier.component_ids.filtered("is_current")[:1]
        line = {"verdict": "unknown", "reason": reason, "authority_key": key, "serial": "AB"}
        check = self.env["dvc.signature.check"].create(
            {
                "sha256": file.sha256,
                "verdict": "unknown",
                "signatures": [line],
                "software": "test",
                "res_model": "dvc.dossier",
                "res_id": dossier.id,
            }
        )
        file._in_flow().write({"verdict": "unknown", "check_id": check.id})
        return file

    def run_job(self, judged=None):
        """Run the job; return the files it judged."""
        seen = []

        def judge(file):
            seen.append(file.id)
            if judged:
                judged(file)

        with patch.object(self.registry["dvc.dossier.component"], "_recheck_one", judge):
            self.env.ref("dvc_dossier.ir_cron_complete_checks").method_direct_trigger()
        self.env.invalidate_all()
        return self.files.browse(seen)

    def past(self, files):
        files._in_flow().write({"recheck_at": fields.Datetime.now() - timedelta(minutes=1)})

    def test_ever_less_often(self):
        file, waits = self.open_file(), []
        for _number in range(8):
            self.assertEqual(self.run_job(), file)
            waits.append((file.recheck_at - fields.Datetime.now() + timedelta(seconds=30)) // timedelta(minutes=1))
            self.assertFalse(self.run_job())
            self.past(file)
        self.assertEqual(waits[:4], [30, 60, 120, 240])
        self.assertEqual(waits[-1], 24 * 60)

    def test_not_for_ever(self):
        file = self.open_file()
        self.run_job()
        file._in_flow().write({"recheck_since": fields.Datetime.now() - timedelta(days=30)})
        self.past(file)
        self.assertEqual(self.run_job(), file)
        self.assertFalse(file.recheck_at)
        self.assertFalse(self.run_job())
        # New data of its authority is a reason to look once more.
        self.env["dvc.signature"]._new_revocation_data([KEY])
        self.assertEqual(self.run_job(), file)
        self.assertFalse(file.recheck_at)
        self.env["ir.config_parameter"].set_param("dvc_account.recheck_days", "60")
        self.env["dvc.signature"]._new_revocation_data([KEY])
        self.run_job()
        self.assertTrue(file.recheck_at)

    def test_what_no_list_settles_is_left_alone(self):
        file = self.open_file(reason="weak_digest")
        self.assertEqual(self.run_job(), file)
        self.assertFalse(file.recheck_at)
        self.assertFalse(self.run_job())

    def test_new_data_wakes_what_it_may_settle(self):
        mine, other = self.open_file(), self.open_file(key="cd" * 20)
        self.run_job()
        self.assertFalse(self.run_job())
        self.env["dvc.signature"]._new_revocation_data(["ef" * 20])
        self.assertFalse(self.run_job())
        self.env["dvc.signature"]._new_revocation_data([KEY], "CD")
        self.assertFalse(self.run_job())
        self.env["dvc.signature"]._new_revocation_data([KEY], "AB")
        self.assertEqual(self.run_job(), mine)
        self.env["dvc.signature"]._new_revocation_data(["ef" * 20, "cd" * 20])
        self.assertEqual(self.run_job(), other)

    def test_closed_dossiers_and_old_versions_are_left_alone(self):
        closed, old = self.open_file(), self.open_file()
        closed.dossier_id._in_flow().write({"closed_at": fields.Datetime.now()})
        old._in_flow().write({"is_current": False})
        self.env["dvc.signature"]._new_revocation_data([KEY])
        self.assertFalse(self.run_job())

    def test_one_that_fails_holds_up_no_other(self):
        first, second = self.open_file(), self.open_file()

        def fail(file):
            if file == first:
                raise ValueError("its file is gone")
            raise Refusal("file.type", "no")

        with mute_logger("odoo.addons.dvc_account.models.dvc_recheck"):
            self.assertEqual(self.run_job(fail), first | second)
        self.assertEqual((first | second).mapped("recheck_tries"), [1, 1])
        self.assertFalse(self.run_job())

    def test_longest_waiting_first(self):
        files = [self.open_file() for _number in range(3)]
        now = fields.Datetime.now()
        for file, hours in zip(files, (1, 3, 2), strict=True):
            file._in_flow().write({"recheck_since": now, "recheck_at": now - timedelta(hours=hours)})
        self.assertEqual(list(self.run_job()), [files[1], files[2], files[0]])

    def test_what_is_settled_is_not_taken_up_again(self):
        file = self.open_file()
        self.run_job(lambda one: one._in_flow().write({"verdict": "valid"}))
        self.assertFalse(file.recheck_at)
        self.env["dvc.signature"]._new_revocation_data([KEY])
        self.assertFalse(self.run_job())

    def test_nobody_types_when(self):
        file = self.open_file()
        with self.assertRaises(Refusal) as refused:
            file.write({"recheck_at": False})
        self.assertEqual(refused.exception.code, "field.guarded")
