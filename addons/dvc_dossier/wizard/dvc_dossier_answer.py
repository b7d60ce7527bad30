# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import Command, api, fields, models


class DvcDossierAnswer(models.TransientModel):
    """Dialog of the desk: take in what was asked for, on the citizen's behalf."""

    _name = "dvc.dossier.answer"
    _description = "Take a supplement in"

    dossier_id = fields.Many2one("dvc.dossier", required=True, readonly=True)
    line_ids = fields.One2many("dvc.dossier.answer.line", "answer_id")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        dossier = self.env["dvc.dossier"].browse(values.get("dossier_id", ()))
        if "line_ids" in fields and dossier:
            asked = dossier.guidance_ids.sorted("round")[-1:].item_ids.filtered(lambda item: not item.answered_at)
            values["line_ids"] = [
                Command.create({"component_id": item.component_id.id, "instruction": item.instruction})
                for item in asked
            ]
        return values

    def action_answer(self):
        """Hand in what was brought; a part of it is kept and the dossier goes on waiting."""
        self.ensure_one()
        self.dossier_id.supplement([part for line in self.line_ids for part in line._part()])
        return {"type": "ir.actions.act_window_close"}


class DvcDossierAnswerLine(models.TransientModel):
    """A component that was asked for: a scan, or a document of the vault."""

    _name = "dvc.dossier.answer.line"
    _description = "Supplement taken in"
    _inherit = "dvc.dossier.part"

    answer_id = fields.Many2one("dvc.dossier.answer", required=True, index=True, ondelete="cascade")
    account_id = fields.Many2one(related="answer_id.dossier_id.account_id")
    instruction = fields.Text(readonly=True)
