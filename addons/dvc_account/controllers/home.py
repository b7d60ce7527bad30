# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.auth_signup.controllers.main import AuthSignupHome

from ..domain import one_time_code


class AccountHome(AuthSignupHome):
    """Sign-up and password pages that tell nobody who has an account."""

    @http.route()
    def web_auth_reset_password(self, *args, **kw):
        # Asked for by login, the page would tell which phones and names have an account.
        if not self.get_auth_signup_qcontext().get("token"):
            return request.redirect("/dvc/reset")
        return super().web_auth_reset_password(*args, **kw)

    def do_signup(self, qcontext, do_login=True):
        """Sign up a stranger; whether the address has an account already is for its owner to know."""
        if not qcontext.get("token"):
            values = self._prepare_signup_values(qcontext)
            # Nobody is logged in. What is wrong with the form itself is told first, for every address alike.
            users_sudo = request.env["res.users"].sudo()
            users_sudo._dvc_check_sign_up(values)
            # As above: nobody is logged in yet.
            accounts_sudo = request.env["dvc.account"].sudo()
            key = accounts_sudo._address_key(request.httprequest.remote_addr)
            limit = one_time_code.SIGN_UP_ADDRESS
            if not accounts_sudo.env["dvc.attempt"]._take(limit.scope, key, limit.most, limit.seconds):
                raise UserError(request.env._("Too many accounts were asked for from this connection. Try later."))
            users_sudo._dvc_check_new(values["login"])
        return super().do_signup(qcontext, do_login=do_login)

    def _signup_with_values(self, token, values, do_login):
        """Hold citizens invited by a link to the same rule of passwords as those who sign up themselves."""
        if token:
            # Nobody is logged in yet; the token names the user.
            partner_sudo = request.env["res.partner"].sudo()._signup_retrieve_partner(token, check_validity=True)
            if partner_sudo:
                partner_sudo.user_ids[:1]._dvc_check_own_password(values.get("password") or "")
        return super()._signup_with_values(token, values, do_login)

    def get_auth_signup_config(self):
        # The login page offers one way only; links that staff get by mail go on working.
        return {**super().get_auth_signup_config(), "reset_password_enabled": False}

    def get_auth_signup_qcontext(self):
        qcontext = super().get_auth_signup_qcontext()
        # Answered by the login name of whoever has this address.
        qcontext.pop("signup_email", None)
        return qcontext
