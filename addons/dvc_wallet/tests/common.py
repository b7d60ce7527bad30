# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo.addons.dvc_dossier.tests.common import DossierCommon

FEE = 8000


class WalletCommon(DossierCommon):
    """The test's procedure costs 8,000 đ a copy."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fee = cls.env["dvc.fee"].create(
            {
                "procedure_id": cls.procedure.id,
                "code": "PHI_THU",
                "name": "Phí thử nghiệm",
                "kind": "per_copy",
                "amount": FEE,
            }
        )
        cls.references = iter(range(1, 10_000))
        cls.env.invalidate_all()

    def _wallets(self, user=None):
        return self.env["dvc.wallet"].with_user(user or self.integrator)

    def _top_up(self, amount=50_000, account=None, bank_ref=None):
        reference = bank_ref or f"FT-{next(self.references)}"
        return self._wallets().top_up((account or self.citizen).id, amount, reference)

    def _balance(self, account=None):
        return self._wallets().balance((account or self.citizen).id)

    def _due(self, **more):
        """Return a dossier that waits for its payment."""
        dossier = self._submit(**more)
        dossier.with_user(self.officer).receive()
        self.assertEqual(dossier.state, "payment")
        return dossier

    def _paid(self, **more):
        """Return a paid dossier and the answer of the payment."""
        self._top_up()
        dossier = self._due(**more)
        return dossier, self._wallets().pay(dossier.id, f"pay-{dossier.id}")

    def _check_ledger(self):
        found = self._wallets(self.auditor).audit()
        self.assertEqual(found["broken"], [])
        self.assertEqual((found["ok"], found["difference"]), (True, 0))
