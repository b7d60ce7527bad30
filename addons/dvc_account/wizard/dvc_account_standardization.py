# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models

from ..exceptions import Refusal


class DvcAccountStandardization(models.TransientModel):
    """Standardises an account at the desk: the four facts, then the code from the citizen's phone."""

    _name = "dvc.account.standardization"
    _description = "Standardise an account"
    _inherit = ["dvc.sealed"]
    _forgotten_fields = frozenset({"citizen_id_secret", "phone_secret"})

    account_id = fields.Many2one("dvc.account", required=True, readonly=True)
    full_name = fields.Char(required=True)
    citizen_id = fields.Char(
        string="Identification number", compute="_compute_clear", inverse="_inverse_citizen_id", required=True
    )
    issue_date = fields.Date(string="Card issued on", required=True)
    phone = fields.Char(compute="_compute_clear", inverse="_inverse_phone", required=True)
    citizen_id_secret = fields.Char(groups=fields.NO_ACCESS)
    phone_secret = fields.Char(groups=fields.NO_ACCESS)
    challenge = fields.Char(readonly=True)
    code = fields.Char(string="One-time code", help="What the citizen received on the phone.")
    sandbox_code = fields.Char(readonly=True, help="Test environment: no text message is sent.")

    @api.depends("citizen_id_secret", "phone_secret")
    def _compute_clear(self):
        box = self.env["dvc.secret"]._box()
        # What is typed waits encrypted; a dialog is read by the one who typed it.
        for dialog, dialog_sudo in zip(self, self.sudo(), strict=True):
            number, phone = dialog_sudo.citizen_id_secret, dialog_sudo.phone_secret
            dialog.citizen_id = box.open(number, "dialog") if number else False
            dialog.phone = box.open(phone, "dialog") if phone else False

    def _inverse_citizen_id(self):
        self._keep("citizen_id", "citizen_id_secret")

    def _inverse_phone(self):
        self._keep("phone", "phone_secret")

    def _keep(self, clear: str, secret: str) -> None:
        box = self.env["dvc.secret"]._box()
        for dialog in self:
            # As above.
            dialog.sudo()[secret] = box.seal(dialog[clear], "dialog") if dialog[clear] else False

    def action_send_code(self) -> dict:
        """Check the form of the facts and send a code to the phone."""
        self.ensure_one()
        facts = self._facts()
        # The dialog proves the phone as the portal does; officers may not ask for codes otherwise.
        answer, code = self.account_id.sudo()._issue_code(
            facts.phone, "standardize", self.env["dvc.account"]._asker_of_desk()
        )
        self.challenge = answer["challenge"]
        self.sandbox_code = code if self.account_id._is_sms_sandbox() else False
        return self._reopen()

    def action_confirm(self) -> dict:
        """Check the code and standardise."""
        self.ensure_one()
        facts = self._facts()
        # Codes are closed to every user.
        self.account_id.sudo()._prove_phone(
            self.challenge or "", (self.code or "").strip(), facts.phone, self.env["dvc.account"]._asker_of_desk()
        )
        outcome = self.account_id.standardize(**facts.as_dict())
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if outcome["state"] == "standardized" else "warning",
                "message": self.account_id._outcome_text(outcome),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _facts(self):
        if not self.issue_date:
            raise Refusal("account.bad_date", self.env._("The card cannot have been issued on this day."))
        return self.account_id._parse_facts(
            self.full_name or "", self.citizen_id or "", fields.Date.to_string(self.issue_date), self.phone or ""
        )

    def _reopen(self) -> dict:
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Standardise the account"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }
