# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.dvc_account.contract import has_role
from odoo.addons.dvc_account.exceptions import Refusal


class DvcViolation(models.Model):
    """A breach of the rules, derived from events, never typed."""

    _name = "dvc.violation"
    _description = "Violation"
    _inherit = ["mail.thread", "dvc.guarded"]
    _order = "id desc"
    _guarded_fields = frozenset("kind dossier_id user_id event_ids at company_id detail state decided_by_id".split())

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
        readonly=True,
        tracking=True,
    )
    decided_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    answer = fields.Text(string="Officer's answer", tracking=True)
    decision = fields.Text(string="Manager's decision", tracking=True)

    @api.depends("kind", "dossier_id.code")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for violation in self:
            violation.display_name = f"{labels.get(violation.kind, '')} – {violation.dossier_id.code or ''}"

    def write(self, vals):
        if "answer" in vals and not self.env.su and any(violation.user_id != self.env.user for violation in self):
            raise AccessError(self.env._("A violation is answered by the officer it names."))
        if "decision" in vals and not self.env.su and not has_role(self.env, "manager"):
            raise AccessError(self.env._("A manager decides on violations."))
        if vals.get("answer"):
            # An answer reopens nothing that a manager has decided.
            waiting = self.filtered(lambda violation: violation.state == "open")
            super(DvcViolation, waiting._in_flow()).write({"state": "answered"})
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise Refusal("record.append_only", self.env._("A violation is never deleted: a manager dismisses it."))

    def action_uphold(self):
        """Decide that the violation stands."""
        return self._decide("upheld")

    def action_dismiss(self):
        """Decide that it was none; it stays on the register with the decision."""
        return self._decide("dismissed")

    def _decide(self, state: str) -> bool:
        """Keep a manager's decision.

        :raise Refusal: dossier.reason_required where the decision is not explained
        :raise AccessError: not a manager of the agency
        """
        if not has_role(self.env, "manager"):
            raise AccessError(self.env._("A manager decides on violations."))
        self.check_access("write")
        if self.env.user in self.user_id:
            raise AccessError(self.env._("Nobody decides on a violation of their own: another manager does."))
        if any(not (violation.decision or "").strip() for violation in self):
            raise Refusal("dossier.reason_required", self.env._("Write down the decision first."))
        self._in_flow().write({"state": state, "decided_by_id": self.env.uid})
        return True

    @api.model
    def _record(self, kind: str, dossier, user, event=None, detail: str = ""):
        """Put a violation on the register, with the event that proves it; in sudo.

        :param kind: of the selection
        :param user: whose violation it is
        :param event: what proves it
        """
        # Nobody types violations: they follow from events.
        violations_sudo = self.sudo().with_context(mail_create_nolog=True, mail_create_nosubscribe=True)
        return self.sudo().browse(
            violations_sudo._in_flow()
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
            .id
        )
