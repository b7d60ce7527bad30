# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, models
from odoo.exceptions import AccessDenied
from odoo.fields import Domain

SECOND_STEPS = ("totp", "totp_mail")
# What else than groups says what a member of staff may do, and how they prove who they are.
WATCHED = frozenset({"active", "company_id", "company_ids", "login", "password", "totp_secret"})


class ResUsers(models.Model):
    """Sign-ins, failed ones too, and what changes the rights of staff are written into the journal.

    Inside of what turns a typed phone into a login (imported before it): nothing typed comes here.
    """

    _inherit = "res.users"

    def _login(self, credential, user_agent_env):
        try:
            info = super()._login(credential, user_agent_env=user_agent_env)
        except AccessDenied:
            self._dvc_journal_failure(credential)
            raise
        # What is typed has been checked; the line is that user's.
        user = self.with_user(info["uid"]).browse(info["uid"])
        waits = (user_agent_env or {}).get("interactive") and info.get("mfa") != "skip" and user._mfa_url()
        event = "login.first_step" if waits else "login.succeeded"
        user._dvc_journal_login(event, {"method": info.get("auth_method", "")})
        return info

    def _check_credentials(self, credential, env):
        if credential.get("type") not in SECOND_STEPS:
            return super()._check_credentials(credential, env)
        try:
            info = super()._check_credentials(credential, env)
        except AccessDenied:
            self._dvc_journal_failure(credential, self)
            raise
        self.with_user(self)._dvc_journal_login("login.succeeded", {"method": credential["type"]})
        return info

    def _dvc_journal_login(self, event: str, detail: dict) -> None:
        share = self._is_portal()
        account = self.env["dvc.account"]._for_user(self) if share else None
        # A citizen's own line is no agency's.
        self.env["dvc.journal"]._log(event, record=None if share else self, account=account, detail=detail)

    @api.model
    def _dvc_journal_failure(self, credential: dict, user=None) -> None:
        """Write down a failed sign-in, also where nobody has such a login: the same work, whoever is meant."""
        # Nobody is logged in.
        public = self.env.ref("base.public_user")
        users_sudo = self.sudo()
        if user is None:
            # Of staff only, and in one question: what is asked more of a known citizen's login would take its time.
            domain = Domain(users_sudo._get_login_domain(credential.get("login") or "")) & Domain("share", "=", False)
            user = users_sudo.search(domain, order=users_sudo._get_login_order(), limit=1)
        staff = user if user and not user.sudo().share else None
        detail = {"method": credential.get("type", "")}
        self.env["dvc.journal"].with_user(public)._log(
            "login.failed", record=staff, detail=detail, own_transaction=True
        )

    @api.model_create_multi
    def create(self, vals_list):
        users = super().create(vals_list)
        if self.env.registry.ready:
            for user in users.filtered(lambda one: one._is_internal()):
                user._dvc_journal_change("user.created", {"groups": _names(user.group_ids)})
        return users

    def write(self, vals):
        if not self.env.registry.ready or not (WATCHED | {"group_ids"}).intersection(vals):
            return super().write(vals)
        before = {user: user.group_ids for user in self}
        staff = self.filtered(lambda user: user._is_internal())
        done = super().write(vals)
        for user in staff | self.filtered(lambda one: one._is_internal()):
            added, removed = user.group_ids - before[user], before[user] - user.group_ids
            if added or removed:
                facts = {"added": _names(added), "removed": _names(removed)}
                user._dvc_journal_change("user.rights_changed", facts)
            if changed := sorted(WATCHED.intersection(vals)):
                user._dvc_journal_change("user.changed", {"fields": changed})
        return done

    def _dvc_journal_change(self, event: str, detail: dict) -> None:
        self.env["dvc.journal"]._log(event, record=self, detail=detail)


class ResUsersApikeys(models.Model):
    _inherit = "res.users.apikeys"

    def _generate(self, scope, name, expiration_date):
        key = super()._generate(scope, name, expiration_date)
        # Trusted devices of the second step inherit from here; they give no access by themselves.
        if self._name == "res.users.apikeys":
            detail = {"scope": scope or "", "expires": str(expiration_date or "")}
            self.env["dvc.journal"]._log("api_key.created", record=self.env.user, detail=detail)
        return key

    def unlink(self):
        owners = self.sudo().user_id if self._name == "res.users.apikeys" else self.env["res.users"]
        done = super().unlink()
        for owner in owners:
            self.env["dvc.journal"]._log("api_key.removed", record=owner)
        return done


def _names(groups) -> list[str]:
    """Return the groups' names in the code, which say the same in every language."""
    return sorted(name or str(group_id) for group_id, name in groups.sudo().get_external_id().items())
