# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from access_matrix import MATRIX

from odoo.tests import TransactionCase, new_test_user, tagged

from odoo.addons.dvc_account.contract import ROLES

OPERATIONS = {"r": "read", "w": "write", "c": "create", "u": "unlink"}


@tagged("post_install", "-at_install")
class TestAccessMatrix(TransactionCase):
    """Who may do what on which table, as access rights say; record rules narrow it further."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            role: new_test_user(cls.env, login=f"matrix_{role}", groups=group) for role, group in ROLES.items()
        }

    def _models(self) -> list[str]:
        return sorted(
            name
            for name, model in self.env.registry.items()
            if name.startswith("dvc.") and not model._abstract and not model._transient
        )

    def test_every_model_is_in_the_matrix(self):
        self.assertEqual(self._models(), sorted(MATRIX))

    def test_rights_are_those_of_the_matrix(self):
        for name in MATRIX:
            for role, user in self.users.items():
                model = self.env[name].with_user(user)
                found = "".join(letter for letter, operation in OPERATIONS.items() if model.has_access(operation))
                with self.subTest(model=name, role=role):
                    self.assertEqual(found, MATRIX[name].get(role, ""))

    def test_nobody_deletes_dossiers_money_or_evidence(self):
        for name in (
            "dvc.dossier",
            "dvc.dossier.event",
            "dvc.journal",
            "dvc.wallet.transfer",
            "dvc.wallet.entry",
            "dvc.receipt",
            "dvc.result",
        ):
            for role, rights in MATRIX[name].items():
                self.assertNotIn("u", rights, (name, role))

    def test_every_model_has_rules_or_rights_for_staff_only(self):
        """A citizen reads own records through a rule, never a whole table."""
        rules = self.env["ir.rule"].search([]).mapped("model_id.model")
        for name, rights in MATRIX.items():
            if rights.get("citizen"):
                self.assertIn(name, rules)
