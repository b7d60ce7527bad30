# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models


class DvcResultConfirmation(models.TransientModel):
    """Asks a signer for what the remote signing service wants of them: PIN, one-time code. Neither is kept."""

    _name = "dvc.result.confirmation"
    _description = "Confirm a signature"
    _inherit = ["dvc.sealed"]
    _forgotten_fields = frozenset({"pin_secret", "otp_secret"})

    result_ids = fields.Many2many("dvc.result", string="Results", readonly=True)
    act = fields.Selection([("sign", "Sign"), ("seal", "Seal")], required=True, default="sign")
    asks = fields.Selection(
        [("pin", "A PIN"), ("otp", "A one-time code"), ("both", "A PIN and a one-time code")],
        required=True,
        default="both",
    )
    pin = fields.Char(string="PIN", compute="_compute_clear", inverse="_inverse_pin")
    otp = fields.Char(string="One-time code", compute="_compute_clear", inverse="_inverse_otp")
    pin_secret = fields.Char(groups=fields.NO_ACCESS)
    otp_secret = fields.Char(groups=fields.NO_ACCESS)
    code_sent = fields.Boolean(readonly=True)

    @api.depends("pin_secret", "otp_secret")
    def _compute_clear(self):
        # What was typed is never sent back.
        self.pin = self.otp = False

    def _inverse_pin(self):
        self._keep("pin", "pin_secret")

    def _inverse_otp(self):
        self._keep("otp", "otp_secret")

    def _keep(self, clear: str, secret: str) -> None:
        box = self.env["dvc.secret"]._box()
        for dialog in self:
            # What is typed waits encrypted until the button is pressed; the column is closed to every user.
            dialog.sudo()[secret] = box.seal(dialog[clear], "dialog") if dialog[clear] else False

    def _taken(self) -> dict[str, str]:
        """Return what was typed, and forget it."""
        box = self.env["dvc.secret"]._box()
        # As above.
        dialog_sudo = self.sudo()
        typed = {
            name: box.open(sealed, "dialog").strip() if (sealed := dialog_sudo[f"{name}_secret"]) else ""
            for name in ("pin", "otp")
        }
        dialog_sudo.write({"pin_secret": False, "otp_secret": False})
        return typed

    def action_send_code(self) -> dict:
        """Have the signing service send the signer a one-time code."""
        self.ensure_one()
        result = self.result_ids[:1]
        result.check_access("read")
        result._certificate_to(self.act)._send_otp()
        self.code_sent = True
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Confirm the signature"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_confirm(self) -> dict:
        """Sign or seal the results with what was typed."""
        self.ensure_one()
        typed = self._taken()
        for result in self.result_ids:
            if self.act == "seal":
                result.seal(**typed)
            else:
                result.sign(**typed)
        count = len(self.result_ids)
        done = (
            self.env._("%(count)s results sealed.", count=count)
            if self.act == "seal"
            else self.env._("%(count)s results signed.", count=count)
        )
        return self.result_ids._told(done + self.result_ids._levels())
