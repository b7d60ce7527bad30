# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models


class DvcCampaignInvitation(models.TransientModel):
    """Tells how many messages will leave, and has it confirmed."""

    _name = "dvc.campaign.invitation"
    _description = "Invite the accounts of a campaign"

    campaign_id = fields.Many2one("dvc.campaign", required=True, readonly=True)
    sms_count = fields.Integer(string="Text messages", compute="_compute_figures")
    sms_total = fields.Integer(string="Messages to pay for", compute="_compute_figures")
    mail_count = fields.Integer(string="E-mails", compute="_compute_figures")
    unreachable_count = fields.Integer(string="Cannot be reached", compute="_compute_figures")
    is_reminder = fields.Boolean(compute="_compute_figures")
    preview = fields.Text(string="Text message", related="campaign_id.sms_preview")

    @api.depends("campaign_id")
    def _compute_figures(self):
        for dialog in self:
            # Readable campaigns only: the caller's rights are checked on the next line.
            dialog.campaign_id.check_access("read")
            figures = dialog.campaign_id._due_figures()
            dialog.sms_count, dialog.mail_count = figures["sms"], figures["mail"]
            dialog.unreachable_count = figures["unreachable"]
            dialog.sms_total = figures["sms"] * dialog.campaign_id.sms_parts
            dialog.is_reminder = dialog.campaign_id.round > 0

    def action_confirm(self) -> dict:
        """Begin the round."""
        self.ensure_one()
        self.campaign_id.action_send_invitations()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("The invitations are leaving. They can be stopped on the campaign."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
