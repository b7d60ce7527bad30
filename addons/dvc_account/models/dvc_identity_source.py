# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import ipaddress
import urllib.parse

import requests

from odoo import api, fields, models

from ..domain import person_name

TIMEOUT = (3, 10)
FACTS = ("full_name", "citizen_id", "issue_date", "phone")


class SourceUnavailable(Exception):
    """The identity source gave no answer; the text holds no personal data."""


class DvcIdentitySource(models.Model):
    """The identity source: the adapter to the real one, and the rows of the built-in sandbox."""

    _name = "dvc.identity.source"
    _description = "Identity source (sandbox)"
    _inherit = ["dvc.sealed"]
    _sealed_fields = {"citizen_id_secret": "citizen_id", "phone_secret": "phone"}
    _hashed_fields = {"citizen_id_hash": "citizen_id_secret", "phone_hash": "phone_secret"}
    _order = "full_name, id"
    _rec_name = "full_name"

    full_name = fields.Char(required=True)
    citizen_id = fields.Char(
        string="Identification number",
        compute="_compute_masked",
        inverse="_inverse_citizen_id",
        required=True,
        help="Written in clear, shown masked.",
    )
    issue_date = fields.Date(string="Card issued on", required=True)
    phone = fields.Char(
        compute="_compute_masked", inverse="_inverse_phone", required=True, help="Written in clear, shown masked."
    )
    citizen_id_masked = fields.Char(readonly=True)
    citizen_id_hash = fields.Char(readonly=True, index=True, groups=fields.NO_ACCESS)
    citizen_id_secret = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    phone_masked = fields.Char(readonly=True)
    phone_hash = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    phone_secret = fields.Char(readonly=True, groups=fields.NO_ACCESS)

    _citizen_uniq = models.UniqueIndex("(citizen_id_hash)", "The identity source holds this number already.")

    @api.depends("citizen_id_masked", "phone_masked")
    def _compute_masked(self):
        for row in self:
            row.citizen_id = row.citizen_id_masked
            row.phone = row.phone_masked

    def _inverse_citizen_id(self):
        for row in self:
            row._store("citizen_id", row.citizen_id)

    def _inverse_phone(self):
        for row in self:
            row._store("phone", row.phone)

    def _store(self, what: str, text: str) -> None:
        accounts = self.env["dvc.account"]
        if not text or "*" in text:
            return
        if what == "phone":
            values = accounts._phone_values(accounts._parse_phone(text))
        else:
            values = accounts._citizen_values(accounts._parse_citizen_id(text).number)
        # The columns are closed to every user; a manager may fill the sandbox.
        self.sudo().write(values)

    # The adapter

    @api.model
    def _url(self) -> str:
        # Parameters are not readable by those who standardise.
        return (self.env["ir.config_parameter"].sudo().get_param("dvc_account.identity_url") or "").strip()

    @api.model
    def _is_sandbox(self) -> bool:
        """Tell whether the built-in sandbox answers for the identity source."""
        return not self._url() and self._has_demo_data()

    @api.model
    def _has_demo_data(self) -> bool:
        # Modules are not readable by citizens.
        return bool(
            self.env["ir.module.module"].sudo().search_count([("name", "=", "dvc_account"), ("demo", "=", True)])
        )

    @api.model
    def _match(self, facts: dict) -> dict:
        """Compare four facts with the identity source.

        :param facts: ``{full_name, citizen_id, issue_date, phone}``: name in NFC, date ``YYYY-MM-DD``, phone E.164
        :return: ``{match: bool, mismatched: [keys]}``
        :raise SourceUnavailable: no address, no answer in time, or one that cannot be read
        """
        url = self._url()
        if url:
            return self._ask(url, facts)
        if self._is_sandbox():
            return self._match_sandbox(facts)
        raise SourceUnavailable(self.env._("No identity source is configured (dvc_account.identity_url)."))

    @api.model
    def _ask(self, url: str, facts: dict) -> dict:
        if not is_allowed_address(url):
            raise SourceUnavailable(self.env._("The address of the identity source must be https."))
        try:
            response = requests.post(url, json=facts, timeout=TIMEOUT, allow_redirects=False)
            answer = response.json() if response.status_code == 200 else None
        except (requests.RequestException, ValueError) as error:
            raise SourceUnavailable(type(error).__name__) from None
        if not isinstance(answer, dict) or not isinstance(answer.get("match"), bool):
            raise SourceUnavailable(f"HTTP {response.status_code}")
        mismatched = answer.get("mismatched")
        named = [key for key in FACTS if key in mismatched] if isinstance(mismatched, list) else []
        # An answer that matches and names what does not contradicts itself: no match.
        return {"match": answer["match"] and not named, "mismatched": named}

    @api.model
    def _match_sandbox(self, facts: dict) -> dict:
        # Callers standardise accounts; they may not read the sandbox.
        row_sudo = self.sudo().search(
            [("citizen_id_hash", "=", self.env["dvc.account"]._citizen_hash(facts["citizen_id"]))], limit=1
        )
        if not row_sudo:
            return {"match": False, "mismatched": ["citizen_id"]}
        wrong = {
            "full_name": person_name.difference(row_sudo.full_name, facts["full_name"]) != "none",
            "issue_date": fields.Date.to_string(row_sudo.issue_date) != facts["issue_date"],
            "phone": row_sudo.phone_hash != self.env["dvc.account"]._phone_hash(facts["phone"]),
        }
        mismatched = [key for key in FACTS if wrong.get(key)]
        return {"match": not mismatched, "mismatched": mismatched}


def is_allowed_address(url: str) -> bool:
    """Tell whether facts may be sent there: https, or plain http to this machine itself."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "https":
        return bool(parts.hostname)
    if parts.scheme != "http" or not parts.hostname:
        return False
    if parts.hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(parts.hostname).is_loopback
    except ValueError:
        return False
