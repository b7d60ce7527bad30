# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models
from odoo.tools.translate import LazyTranslate

from odoo.addons.dvc_account.contract import constraint_refusal
from odoo.addons.dvc_account.models.postgres_guards import enable_always

_lt = LazyTranslate(__name__)

constraint_refusal(
    "dvc_receipt_cancellation_receipt_uniq", "receipt.cancelled", _lt("This receipt is cancelled already.")
)


class DvcReceiptCancellation(models.Model):
    """Why a receipt counts no more; the receipt itself stays as it was issued."""

    _name = "dvc.receipt.cancellation"
    _description = "Cancelled receipt"
    _inherit = ["dvc.append.only"]
    _order = "id desc"
    _log_access = False
    _rec_name = "receipt_id"

    receipt_id = fields.Many2one("dvc.receipt", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="receipt_id.company_id", string="Agency")
    reason = fields.Char(required=True, readonly=True)
    at = fields.Datetime(string="Moment", required=True, readonly=True)
    user_id = fields.Many2one("res.users", string="By", required=True, readonly=True, ondelete="restrict")

    _receipt_uniq = models.UniqueIndex("(receipt_id)", "This receipt is cancelled already.")

    def init(self):
        super().init()
        enable_always(self.env.cr, self._table)
