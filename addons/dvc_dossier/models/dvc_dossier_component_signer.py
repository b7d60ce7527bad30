# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models
from odoo.tools import format_datetime

from odoo.addons.dvc_account.domain import signer_match

SIGNER_MATCHES = [
    (signer_match.OWN, "The applicant"),
    (signer_match.OTHER, "Another person"),
    (signer_match.UNTOLD, "Cannot be told"),
    (signer_match.AGENCY, "An agency"),
]


class DvcDossierComponent(models.Model):
    """Who signed a file, compared with whose dossier it is: a hint to the officer, who may have good reasons."""

    _inherit = "dvc.dossier.component"

    signer_match = fields.Selection(
        SIGNER_MATCHES, string="Signed by", compute="_compute_signer_match", compute_sudo=True
    )
    signer_warning = fields.Char(string="About the signer", compute="_compute_signer_match", compute_sudo=True)

    @api.depends("check_id", "dossier_id.applicant_citizen_hash")
    @api.depends_context("lang", "tz")
    def _compute_signer_match(self):
        pairs = [(file.check_id, file.dossier_id.applicant_citizen_hash or "") for file in self]
        found = self.env["dvc.signature.check"]._match_signers(pairs)
        for file, (check, owner) in zip(self, pairs, strict=True):
            matches = found.get((check.id, owner), [])
            file.signer_match = signer_match.worst(one.match for one in matches) or False
            file.signer_warning = file._signer_text(matches) or False

    def _signer_text(self, matches: list) -> str:
        """Return what the officer is warned of, empty where there is nothing."""
        ended = next((one for one in matches if one.ended_at), None)
        texts = []
        if ended:
            zoned = self.with_context(tz="Asia/Ho_Chi_Minh").env
            moment = format_datetime(zoned, ended.ended_at, dt_format="HH:mm dd/MM/yyyy")
            texts.append(
                self.env._("The certificate was reported lost at %(moment)s.", moment=moment)
                if ended.lost
                else self.env._("The certificate was put out of use at %(moment)s.", moment=moment)
            )
        if any(one.match == signer_match.OTHER for one in matches):
            texts.append(self.env._("Signed by somebody else than the applicant: ask on whose behalf."))
        return " ".join(texts)
