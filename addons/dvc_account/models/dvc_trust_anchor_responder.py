# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models

from ..exceptions import Refusal
from ..identity.revocation_client import is_address
from . import dvc_trust_anchor_list as list_model

RESPONDER_FACTS = frozenset({"ocsp_answered_at", "ocsp_error", "ocsp_error_at"})


class DvcTrustAnchor(models.Model):
    """The responder (OCSP) that tells of the certificates an anchor has issued."""

    _inherit = "dvc.trust.anchor"
    _guarded_fields = list_model.DvcTrustAnchor._guarded_fields | RESPONDER_FACTS

    ocsp_url = fields.Char(
        string="Address of the responder (OCSP)",
        tracking=True,
        copy=False,
        help="From the authority's publications, http or https. The address in a certificate is never used.",
    )
    ocsp_answered_at = fields.Datetime(string="Last answer", readonly=True, copy=False)
    ocsp_error = fields.Char(string="Last error of the responder", readonly=True, copy=False)
    ocsp_error_at = fields.Datetime(string="Failed at", readonly=True, copy=False)
    answer_ids = fields.One2many("dvc.revocation.answer", "anchor_id", string="Answers", readonly=True)
    answer_count = fields.Integer(compute="_compute_answer_count")

    @api.depends("answer_ids")
    def _compute_answer_count(self):
        groups = self.env["dvc.revocation.answer"]._read_group(
            [("anchor_id", "in", self.ids)], ["anchor_id"], ["__count"]
        )
        counts = dict(groups)
        for anchor in self:
            anchor.answer_count = counts.get(anchor, 0)

    @api.constrains("ocsp_url")
    def _check_ocsp_url(self):
        for anchor in self.filtered("ocsp_url"):
            if not is_address(anchor.ocsp_url):
                raise Refusal(
                    "input.invalid", self.env._("The address of the responder begins with http:// or https://.")
                )

    def write(self, vals):
        done = super().write(vals)
        if vals.get("ocsp_url"):
            # What waits for this authority may be asked now.
            self._in_flow().write({"ocsp_error": False, "ocsp_error_at": False})
            for anchor in self:
                self.env["dvc.signature"]._new_revocation_data([anchor.key_identifier])
        return done
