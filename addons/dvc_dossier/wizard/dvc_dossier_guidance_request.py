# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import Command, api, fields, models


class DvcDossierGuidanceRequest(models.TransientModel):
    """Dialog: ask for corrections, component by component."""

    _name = "dvc.dossier.guidance.request"
    _description = "Supplement request"

    dossier_id = fields.Many2one("dvc.dossier", required=True, readonly=True)
    procedure_id = fields.Many2one(related="dossier_id.procedure_id")
    next_round = fields.Integer(compute="_compute_next_round")
    force_reason = fields.Char(help="A manager may force what the rules refuse; a violation stands then.")
    line_ids = fields.One2many("dvc.dossier.guidance.request.line", "request_id", string="Items")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        dossier = self.env["dvc.dossier"].browse(values.get("dossier_id", ()))
        if "line_ids" in fields and dossier:
            # What was marked while looking at the files need not be chosen again.
            marked = dossier.component_ids.filtered(lambda part: part.is_current and part.review == "to_fix")
            values["line_ids"] = [Command.create({"component_id": part.component_id.id}) for part in marked]
        return values

    def _compute_next_round(self):
        for request in self:
            request.next_round = request.dossier_id.guidance_round + 1

    def action_request(self):
        """Ask for what the lines say."""
        self.ensure_one()
        items = [
            {
                "component_code": line.component_id.code,
                "instruction": line.instruction,
                "citizen_fault": line.citizen_fault or "",
                "paper": line.paper,
                "paper_rule_code": line.paper_exception_id.code or "",
                "paper_reason": line.paper_reason or "",
            }
            for line in self.line_ids
        ]
        self.dossier_id.request_supplement(items, self.force_reason or None)
        return {"type": "ir.actions.act_window_close"}


class DvcDossierGuidanceRequestLine(models.TransientModel):
    """One component of the dialog."""

    _name = "dvc.dossier.guidance.request.line"
    _description = "Supplement request item"

    request_id = fields.Many2one("dvc.dossier.guidance.request", required=True, ondelete="cascade")
    procedure_id = fields.Many2one(related="request_id.procedure_id")
    component_id = fields.Many2one("dvc.procedure.component", required=True)
    instruction = fields.Text(required=True)
    citizen_fault = fields.Text()
    paper = fields.Boolean(string="On paper")
    paper_exception_id = fields.Many2one("dvc.paper.exception", string="Special rule")
    paper_reason = fields.Char()
