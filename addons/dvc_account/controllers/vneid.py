# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import logging

from odoo import SUPERUSER_ID, http
from odoo.exceptions import AccessDenied
from odoo.http import request

from ..exceptions import Refusal
from ..identity.oidc import OidcError
from .standardize import refusal_text

_logger = logging.getLogger(__name__)

ADDRESS_MAX, ADDRESS_SECONDS = 30, 10 * 60
TEXT_MAX = 2000


class VneidSignIn(http.Controller):
    """Sign-in of citizens by their electronic identity."""

    @http.route("/dvc/vneid/start", type="http", auth="public", methods=["GET"], website=True, multilang=False)
    def dvc_start(self, **query):
        provider_sudo = request.env["dvc.oidc.provider"]._offered()
        if not provider_sudo._is_open():
            return self._dvc_failed(request.env._("Signing in by electronic identity is not open yet."))
        address = request.env["dvc.secret"]._box().digest(request.httprequest.remote_addr, "address")
        if not request.env["dvc.attempt"]._take("oidc.address", address, ADDRESS_MAX, ADDRESS_SECONDS):
            return self._dvc_failed(request.env._("Too many sign-ins were begun. Wait 10 minutes."))
        try:
            metadata = provider_sudo._client().discover()
        except OidcError as error:
            _logger.info("The sign-in by electronic identity cannot be begun: %s", error)
            return self._dvc_failed(request.env._("The electronic identity does not answer now. Try again later."))
        user = request.env.user if request.env.user._is_portal() else request.env["res.users"]
        # Sign-ins are closed to every user.
        state, browser, nonce, verifier = request.env["dvc.oidc.login"].sudo()._begin(provider_sudo, user)
        request.session["dvc_oidc"] = browser
        url = provider_sudo._client().authorization_url(metadata, state, nonce, verifier)
        return self._dvc_private(request.redirect(url, local=False))

    @http.route("/dvc/vneid/callback", type="http", auth="public", methods=["GET"], website=True, multilang=False)
    def dvc_callback(self, state="", code="", error="", **query):
        # The public may read none of these; the provider's answer, verified, is the proof.
        env = request.env(user=SUPERUSER_ID, context={"lang": request.env.lang})
        # A request that met another one in the database runs again; state and code are used up by then.
        proven = getattr(request, "dvc_proven", None)
        if not proven:
            try:
                proven = request.dvc_proven = self._dvc_proven(env, state[:TEXT_MAX], "" if error else code[:TEXT_MAX])
            except Refusal as refusal:
                return self._dvc_failed(refusal_text(refusal))
        started, claims = proven
        provider = env["dvc.oidc.provider"].browse(started.provider_id)
        try:
            account = env["dvc.account"]._for_identity(provider, claims, env["res.users"].browse(started.user_id))
        except Refusal as refusal:
            return self._dvc_failed(refusal_text(refusal))
        return self._dvc_log_in(env, provider, account.user_id)

    def _dvc_proven(self, env, state: str, code: str) -> tuple:
        """Return how the sign-in began, and what the provider has proven.

        :raise Refusal: oidc.state, oidc.denied, oidc.unproven
        """
        browser = request.session.pop("dvc_oidc", "")
        started = env["dvc.oidc.login"]._take(state, browser) if browser else None
        if not started:
            raise Refusal("oidc.state", request.env._("This sign-in was used already, is too old or began elsewhere."))
        if not code:
            raise Refusal("oidc.denied", request.env._("You did not sign in with your electronic identity."))
        try:
            client = env["dvc.oidc.provider"].browse(started.provider_id)._client()
            return started, client.claims(client.discover(), code, started.nonce, started.verifier)
        except OidcError as failure:
            _logger.info("A sign-in by electronic identity failed: %s", failure)
            raise Refusal(
                "oidc.unproven", request.env._("The electronic identity could not be checked. Try again.")
            ) from None

    def _dvc_log_in(self, env, provider, user):
        credential = env["dvc.oidc.login"]._credential(provider, user)
        env.flush_all()
        try:
            request.session.authenticate(request.env, {"type": "dvc_oidc", "login": user.login, "token": credential})
        except AccessDenied:
            return self._dvc_failed(request.env._("This login cannot be used with an electronic identity."))
        return self._dvc_private(request.redirect("/my"))

    def _dvc_failed(self, text: str):
        return self._dvc_private(request.render("dvc_account.oidc_failed", {"text": text}))

    def _dvc_private(self, response):
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response
