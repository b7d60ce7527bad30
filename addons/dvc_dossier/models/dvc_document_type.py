# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models


class DvcDocumentType(models.Model):
    """A kind of paper that procedures give and ask for."""

    _name = "dvc.document.type"
    _description = "Document type"
    _order = "code"
    _rec_names_search = ["code", "name"]

    code = fields.Char(required=True)
    name = fields.Char(required=True)
    valid_months = fields.Integer(string="Valid for (months)", help="0: no end.")
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex("(code)", "This code of a document type is taken.")
