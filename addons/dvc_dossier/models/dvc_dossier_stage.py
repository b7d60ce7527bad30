# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models

from .dvc_dossier_event import STATE_LABELS


class DvcDossierStage(models.Model):
    """A column of the board; each belongs to one state, an agency may name its own."""

    _name = "dvc.dossier.stage"
    _description = "Board stage"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    state = fields.Selection(STATE_LABELS, required=True, index=True)
    company_id = fields.Many2one("res.company", string="Agency", index="btree_not_null")
    fold = fields.Boolean()
    icon = fields.Char(help="FontAwesome 4 icon, e.g. fa-inbox.")
    color = fields.Integer()
