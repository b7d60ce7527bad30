# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, tagged

from .common import ResultCase

READERS = ("officer", "specialist", "leader", "manager", "auditor")
STRANGERS = ("accountant", "integrator", "citizen_user", "stranger_user")


@tagged("post_install", "-at_install")
class TestAccess(ResultCase, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.result = cls.published(cls.dossier())

    def test_staff_of_the_agency_read_and_nobody_writes(self):
        for name in READERS:
            with self.subTest(name):
                result = self.result.with_user(getattr(self, name))
                self.assertEqual(result.code, self.result.code)
                with self.assertRaises(AccessError):
                    result.check_access("write")
                with self.assertRaises(AccessError):
                    result.check_access("unlink")
                with self.assertRaises(AccessError):
                    self.env["dvc.handover"].with_user(getattr(self, name)).check_access("create")

    def test_others_do_not_read(self):
        for name in STRANGERS:
            with self.subTest(name), self.assertRaises(AccessError):
                self.result.with_user(getattr(self, name)).read(["code"])

    def test_each_method_knows_its_role(self):
        results = self.env["dvc.result"]
        for name in ("officer", "leader", "auditor", "integrator", "citizen_user"):
            with self.subTest(publish=name), self.assertRaises(AccessError):
                results.with_user(getattr(self, name)).publish(self.result.dossier_id.id, self.file, filename="x.pdf")
        for name in ("officer", "specialist", "manager", "auditor", "integrator", "citizen_user"):
            with self.subTest(sign=name), self.assertRaises(AccessError):
                self.result.with_user(getattr(self, name)).sign()
        for name in ("leader", "auditor", "integrator", "citizen_user"):
            with self.subTest(hand_over=name), self.assertRaises(AccessError):
                self.result.with_user(getattr(self, name)).hand_over("A", "046185990001")

    def test_another_agency_is_kept_out(self):
        with self.assertRaises(AccessError):
            self.result.with_user(self.officer2).hand_over("A", "046185990001")
        leader2 = self._staff("leader", login="dvc_leader2", agency=self.other_agency)
        with self.assertRaises(AccessError):
            self.result.with_user(leader2).sign()
        specialist2 = self._staff("specialist", login="dvc_specialist2", agency=self.other_agency)
        with self.assertRaises(AccessError):
            results = self.env["dvc.result"].with_user(specialist2)
            results.publish(self.result.dossier_id.id, self.file, filename="x.pdf")

    def test_unknown_and_many_records(self):
        unknown = self.env["dvc.result"].with_user(self.leader).browse(2**31 - 1)
        self.assertRefused("result.unknown", unknown.sign)
        self.assertRefused("call.one_record", self.env["dvc.result"].with_user(self.leader).sign)
