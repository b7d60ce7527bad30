# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import contextlib

from odoo import api, fields, models, tools
from odoo.exceptions import AccessDenied, UserError
from odoo.http import request

from ..contract import own_transaction
from ..domain import masking, one_time_code, phone

LANGUAGE = "vi_VN"


class ResUsers(models.Model):
    _inherit = "res.users"

    dvc_unit_id = fields.Many2one("dvc.unit", string="Unit", index="btree_not_null")
    dvc_title = fields.Char(string="Job title", help="Printed under signatures, e.g. Phó Chủ tịch.")
    dvc_session_round = fields.Integer(
        default=0, groups=fields.NO_ACCESS, help="Raising it ends every session of the user."
    )

    def _login(self, credential, user_agent_env):
        # Here and not in _get_login_domain: that one also serves pages that answer about a login.
        if "login" in credential:
            credential = {**credential, "login": self._dvc_login_of(credential["login"] or "")}
        # Before the attempt, which may be the one that starts it: while it lasts no password is looked at.
        cooling = self._dvc_is_cooling_down()
        try:
            return super()._login(credential, user_agent_env=user_agent_env)
        except AccessDenied:
            if not cooling:
                self._dvc_check_in_vain(credential)
            raise

    @api.model
    def _dvc_is_cooling_down(self) -> bool:
        """Tell whether Odoo ignores log-ins from this network address for now."""
        failures = getattr(self.env.registry, "_login_failures", {})
        source = request.httprequest.remote_addr if request else None
        return source in failures and self._on_login_cooldown(*failures[source])

    @api.model
    def _dvc_check_in_vain(self, credential: dict) -> None:
        """Do the work of a wrong password where the login is nobody's: how long it takes would tell."""
        # Nobody is logged in.
        users_sudo = self.sudo()
        nobody = not users_sudo.search(users_sudo._get_login_domain(credential.get("login") or ""), limit=1)
        if nobody and credential.get("type") == "password" and credential.get("password"):
            self.env.cr.execute("SELECT COALESCE(password, '') FROM res_users WHERE id = %s", [self.env.uid])
            self._crypt_context().verify(credential["password"], self._dvc_hash_in_vain())

    @api.model
    @tools.ormcache()
    def _dvc_hash_in_vain(self) -> str:
        return self._crypt_context().hash(one_time_code.new_token())

    def _check_credentials(self, credential, env):
        """Open a citizen's session by a sign-in with electronic identity; staff never come this way."""
        if credential.get("type") != "dvc_oidc":
            return super()._check_credentials(credential, env)
        # Sign-ins are closed to every user.
        logins_sudo = self.env["dvc.oidc.login"].sudo()
        if not self.env.user._is_portal() or not logins_sudo._use_credential(credential["token"], self.env.user):
            raise AccessDenied
        return {"uid": self.env.uid, "auth_method": "oidc", "mfa": "skip"}

    @api.model
    def _dvc_login_of(self, text: str) -> str:
        """Return the login a typed text stands for: citizens type their phone, which is nowhere kept readable.

        Odoo logs what this returns, so a number that is nobody's login becomes a keyed hash.
        """
        if not masking.may_be_number(text):
            return text
        # Nobody is logged in yet. Both questions are asked for every number: how many would tell.
        accounts_sudo = self.env["dvc.account"].sudo()
        login = ""
        with contextlib.suppress(phone.InvalidPhone):
            phone_hash = accounts_sudo._phone_hash(phone.to_e164(text))
            login = accounts_sudo._login_by_phone(phone_hash)
        is_login = accounts_sudo.env["res.users"].search_count([("login", "=", text)], limit=1)
        if login:
            return login
        if is_login:
            return text
        return f"number-{self.env['dvc.secret']._box().digest(text, 'login')[:12]}"

    def reset_password(self, login):
        """Mail a link to staff only: citizens get a new password by a code to their own phone."""
        users = self.search(self._get_login_domain(login)) or self.search(self._get_email_domain(login))
        if any(users.mapped("share")):
            raise UserError(self.env._("Citizens get a new password by a code to their phone."))
        return super().reset_password(login)

    @api.model
    def _signup_create_user(self, values):
        """Open the citizen's account with the login."""
        self._dvc_check_sign_up(values)
        values = {"tz": "Asia/Ho_Chi_Minh", **values}
        if self.env["res.lang"]._get_data(code=LANGUAGE):
            values["lang"] = LANGUAGE
        user = super()._signup_create_user(values)
        if user._is_portal():
            self.env["dvc.account"]._open_for_user(user.ids)
        return user

    @api.model
    def _dvc_check_sign_up(self, values: dict) -> None:
        """Check the form of what somebody signs up with; nothing here tells who has an account.

        :raise UserError: a number as the login, no address, a weak password
        """
        login = values.get("login") or ""
        if "partner_id" not in values and masking.may_be_number(login):
            # It would stand readable in the table, and bar the phone's owner from it.
            raise UserError(
                self.env._("Sign up with an e-mail address: a number becomes a login once the account is standardised.")
            )
        if "password" in values:
            self._dvc_check_password(values["password"], (login,))

    @api.model
    def _dvc_check_new(self, login: str) -> None:
        """Check, in sudo, that nobody has this login; its owner is told by mail, the caller is not.

        :raise UserError: in words that fit whatever the cause
        """
        found = self.with_context(active_test=False).search(self._get_login_domain(login), limit=1)
        if not found:
            return
        notice = one_time_code.SIGN_UP_NOTICE
        if found.email and self.env["dvc.attempt"]._take(notice.scope, str(found.id), notice.most, notice.seconds):
            speaking = self.env["dvc.account"]._citizens_language()
            text = speaking.env._(
                "Somebody tried to sign up with this address, which has an account already. Was it you? Log in, or get "
                "a new password by a code to your phone. Was it not you? There is nothing to do."
            )
            # The refusal below may roll this request back.
            with own_transaction(self.env) as env:
                env["dvc.outbox"]._queue(
                    "mail",
                    found.email,
                    speaking.env._("Your account at the one-stop desk"),
                    text,
                    f"sign_up:{one_time_code.new_token()}",
                )
        raise UserError(
            self.env._(
                "The account could not be opened with these details. If you have one, log in, or get a new password "
                "by a code to your phone. Otherwise use another e-mail address."
            )
        )

    def _change_password(self, new_passwd):
        self._dvc_check_own_password(new_passwd.strip())
        result = super()._change_password(new_passwd)
        if self._is_portal():
            self.env["dvc.account"]._for_user(self)._notify_password_changed()
        return result

    def _dvc_check_own_password(self, password: str) -> None:
        """Check a new password of a portal user; staff have a policy of their own."""
        # An empty one is refused by Odoo.
        if password and self and self._is_portal():
            account_sudo = self.env["dvc.account"]._for_user(self)
            self._dvc_check_password(password, (self.login, *account_sudo._private_texts()))

    @api.model
    def _dvc_check_password(self, password: str, private: tuple) -> None:
        """Check a new password.

        :param private: texts it may not contain
        :raise UserError: without the code of a refusal, for Odoo's own pages show the text as it stands
        """
        weakness = self.env["dvc.account"]._password_weakness(password or "", private)
        if weakness:
            raise UserError(weakness)

    def _deactivate_portal_user(self, **post):
        """Keep the login of whoever has an account: dossiers, documents and money would have no owner to reach them."""
        if any(self.env["dvc.account"]._for_user(user) for user in self):
            raise UserError(
                self.env._("This account cannot be deleted here. Ask for its deletion on the page My data (/my/data).")
            )
        return super()._deactivate_portal_user(**post)

    def _get_session_token_fields(self):
        return super()._get_session_token_fields() | {"dvc_session_round"}

    def _dvc_end_sessions(self) -> None:
        """End every session of the users and drop their API keys."""
        # Staff who lock an account have no right on users and keys.
        users_sudo = self.sudo()
        for user_sudo in users_sudo:
            user_sudo.dvc_session_round += 1
        self.env["res.users.apikeys"].sudo().search([("user_id", "in", users_sudo.ids)]).unlink()
