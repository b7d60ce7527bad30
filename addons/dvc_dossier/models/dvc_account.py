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
