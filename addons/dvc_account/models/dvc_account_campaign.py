# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models


class DvcAccountCampaign(models.Model):
    _inherit = "dvc.account"

    campaign_line_ids = fields.One2many(
        "dvc.campaign.line",
        "account_id",
        string="Campaigns",
        readonly=True,
        groups="dvc_account.group_officer,dvc_account.group_auditor",
    )
