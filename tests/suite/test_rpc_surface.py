# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import inspect

from rpc_surface import CONTRACT, OTHERS

from odoo.tests import TransactionCase, tagged

from odoo.addons.dvc_account import contract

OURS = "odoo.addons.dvc_"


@tagged("post_install", "-at_install")
class TestRpcSurface(TransactionCase):
    def _found(self) -> set[str]:
        return {
            f"{name}.{attribute}"
            for name, model in self.registry.items()
            for base in model.__mro__
            if base.__module__.startswith(OURS)
            for attribute, value in vars(base).items()
            if inspect.isfunction(value)
            and not attribute.startswith("_")
            and not getattr(value, "_api_private", False)
            and not self._is_override(model, attribute)
        }

    def _is_override(self, model, attribute: str) -> bool:
        """Tell whether Odoo itself declares the method: that it is public is Odoo's decision."""
        return any(attribute in vars(base) for base in model.__mro__ if not base.__module__.startswith(OURS))

    def test_the_contract_is_there(self):
        wanted = {f"{model}.{method}" for model, methods in CONTRACT.items() for method in methods.split()}
        self.assertEqual(wanted - self._found(), set())

    def test_nothing_else_is_public(self):
        wanted = {f"{model}.{method}" for model, methods in CONTRACT.items() for method in methods.split()}
        self.assertEqual(self._found() - wanted - set(OTHERS.split()), set())

    def test_translated_constraints_exist(self):
        """A constraint that is renamed would be shown raw."""
        self.env.cr.execute(
            "SELECT conname FROM pg_constraint UNION SELECT relname FROM pg_class WHERE relkind = 'i'"
            " UNION SELECT unnest(%s)",
            [["dvc_wallet_balanced", "dvc_wallet_over_refund"]],  # raised by triggers
        )
        self.assertEqual(set(contract._CONSTRAINTS) - {name for (name,) in self.env.cr.fetchall()}, set())
