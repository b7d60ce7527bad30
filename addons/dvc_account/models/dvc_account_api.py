# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from psycopg2 import errors

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.fields import Domain
from odoo.tools.mail import email_normalize, single_email_re

from ..contract import contract, has_role
from ..domain import citizen_id as citizen_ids
from ..domain import person_name
from ..domain import phone as phones
from ..domain.arguments import InvalidArgument
from ..exceptions import Refusal


class DvcAccountApi(models.Model):
    """What integrators, screens and citizens call on accounts."""

    _inherit = "dvc.account"

    @api.model
    @contract("integrator", "officer")
    def register(
        self, phone: str, name: str | None = None, email: str | None = None, external_ref: str | None = None
    ) -> dict:
        """Open an account, not standardised, without a login.

        :param phone: Vietnamese phone number; several accounts may name one phone
        :param name: full name
        :param email: address
        :param external_ref: the account's key with the caller; the same key gives the same account
        :return: ``{id, state}``
        :raise Refusal: account.bad_phone; input.invalid: an e-mail address that cannot be one
        """
        number = self._parse_phone(phone)
        address = self._parse_email(email or "")
        # Integrators and officers open accounts through this method only.
        accounts_sudo = self.sudo()
        known_sudo = (
            accounts_sudo.search([("external_ref", "=", external_ref)], limit=1)
            if external_ref
            else accounts_sudo.browse()
        )
        if known_sudo:
            return known_sudo._brief()
        if external_ref and not self._claim(external_ref):
            raise ConcurrencyError("external_ref")
        values = {
            "name": person_name.clean(name or "") or False,
            "email": address or False,
            "external_ref": external_ref or False,
            **self._phone_values(number),
        }
        try:
            with self.env.cr.savepoint():
                account_sudo = accounts_sudo._in_flow().create(values).with_context(dvc_flow=None)
        except errors.UniqueViolation:
            # Someone registered the same external_ref since this transaction began; the rerun returns it.
            raise ConcurrencyError("external_ref") from None
        self.env["dvc.journal"]._log("account.registered", record=account_sudo, account=account_sudo)
        return account_sudo._brief()

    @api.model
    def _claim(self, external_ref: str) -> bool:
        """Take an external reference for this transaction; False where another one is at it."""
        self.env.cr.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s))", [f"dvc.account:{external_ref}"])
        return self.env.cr.fetchone()[0]

    @api.readonly
    @api.model
    @contract("integrator", "officer")
    def find(
        self, citizen_id: str | None = None, phone: str | None = None, external_ref: str | None = None
    ) -> dict | bool:
        """Find an account by what is given; all of it must fit.

        :param citizen_id: identification number, 12 digits
        :param phone: Vietnamese phone number
        :param external_ref: the account's key with the integrator
        :return: ``{id, state}`` or False; of several the standardised one
        """
        domain = self._find_domain(citizen_id, phone, external_ref)
        if domain is None:
            return False
        # Hash columns are closed to users; only id and state go out.
        found_sudo = self.sudo().search(domain, limit=50)
        standardized_sudo = found_sudo.filtered(lambda account: account.state == "standardized")
        chosen_sudo = standardized_sudo or found_sudo
        return chosen_sudo._brief() if len(chosen_sudo) == 1 else False

    @api.model
    def _find_domain(self, citizen_id: str | None, phone: str | None, external_ref: str | None):
        """Return the domain of a search, or None where a value cannot belong to anybody."""
        parts = []
        if citizen_id:
            try:
                number = citizen_ids.parse(citizen_id, self._today()).number
            except citizen_ids.InvalidCitizenId:
                return None
            parts.append(Domain("citizen_id_hash", "=", self._citizen_hash(number)))
        if phone:
            try:
                parts.append(Domain("phone_hash", "=", self._phone_hash(phones.to_e164(phone))))
            except phones.InvalidPhone:
                return None
        if external_ref:
            parts.append(Domain("external_ref", "=", external_ref))
        if not parts:
            raise InvalidArgument("citizen_id", "missing")
        return Domain.AND(parts)

    @api.readonly
    @contract("citizen", "auditor", unknown="account.unknown")
    def access_log(self) -> list[dict]:
        """Tell who read the account's personal data.

        :return: list of ``{at, reader_role, agency, purpose, dossier_code}``, latest first
        """
        if not has_role(self.env, "auditor"):
            self._check_own_or_staff()
        lines_sudo = self._access_lines(limit=1000)
        return [
            {
                "at": fields.Datetime.to_string(line.at),
                "reader_role": line.role,
                "agency": line.company_id.name or "",
                "purpose": line.purpose or "",
                "dossier_code": line.dossier_code or "",
            }
            for line in lines_sudo
        ]

    @api.model
    def _parse_phone(self, text: str) -> str:
        try:
            return phones.to_e164(text)
        except phones.InvalidPhone:
            raise Refusal("account.bad_phone", self.env._("This is not a valid Vietnamese phone number.")) from None

    @api.model
    def _parse_email(self, text: str) -> str:
        """Return an e-mail address without the spaces around it; empty where there is none."""
        address = text.strip()
        if address and not (email_normalize(address) and single_email_re.match(address)):
            raise InvalidArgument("email", "format")
        return address

    @api.model
    def _parse_citizen_id(self, text: str) -> citizen_ids.CitizenId:
        try:
            return citizen_ids.parse(text, self._today())
        except citizen_ids.InvalidCitizenId:
            message = self.env._("The identification number is not right: it has 12 digits.")
            raise Refusal("account.bad_citizen_id", message) from None

    def _brief(self) -> dict:
        self.ensure_one()
        return {"id": self.id, "state": self.state}
