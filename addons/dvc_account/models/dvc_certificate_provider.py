# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models

from ..exceptions import Refusal
from ..identity.transport import is_allowed_address

MANAGERS = "dvc_account.group_manager,dvc_account.group_auditor"


class DvcCertificateProvider(models.Model):
    """Who issues signing certificates to citizens; which of them are licensed, the manager keeps."""

    _name = "dvc.certificate.provider"
    _description = "Certificate provider"
    _order = "sequence, name"

    sequence = fields.Integer(default=10)
    code = fields.Char(required=True, help="Short name for integrators, e.g. vnpt-smartca.")
    name = fields.Char(required=True)
    kind = fields.Selection(
        [("remote", "Remote signing"), ("token", "USB token"), ("both", "Remote signing or USB token")],
        required=True,
        default="remote",
    )
    website = fields.Char()
    hotline = fields.Char()
    price_note = fields.Char(string="Price", help="As the provider publishes it, with the day.")
    delivery = fields.Selection(
        [("hand", "By hand"), ("webhook", "Electronically")],
        string="Applications are sent",
        required=True,
        default="hand",
    )
    webhook_url = fields.Char(string="Webhook address", groups=MANAGERS)
    user_id = fields.Many2one(
        "res.users",
        string="Login of the provider",
        index="btree_not_null",
        groups=MANAGERS,
        help="With it only this integrator reports on its applications; empty: any integrator may.",
    )
    issuer_mark = fields.Char(
        string="Mark in the issuer's name", help="Tells the provider of a certificate, e.g. VNPT SmartCA."
    )
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex("(code)", "Another provider has this code.")

    @api.constrains("delivery", "webhook_url", "website")
    def _check_addresses(self):
        for provider in self:
            if provider.delivery == "webhook" and not is_allowed_address((provider.webhook_url or "").strip()):
                raise Refusal(
                    "certificate.bad_address", self.env._("Applications are sent to an address that starts with https.")
                )
            if provider.website and not provider.website.startswith("https://"):
                raise Refusal("certificate.bad_address", self.env._("The website starts with https."))

    @api.model
    def _of_issuer(self, issuer: str):
        """Return the provider that a certificate's issuer is known by, in sudo; empty where none is."""
        # Everybody may read providers; citizens register certificates through this.
        known_sudo = self.sudo().search([("issuer_mark", "!=", False)])
        return known_sudo.filtered(lambda provider: provider.issuer_mark.lower() in issuer.lower())[:1]
