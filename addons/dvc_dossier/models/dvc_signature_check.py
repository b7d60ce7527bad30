# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models
from odoo.fields import Domain


class DvcSignatureCheck(models.Model):
    """Checks of the files of dossiers and of the vault: whose they are, and where the file is."""

    _inherit = "dvc.signature.check"

    component_ids = fields.One2many("dvc.dossier.component", "check_id", string="Files of dossiers")

    def _dossier(self):
        """Return the dossier whose file was checked, empty where there is none; in sudo."""
        self.ensure_one()
        # What the check belongs to is told beside it.
        check_sudo = self.sudo()
        if check_sudo.res_model == "dvc.dossier":
            return check_sudo.env["dvc.dossier"].browse(check_sudo.res_id).exists()
        dossiers_sudo = check_sudo.component_ids.dossier_id
        return dossiers_sudo if len(dossiers_sudo) == 1 else dossiers_sudo.browse()

    def _owner_hash(self):
        return self._dossier().applicant_citizen_hash or super()._owner_hash()

    def _file_lines(self, public):
        return [(self.env._("Dossier"), self._dossier().code), *super()._file_lines(public)]

    def _file_holder(self):
        domain = Domain("sha256", "=", self.sha256)
        files = self.env["dvc.dossier.component"]
        if files.has_access("read"):
            # The file that stands in a dossier comes before one that was replaced, this dossier's before others'.
            found = files.search(domain & Domain("check_id", "=", self.id), order="is_current desc, id desc", limit=1)
            if not found and self.res_model == "dvc.dossier":
                mine = domain & Domain("dossier_id", "=", self.res_id)
                found = files.search(mine, order="is_current desc, id desc", limit=1)
            if found:
                return found
        documents = self.env["dvc.document"]
        if documents.has_access("read"):
            found = documents.search(domain & Domain("check_id", "=", self.id), order="id desc", limit=1)
            if found:
                return found
        return super()._file_holder()
