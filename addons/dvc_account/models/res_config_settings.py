# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import time

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..exceptions import Refusal
from ..identity.http_source import SourceUnavailable
from ..identity.transport import is_allowed_address

STATES = [
    ("connected", "An outside service is set"),
    ("sandbox", "Sandbox answers: test data"),
    ("refused", "Not configured: refused"),
]
# Nobody: the number of a province that does not exist, and a phone nobody was given.
NOBODY = {
    "full_name": "KIỂM TRA KẾT NỐI",
    "citizen_id": "000000000000",
    "issue_date": "2021-01-01",
    "phone": "+84900000000",
}


class ResConfigSettings(models.TransientModel):
    """The suite's page of the settings: what it is connected to outside, and whether that answers."""

    _inherit = "res.config.settings"

    dvc_identity_url = fields.Char(string="Identity source", config_parameter="dvc_account.identity_url")
    dvc_identity_state = fields.Selection(STATES, compute="_compute_dvc_identity_state")
    dvc_sms_gateway_url = fields.Char(string="SMS gateway", config_parameter="dvc_account.sms_gateway_url")
    dvc_sms_channel = fields.Selection(
        [("gateway", "HTTP gateway"), ("odoo", "Odoo's own text messages")],
        string="Text messages leave by",
        default="gateway",
        config_parameter="dvc_account.sms_channel",
    )
    dvc_messages_state = fields.Selection(STATES, compute="_compute_dvc_messages_state")

    @api.depends("dvc_identity_url")
    def _compute_dvc_identity_state(self):
        for settings in self:
            settings.dvc_identity_state = settings._dvc_state_of(settings.dvc_identity_url)

    @api.depends("dvc_sms_gateway_url", "dvc_sms_channel")
    def _compute_dvc_messages_state(self):
        for settings in self:
            outside = settings.dvc_sms_channel == "odoo" or settings.dvc_sms_gateway_url
            settings.dvc_messages_state = settings._dvc_state_of(outside and "outside")

    def _dvc_state_of(self, address: str | bool) -> str:
        """Tell who answers for an outside service with this address: a key of STATES."""
        if (address or "").strip():
            return "connected"
        return "sandbox" if self.env["dvc.identity.source"]._has_demo_data() else "refused"

    def _dvc_addresses(self) -> list[str]:
        """Return the names of the fields that hold an address facts are sent to."""
        return ["dvc_identity_url", "dvc_sms_gateway_url"]

    def set_values(self):
        for name in self._dvc_addresses():
            self._dvc_check_address(name)
        return super().set_values()

    def _dvc_check_address(self, name: str) -> None:
        self[name] = (self[name] or "").strip()
        if self[name] and not is_allowed_address(self[name]):
            raise Refusal(
                "setting.bad_address",
                self.env._(
                    "%(setting)s: the address must begin with https:// (http:// is allowed for this machine itself).",
                    setting=self.fields_get([name], ["string"])[name]["string"],
                ),
            )

    def action_dvc_check_identity(self) -> dict:
        """Ask the identity source about nobody, and tell what came back."""
        self._dvc_check_caller()
        source = self.env["dvc.identity.source"]
        if source._is_sandbox():
            return self._dvc_tell(
                "warning", self.env._("Nothing outside was asked: the sandbox answers, with test data.")
            )
        start = time.monotonic()
        try:
            answer = source._match(NOBODY)
        except SourceUnavailable as error:
            return self._dvc_tell("danger", self.env._("The identity source gave no answer: %(why)s", why=str(error)))
        if answer["match"]:
            return self._dvc_tell(
                "danger",
                self.env._("The identity source answers, but it says that a made-up person exists: do not rely on it."),
            )
        taken = int((time.monotonic() - start) * 1000)
        return self._dvc_tell(
            "success", self.env._("The identity source answers, in %(taken)s milliseconds.", taken=taken)
        )

    def action_dvc_test_message(self) -> dict:
        """Open the dialog that sends a test message."""
        self._dvc_check_caller()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send a test message"),
            "res_model": "dvc.message.test",
            "view_mode": "form",
            "target": "new",
        }

    def _dvc_check_caller(self) -> None:
        if not self.env.su and not self.env.user.has_group("base.group_system"):
            raise AccessError(self.env._("Only administrators change and test these settings."))

    @api.model
    def _dvc_tell(self, kind: str, text: str, then: dict | None = None) -> dict:
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": kind, "message": text, "sticky": kind != "success", "next": then or False},
        }
