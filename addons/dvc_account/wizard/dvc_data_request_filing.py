# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models

from ..models.dvc_data_request import TYPES


class DvcDataRequestFiling(models.TransientModel):
    """Files a request about personal data at the desk, for a citizen who has shown their card."""

    _name = "dvc.data.request.filing"
    _description = "File a data request"
    _inherit = ["dvc.masked.text"]
    _masked_text_fields = frozenset({"text"})

    account_id = fields.Many2one("dvc.account", required=True, readonly=True)
    type = fields.Selection(TYPES, required=True)
    text = fields.Text(string="What is asked")

    def action_file(self) -> dict:
        """File it for the agency the officer works in, and open it.

        :raise Refusal: input.invalid, data_request.open
        """
        self.ensure_one()
        self.account_id._check_desk()
        filed = self.env["dvc.data.request"]._file(
            self.account_id, self.type, self.text or "", self.env.company, channel="desk"
        )
        return {
            "type": "ir.actions.act_window",
            "name": filed.name,
            "res_model": "dvc.data.request",
            "res_id": filed.id,
            "views": [(False, "form")],
        }
