# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.dvc_account.contract import has_role
from odoo.addons.dvc_account.exceptions import Refusal
from odoo.addons.dvc_account.models.dvc_signature_check_panel import RECHECK_ROLES


class DvcDossierComponent(models.Model):
    """The evidence behind a file's verdict: shown, made anew, printed."""

    _inherit = "dvc.dossier.component"

    signed_by = fields.Char(string="Signers", compute="_compute_check_texts", compute_sudo=True)
    verdict_sentence = fields.Char(string="What it means", compute="_compute_check_texts", compute_sudo=True)

    @api.depends("check_id", "verdict")
    @api.depends_context("lang")
    def _compute_check_texts(self):
        for file in self:
            file.signed_by = file.check_id.signers
            file.verdict_sentence = file.check_id.sentence

    def action_open_check(self) -> dict:
        """Open the panel of the latest check of the file's signatures.

        :raise Refusal: signature.not_checked
        """
        self.ensure_one()
        self.check_access("read")
        check = self.check_id
        if not check:
            raise Refusal("signature.not_checked", self.env._("The signatures of this file have not been checked yet."))
        if not check.has_access("read") and has_role(self.env, *RECHECK_ROLES):
            # Evidence of another agency's, as of a document from the vault: this one makes its own.
            check = self._check_again(check)
        return self.env["dvc.signature.check"].browse(check.id).action_open_panel()

    def _check_again(self, check):
        """Check the file anew, and let the verdict follow where the dossier still goes on.

        :param check: the one that is repeated
        :return: the new evidence
        :raise AccessError: neither an officer nor a specialist nor a leader, or another agency's
        """
        self.ensure_one()
        if not has_role(self.env, *RECHECK_ROLES):
            raise AccessError(self.env._("Your role does not allow this operation."))
        self.check_access("read")
        # Files are written by the flow only; role and agency were checked.
        file_sudo = self.sudo()
        verdict, new_sudo = file_sudo._judge("again", check)
        # What was decided on a closed dossier was decided on the evidence of its time.
        if file_sudo.is_current and not file_sudo.dossier_id.closed_at:
            file_sudo._in_flow().write({"verdict": verdict, "check_id": new_sudo.id})
        return new_sudo

    def _judge(self, cause: str, first):
        """Check the file as it is kept; in sudo.

        :param cause: why, as the evidence has it
        :param first: an earlier check of the file, or none
        :return: ``(verdict, check)``
        """
        self.ensure_one()
        data, name, signature = self._signature_file()
        return self.env["dvc.signature"]._verdict_for(
            data, name, record=self.dossier_id, signature=signature, cause=cause, first=first
        )
