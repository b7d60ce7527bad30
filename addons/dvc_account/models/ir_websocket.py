# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import models

from ..contract import has_role

# Staff hear of their agencies' dossiers under this name; what is heard are ids.
STAFF_CHANNEL = "dvc_staff"
ROLES = ("officer", "specialist", "leader", "accountant", "manager", "auditor")


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        """Let staff hear of the agencies they work for, as the server knows them, whatever the client asks for."""
        channels = super()._build_bus_channel_list(channels)
        if self.env.user._is_internal() and has_role(self.env, *ROLES):
            channels.extend((company, STAFF_CHANNEL) for company in self.env.user.company_ids)
        return channels
