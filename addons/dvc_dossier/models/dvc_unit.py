# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models


class DvcUnit(models.Model):
    _inherit = "dvc.unit"

    procedure_ids = fields.Many2many(
        "dvc.procedure", "dvc_unit_procedure_rel", "unit_id", "procedure_id", string="Procedures"
    )
