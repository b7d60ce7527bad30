# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models

VERDICTS = [
    ("valid", "Signature valid"),
    ("amended", "Valid, amended by the agency"),
    ("modified", "Changed after signing"),
    ("revoked", "Certificate revoked"),
    ("expired", "Certificate expired"),
    ("untrusted", "Signer not trusted"),
    ("unknown", "Not established yet"),
    ("unsupported", "Kind of signature not supported"),
    ("unsigned", "Not signed"),
    ("unreadable", "Unreadable"),
]


class DvcSignatureCheck(models.Model):
    """Evidence of a check: which file, when, by whom, with what outcome."""

    _name = "dvc.signature.check"
    _description = "Signature check"
    _inherit = ["dvc.append.only"]
    _order = "id desc"
    _log_access = False

    at = fields.Datetime(required=True, default=fields.Datetime.now)
    user_id = fields.Many2one("res.users", required=True, ondelete="restrict", default=lambda self: self.env.uid)
    company_id = fields.Many2one(
        "res.company", string="Agency", index="btree_not_null", ondelete="restrict", help="Whose file it was."
    )
    filename = fields.Char()
    sha256 = fields.Char(required=True, index=True)
    pair_sha256 = fields.Char(
        string="Checksum of the second file", help="Of the detached signature, or of the file that it belongs to."
    )
    verdict = fields.Selection(VERDICTS, required=True)
    signatures = fields.Json(help="As answered, and what is kept beyond: the certificate's fingerprint, who was last.")
    software = fields.Char(required=True)
    res_model = fields.Char()
    res_id = fields.Many2oneReference(model_field="res_model")

    @api.depends("verdict", "filename")
    def _compute_display_name(self):
        labels = dict(self._fields["verdict"]._description_selection(self.env))
        for check in self:
            check.display_name = f"{labels.get(check.verdict, '')} – {check.filename or check.sha256[:12]}"
