# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import uuid

from odoo import api, fields, models


class DvcMessageTest(models.TransientModel):
    """Dialog that sends one text message the way all go, and tells what became of it."""

    _name = "dvc.message.test"
    _description = "Test message"
    _inherit = ["dvc.sealed"]
    _transient_max_hours = 0.1
    _sealed_fields = {"phone_secret": "dialog"}

    phone = fields.Char(compute="_compute_phone", inverse="_inverse_phone", required=True, help="Your own.")
    phone_secret = fields.Char(groups=fields.NO_ACCESS)

    @api.depends("phone_secret")
    def _compute_phone(self):
        box = self.env["dvc.secret"]._box()
        # What is typed waits encrypted; a dialog is read by the one who typed it.
        for dialog, dialog_sudo in zip(self, self.sudo(), strict=True):
            dialog.phone = box.open(dialog_sudo.phone_secret, "dialog") if dialog_sudo.phone_secret else False

    def _inverse_phone(self):
        box = self.env["dvc.secret"]._box()
        for dialog in self:
            # As above.
            dialog.sudo().phone_secret = box.seal(dialog.phone, "dialog") if dialog.phone else False

    def action_send(self) -> dict:
        """Send the message at once."""
        self.ensure_one()
        settings = self.env["res.config.settings"]
        settings._dvc_check_caller()
        number = self.env["dvc.account"]._parse_phone(self.phone or "")
        # Administrators read messages, and only the outbox writes them.
        message_sudo = self.env["dvc.outbox"]._queue(
            "sms",
            number,
            False,
            self.env._("Test message of the one-stop desk: the SMS gateway works."),
            f"test:{uuid.uuid4().hex}",
        )
        message_sudo._send_guarded()
        close = {"type": "ir.actions.act_window_close"}
        if message_sudo.state == "sent":
            text = self.env._("The gateway has taken the message for %(to)s.", to=message_sudo.recipient_masked)
            return settings._dvc_tell("success", text, close)
        if message_sudo.state == "sandbox":
            text = self.env._("Nothing was sent: this is a test environment without an SMS gateway.")
            return settings._dvc_tell("warning", text, close)
        why = message_sudo.error or message_sudo.state
        # What nobody waits for is not tried again.
        message_sudo.write({"state": "failed"})
        return settings._dvc_tell("danger", self.env._("The message was not sent: %(why)s", why=why), close)
