# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..contract import contract
from ..exceptions import Refusal

LINE_STATES = [
    ("to_invite", "To invite"),
    ("invited", "Invited"),
    ("standardized", "Standardised"),
    ("locked", "Locked"),
    ("unreachable", "Unreachable"),
]


class DvcCampaignLine(models.Model):
    """One account within a campaign. Its state is the account's own, read each time, never a copy."""

    _name = "dvc.campaign.line"
    _description = "Account of a campaign"
    _inherit = ["dvc.guarded"]
    _order = "id"
    _rec_name = "account_id"
    _guarded_fields = frozenset(
        """campaign_id company_id account_id findings round invited_at invited_before message_id is_undeliverable
        contacted_at contacted_by_id""".split()
    )

    campaign_id = fields.Many2one("dvc.campaign", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(
        "res.company",
        string="Agency",
        related="campaign_id.company_id",
        store=True,
        precompute=True,
        index=True,
    )
    account_id = fields.Many2one("dvc.account", required=True, readonly=True, index=True, ondelete="restrict")
    findings = fields.Char(readonly=True, help="Codes of the rules that found the account when it was added.")
    findings_text = fields.Char(string="Found when added", compute="_compute_findings_text")
    state = fields.Selection(LINE_STATES, compute="_compute_state", search="_search_state")
    round = fields.Integer(readonly=True, default=0, aggregator=None)
    invited_at = fields.Datetime(string="Invited on", readonly=True)
    invited_before = fields.Datetime(string="Invited before on", readonly=True)
    message_id = fields.Many2one(
        "dvc.outbox", string="Message", readonly=True, index="btree_not_null", ondelete="set null"
    )
    is_undeliverable = fields.Boolean(
        string="No message possible",
        readonly=True,
        help="The last round could not write to the account.",
    )
    note = fields.Char(help="What a visit or a call showed; no personal number.")
    contacted_at = fields.Datetime(string="Spoken to on", readonly=True)
    contacted_by_id = fields.Many2one("res.users", string="Spoken to by", readonly=True)
    account_state = fields.Selection(related="account_id.state", string="Account's state")
    phone_masked = fields.Char(related="account_id.phone_masked")
    citizen_id_masked = fields.Char(related="account_id.citizen_id_masked")

    _once = models.UniqueIndex("(campaign_id, account_id)", "The account is in this campaign already.")
    _due_idx = models.Index("(campaign_id, round, id)")

    @api.depends("findings")
    def _compute_findings_text(self):
        labels = self.env["dvc.account.finding"]._labels()
        for line in self:
            codes = (line.findings or "").split(",")
            line.findings_text = "; ".join(labels[code] for code in codes if code in labels)

    @api.depends("account_id.state", "account_id.phone_masked", "account_id.email", "invited_at", "message_id.state")
    def _compute_state(self):
        self.flush_recordset()
        rows = self.env.execute_query(
            SQL(
                "SELECT id, %s FROM dvc_campaign_line line WHERE id = ANY(%s)",
                self._state_sql("line"),
                self._origin.ids,
            )
        )
        states = dict(rows)
        for line in self:
            line.state = states.get(line._origin.id, "to_invite")

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        wanted = tuple(value)
        return Domain.custom(to_sql=lambda model, alias, _query: SQL("%s IN %s", model._state_sql(alias), wanted))

    def _field_to_sql(self, alias, field_expr, query=None):
        # Lists and graphs group by the state as it is now.
        if field_expr == "state":
            return self._state_sql(alias)
        return super()._field_to_sql(alias, field_expr, query)

    @api.model
    def _state_sql(self, alias: str) -> SQL:
        """Return the state of a line as an expression: the one place that says what each state means."""
        line = {
            name: SQL.identifier(alias, name, to_flush=self._fields[name])
            for name in ("account_id", "invited_at", "is_undeliverable", "message_id")
        }
        accounts = self.env["dvc.account"]._fields
        account = {
            name: SQL.identifier("a", name, to_flush=accounts[name])
            for name in ("state", "phone_masked", "email", "partner_id")
        }
        return SQL(
            """(SELECT CASE
                 WHEN %(state)s IN ('standardized', 'locked') THEN %(state)s
                 WHEN %(undeliverable)s OR %(message_state)s = 'failed' THEN 'unreachable'
                 WHEN %(no_sms)s AND COALESCE(NULLIF(%(email)s, ''), NULLIF(%(partner_email)s, '')) IS NULL
                   THEN 'unreachable'
                 WHEN %(invited_at)s IS NOT NULL THEN 'invited'
                 ELSE 'to_invite' END
               FROM dvc_account a LEFT JOIN res_partner p ON p.id = %(partner)s
               LEFT JOIN dvc_outbox o ON o.id = %(message)s WHERE a.id = %(account)s)""",
            state=account["state"],
            no_sms=self._no_sms_sql(account["phone_masked"]),
            email=account["email"],
            partner=account["partner_id"],
            partner_email=SQL.identifier("p", "email", to_flush=self.env["res.partner"]._fields["email"]),
            message_state=SQL.identifier("o", "state", to_flush=self.env["dvc.outbox"]._fields["state"]),
            undeliverable=line["is_undeliverable"],
            invited_at=line["invited_at"],
            message=line["message_id"],
            account=line["account_id"],
        )

    @api.model
    def _no_sms_sql(self, phone: SQL) -> SQL:
        """Return whether a masked phone takes no text message: none, or a landline, which a mask still tells."""
        return SQL("(%s IS NULL OR %s LIKE '02%%')", phone, phone)

    @contract("officer", unknown="campaign.line_unknown")
    def action_spoken_to(self) -> bool:
        """Note that an officer spoke to the holder: a visit, a call, at the desk.

        :raise Refusal: campaign.bad_state: the campaign is closed
        """
        self.check_access("write")
        if self.campaign_id.state == "closed":
            raise Refusal("campaign.bad_state", self.env._("The campaign is closed already."))
        self._in_flow().write({"contacted_at": fields.Datetime.now(), "contacted_by_id": self.env.uid})
        return True

    @contract("officer", "auditor", unknown="campaign.line_unknown")
    def action_open_account(self) -> dict:
        """Open the account."""
        return self.account_id._get_records_action(name=self.env._("Account"))
