# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.dvc_account.contract import contract
from odoo.addons.dvc_account.models.dvc_signature_check import VERDICTS


class DvcDocument(models.Model):
    """A document in a citizen's vault: a result, an accepted component, or an upload."""

    _name = "dvc.document"
    _description = "Vault document"
    _inherit = ["dvc.guarded", "dvc.sealed"]
    _hash_copies = {"owner_hash": "citizen_id"}
    _order = "id desc"
    _rec_names_search = ["number", "type_id.name"]
    _guarded_fields = frozenset(
        """account_id owner_hash type_id number issuer issue_date valid_until attachment_id sha256 verdict check_id
        source dossier_id superseded_by_id signature_attachment_id signature_sha256""".split()
    )

    account_id = fields.Many2one("dvc.account", required=True, ondelete="restrict", index=True)
    owner_hash = fields.Char(index="btree_not_null", groups=fields.NO_ACCESS)
    type_id = fields.Many2one("dvc.document.type", string="Type", required=True, ondelete="restrict", index=True)
    number = fields.Char()
    issuer = fields.Char()
    issue_date = fields.Date()
    valid_until = fields.Date()
    attachment_id = fields.Many2one("ir.attachment", required=True, ondelete="restrict", index=True)
    sha256 = fields.Char(required=True)
    verdict = fields.Selection(VERDICTS)
    check_id = fields.Many2one("dvc.signature.check", ondelete="restrict", index="btree_not_null")
    source = fields.Selection(
        [("upload", "Upload"), ("component", "Component"), ("result", "Result")], required=True, default="upload"
    )
    dossier_id = fields.Many2one("dvc.dossier", ondelete="restrict", index="btree_not_null")
    superseded_by_id = fields.Many2one("dvc.document", ondelete="restrict", index="btree_not_null")

    _owner_idx = models.Index("(owner_hash, type_id) WHERE superseded_by_id IS NULL")

    @api.depends("type_id", "number")
    def _compute_display_name(self):
        for document in self:
            document.display_name = " ".join(part for part in (document.type_id.name, document.number) if part)

    def _option_text(self) -> str:
        """Return what tells this document from others of its type in a list to choose from."""
        self.ensure_one()
        local = self.with_context(tz="Asia/Ho_Chi_Minh")
        day = self.issue_date or fields.Datetime.context_timestamp(local, self.create_date).date()
        name = self.type_id.name if self.number else self.attachment_id.name
        return " – ".join(filter(None, [name, self.number, self.issuer, f"{day:%d/%m/%Y}"]))

    @api.model
    def _deposit(self, account, type_id, attachment, sha256, source, **values):
        """Put a document into a citizen's vault; an older one of the same number is superseded.

        :param account: the owner
        :param type_id: document type record
        :param values: number, issuer, issue_date, valid_until, verdict, check_id, dossier_id
        """
        # The vault is written by the flow of dossiers and results only.
        documents_sudo, account_sudo = self.sudo()._in_flow(), account.sudo()
        if type_id.valid_months and not values.get("valid_until"):
            # Where the paper itself names no end it is as good as one issued today.
            issued = values.get("issue_date") or self.env["dvc.account"]._today()
            values["valid_until"] = issued + relativedelta(months=type_id.valid_months)
        document = documents_sudo.create(
            {
                "account_id": account.id,
                "owner_hash": account_sudo.citizen_id_hash,
                "type_id": type_id.id,
                "attachment_id": attachment.id,
                "sha256": sha256,
                "source": source,
                **values,
            }
        )
        if values.get("number"):
            documents_sudo.search(
                [
                    ("id", "!=", document.id),
                    ("owner_hash", "=", document.owner_hash),
                    ("type_id", "=", type_id.id),
                    ("number", "=", values["number"]),
                    ("superseded_by_id", "=", False),
                ]
            ).write({"superseded_by_id": document.id})
        return document.with_context(dvc_flow=None)

    def _belongs_to(self, account_sudo) -> bool:
        """Tell whether the document is of the account's person; in sudo."""
        self.ensure_one()
        if self.account_id in account_sudo._owner_accounts():
            return True
        same_person = account_sudo.state == "standardized" and self.owner_hash == account_sudo.citizen_id_hash
        return bool(self.owner_hash and same_person and self.account_id.state == "locked")

    def _is_in_force(self) -> bool:
        """Tell whether there is a document, valid today and not superseded."""
        today = self.env["dvc.account"]._today()
        return bool(self) and not self.superseded_by_id and (not self.valid_until or self.valid_until >= today)

    @api.model
    def _valid_domain(self, account) -> Domain:
        """Return the domain of an owner's documents in force, the person's locked duplicates included."""
        today = self.env["dvc.account"]._today()
        # Hashes are closed to every user; callers have checked the account.
        account_sudo = account.sudo()
        owner = Domain("account_id", "in", account_sudo._owner_accounts().ids)
        if account_sudo.state == "standardized" and account_sudo.citizen_id_hash:
            # One that was unlocked is for the staff another person's again.
            owner |= Domain("owner_hash", "=", account_sudo.citizen_id_hash) & Domain("account_id.state", "=", "locked")
        return (
            owner
            & Domain("superseded_by_id", "=", False)
            & (Domain("valid_until", "=", False) | Domain("valid_until", ">=", today))
        )

    @api.readonly
    @api.model
    @contract("citizen", "integrator", "officer")
    def list_for(self, account_id: int, type_code: str | None = None) -> list:
        """List the documents of a citizen's vault that are in force.

        :param account_id: the citizen's
        :param type_code: only of this type
        :return: list of ``{id, type_code, number, issuer, issue_date, valid_until, verdict}``
        """
        account_sudo = self.env["dvc.account"]._for_caller(account_id)
        domain = self._valid_domain(account_sudo)
        if type_code:
            domain &= Domain("type_id.code", "=", type_code)
        # The account was checked; its documents may come from another agency.
        documents_sudo = self.sudo().search(domain)
        day = fields.Date.to_string
        return [
            {
                "id": document.id,
                "type_code": document.type_id.code,
                "number": document.number or False,
                "issuer": document.issuer or False,
                "issue_date": day(document.issue_date) or False,
                "valid_until": day(document.valid_until) or False,
                "verdict": document.verdict or False,
            }
            for document in documents_sudo
        ]
