# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from odoo.addons.dvc_account.contract import constraint_refusal
from odoo.addons.dvc_account.exceptions import Refusal

_lt = LazyTranslate(__name__)

constraint_refusal("dvc_wallet_never_below_zero", "wallet.insufficient", _lt("The wallet does not hold enough money."))

KINDS = [
    ("citizen", "Citizen"),
    ("fees", "Fees"),
    ("bank", "Bank"),
    ("cash", "Cash"),
    ("suspense", "Suspense"),
]


class DvcWallet(models.Model):
    """Whose money it is. A citizen's wallet keeps a running balance that postings move by one statement.

    The others collect: their balance is the sum of their entries, so that payers share no row.
    """

    _name = "dvc.wallet"
    _description = "Wallet"
    _inherit = ["dvc.guarded"]
    _order = "id"
    _log_access = False
    _rec_names_search = ["account_id.name", "company_id.name"]
    _guarded_fields = frozenset(
        "account_id kind company_id currency_id posted held version topped_month topped_amount".split()
    )

    kind = fields.Selection(KINDS, required=True, readonly=True)
    account_id = fields.Many2one("dvc.account", string="Account", readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(
        "res.company", string="Agency", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    currency_id = fields.Many2one(
        "res.currency", required=True, readonly=True, default=lambda self: self.env.ref("base.VND")
    )
    posted = fields.Monetary(
        required=True, default=0.0, readonly=True, help="Sum of the entries of a citizen's wallet."
    )
    held = fields.Monetary(required=True, default=0.0, readonly=True, help="Set aside for submitted dossiers.")
    version = fields.Integer(required=True, default=0, readonly=True, help="Number of the last entry.")
    topped_month = fields.Char(readonly=True, help="Month of the top-ups counted, YYYY-MM in Vietnam's time.")
    topped_amount = fields.Monetary(string="Topped up this month", required=True, default=0.0, readonly=True)
    available = fields.Monetary(compute="_compute_available", help="Posted less held.")
    total = fields.Monetary(string="Balance", compute="_compute_total", help="Sum of all entries.")
    is_locked_duplicate = fields.Boolean(
        string="Locked duplicate's",
        compute="_compute_is_locked_duplicate",
        search="_search_is_locked_duplicate",
        help="Its money waits to be passed to the standardised account of the same person.",
    )
    entry_ids = fields.One2many("dvc.wallet.entry", "wallet_id", string="Entries", readonly=True)
    hold_ids = fields.One2many("dvc.wallet.hold", "wallet_id", string="Holds", readonly=True)

    _never_below_zero = models.Constraint(
        "CHECK (kind <> 'citizen' OR (posted - held >= 0 AND held >= 0))",
        "The wallet does not hold enough money.",
    )
    _whole = models.Constraint("CHECK (posted = trunc(posted) AND held = trunc(held))", "Wallets hold whole đồng.")
    _owned = models.Constraint(
        "CHECK ((kind = 'citizen') = (account_id IS NOT NULL))", "A citizen's wallet belongs to an account."
    )
    _collecting_has_no_balance = models.Constraint(
        "CHECK (kind = 'citizen' OR (posted = 0 AND held = 0 AND version = 0))",
        "A collecting wallet keeps no running balance.",
    )
    _citizen_uniq = models.UniqueIndex("(account_id) WHERE kind = 'citizen'", "This account has a wallet already.")
    _collecting_uniq = models.UniqueIndex(
        "(kind, (COALESCE(company_id, 0))) WHERE kind <> 'citizen'", "The agency has this wallet already."
    )

    @api.depends("kind", "account_id", "company_id")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for wallet in self:
            owner = wallet.account_id.display_name if wallet.kind == "citizen" else wallet.company_id.name
            wallet.display_name = f"{labels.get(wallet.kind, '')}: {owner}" if owner else labels.get(wallet.kind, "")

    @api.depends("posted", "held")
    def _compute_available(self):
        for wallet in self:
            wallet.available = wallet.posted - wallet.held

    @api.depends("posted", "kind")
    def _compute_total(self):
        collecting = self.filtered(lambda wallet: wallet.kind != "citizen")
        sums = dict(
            self.env["dvc.wallet.entry"]._read_group(
                [("wallet_id", "in", collecting.ids)], ["wallet_id"], ["amount:sum"]
            )
            if collecting
            else ()
        )
        for wallet in self:
            wallet.total = wallet.posted if wallet.kind == "citizen" else sums.get(wallet, 0.0)

    @api.depends("account_id.state", "account_id.merged_into_id", "posted")
    def _compute_is_locked_duplicate(self):
        for wallet in self:
            account = wallet.account_id
            wallet.is_locked_duplicate = bool(account.state == "locked" and account.merged_into_id and wallet.posted)

    def _search_is_locked_duplicate(self, operator, value):
        if operator != "in" or set(value) != {True}:
            return NotImplemented
        return [
            ("kind", "=", "citizen"),
            ("posted", ">", 0),
            ("account_id.state", "=", "locked"),
            ("account_id.merged_into_id", "!=", False),
        ]

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise Refusal("record.append_only", self.env._("This record is kept as it is: it cannot be deleted."))

    # Finding wallets

    @api.model
    def _of_account(self, account):
        """Return the wallet of an account, opening it at its first use; in sudo.

        :param account: one account
        """
        return self._find_or_open("citizen", account=account)

    @api.model
    def _collecting(self, kind: str, company=None):
        """Return a collecting wallet, opening it at its first use; in sudo.

        :param kind: fees, bank, cash or suspense
        :param company: the agency; none: the wallet of all agencies
        """
        return self._find_or_open(kind, company=company)

    @api.model
    def _find_or_open(self, kind: str, account=None, company=None):
        # Wallets are opened by postings only; nobody may create one.
        wallets_sudo = self.sudo()
        owner, agency = account.id if account else None, company.id if company else None
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM dvc_wallet WHERE kind = %s AND account_id IS NOT DISTINCT FROM %s"
                " AND company_id IS NOT DISTINCT FROM %s",
                kind,
                owner,
                agency,
            )
            if kind != "citizen"
            else SQL("SELECT id FROM dvc_wallet WHERE kind = 'citizen' AND account_id = %s", owner)
        )
        # Two who open the same wallet at once: PostgreSQL fails the later one to serialise, and Odoo runs it again.
        rows = rows or self.env.execute_query(
            SQL(
                "INSERT INTO dvc_wallet"
                " (kind, account_id, company_id, currency_id, posted, held, version, topped_amount)"
                " VALUES (%s, %s, %s, %s, 0, 0, 0, 0) ON CONFLICT DO NOTHING RETURNING id",
                kind,
                owner,
                agency,
                self.env.ref("base.VND").id,
            )
        )
        return wallets_sudo.browse(rows[0][0])

    # The only statements that move a balance. Each locks, checks and moves at once: reading a sum and
    # writing what was read would overdraw under REPEATABLE READ.

    def _move_posted(self, amount: int, release: int = 0) -> tuple[float, float, int]:
        """Move the balance of a citizen's wallet.

        :param amount: đồng, negative to take
        :param release: how much of what is held is set free by it
        :return: posted, available, version
        :raise Refusal: wallet.insufficient
        """
        self.ensure_one()
        rows = self.env.execute_query(
            SQL(
                "UPDATE dvc_wallet SET posted = posted + %(amount)s, held = held - %(release)s, version = version + 1"
                " WHERE id = %(id)s AND kind = 'citizen' AND held >= %(release)s"
                " AND posted + %(amount)s - held + %(release)s >= 0"
                " RETURNING posted, posted - held, version",
                amount=amount,
                release=release,
                id=self.id,
            )
        )
        return self._moved(rows)

    def _move_held(self, amount: int) -> tuple[float, float]:
        """Set money of a citizen's wallet aside, or free again where the amount is negative.

        :return: held, available
        :raise Refusal: wallet.insufficient
        """
        self.ensure_one()
        rows = self.env.execute_query(
            SQL(
                "UPDATE dvc_wallet SET held = held + %(amount)s WHERE id = %(id)s AND kind = 'citizen'"
                " AND held + %(amount)s >= 0 AND posted - held - %(amount)s >= 0 RETURNING held, posted - held",
                amount=amount,
                id=self.id,
            )
        )
        return self._moved(rows)

    def _count_top_up(self, amount: int, month: str, limit: int) -> None:
        """Count a top-up against the month's limit.

        :param limit: đồng a month; 0: none
        :raise Refusal: wallet.limit
        """
        rows = self.env.execute_query(
            SQL(
                "UPDATE dvc_wallet SET topped_month = %(month)s, topped_amount = %(amount)s"
                " + CASE WHEN topped_month = %(month)s THEN topped_amount ELSE 0 END"
                " WHERE id = %(id)s AND (%(limit)s = 0 OR %(amount)s"
                " + CASE WHEN topped_month = %(month)s THEN topped_amount ELSE 0 END <= %(limit)s) RETURNING id",
                month=month,
                amount=amount,
                limit=limit,
                id=self.id,
            )
        )
        if not rows:
            raise Refusal("wallet.limit", self.env._("This is more than a wallet may be topped up with in a month."))
        self.invalidate_recordset(["topped_month", "topped_amount"], flush=False)

    def _moved(self, rows: list[tuple]) -> tuple:
        if not rows:
            raise Refusal("wallet.insufficient", self.env._("The wallet does not hold enough money."))
        self.invalidate_recordset(["posted", "held", "version", "available", "total"], flush=False)
        return rows[0]
