# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import dataclasses
import datetime

from odoo import api, fields, models
from odoo.tools import SQL

from ..contract import own_transaction
from ..domain import one_time_code

MINUTES = 10
CREDENTIAL_SECONDS = 60


@dataclasses.dataclass(frozen=True)
class Started:
    """What a sign-in began with."""

    provider_id: int
    user_id: int
    nonce: str
    verifier: str


class DvcOidcLogin(models.Model):
    """A sign-in that was begun: good once, for ten minutes, in the browser it began in."""

    _name = "dvc.oidc.login"
    _description = "Sign-in by electronic identity that was begun"
    _inherit = ["dvc.sealed"]
    _log_access = False
    _forgotten_fields = frozenset({"state_hash", "browser_hash", "credential_hash", "nonce_sealed", "verifier_sealed"})

    state_hash = fields.Char(required=True, groups=fields.NO_ACCESS)
    browser_hash = fields.Char(groups=fields.NO_ACCESS)
    provider_id = fields.Many2one("dvc.oidc.provider", required=True, ondelete="cascade", index=True)
    user_id = fields.Many2one("res.users", ondelete="cascade", index="btree_not_null")
    nonce_sealed = fields.Char(groups=fields.NO_ACCESS)
    verifier_sealed = fields.Char(groups=fields.NO_ACCESS)
    credential_hash = fields.Char(groups=fields.NO_ACCESS)
    expires_at = fields.Datetime(required=True, index=True)
    is_used = fields.Boolean()

    _state_uniq = models.UniqueIndex("(state_hash)")
    _credential_uniq = models.UniqueIndex("(credential_hash) WHERE credential_hash IS NOT NULL")

    @api.model
    def _begin(self, provider, user) -> tuple[str, str, str, str]:
        """Begin a sign-in, in sudo.

        :param user: who is logged in already; empty for nobody
        :return: ``(state, browser, nonce, verifier)``; ``browser`` stays in the session
        """
        state, browser, nonce, verifier = (one_time_code.new_token() for _ in range(4))
        box = self.env["dvc.secret"]._box()
        self.create(
            {
                "state_hash": self._digest(state),
                "browser_hash": self._digest(browser),
                "provider_id": provider.id,
                "user_id": user.id,
                "nonce_sealed": box.seal(nonce, "oidc"),
                "verifier_sealed": box.seal(verifier, "oidc"),
                "expires_at": fields.Datetime.now() + datetime.timedelta(minutes=MINUTES),
            }
        )
        return state, browser, nonce, verifier

    @api.model
    def _take(self, state: str, browser: str) -> Started | None:
        """Use a sign-in up, whatever becomes of it; None where it is not there, used, too old or of another browser."""
        statement = SQL(
            "UPDATE dvc_oidc_login SET is_used = true"
            " WHERE state_hash = %s AND browser_hash = %s AND NOT COALESCE(is_used, false) AND expires_at > %s"
            " RETURNING provider_id, user_id, nonce_sealed, verifier_sealed",
            self._digest(state),
            self._digest(browser),
            fields.Datetime.now(),
        )
        # On a connection of its own: a callback that fails later cannot be played again.
        with own_transaction(self.env) as env:
            rows = env.execute_query(statement)
        if not rows:
            return None
        provider, user, nonce, verifier = rows[0]
        box = self.env["dvc.secret"]._box()
        return Started(provider, user or 0, box.open(nonce, "oidc"), box.open(verifier, "oidc"))

    @api.model
    def _credential(self, provider, user) -> str:
        """Return what opens a session for this user once, within a minute; in sudo.

        It has a row of its own: that of the sign-in was changed on another connection since this transaction began.
        """
        credential = one_time_code.new_token()
        self.create(
            {
                "state_hash": self._digest(one_time_code.new_token()),
                "provider_id": provider.id,
                "user_id": user.id,
                "credential_hash": self._digest(credential),
                "expires_at": fields.Datetime.now() + datetime.timedelta(seconds=CREDENTIAL_SECONDS),
                "is_used": True,
            }
        )
        return credential

    @api.model
    def _use_credential(self, credential: str, user) -> bool:
        """Use a credential up; tell whether it was this user's and still good. In sudo."""
        found = self.search(
            [
                ("credential_hash", "=", self._digest(credential)),
                ("user_id", "=", user.id),
                ("expires_at", ">", fields.Datetime.now()),
            ]
        )
        found.credential_hash = False
        return bool(found)

    @api.model
    def _digest(self, text: str) -> str:
        return self.env["dvc.secret"]._box().digest(text, "oidc")

    def _forget_secrets(self):
        # Whoever is signing in begins again.
        self.env.cr.execute("DELETE FROM dvc_oidc_login")
        super()._forget_secrets()

    @api.autovacuum
    def _gc_old(self):
        self.search([("expires_at", "<", fields.Datetime.now() - datetime.timedelta(days=1))], limit=10000).unlink()
