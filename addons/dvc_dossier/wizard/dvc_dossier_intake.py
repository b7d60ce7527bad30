# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import Command, api, fields, models


class DvcDossierIntake(models.TransientModel):
    """Dialog of the desk: hand a dossier in on a citizen's behalf."""

    _name = "dvc.dossier.intake"
    _description = "Take a dossier in"

    account_id = fields.Many2one("dvc.account", required=True, domain=[("state", "=", "standardized")])
    company_id = fields.Many2one("res.company", string="Agency", required=True, default=lambda self: self.env.company)
    procedure_id = fields.Many2one("dvc.procedure", required=True, domain="[('unit_ids.company_id', '=', company_id)]")
    channel = fields.Selection([("counter", "At the desk"), ("post", "By post")], default="counter", required=True)
    delivery = fields.Selection(
        [("electronic", "Electronically"), ("counter", "At the desk"), ("post", "By post")],
        compute="_compute_delivery",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
    )
    copies = fields.Integer(default=1, required=True)
    line_ids = fields.One2many(
        "dvc.dossier.intake.line", "intake_id", compute="_compute_line_ids", store=True, readonly=False
    )

    @api.depends("procedure_id")
    def _compute_delivery(self):
        for intake in self:
            intake.delivery = intake.procedure_id._delivery_modes()[0] if intake.procedure_id else False

    @api.depends("procedure_id")
    def _compute_line_ids(self):
        for intake in self:
            intake.line_ids = [Command.clear()] + [
                Command.create({"component_id": component.id}) for component in intake.procedure_id.component_ids
            ]

    def action_submit(self):
        """Submit what the dialog holds and open the dossier."""
        self.ensure_one()
        answer = self.env["dvc.dossier"]._submit_at_desk(
            account_id=self.account_id.id,
            procedure_code=self.procedure_id.code,
            agency_code=self.company_id.dvc_agency_code or "",
            components=[part for line in self.line_ids for part in line._part()],
            copies=self.copies,
            delivery=self.delivery,
            channel=self.channel,
        )
        return {
            "type": "ir.actions.act_window",
            "name": answer["code"],
            "res_model": "dvc.dossier",
            "res_id": answer["id"],
            "views": [(False, "form")],
        }


class DvcDossierIntakeLine(models.TransientModel):
    """A component of the procedure that is taken in."""

    _name = "dvc.dossier.intake.line"
    _description = "Component taken in"
    _inherit = "dvc.dossier.part"

    intake_id = fields.Many2one("dvc.dossier.intake", required=True, index=True, ondelete="cascade")
    account_id = fields.Many2one(related="intake_id.account_id")
    is_required = fields.Boolean(related="component_id.required")
    paper_rule = fields.Selection(related="component_id.paper_rule")
