# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import datetime

from odoo import api, fields, models

# Fictitious old accounts: phone, what else is known.
OLD_ACCOUNTS = (
    ("0914000131", {"name": "Lý Thị Phượng", "external_ref": "HUES-OLD-0001"}),
    ("0914000131", {"name": "Lý Văn Quý", "external_ref": "HUES-OLD-0002"}),
    ("0914000133", {"name": "khach2019", "external_ref": "HUES-OLD-0003"}),
    ("02343822134", {"name": "Mai Văn Sinh", "external_ref": "HUES-OLD-0004"}),
    ("0914000135", {"name": "Cao Thị Tâm", "email": "tam.cao@example.com", "external_ref": "HUES-OLD-0005"}),
)


class DvcCampaignDemo(models.AbstractModel):
    """Fill the demo's campaign as if one round of invitations had left. Run by the installation of demo data only."""

    _name = "dvc.campaign.demo"
    _description = "Demo data of campaigns"

    @api.model
    def _load(self) -> None:
        campaign = self.env.ref("dvc_account.dvc_campaign_demo")
        if campaign.state != "draft":
            return
        accounts = self.env["dvc.account"]
        for phone, facts in OLD_ACCOUNTS:
            accounts |= accounts.browse(accounts.register(phone, **facts)["id"])
        users = [self.env.ref(f"dvc_account.user_citizen{number}").id for number in range(3, 10)]
        citizens = accounts.search([("user_id", "in", users)], order="id")
        begun = fields.Datetime.now() - datetime.timedelta(days=9)
        invited = accounts[:2] | citizens
        self.env["dvc.campaign.line"]._in_flow().create(
            [
                {
                    "campaign_id": campaign.id,
                    "account_id": account.id,
                    "findings": "never_tried",
                    "round": 1,
                    "invited_at": begun if account in invited else False,
                }
                for account in accounts | citizens
            ]
        )
        campaign._in_flow().write(
            {"state": "open", "opened_at": begun, "round": 1, "round_started_at": begun, "round_state": "idle"}
        )
