# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import WalletCommon

STAFF = ("officer", "specialist", "leader", "accountant", "manager", "auditor", "integrator")
EVERYBODY = (*STAFF, "citizen_user")
READERS = {
    "dvc.wallet": {"accountant", "manager", "auditor"},
    "dvc.wallet.entry": {"accountant", "manager", "auditor"},
    "dvc.wallet.seal": {"accountant", "manager", "auditor"},
    "dvc.wallet.transfer": {"officer", "accountant", "manager", "auditor"},
    "dvc.wallet.hold": {"officer", "accountant", "manager", "auditor"},
    "dvc.wallet.refund.request": {"officer", "accountant", "manager", "auditor"},
    "dvc.receipt": {"officer", "specialist", "leader", "accountant", "manager", "auditor"},
    "dvc.receipt.cancellation": {"officer", "specialist", "leader", "accountant", "manager", "auditor"},
    "dvc.bank.statement": {"accountant", "manager", "auditor"},
    "dvc.bank.statement.line": {"accountant", "manager", "auditor"},
    "dvc.fee": set(STAFF),
}
WRITERS = {
    "dvc.fee": {"manager", "accountant"},
    "dvc.bank.statement": {"accountant"},
    "dvc.bank.statement.line": {"accountant"},
}
CREATORS = {"dvc.fee": {"manager", "accountant"}, "dvc.bank.statement": {"accountant"}}
METHODS = {
    "balance": {"citizen_user", "integrator", "accountant"},
    "top_up": {"integrator", "accountant"},
    "statement": {"citizen_user", "integrator", "accountant"},
    "audit": {"accountant", "manager", "auditor"},
}


@tagged("post_install", "-at_install")
class TestAccess(WalletCommon):
    def test_matrix(self):
        for model, readers in READERS.items():
            allowed = {
                "read": readers,
                "write": WRITERS.get(model, set()),
                "create": CREATORS.get(model, set()),
                "unlink": set(),
            }
            for operation, roles in allowed.items():
                found = {
                    role for role in EVERYBODY if self.env[model].with_user(getattr(self, role)).has_access(operation)
                }
                self.assertEqual(found, roles, f"{model} {operation}")

    def test_methods(self):
        arguments = {
            "balance": (self.citizen.id,),
            "top_up": (self.citizen.id, 1000, "FT-access"),
            "statement": (self.citizen.id, "2026-01-01", "2026-12-31"),
            "audit": (),
        }
        for method, roles in METHODS.items():
            for role in EVERYBODY:
                call = getattr(self._wallets(getattr(self, role)), method)
                with self.subTest(method=method, role=role):
                    if role in roles:
                        call(*arguments[method])
                    else:
                        with self.assertRaises(AccessError):
                            call(*arguments[method])

    def test_another_citizens_wallet(self):
        self._top_up()
        for call in (
            lambda wallets: wallets.balance(self.citizen.id),
            lambda wallets: wallets.statement(self.citizen.id, "2026-01-01", "2026-12-31"),
        ):
            with self.assertRaises(AccessError):
                call(self._wallets(self.stranger_user))

    def test_agencies_are_apart(self):
        dossier, answer = self._paid()
        transfer = self.env["dvc.wallet.transfer"].browse(answer["transfer"])
        receipt = dossier.receipt_ids
        accountant2 = self._staff("accountant", login="dvc_accountant2", agency=self.other_agency)
        for record in (transfer, transfer.entry_ids, receipt):
            for user in (self.officer2, accountant2):
                self.assertFalse(record.with_user(user).has_access("read"), (record, user.login))
        self.assertTrue(transfer.with_user(self.officer).has_access("read"))
        top_up = self.env["dvc.wallet.transfer"].search([("kind", "=", "top_up")])
        self.assertFalse(top_up.with_user(self.officer).has_access("read"), "Officers see payments of dossiers only.")
        self.assertTrue(top_up.with_user(self.accountant).has_access("read"))
        fees = self.env["dvc.wallet"]._collecting("fees", self.agency)
        self.assertFalse(fees.with_user(accountant2).has_access("read"))

    def test_no_role_writes_the_ledger_through_rpc(self):
        self._top_up()
        wallet = self.citizen.wallet_ids
        for role in EVERYBODY:
            with self.subTest(role):
                user = getattr(self, role)
                with self.assertRaises(UserError):
                    wallet.with_user(user).write({"posted": 10**9})
                with self.assertRaises(AccessError):
                    self.env["dvc.wallet.transfer"].with_user(user).create({"key": "x"})
                with self.assertRaises(AccessError):
                    self.env["dvc.wallet.entry"].with_user(user).create({"amount": 1})

    def test_statement_lines_keep_what_the_bank_said(self):
        statement = self.env["dvc.bank.statement"].create({"name": "S"})
        line = (
            self.env["dvc.bank.statement.line"]
            ._in_flow()
            .create({"statement_id": statement.id, "bank_ref": "X", "date": "2026-03-09", "amount": 5})
        )
        line = line.with_context(dvc_flow=None).with_user(self.accountant)
        for values in (
            {"amount": 10**6},
            {"state": "matched"},
            {"bank_ref": "Y"},
            {"occurrence": 2},
            {"to_match": True},
            {"currency_id": self.env.ref("base.USD").id},
        ):
            with self.subTest(values), self._refused("field.guarded"):
                line.write(values)
        line.account_id = self.citizen
