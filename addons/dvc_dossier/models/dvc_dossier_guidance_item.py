# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models


class DvcDossierGuidanceItem(models.Model):
    """What is wrong with one component, and what to do."""

    _name = "dvc.dossier.guidance.item"
    _description = "Guidance item"
    _inherit = ["dvc.guarded"]
    _order = "guidance_id, id"
    _rec_name = "instruction"
    _guarded_fields = frozenset("guidance_id component_id instruction citizen_fault paper answered_at".split())

    guidance_id = fields.Many2one("dvc.dossier.guidance", required=True, ondelete="cascade", index=True)
    component_id = fields.Many2one("dvc.procedure.component", required=True, ondelete="restrict")
    component_code = fields.Char(related="component_id.code")
    component_name = fields.Char(related="component_id.name")
    instruction = fields.Text(required=True)
    citizen_fault = fields.Text(help="What the citizen failed to do of the round before.")
    paper = fields.Boolean(string="On paper")
    paper_exception_id = fields.Many2one("dvc.paper.exception", string="Special rule", ondelete="restrict")
    paper_reason = fields.Char()
    answered_at = fields.Datetime()
    company_id = fields.Many2one(related="guidance_id.company_id", store=True, index=True, precompute=True)
