# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import os
from pathlib import Path

from odoo import api, fields, models

from ..domain import person_name
from ..identity.http_source import FACTS, SourceUnavailable, ask

KEY_VARIABLE = "DVC_IDENTITY_KEY_FILE"
# A source that failed so often within so many seconds is left alone until the failures are that old.
FAILURES_MAX, FAILURE_SECONDS = 5, 60


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

    @api.model_create_multi
    def create(self, vals_list):
        self.check_access("create")
        # Whole files are imported: what is clear is sealed before the rows are made, into columns closed to every user.
        rows_sudo = super(DvcIdentitySource, self.sudo()).create([self._sealed(values) for values in vals_list])
        return rows_sudo.with_env(self.env)

    @api.depends("citizen_id_masked", "phone_masked")
    def _compute_masked(self):
        for row in self:
            row.citizen_id = row.citizen_id_masked
            row.phone = row.phone_masked

    def _inverse_citizen_id(self):
        self._store("citizen_id")

    def _inverse_phone(self):
        self._store("phone")

    def _store(self, what: str) -> None:
        for row in self:
            # The columns are closed to every user; a manager may fill the sandbox.
            row.sudo().write(self._sealed({what: row[what]}))

    @api.model
    def _sealed(self, values: dict) -> dict:
        """Return values with number and phone in their stored forms; masked ones are not new ones."""
        accounts = self.env["dvc.account"]
        number, phone = values.get("citizen_id") or "", values.get("phone") or ""
        sealed = {key: value for key, value in values.items() if key not in ("citizen_id", "phone")}
        if number and "*" not in number:
            sealed |= accounts._citizen_values(accounts._parse_citizen_id(number).number)
        if phone and "*" not in phone:
            sealed |= accounts._phone_values(accounts._parse_phone(phone))
        return sealed

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
        :return: ``{match: bool, mismatched: [keys], name}``; ``name`` tells how the name differs where nothing
            else does (see :func:`person_name.difference`), else ``none``
        :raise SourceUnavailable: no address, no answer in time, or one that cannot be read
        """
        url = self._url()
        if url:
            answer = self._ask(url, facts)
            differs = "other" if answer["mismatched"] == ["full_name"] else "none"
            return {**answer, "name": differs}
        if self._is_sandbox():
            return self._match_sandbox(facts)
        raise SourceUnavailable("no address is configured (dvc_account.identity_url)")

    @api.model
    def _ask(self, url: str, facts: dict) -> dict:
        """Ask the real source, unless it failed too often just now: then nobody waits for its time-out."""
        attempts = self.env["dvc.attempt"]
        if attempts._count("identity.failure", "source", FAILURE_SECONDS) >= FAILURES_MAX:
            raise SourceUnavailable("left alone after repeated failures")
        try:
            return ask(url, facts, _signing_key())
        except SourceUnavailable:
            attempts._take("identity.failure", "source", FAILURES_MAX, FAILURE_SECONDS)
            raise

    @api.model
    def _match_sandbox(self, facts: dict) -> dict:
        # Callers standardise accounts; they may not read the sandbox.
        row_sudo = self.sudo().search(
            [("citizen_id_hash", "=", self.env["dvc.account"]._citizen_hash(facts["citizen_id"]))], limit=1
        )
        if not row_sudo:
            return {"match": False, "mismatched": ["citizen_id"], "name": "none"}
        difference = person_name.difference(row_sudo.full_name, facts["full_name"])
        wrong = {
            "full_name": difference != "none",
            "issue_date": fields.Date.to_string(row_sudo.issue_date) != facts["issue_date"],
            "phone": row_sudo.phone_hash != self.env["dvc.account"]._phone_hash(facts["phone"]),
        }
        mismatched = [key for key in FACTS if wrong.get(key)]
        name = difference if mismatched == ["full_name"] else "none"
        return {"match": not mismatched, "mismatched": mismatched, "name": name}


def _signing_key() -> bytes:
    """Return the secret shared with the identity source; empty where none is set."""
    path = os.environ.get(KEY_VARIABLE)
    if not path:
        return b""
    try:
        return Path(path).read_bytes().strip()
    except OSError:
        # An unsigned question where a signed one is wanted would only be refused over there.
        raise SourceUnavailable(f"the file that {KEY_VARIABLE} names cannot be read") from None
