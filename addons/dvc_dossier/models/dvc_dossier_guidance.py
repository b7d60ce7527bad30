# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models


class DvcDossierGuidance(models.Model):
    """A round of guidance: one request for corrections (form 02)."""

    _name = "dvc.dossier.guidance"
    _description = "Guidance round"
    _inherit = ["dvc.guarded"]
    _order = "dossier_id, round"
    _rec_name = "round"
    _guarded_fields = frozenset("dossier_id round user_id role at answered_at force_reason item_ids".split())

    dossier_id = fields.Many2one("dvc.dossier", required=True, ondelete="cascade", index=True)
    round = fields.Integer(required=True)
    user_id = fields.Many2one("res.users", required=True, ondelete="restrict")
    role = fields.Char()
    at = fields.Datetime(required=True, default=fields.Datetime.now)
    answered_at = fields.Datetime()
    force_reason = fields.Char()
    item_ids = fields.One2many("dvc.dossier.guidance.item", "guidance_id", string="Items")
    company_id = fields.Many2one(related="dossier_id.company_id", store=True, index=True, precompute=True)

    _round_uniq = models.UniqueIndex("(dossier_id, round)", "This round was asked already.")
