# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models
from odoo.http import request

from .. import contract
from ..domain import masking

ROLE_SELECTION = [
    ("citizen", "Citizen"),
    ("integrator", "Integrator"),
    ("officer", "One-stop officer"),
    ("specialist", "Specialist"),
    ("leader", "Leader"),
    ("accountant", "Accountant"),
    ("manager", "Manager"),
    ("auditor", "Auditor"),
    ("public", "Public"),
    ("system", "System"),
]
# The manager group implies others, so the widest comes first.
STAFF_ROLES = ("manager", "auditor", "leader", "accountant", "specialist", "officer", "integrator")


class DvcJournal(models.Model):
    """The audit journal: who did or read what, when, why. Nobody can change it."""

    _name = "dvc.journal"
    _description = "Audit journal"
    _inherit = ["dvc.append.only"]
    _order = "id desc"
    _log_access = False
    _rec_name = "event"

    at = fields.Datetime(string="Moment", required=True, index=True)
    event = fields.Char(required=True, index=True, help="Stable name of what happened, e.g. account.locked.")
    user_id = fields.Many2one("res.users", required=True, ondelete="restrict")
    role = fields.Selection(ROLE_SELECTION, required=True)
    company_id = fields.Many2one("res.company", string="Agency", ondelete="restrict")
    account_id = fields.Many2one("dvc.account", ondelete="restrict", index="btree_not_null")
    res_model = fields.Char(string="Model")
    res_id = fields.Many2oneReference(string="Record", model_field="res_model")
    purpose = fields.Char()
    dossier_code = fields.Char(index="btree_not_null")
    detail = fields.Json(help="Further facts; never a personal value.")
    address = fields.Char(string="Network address")

    @api.model
    def _log(
        self, event, record=None, account=None, purpose="", dossier_code="", detail=None, own_transaction=False
    ) -> None:
        """Write one line.

        :param event: stable dotted name
        :param record: what it happened to
        :param account: the citizen's account it concerns
        :param purpose: why, in words the citizen may read
        :param dossier_code: of the dossier it served
        :param detail: JSON-able facts without personal values
        :param own_transaction: keep the line even when the request is refused and rolled back; record
            and account must be committed already
        """
        values = self._values(event, record, account, purpose, dossier_code, detail)
        if own_transaction:
            with contract.own_transaction(self.env) as env:
                # As below.
                env[self._name].sudo().create(values)
            return
        # Everybody's acts are journalled, and nobody has the right to write the journal.
        self.sudo().create(values)

    @api.model
    def _log_accounts(self, event, accounts, record) -> None:
        """Write one line for each of many accounts, in one statement.

        :param event: stable dotted name
        :param accounts: to each of which it happened
        :param record: what caused it, of an agency
        """
        common = self._values(event, record, None, "", "", {"cause": f"{record._name},{record.id}"})
        # As above.
        self.sudo().create(
            [
                {**common, "account_id": account.id, "res_model": account._name, "res_id": account.id}
                for account in accounts
            ]
        )

    @api.model
    def _values(self, event, record, account, purpose, dossier_code, detail) -> dict:
        return {
            "at": fields.Datetime.now(),
            "event": event,
            "user_id": self.env.uid,
            "role": self._role(),
            "company_id": self._agency_for(record).id,
            "account_id": account.id if account else False,
            "res_model": record._name if record else False,
            "res_id": record.id if record else False,
            # Reasons are typed by people, who type numbers into them.
            "purpose": masking.in_text(purpose or ""),
            "dossier_code": dossier_code,
            "detail": detail or {},
            "address": request.httprequest.remote_addr if request else False,
        }

    @api.model
    def _agency_of(self, record):
        """Return the agency a record belongs to, in sudo; empty where it belongs to none."""
        # The line is written for the record's agency, whoever acts and whatever they may read.
        return record.sudo().company_id if record and "company_id" in record._fields else self.env["res.company"].sudo()

    @api.model
    def _agency_for(self, record):
        """Return the agency a line is written for: the record's, else the one staff work in."""
        own = self.env.company if self.env.user._is_internal() else self.env["res.company"]
        return self._agency_of(record) or own

    @api.model
    def _role(self) -> str:
        user = self.env.user
        if user._is_public():
            return "public"
        if not user._is_internal():
            return "citizen"
        if self.env.uid == self.env.ref("base.user_root").id:
            return "system"
        return next((role for role in STAFF_ROLES if contract.has_role(self.env, role)), "system")

    @api.model
    def _role_of(self, user) -> str:
        """Return the role under which a user's acts are written down."""
        return self.with_user(user)._role()
