# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models
from odoo.tools import SQL

from ..domain.account_findings import LEVELS
from ..exceptions import Refusal
from ..models.dvc_account_finding import RULE_NAMES

# What an invitation mends; for the others, staff act on the account itself.
CHOICES = [(code, name) for code, name in RULE_NAMES if LEVELS[code] != "info" and code != "unlock_waiting"]


class DvcCampaignSelection(models.TransientModel):
    """Adds accounts to a campaign: those a rule finds, or those marked in the list of findings."""

    _name = "dvc.campaign.selection"
    _description = "Add accounts to a campaign"

    campaign_id = fields.Many2one(
        "dvc.campaign", required=True, domain="[('state', '!=', 'closed'), ('company_id', 'in', allowed_company_ids)]"
    )
    rule = fields.Selection(CHOICES, help="Empty: every account that is not standardised.")
    marked_ids = fields.Many2many("dvc.account", string="Marked accounts", readonly=True)
    marked_count = fields.Integer(compute="_compute_counts")
    found_count = fields.Integer(string="Accounts to add", compute="_compute_counts")

    @api.depends("campaign_id", "rule", "marked_ids")
    def _compute_counts(self):
        for dialog in self:
            dialog.marked_count = len(dialog.marked_ids)
            dialog.found_count = dialog._count() if dialog.campaign_id else 0

    def _chosen(self) -> SQL:
        """Return the query of the accounts chosen."""
        if self.marked_ids:
            return SQL("SELECT unnest(%s::int[])", self.marked_ids._origin.ids)
        if self.rule:
            return SQL(
                "SELECT account_id FROM (%s) found WHERE rule = %s",
                self.env["dvc.account.finding"]._table_query,
                self.rule,
            )
        return SQL("SELECT id FROM dvc_account WHERE state IN ('unstandardized', 'pending')")

    def _count(self) -> int:
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                "SELECT count(*) FROM dvc_account a WHERE a.state IN ('unstandardized', 'pending')"
                " AND a.id IN (%s) AND NOT EXISTS"
                " (SELECT 1 FROM dvc_campaign_line l WHERE l.account_id = a.id AND l.campaign_id = %s)",
                self._chosen(),
                self.campaign_id._origin.id or 0,
            )
        )
        return rows[0][0]

    def action_add(self) -> dict:
        """Add the accounts.

        :raise Refusal: campaign.bad_state, campaign.nobody
        """
        self.ensure_one()
        campaign = self.campaign_id
        campaign._check_may_add()
        added = campaign._add_accounts(self._chosen())
        if not added:
            raise Refusal(
                "campaign.nobody", self.env._("No account was added: all are in the campaign already, or settled.")
            )
        campaign._log("campaign.accounts_added", added=added, rule=self.rule or "")
        return campaign._get_records_action(name=campaign.name)
