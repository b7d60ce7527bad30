# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models


class DvcPaperException(models.Model):
    """A special rule of the province that lets an agency ask for paper; a manager keeps the list."""

    _name = "dvc.paper.exception"
    _description = "Special rule for paper"

    code = fields.Char(required=True)
    name = fields.Char(required=True)
    legal_basis = fields.Char(required=True)
    procedure_ids = fields.Many2many("dvc.procedure", string="Procedures", help="Empty: all.")
    valid_from = fields.Date()
    valid_to = fields.Date()
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex("(code)", "This code of a special rule is taken.")

    def _covers(self, procedure, day) -> bool:
        """Tell whether the rule holds for a procedure on a day."""
        self.ensure_one()
        return (
            (not self.procedure_ids or procedure in self.procedure_ids)
            and (not self.valid_from or self.valid_from <= day)
            and (not self.valid_to or day <= self.valid_to)
        )
