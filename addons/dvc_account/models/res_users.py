# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models


class ResUsers(models.Model):
    _inherit = "res.users"

    dvc_unit_id = fields.Many2one("dvc.unit", string="Unit", index="btree_not_null")
    dvc_title = fields.Char(string="Job title", help="Printed under signatures, e.g. Phó Chủ tịch.")
