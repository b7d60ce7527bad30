# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models


class DvcAccountCaseAnswer(models.TransientModel):
    """Asks for the words of one step of a case: check, complete, refuse, withdraw."""

    _name = "dvc.account.case.answer"
    _inherit = ["dvc.evidence", "dvc.masked.text"]
    _masked_text_fields = frozenset({"reason"})
    _description = "Answer a case of an account"

    case_id = fields.Many2one("dvc.account.case", required=True, readonly=True)
    verb = fields.Selection(
        [("check", "Check"), ("complete", "Complete"), ("refuse", "Refuse"), ("withdraw", "Withdraw")],
        required=True,
        readonly=True,
    )
    kind = fields.Selection(related="case_id.kind")
    is_proven = fields.Boolean(related="case_id.is_proven")
    reason = fields.Text(required=True)

    def action_confirm(self) -> dict:
        """Take the step."""
        self.ensure_one()
        self.case_id._check_staff()
        # Cases are written by their steps only; the role was checked.
        case_sudo = self.case_id.sudo()
        if self.verb == "check":
            case_sudo._check(self.reason, self._evidence())
        elif self.verb == "complete":
            case_sudo._complete(self.reason)
        else:
            case_sudo._close("refused" if self.verb == "refuse" else "withdrawn", self.reason)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
