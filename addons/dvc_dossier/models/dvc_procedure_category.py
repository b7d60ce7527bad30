# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models


class DvcProcedureCategory(models.Model):
    """A field of procedures (lĩnh vực)."""

    _name = "dvc.procedure.category"
    _description = "Field of procedures"
    _order = "sequence, code"

    code = fields.Char(required=True)
    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)

    _code_uniq = models.UniqueIndex("(code)", "This code of a field is taken.")
