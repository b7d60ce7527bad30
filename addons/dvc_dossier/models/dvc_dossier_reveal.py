# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import models


class DvcDossier(models.Model):
    _inherit = "dvc.dossier"

    def action_reveal(self) -> dict:
        """Ask what the applicant's number and phone are needed for, then show them, for this dossier.

        :raise AccessError: neither an officer nor a specialist
        """
        self.ensure_one()
        self.check_access("read")
        action = self.account_id.action_reveal()
        return {**action, "context": {**action["context"], "default_dossier_id": self.id}}
