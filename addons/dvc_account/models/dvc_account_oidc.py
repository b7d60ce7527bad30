# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models

from ..domain import citizen_id as citizen_ids
from ..domain import person_name
from ..exceptions import Refusal
from ..identity.oidc import level_of


class DvcAccountOidc(models.Model):
    """Whose account a sign-in by electronic identity opens: the one of that identification number."""

    _inherit = "dvc.account"

    oidc_subject_hash = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)

    _oidc_subject_uniq = models.UniqueIndex(
        "(oidc_subject_hash) WHERE oidc_subject_hash IS NOT NULL", "This electronic identity has an account already."
    )

    @api.model
    def _for_identity(self, provider, claims: dict, user):
        """Return the account that proven claims open, with a login; in sudo.

        :param claims: of the provider's verified answer
        :param user: the citizen who is logged in and wants to link the identity; empty for nobody
        :raise Refusal: oidc.number, oidc.level, oidc.other_person, account.locked
        """
        number = self._number_of(provider, claims)
        digest = self._citizen_hash(number)
        subject = self.env["dvc.secret"]._box().digest(f"{claims['iss']} {claims['sub']}", "subject")
        linked = self.search([("oidc_subject_hash", "=", subject)], limit=1)
        if linked.citizen_id_hash not in (False, digest):
            self.env["dvc.journal"]._log(
                "account.oidc_other_number", record=linked, account=linked, own_transaction=True
            )
            raise self._not_this_person()
        standing = self.search([("citizen_id_hash", "=", digest), ("state", "=", "standardized")], limit=1)
        account = standing or linked or self._open_for_user(user.ids)
        if account.state == "locked" or (not account and self._is_locked(digest)):
            raise Refusal("account.locked", self.env._("The account is locked. Ask at the one-stop desk."))
        if account.citizen_id_hash not in (False, digest) and account.standardized_at:
            raise self._not_this_person()
        if not account:
            account = self._in_flow().create({"name": self._name_of(provider, claims)}).with_context(dvc_flow=None)
        account._link(number, self._name_of(provider, claims), subject, linked)
        return account

    @api.model
    def _number_of(self, provider, claims: dict) -> str:
        if level_of(claims.get(provider.claim_level or "")) < provider.level_min:
            raise Refusal(
                "oidc.level",
                self.env._(
                    "Your electronic identity is not of level %s yet. Ask the police for it.", provider.level_min
                ),
            )
        try:
            return citizen_ids.parse(str(claims.get(provider.claim_number) or ""), self._today()).number
        except citizen_ids.InvalidCitizenId:
            raise Refusal(
                "oidc.number", self.env._("The electronic identity gave no identification number of a person.")
            ) from None

    @api.model
    def _name_of(self, provider, claims: dict) -> str:
        name = claims.get(provider.claim_name)
        return person_name.clean(name)[:255] if isinstance(name, str) else ""

    @api.model
    def _is_locked(self, digest: str) -> bool:
        """Tell whether this person has only accounts that are locked and were proven once."""
        domain = [("citizen_id_hash", "=", digest), ("state", "=", "locked"), ("standardized_at", "!=", False)]
        return bool(self.search_count(domain, limit=1))

    def _not_this_person(self) -> Refusal:
        return Refusal(
            "oidc.other_person",
            self.env._("This electronic identity is not the one of this account. Ask at the one-stop desk."),
        )

    def _link(self, number: str, name: str, subject: str, linked) -> None:
        """Note the identity; an account that is not standardised claims its number and name from now on."""
        values = {}
        if linked != self:
            # One subject, one account: an unstandardised one gives way to the person's standardised one.
            linked._in_flow().oidc_subject_hash = False
            self.env.flush_all()
            values["oidc_subject_hash"] = subject
        if not self.standardized_at:
            values |= self._citizen_values(number)
            if name:
                values["name"] = name
        if values:
            self._in_flow().write(values)
        self._ensure_login()
        self.env["dvc.journal"]._log("account.signed_in_by_identity", record=self, account=self)

    def _identity_facts(self) -> dict:
        """Return what an electronic identity has proven and the form of the four facts need not ask again; in sudo."""
        if not self.oidc_subject_hash or self.standardized_at:
            return {}
        return {"full_name": self.name or "", "citizen_id": self.citizen_id_masked or ""}

    def _typed_number(self, text: str) -> str:
        """Return the number that a form means: as shown masked, it is the one the electronic identity gave; in sudo."""
        known = self.oidc_subject_hash and self.citizen_id_masked
        return self._open_citizen_id() if known and text == self.citizen_id_masked else text

    def _forget_secrets(self):
        # Which electronic identity is whose shows again by its number at the next sign-in.
        self.env.cr.execute("UPDATE dvc_account SET oidc_subject_hash = NULL WHERE oidc_subject_hash IS NOT NULL")
        super()._forget_secrets()
