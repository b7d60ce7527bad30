# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import models

from odoo.addons.dvc_account.signing.checked_file import CheckedFile


class DvcDocument(models.Model):
    """Documents of the vault are checked again where a manager asks for it."""

    _name = "dvc.document"
    _inherit = ["dvc.document", "dvc.signature.file"]

    def action_check_signatures_again(self):
        """Have the signatures of documents checked again by the jobs.

        :raise AccessError: not a manager
        """
        return self.env["dvc.signature.batch"]._check_again([self])

    def _signature_file(self):
        self.ensure_one()
        return CheckedFile(
            self.attachment_id.raw or b"", self.attachment_id.name, self.signature_attachment_id.raw or b""
        )

    def _signature_agency(self):
        return self.dossier_id.company_id

    def _awaits_check(self):
        return False

    def _settle_check(self, answer, cause=""):
        self.ensure_one()
        data, name, signature = self._signature_file()
        found, _holders, check = self.env["dvc.signature"]._examine(
            data,
            name,
            self.dossier_id or self,
            signature=signature,
            answer=answer,
            cause=cause or "again",
            first=self.check_id,
        )
        self._note_verdict(found["verdict"], check)
        return found["verdict"]
