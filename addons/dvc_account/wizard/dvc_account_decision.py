# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models

from ..exceptions import Refusal

REASONS = [
    ("lost", "The citizen lost the phone or the card"),
    ("asked", "The citizen asks for it"),
    ("wrong", "Wrong data"),
    ("forged", "Suspicion of forged papers"),
    ("duplicate", "Duplicate of another account"),
    ("other", "Other"),
]


class DvcAccountDecision(models.TransientModel):
    """Asks for reason and evidence of a lock, an unlock or a transfer."""

    _name = "dvc.account.decision"
    _inherit = ["dvc.evidence", "dvc.masked.text"]
    _masked_text_fields = frozenset({"reason"})
    _description = "Lock, unlock or transfer an account"

    account_id = fields.Many2one("dvc.account", required=True, readonly=True)
    verb = fields.Selection(
        [("lock", "Lock"), ("unlock", "Unlock"), ("transfer", "Transfer")], required=True, readonly=True
    )
    cause = fields.Selection(REASONS, string="Reason")
    reason = fields.Text(string="Details")
    heir_id = fields.Many2one(
        "dvc.account",
        string="Standardised account",
        domain="[('state', '=', 'standardized'), ('id', '!=', account_id)]",
    )

    def action_confirm(self) -> dict:
        """Lock, or ask for or complete an unlock or a transfer."""
        self.ensure_one()
        verb = getattr(self, f"_{self.verb}")
        answer = verb(self._full_reason())
        if answer["state"] != "requested":
            return {"type": "ir.actions.client", "tag": "soft_reload"}
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("Asked for. A second officer or a manager completes it."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _full_reason(self) -> str:
        labels = dict(self._fields["cause"]._description_selection(self.env))
        cause = labels[self.cause] if self.cause and self.cause != "other" else ""
        return ": ".join(part for part in (cause, (self.reason or "").strip()) if part)

    def _lock(self, reason: str) -> dict:
        return self.account_id.lock(reason)

    def _unlock(self, reason: str) -> dict:
        answer = self.account_id.unlock(reason)
        evidence = self._evidence()
        if evidence:
            # The role was checked by the call above.
            cases_sudo = self.env["dvc.account.case"].sudo()
            case_sudo = cases_sudo.search(
                [("account_id", "=", self.account_id.id), ("kind", "=", "unlock")], order="id desc", limit=1
            )
            case_sudo._keep_evidence(evidence)
        return answer

    def _transfer(self, reason: str) -> dict:
        if not self.heir_id:
            raise Refusal("input.invalid", self.env._("Choose the account that takes over."))
        cases = self.env["dvc.account.case"]
        # Officers may not write cases; their role is checked on the case below.
        account_sudo, heir_sudo = self.account_id.sudo(), self.heir_id.sudo()
        case_sudo = cases._open_case("transfer", account_sudo, heir_sudo, origin="staff", reason=reason)
        case_sudo.with_env(self.env)._check_staff()
        if case_sudo.heir_id != heir_sudo:
            raise Refusal("case.closed", self.env._("This account has a transfer to another account waiting already."))
        case_sudo._check_heir()
        case_sudo._check(reason, self._evidence())
        return {"state": "requested"}
