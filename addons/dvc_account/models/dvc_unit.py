# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models


class DvcUnit(models.Model):
    """A unit inside an agency, e.g. civil status and justice."""

    _name = "dvc.unit"
    _description = "Unit"
    _order = "company_id, sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", string="Agency", required=True, index=True, default=lambda self: self.env.company
    )
    user_ids = fields.One2many("res.users", "dvc_unit_id", string="Staff")
    head_id = fields.Many2one("res.users", string="Head")

    _name_uniq = models.UniqueIndex("(company_id, name)", "The agency has a unit of this name already.")
