# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64
import random
from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.dvc_dossier.demo.dvc_demo import SEED

from ..domain import posting

TOP_UPS = (50_000, 100_000, 200_000)
CASH_SHARE = 0.35
# What the demo's citizens hold beyond what their dossiers cost.
POCKET = {1: 150_000, 2: 80_000, 3: 300_000, 4: 20_000, 5: 500_000}
STATEMENT = (
    ("FT26328001", 100_000, "CHUYEN TIEN {note}"),
    ("FT26328002", 50_000, "{note} nap vi dich vu cong"),
    ("FT26328003", 16_000, "nop phi ho so, quen ghi ma"),
    ("FT26328004", 200_000, "NAP VI DVC000000100"),
)


class DvcDemo(models.AbstractModel):
    """Give the demo's citizens money, and the demo's received dossiers their payments and receipts.

    Everything is posted to the ledger like any other money; only its moments lie in the past.
    """

    _inherit = "dvc.demo"

    @api.model
    def _load_money(self) -> None:
        """Fill the wallets of both demo agencies."""
        if not self.env["dvc.identity.source"]._has_demo_data() or self.env["dvc.wallet.transfer"].search([], limit=1):
            return
        chance = random.Random(SEED)
        domain = [("received_at", "!=", False), ("procedure_id.fee_ids", "!=", False), ("account_id", "!=", False)]
        for ordinal, dossier in enumerate(self.env["dvc.dossier"].search(domain, order="received_at, id"), 1):
            if not dossier.procedure_id.fee_after:
                self._pay_for(dossier, ordinal, chance.random() < CASH_SHARE, chance.choice(TOP_UPS))
        self._fill_pockets()
        self._ask_refunds()
        self._import_statement()
        while self.env["dvc.wallet.seal"]._seal_batch():
            pass

    def _pay_for(self, dossier, ordinal: int, in_cash: bool, top_up: int) -> None:
        amount = int(dossier._fee_unpaid()[dossier.id])
        if not amount:
            return
        at = dossier.received_at
        officer = self.env["dvc.dossier.event"].search(
            [("dossier_id", "=", dossier.id), ("verb", "=", "receive")], limit=1
        )
        # The ledger tells who posted: the officer who had received the dossier.
        dossier = dossier.with_user(officer.user_id or self.env.user).sudo()
        wallets = dossier.env["dvc.wallet"]
        if in_cash:
            wallet = wallets._collecting("cash", dossier.company_id)
        else:
            wallet = wallets._of_account(dossier.account_id)
            if wallet.available < amount:
                needed = max(top_up, amount)
                wallets._top_up(dossier.account_id, needed, f"FT{at:%y%j}{ordinal:04d}", at=at - timedelta(minutes=9))
        dossier._pay(
            "payment",
            f"demo:{dossier.code}",
            posting.fingerprint("demo", dossier=dossier.id),
            wallet,
            amount,
            "cash" if in_cash else "wallet",
            at=at,
        )

    def _fill_pockets(self) -> None:
        yesterday = fields.Datetime.now() - timedelta(days=1)
        for number, amount in POCKET.items():
            account = self.env["dvc.account"]._for_user(self._demo_ref(f"user_citizen{number}"))
            self.env["dvc.wallet"]._top_up(account, amount, f"FT{yesterday:%y%j}9{number:03d}", at=yesterday)

    def _ask_refunds(self) -> None:
        """Have one refund done by the accountant, and one of an officer's waiting for them."""
        domain = [("kind", "=", "payment"), ("account_id", "!=", False)]
        domain += [("company_id", "=", self._demo_ref("agency_huong_so").id)]
        paid = self.env["dvc.wallet.transfer"].search(domain, order="id desc", limit=2)
        for transfer, role, reason in zip(
            paid,
            ("accountant", "officer"),
            ("Công dân nộp thừa một bản", "Công dân thuộc diện miễn lệ phí, đã nộp giấy tờ chứng minh"),
            strict=False,
        ):
            self.env["dvc.wallet"].with_user(self._demo_ref(f"user_{role}")).refund(
                transfer=transfer.id,
                amount=transfer.amount,
                reason=reason,
                idempotency_key=f"demo-refund-{transfer.id}",
            )

    def _import_statement(self) -> None:
        """Read a bank's statement: half of it finds its wallets, the rest waits in the queue."""
        today = fields.Date.context_today(self)
        rows = ["ref,date,amount,note"]
        for number, (reference, amount, note) in enumerate(STATEMENT, 1):
            account = self.env["dvc.account"]._for_user(self._demo_ref(f"user_citizen{number}"))
            rows.append(f'{reference},{today},{amount},"{note.format(note=account._top_up_note())}"')
        statements = self.env["dvc.bank.statement"].with_user(self._demo_ref("user_accountant"))
        statements.create(
            {
                "name": f"Sổ phụ ngày {today:%d/%m/%Y}",
                "date": today,
                "file": base64.b64encode("\n".join(rows).encode()),
                "filename": f"so-phu-{today}.csv",
            }
        ).action_import()
