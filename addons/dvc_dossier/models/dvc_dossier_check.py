# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models

from odoo.addons.dvc_account.domain import signer_match
from odoo.addons.dvc_account.exceptions import Refusal


class DvcDossier(models.Model):
    """The evidence of all files of a dossier: what the desk is warned of, the panel, the printed report."""

    _inherit = "dvc.dossier"

    signer_alert = fields.Char(
        string="About the signer",
        compute="_compute_signer_alert",
        help="Somebody else than the applicant has signed, or a certificate was reported lost.",
    )

    @api.depends("component_ids.signer_match", "component_ids.signer_warning", "component_ids.is_current")
    @api.depends_context("lang")
    def _compute_signer_alert(self):
        for dossier in self:
            warned = dossier.component_ids.filtered(lambda file: file.is_current and file.signer_warning)
            other = signer_match.OTHER in warned.mapped("signer_match")
            text = self.env._("Another signer") if other else self.env._("Certificate out of use")
            dossier.signer_alert = text if warned else False

    def action_open_check(self) -> dict:
        """Open the panel of the file that decides the dossier's verdict: the worst one.

        :raise Refusal: signature.not_checked
        """
        self.ensure_one()
        self.check_access("read")
        checked = self.component_ids.filtered(lambda file: file.is_current and file.check_id)
        if not checked:
            raise Refusal("signature.not_checked", self.env._("The signatures of this file have not been checked yet."))
        rank = {verdict: number for number, verdict in enumerate(self.env["dvc.signature"]._verdict_order())}
        worst = checked.sorted(lambda file: (rank.get(file.verdict, len(rank)), file.sequence))[:1]
        return worst.action_open_check()

    def _signature_report_pdf(self) -> bytes:
        """Draw one report of the checks of all files that stand in the dossiers.

        :raise Refusal: signature.not_checked
        """
        files = self.component_ids.filtered(lambda file: file.is_current and file.check_id)
        return files._signature_report_pdf()


class DvcDossierComponent(models.Model):
    _inherit = "dvc.dossier.component"

    def _signature_report_pdf(self, public: bool = False) -> bytes:
        """Draw one report of the checks of files.

        :param public: for the citizen whose dossier it is
        :raise Refusal: signature.not_checked
        """
        # Whoever may read the file may read how it was checked.
        self.check_access("read")
        files_sudo = self.sudo().filtered("check_id")
        if not files_sudo:
            raise Refusal("signature.not_checked", self.env._("The signatures of this file have not been checked yet."))
        dossier_sudo = files_sudo.dossier_id[:1]
        about = [("Mã hồ sơ", dossier_sudo.code or ""), ("Thủ tục", dossier_sudo.procedure_id.name)]
        if public or len(files_sudo.dossier_id) == 1:
            about.append(("Người nộp hồ sơ", dossier_sudo.applicant_name or ""))
        else:
            about = [("Mã hồ sơ", ", ".join(files_sudo.dossier_id.mapped("code")))]
        pairs = [(file.check_id, file.dossier_id.applicant_citizen_hash or "") for file in files_sudo]
        return self.env["dvc.signature.check"]._draw_report(pairs, dossier_sudo, about, public)
