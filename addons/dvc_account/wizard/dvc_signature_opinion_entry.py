# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models

from ..models.dvc_signature_opinion import OUTCOMES


class DvcSignatureOpinionEntry(models.TransientModel):
    """Asks what the national checking page says of a file."""

    _name = "dvc.signature.opinion.entry"
    _description = "Add a second opinion"
    _inherit = ["dvc.evidence"]

    check_id = fields.Many2one("dvc.signature.check", required=True, readonly=True)
    outcome = fields.Selection(OUTCOMES, string="The page says", required=True)
    note = fields.Text()

    def action_confirm(self) -> dict:
        """Keep it, and show the check again."""
        self.ensure_one()
        check = self.check_id
        self.env["dvc.signature.opinion"]._add(check, self.outcome, self.note or "", self._evidence())
        return check._panel_action()
