# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models


class ResCompany(models.Model):
    """How an agency's receipts are numbered (Thông tư 91/2026/TT-BTC)."""

    _inherit = "res.company"

    dvc_receipt_template = fields.Char(string="Receipt template", default="EBL01")
    dvc_receipt_series = fields.Char(
        string="Receipt series", default="TAA", help="Three letters after the year in the symbol, e.g. TAA in 26TAA."
    )
