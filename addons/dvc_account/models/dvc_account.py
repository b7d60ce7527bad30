# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import contextlib
import datetime
import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain

from ..contract import has_role
from ..domain import citizen_id as citizen_ids
from ..domain import masking, one_time_code
from ..domain import phone as phones
from ..domain.secret_box import BadSecret
from ..exceptions import Refusal
from .res_users import LANGUAGE

_logger = logging.getLogger(__name__)

STATES = [
    ("unstandardized", "Not standardised"),
    ("pending", "Being checked"),
    ("standardized", "Standardised"),
    ("locked", "Locked"),
]
STAFF = ("officer", "specialist", "leader", "accountant", "manager", "auditor", "integrator")
# Whom the work on a dossier needs to see number and phone; the manager's group implies both.
REVEALERS = ("officer", "specialist")


class DvcAccount(models.Model):
    """A citizen's account. It belongs to no agency.

    The identification number and the phone are kept encrypted, found by keyed hashes and shown
    masked. Until the account is standardised they are only what its holder claims.
    """

    _name = "dvc.account"
    _description = "Citizen's account"
    _inherit = ["mail.thread", "dvc.guarded", "dvc.sealed", "dvc.masked.text"]
    _order = "id desc"
    _sealed_fields = {"citizen_id_secret": "citizen_id", "phone_secret": "phone", "check_secret": "facts"}
    _masked_text_fields = frozenset({"lock_reason"})
    _hashed_fields = {"citizen_id_hash": "citizen_id_secret", "phone_hash": "phone_secret"}
    _forgotten_fields = frozenset({"oidc_subject_hash"})
    _guarded_fields = frozenset(
        """state lock_reason lock_cause locked_from locked_at citizen_id_hash citizen_id_masked
        citizen_id_secret phone_hash phone_masked phone_secret issue_date user_id partner_id merged_into_id
        standardized_at external_ref checked_name oidc_subject_hash
        check_secret check_tries check_next_at has_odd_name has_birth_conflict has_issue_conflict""".split()
    )

    name = fields.Char(string="Full name")
    email = fields.Char()
    external_ref = fields.Char(
        string="External reference",
        copy=False,
        index="btree_not_null",
        help="The account's key in the integrator's system.",
    )
    partner_id = fields.Many2one("res.partner", copy=False, index="btree_not_null", readonly=True)
    user_id = fields.Many2one("res.users", string="Login", copy=False, index="btree_not_null", readonly=True)
    state = fields.Selection(STATES, default="unstandardized", required=True, readonly=True, copy=False, index=True)
    standardized_at = fields.Datetime(string="Standardised on", readonly=True, copy=False)
    lock_cause = fields.Selection([("duplicate", "Duplicate"), ("staff", "Locked by staff")], readonly=True, copy=False)
    lock_reason = fields.Char(readonly=True, copy=False)
    locked_at = fields.Datetime(readonly=True, copy=False)
    locked_from = fields.Selection(STATES, string="State before the lock", readonly=True, copy=False)
    merged_into_id = fields.Many2one(
        "dvc.account",
        string="Standardised account",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="base.group_user",
        help="The account of the same person that took over.",
    )
    merged_ids = fields.One2many(
        "dvc.account", "merged_into_id", string="Locked duplicates", readonly=True, groups="base.group_user"
    )

    citizen_id_masked = fields.Char(string="Identification number", readonly=True, copy=False)
    citizen_id_hash = fields.Char(readonly=True, copy=False, index="btree_not_null", groups=fields.NO_ACCESS)
    citizen_id_secret = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)
    phone_masked = fields.Char(string="Phone", readonly=True, copy=False)
    phone_hash = fields.Char(readonly=True, copy=False, index="btree_not_null", groups=fields.NO_ACCESS)
    phone_secret = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)
    checked_name = fields.Char(readonly=True, copy=False, help="The name given for the check with the identity source.")
    issue_date = fields.Date(string="Card issued on", readonly=True, copy=False)
    birth_date = fields.Date()
    address = fields.Char()

    check_secret = fields.Char(
        readonly=True, copy=False, groups=fields.NO_ACCESS, help="Sealed facts that wait for the identity source."
    )
    check_tries = fields.Integer(readonly=True, copy=False)
    check_next_at = fields.Datetime(string="Checked again on", readonly=True, copy=False, index="btree_not_null")

    case_ids = fields.One2many(
        "dvc.account.case",
        "account_id",
        string="Cases",
        groups="dvc_account.group_officer,dvc_account.group_auditor",
    )

    _external_ref_uniq = models.UniqueIndex(
        "(external_ref) WHERE external_ref IS NOT NULL", "This external reference has an account already."
    )
    _standardized_citizen_uniq = models.UniqueIndex(
        "(citizen_id_hash) WHERE state = 'standardized'", "This person has a standardised account already."
    )
    _standardized_phone_uniq = models.UniqueIndex(
        "(phone_hash) WHERE state = 'standardized'", "This phone belongs to a standardised account already."
    )
    _user_uniq = models.UniqueIndex("(user_id) WHERE user_id IS NOT NULL", "This login has an account already.")
    _standardized_whole = models.Constraint(
        "CHECK (state <> 'standardized' OR (citizen_id_hash IS NOT NULL AND phone_hash IS NOT NULL))",
        "A standardised account has an identification number and a phone.",
    )
    _merged_is_locked = models.Constraint(
        "CHECK (merged_into_id IS NULL OR state = 'locked')",
        "Only a locked account can have passed to another one.",
    )

    @api.depends("name", "phone_masked")
    def _compute_display_name(self):
        for account in self:
            account.display_name = account.name or account.phone_masked or self.env._("Account %s", account.id)

    @api.model
    def _search_display_name(self, operator, value):
        domain = super()._search_display_name(operator, value)
        if not isinstance(value, str):
            return domain
        return Domain.OR([domain, *self._domains_of_personal_value(value)])

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise ValidationError(self.env._("Accounts are kept: lock them instead."))

    def action_standardize(self) -> dict:
        """Open the dialog of the four facts."""
        return self._dialog("dvc.account.standardization", self.env._("Standardise the account"), full_name=self.name)

    def _dialog(self, model: str, title: str, **defaults) -> dict:
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {"default_account_id": self.id, **{f"default_{key}": value for key, value in defaults.items()}},
        }

    # Keyed hashes and encrypted values

    @api.model
    def _citizen_hash(self, number: str) -> str:
        """Return the keyed hash of an identification number (12 digits)."""
        return self.env["dvc.secret"]._box().digest(number, "citizen_id")

    @api.model
    def _phone_hash(self, e164: str) -> str:
        """Return the keyed hash of a phone number (E.164)."""
        return self.env["dvc.secret"]._box().digest(e164, "phone")

    @api.model
    def _citizen_values(self, number: str) -> dict:
        """Return the stored forms of an identification number: secret, hash, masked."""
        return {
            "citizen_id_secret": self.env["dvc.secret"]._box().seal(number, "citizen_id"),
            "citizen_id_hash": self._citizen_hash(number),
            "citizen_id_masked": masking.citizen_id(number),
        }

    @api.model
    def _phone_values(self, e164: str) -> dict:
        """Return the stored forms of a phone number: secret, hash, masked."""
        return {
            "phone_secret": self.env["dvc.secret"]._box().seal(e164, "phone"),
            "phone_hash": self._phone_hash(e164),
            "phone_masked": masking.phone(phones.national(e164)),
        }

    def _open_citizen_id(self) -> str:
        """Return the identification number for a machine's use; for people: _reveal_citizen_id."""
        return self._open("citizen_id")

    def _open_phone(self) -> str:
        """Return the phone (E.164) for a machine's use; for people: _reveal_phone."""
        return self._open("phone")

    def _open(self, what: str) -> str:
        """Return a sealed value in clear; empty where there is none or it cannot be opened."""
        # The field is closed to every user.
        secret = self.sudo()[f"{what}_secret"]
        try:
            return self.env["dvc.secret"]._box().open(secret, what) if secret else ""
        except BadSecret:
            # One spoilt value must not stop the work on a dossier; it is only not shown and not written to.
            _logger.warning("The %s of account %s cannot be opened", what, self.id)
            return ""

    def _reveal_citizen_id(self, purpose: str, dossier_code: str | None = None) -> str:
        """Return the identification number in clear and write who read it into the journal.

        :param purpose: what it is needed for, shown to the citizen
        :param dossier_code: of the dossier it serves, which the caller may read
        :raise AccessError: neither the citizen nor staff who work on dossiers
        """
        return self._reveal("citizen_id", self._open_citizen_id, purpose, dossier_code)

    def _reveal_phone(self, purpose: str, dossier_code: str | None = None) -> str:
        """Return the phone (E.164) in clear and write who read it into the journal."""
        return self._reveal("phone", self._open_phone, purpose, dossier_code)

    def _reveal(self, what: str, opener, purpose: str, dossier_code: str | None) -> str:
        self.ensure_one()
        self._check_own_or_role(*REVEALERS)
        self.env["dvc.journal"]._log(
            "personal_data.read",
            record=self,
            account=self,
            purpose=purpose,
            dossier_code=dossier_code or "",
            detail={"what": what},
        )
        return opener()

    @api.model
    def _domains_of_personal_value(self, text: str) -> list:
        """Return domains that find an account by a whole number typed into a search box."""
        domains = []
        with contextlib.suppress(citizen_ids.InvalidCitizenId):
            number = citizen_ids.parse(text, self._today()).number
            domains.append(Domain("id", "in", self._ids_by_hash("citizen_id_hash", self._citizen_hash(number))))
        with contextlib.suppress(phones.InvalidPhone):
            domains.append(Domain("id", "in", self._ids_by_hash("phone_hash", self._phone_hash(phones.to_e164(text)))))
        return domains

    @api.model
    def _ids_by_hash(self, field: str, digest: str) -> list[int]:
        # The hash columns are closed to every user; the ids found still pass the record rules.
        return self.sudo().search([(field, "=", digest)]).ids

    @api.model
    def _today(self) -> datetime.date:
        """Return today's date in Vietnam."""
        return fields.Datetime.context_timestamp(self.with_context(tz="Asia/Ho_Chi_Minh"), fields.Datetime.now()).date()

    # Who may act for whom

    def _check_own_or_staff(self) -> None:
        """Check that the caller is staff, an integrator, or the citizen of these accounts.

        :raise AccessError: anybody else
        """
        self._check_own_or_role(*STAFF)

    def _check_own_or_role(self, *roles: str) -> None:
        """Check that the caller has one of the roles, or is the citizen of these accounts.

        :raise AccessError: anybody else
        """
        if self.env.su or has_role(self.env, *roles):
            return
        if self.env.user._is_internal():
            raise AccessError(self.env._("Your role does not allow this operation."))
        # A citizen may not read accounts of others at all; the owner is compared here.
        if any(account_sudo.user_id != self.env.user for account_sudo in self.sudo()):
            raise AccessError(self.env._("This account is not yours."))

    @api.model
    def _for_caller(self, account_id: int):
        """Return the account in sudo, once the caller may act for it.

        :raise Refusal: account.unknown
        :raise AccessError: another citizen's account
        """
        account = self.browse(account_id).exists() if account_id > 0 else self.browse()
        if not account:
            raise Refusal("account.unknown", self.env._("This account does not exist."))
        account._check_own_or_staff()
        # The caller was checked on the line above.
        return account.sudo()

    @api.model
    def _for_user(self, user):
        """Return the account of a login, in sudo; empty where it has none."""
        # A login leads to its own account only.
        return self.browse().sudo().search([("user_id", "=", user.id)], limit=1)

    @api.model
    def _must_standardize(self) -> bool:
        """Tell whether the caller is a citizen whose account is not standardised."""
        return self.env.user._is_portal() and self._for_user(self.env.user).state != "standardized"

    @api.model
    def _open_for_user(self, user_ids: list[int]):
        """Return the accounts of portal logins, in sudo, opening those that are missing."""
        # A citizen who logged in gets an account and may not create one otherwise.
        accounts_sudo = self.sudo()
        for user_sudo in accounts_sudo.env["res.users"].browse(user_ids):
            account_sudo = accounts_sudo.search([("user_id", "=", user_sudo.id)], limit=1)
            accounts_sudo |= account_sudo or accounts_sudo._in_flow().create(
                {"name": user_sudo.name, "user_id": user_sudo.id, "partner_id": user_sudo.partner_id.id}
            )
        return accounts_sudo.with_context(dvc_flow=None)

    def _owner_accounts(self):
        """Return this account and the locked duplicates of its person that passed to it, in sudo."""
        self.ensure_one()
        # Callers have passed _for_caller or the record rules; hashes are closed to users.
        account_sudo = self.sudo()
        if account_sudo.state != "standardized" or not account_sudo.citizen_id_hash:
            return account_sudo
        return account_sudo | account_sudo.merged_ids.filtered(lambda account: account.state == "locked")

    def _check_can_submit(self) -> None:
        """Check that the account may submit dossiers.

        :raise Refusal: account.locked, account.not_standardized
        """
        self.ensure_one()
        if self.state == "locked":
            raise Refusal("account.locked", self.env._("The account is locked. Ask at the one-stop desk."))
        if self.state != "standardized":
            raise Refusal("account.not_standardized", self.env._("The account must be standardised first."))

    def _after_standardize(self, locked_accounts) -> None:
        """Take over what the locked duplicates held; dossiers, documents and money extend it.

        :param locked_accounts: accounts locked by this standardisation, in sudo
        """

    # The citizen's login, made when it is first needed: most accounts that integrators open never log in here

    def _ensure_partner(self) -> None:
        """Make the contact of a standardised account that has none, in sudo."""
        self.ensure_one()
        partner = self.user_id.partner_id or self.partner_id
        if not partner:
            quiet = self.env["res.partner"].with_context(tracking_disable=True)
            partner = quiet.create({"name": self.name, "email": self.email, "lang": LANGUAGE})
        if partner != self.partner_id:
            self._in_flow().partner_id = partner.with_context(tracking_disable=None)

    def _ensure_login(self) -> None:
        """Make contact and portal login of a standardised account that has none, in sudo."""
        self.ensure_one()
        self._ensure_partner()
        if self.user_id:
            return
        self._in_flow().user_id = (
            self.env["res.users"]
            .with_context(no_reset_password=True, mail_create_nolog=True)
            .create(
                {
                    # Citizens type their phone; staff who see users must not read it there.
                    "login": f"citizen-{self.id}-{one_time_code.new_token()[:8]}",
                    "name": self.name,
                    "partner_id": self.partner_id.id,
                    # No password: nobody can log in by one until the citizen has set it.
                    "tz": "Asia/Ho_Chi_Minh",
                    "group_ids": [fields.Command.set(self.env.ref("base.group_portal").ids)],
                }
            )
        )
