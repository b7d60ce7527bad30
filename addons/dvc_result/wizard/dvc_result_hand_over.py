# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import Command, api, fields, models

# Shown in place of a number that was typed in.
MASK = "************"


class DvcResultHandOver(models.TransientModel):
    """Dialog of the desk: who takes the result, which papers came back."""

    _name = "dvc.result.hand.over"
    _description = "Hand a result over"
    _inherit = ["dvc.sealed"]
    _forgotten_fields = frozenset({"recipient_citizen_hash"})

    result_id = fields.Many2one("dvc.result", required=True)
    dossier_id = fields.Many2one(related="result_id.dossier_id")
    applicant_name = fields.Char(related="dossier_id.applicant_name")
    applicant_citizen_masked = fields.Char(related="dossier_id.applicant_citizen_masked")
    verdict = fields.Selection(related="result_id.verdict")
    recipient_name = fields.Char(required=True, compute="_compute_from_result", store=True, readonly=False)
    recipient_citizen_id = fields.Char(
        string="Recipient's identity number",
        required=True,
        compute="_compute_recipient_citizen_id",
        inverse="_inverse_recipient_citizen_id",
        compute_sudo=True,
        help="Read it from the card the recipient shows.",
    )
    recipient_citizen_hash = fields.Char(groups=fields.NO_ACCESS)
    paper_ids = fields.One2many(
        "dvc.result.hand.over.paper", "hand_over_id", compute="_compute_from_result", store=True, readonly=False
    )
    signature = fields.Binary(attachment=False)

    @api.depends("result_id")
    def _compute_from_result(self):
        for dialog in self:
            dossier = dialog.result_id.dossier_id
            dialog.recipient_name = dossier.applicant_name
            dialog.paper_ids = [Command.clear()] + [
                Command.create({"code": component.code, "name": component.name, "paper_rule": component.paper_rule})
                for component in dossier._papers_to_collect()
            ]

    @api.depends("recipient_citizen_hash")
    def _compute_recipient_citizen_id(self):
        for dialog in self:
            dialog.recipient_citizen_id = MASK if dialog.recipient_citizen_hash else False

    def _inverse_recipient_citizen_id(self):
        # The client saves the dialog before it presses the button, and a refusal leaves it saved: the
        # number itself must not lie in the table, so it is told from others by its keyed hash.
        for dialog in self:
            number = dialog.recipient_citizen_id or ""
            if number != MASK:
                # sudo: nobody reads or writes the hash but this dialog
                dialog.sudo().recipient_citizen_hash = dialog.result_id._number_hash(number)

    def action_hand_over(self):
        """Hand the result over and open the receipt."""
        self.ensure_one()
        self.result_id._hand_over_hashed(
            recipient_name=self.recipient_name,
            # sudo: as above
            citizen_hash=self.sudo().recipient_citizen_hash or "",
            papers=self.paper_ids.filtered("is_collected").mapped("code"),
            signature=self.signature.decode() if self.signature else None,
        )
        handover = self.result_id.handover_ids[:1]
        return {
            "type": "ir.actions.act_window",
            "name": handover.number,
            "res_model": "dvc.handover",
            "res_id": handover.id,
            "views": [(False, "form")],
        }


class DvcResultHandOverPaper(models.TransientModel):
    """A paper the dialog asks for."""

    _name = "dvc.result.hand.over.paper"
    _description = "Paper at the handover"

    hand_over_id = fields.Many2one("dvc.result.hand.over", required=True, index=True, ondelete="cascade")
    code = fields.Char(required=True, readonly=True)
    name = fields.Char(required=True, readonly=True)
    paper_rule = fields.Selection(
        [("archive", "Collect for the archive"), ("original", "Check the original")], readonly=True
    )
    is_collected = fields.Boolean(string="Done")
