# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models


class DvcViolation(models.Model):
    """A breach of the rules, derived from events, never typed."""

    _name = "dvc.violation"
    _description = "Violation"
    _inherit = ["mail.thread", "dvc.guarded"]
    _order = "id desc"
    _rec_name = "kind"
    _guarded_fields = frozenset("kind dossier_id user_id event_ids at company_id detail".split())

    kind = fields.Selection(
        [
            ("late_reception", "Received late"),
            ("second_guidance", "Second guidance without the citizen's fault"),
            ("late_guidance", "Supplement asked too late"),
            ("paper_asked", "Paper asked for what is signed"),
            ("late_result", "Late result without apology"),
            ("unsigned_result", "Result returned unsigned"),
        ],
        required=True,
        index=True,
    )
    dossier_id = fields.Many2one("dvc.dossier", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one("res.company", string="Agency", required=True, index=True)
    user_id = fields.Many2one("res.users", string="Officer", required=True, ondelete="restrict", index=True)
    event_ids = fields.Many2many("dvc.dossier.event", string="Evidence")
    at = fields.Datetime(required=True, default=fields.Datetime.now)
    detail = fields.Char()
    state = fields.Selection(
        [("open", "Open"), ("answered", "Answered"), ("upheld", "Upheld"), ("dismissed", "Dismissed")],
        default="open",
        required=True,
        tracking=True,
    )
    answer = fields.Text(string="Officer's answer", tracking=True)
    decision = fields.Text(string="Manager's decision", tracking=True)

    @api.model
    def _record(self, kind: str, dossier, user, event=None, detail: str = ""):
        """Put a violation on the register, with the event that proves it."""
        # Nobody types violations: they follow from events.
        return (
            self.sudo()
            ._in_flow()
            .create(
                {
                    "kind": kind,
                    "dossier_id": dossier.id,
                    "company_id": dossier.company_id.id,
                    "user_id": user.id,
                    "event_ids": [fields.Command.set(event.ids)] if event else [],
                    "detail": detail or False,
                }
            )
        )
