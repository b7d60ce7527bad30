# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models

from ..exceptions import Refusal

OTHER = "other"
PURPOSES = [
    ("desk", "Check the identity at the desk"),
    ("call", "Call the citizen"),
    ("compare", "Compare with a paper"),
    ("complaint", "Handle a complaint"),
    (OTHER, "Other"),
]


class DvcAccountReveal(models.TransientModel):
    """Asks what number and phone are needed for, then shows them once; the citizen reads the answer."""

    _name = "dvc.account.reveal"
    _description = "Show number and phone"
    _inherit = ["dvc.masked.text"]
    _masked_text_fields = frozenset({"other_purpose"})

    account_id = fields.Many2one("dvc.account", required=True, readonly=True)
    purpose = fields.Selection(PURPOSES, required=True)
    other_purpose = fields.Char(string="Which one", help="The citizen reads it. Do not write numbers into it.")

    def action_show(self) -> dict:
        """Write down who reads, why, and show number and phone.

        :raise Refusal: account.reason_required
        :raise AccessError: neither an officer nor a specialist
        """
        self.ensure_one()
        return self.account_id._show_revealed(self._purpose_text(), self._dossier_code())

    def _purpose_text(self) -> str:
        """Return the purpose in the citizen's language."""
        if self.purpose != OTHER:
            citizens = self.account_id._speaking().env
            return dict(self._fields["purpose"]._description_selection(citizens))[self.purpose]
        text = (self.other_purpose or "").strip()
        if not text:
            raise Refusal("account.reason_required", self.env._("Give the reason."))
        return text

    def _dossier_code(self) -> str:
        """Hook: return the code of the dossier the data are needed for."""
        return ""
