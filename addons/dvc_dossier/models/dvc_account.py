# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models
from odoo.fields import Domain


class DvcAccount(models.Model):
    """What an account has filed, and what passes to it when it is standardised."""

    _inherit = "dvc.account"

    dossier_ids = fields.One2many("dvc.dossier", "account_id", string="Dossiers")
    document_ids = fields.One2many("dvc.document", "account_id", string="Documents")

    def _after_standardize(self, locked_accounts):
        super()._after_standardize(locked_accounts)
        # Filed at the counter before the account existed, or digitised: now there is somebody to tell. What locked
        # duplicates hold stays theirs until staff have checked it; it is found by the number meanwhile.
        domain = Domain("applicant_citizen_hash", "=", self.citizen_id_hash) & Domain("account_id", "=", False)
        orphans = self.env["dvc.dossier"].search(domain) if self.citizen_id_hash else self.env["dvc.dossier"]
        if orphans:
            self._ensure_partner()
            orphans._in_flow().write({"account_id": self.id, "partner_id": self.partner_id.id})

    def _holdings(self):
        holdings = super()._holdings()
        dossiers = dict(
            self.env["dvc.dossier"]._read_group([("account_id", "in", self.ids)], ["account_id"], ["__count"])
        )
        documents = dict(
            self.env["dvc.document"]._read_group([("account_id", "in", self.ids)], ["account_id"], ["__count"])
        )
        for account in self:
            count, papers = dossiers.get(account, 0), documents.get(account, 0)
            holdings[account.id] |= {
                "dossiers": self.env._("%s dossiers", count) if count else "",
                "documents": self.env._("%s documents", papers) if papers else "",
            }
        return holdings

    def _pass_on_to(self, heir):
        super()._pass_on_to(heir)
        heir._ensure_partner()
        dossiers = self.env["dvc.dossier"].search([("account_id", "=", self.id)])
        dossiers._in_flow().write({"account_id": heir.id, "partner_id": heir.partner_id.id})
        documents = self.env["dvc.document"].search([("account_id", "=", self.id)])
        documents._in_flow().write({"account_id": heir.id, "owner_hash": heir.citizen_id_hash})
