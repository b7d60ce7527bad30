# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..contract import has_role
from ..exceptions import Refusal
from ..identity.oidc import Client, OidcError
from ..identity.transport import is_allowed_address

CALLBACK = "/dvc/vneid/callback"


class DvcOidcProvider(models.Model):
    """A provider by which citizens sign in: VNeID or a portal in front of it, by OpenID Connect.

    Endpoints and claims of VNeID are not public, so that issuer and claims are configuration.
    """

    _name = "dvc.oidc.provider"
    _description = "Sign-in by electronic identity"
    _inherit = ["dvc.sealed"]
    _order = "sequence, id"
    _sealed_fields = {"client_secret_sealed": "oidc"}

    name = fields.Char(required=True, default="VNeID")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    active_from = fields.Date(
        string="Open from",
        help="Announced on the citizens' pages until then; empty: open now.",
    )
    issuer = fields.Char(required=True, help="As the discovery document names it, with https.")
    client_id = fields.Char(string="Client ID", required=True)
    client_secret = fields.Char(
        compute="_compute_client_secret",
        inverse="_inverse_client_secret",
        help="Kept encrypted, never shown again.",
    )
    client_secret_sealed = fields.Char(copy=False, groups=fields.NO_ACCESS)
    scope = fields.Char(required=True, default="openid profile")
    claim_number = fields.Char(string="Claim: identification number", required=True, default="SoDinhDanh")
    claim_name = fields.Char(string="Claim: full name", required=True, default="HoVaTen")
    claim_level = fields.Char(string="Claim: level of identification", default="loAs")
    level_min = fields.Integer(
        string="Lowest level",
        default=2,
        help="Level 2 is an identity checked face to face (Nghị định 69/2024/NĐ-CP). 0: any.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        providers = super().create(vals_list)
        providers._note("set")
        return providers

    def write(self, vals):
        done = super().write(vals)
        self._note("set")
        return done

    def unlink(self):
        self._note("removed")
        return super().unlink()

    def _note(self, what: str) -> None:
        """Write into the journal that somebody changed whom the sign-in believes."""
        for provider in self:
            detail = {"key": provider._name, "issuer": provider.issuer, "what": what}
            self.env["dvc.journal"]._log("setting.changed", record=provider, detail=detail)

    @api.depends("client_secret_sealed")
    def _compute_client_secret(self):
        # The secret is closed to every user; that there is one may be seen.
        for provider, provider_sudo in zip(self, self.sudo(), strict=True):
            # That there is one may be seen, what it is may not.
            provider.client_secret = "********" if provider_sudo.client_secret_sealed else False

    def _inverse_client_secret(self):
        box = self.env["dvc.secret"]._box()
        for provider in self:
            if "*" not in (provider.client_secret or ""):
                sealed = box.seal(provider.client_secret, "oidc") if provider.client_secret else False
                # The column is closed to every user; whoever may write the provider may set it.
                provider.sudo().client_secret_sealed = sealed

    @api.constrains("issuer")
    def _check_issuer(self):
        for provider in self:
            if not is_allowed_address(provider.issuer):
                raise Refusal("input.invalid", self.env._("The issuer's address must be https."))

    def action_check(self) -> dict:
        """Read the provider's discovery document and tell what came.

        :raise AccessError: no manager
        """
        self.ensure_one()
        self.check_access("write")
        if not has_role(self.env, "manager"):
            raise AccessError(self.env._("Your role does not allow this operation."))
        try:
            metadata = self._client().discover()
            kind, text = (
                "success",
                self.env._("It answers. Citizens are sent to %s.", metadata["authorization_endpoint"]),
            )
        except OidcError as error:
            kind, text = "danger", self.env._("It does not answer as it should: %s", error)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": kind, "message": text, "sticky": kind == "danger"},
        }

    def _client(self) -> Client:
        """Return this server as the provider's client."""
        self.ensure_one()
        # Whoever signs in may read neither the provider nor the server's address.
        provider_sudo = self.sudo()
        sealed = provider_sudo.client_secret_sealed
        base = provider_sudo.env["ir.config_parameter"].get_param("web.base.url")
        return Client(
            issuer=provider_sudo.issuer,
            client_id=provider_sudo.client_id,
            client_secret=self.env["dvc.secret"]._box().open(sealed, "oidc") if sealed else "",
            scope=provider_sudo.scope,
            redirect_uri=f"{base}{CALLBACK}",
        )

    @api.model
    def _offered(self):
        """Return the provider that citizens see, open or announced; in sudo."""
        # Everybody may see by whom one signs in.
        return self.sudo().search([], limit=1)

    def _is_open(self) -> bool:
        """Tell whether citizens may sign in by it today."""
        return bool(self) and (not self.active_from or self.active_from <= self.env["dvc.account"]._today())
