# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import models


class DvcDossier(models.Model):
    """Whose data the files of dossiers hold, for the journal of who opened them."""

    _inherit = "dvc.dossier"

    def _personal_subject(self) -> tuple:
        """Return whose data an attached file holds: account, dossier's code, what it is called; in sudo."""
        return self.account_id, self.code or "", self.account_id._speaking().env._("paper of the dossier")

    def export_data(self, fields_to_export):
        # Whose they are is told for the journal; what is exported passes the caller's own rights.
        for dossier_sudo in self.sudo():
            dossier_sudo.account_id._log_exported(dossier_sudo.code or "", dossier_sudo)
        return super().export_data(fields_to_export)


class DvcDossierComponent(models.Model):
    _inherit = "dvc.dossier.component"

    def _personal_subject(self) -> tuple:
        """Return whose data the file holds: account, dossier's code, what it is called; in sudo."""
        return self.dossier_id.account_id, self.dossier_id.code or "", self.name


class DvcDocument(models.Model):
    _inherit = "dvc.document"

    def _personal_subject(self) -> tuple:
        """Return whose data the document holds: account, dossier's code, what it is called; in sudo."""
        return self.account_id, self.dossier_id.code or "", self.type_id.name
