# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models


class DvcProcedure(models.Model):
    """A procedure's fees, also in the public catalogue."""

    _inherit = "dvc.procedure"

    fee_ids = fields.One2many("dvc.fee", "procedure_id", string="Fees")

    def _fee_catalogue(self, company):
        today = self.env["dvc.account"]._today()
        return super()._fee_catalogue(company) + [
            {"code": fee.code, "name": fee.name, "amount": fee.amount}
            for fee in self.env["dvc.fee"]._in_force(self, company, today)
        ]
