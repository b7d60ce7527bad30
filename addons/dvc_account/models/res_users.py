# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models
from odoo.fields import Domain

from ..domain import phone


class ResUsers(models.Model):
    _inherit = "res.users"

    dvc_unit_id = fields.Many2one("dvc.unit", string="Unit", index="btree_not_null")
    dvc_title = fields.Char(string="Job title", help="Printed under signatures, e.g. Phó Chủ tịch.")
    dvc_session_round = fields.Integer(
        default=0, groups=fields.NO_ACCESS, help="Raising it ends every session of the user."
    )

    @api.model
    def _get_login_domain(self, login):
        """Let citizens log in with their phone number, which is nowhere kept readable."""
        domain = super()._get_login_domain(login)
        try:
            phone_hash = self.env["dvc.account"]._phone_hash(phone.to_e164(login or ""))
        except phone.InvalidPhone:
            return domain
        # Nobody is logged in yet.
        account_sudo = (
            self.env["dvc.account"]
            .sudo()
            .search([("phone_hash", "=", phone_hash), ("state", "=", "standardized")], limit=1)
        )
        return Domain(domain) | Domain("id", "=", account_sudo.user_id.id or 0)

    def _get_session_token_fields(self):
        return super()._get_session_token_fields() | {"dvc_session_round"}

    def _dvc_end_sessions(self) -> None:
        """End every session of the users and drop their API keys."""
        # Staff who lock an account have no right on users and keys.
        users_sudo = self.sudo()
        for user_sudo in users_sudo:
            user_sudo.dvc_session_round += 1
        self.env["res.users.apikeys"].sudo().search([("user_id", "in", users_sudo.ids)]).unlink()
