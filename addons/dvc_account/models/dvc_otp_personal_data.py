# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models

PURPOSE = "personal_data"


class DvcOtpPersonalData(models.Model):
    _inherit = "dvc.otp"

    purpose = fields.Selection(selection_add=[(PURPOSE, "Download of own data")], ondelete={PURPOSE: "cascade"})


class DvcAccountPersonalDataCode(models.Model):
    """The code that proves, before the download of everything, that it is the person who holds the phone."""

    _inherit = "dvc.account"

    def _send_own_code(self, address: str | None) -> tuple[dict, str]:
        """Send a code to the account's own phone; the account was checked.

        :raise Refusal: otp.too_many
        """
        self.ensure_one()
        return self._issue_code(self._open_phone(), PURPOSE, address)

    def _prove_own_phone(self, challenge: str, code: str) -> None:
        """Check that a code sent for a download came back from the account's own phone; use it up.

        :raise Refusal: otp.wrong, otp.expired, otp.too_many
        """
        # Codes are closed to every user.
        otps_sudo = self.env["dvc.otp"].sudo()
        otp_sudo = otps_sudo._by_token(otps_sudo._verify(challenge, code), PURPOSE)
        if otp_sudo.phone_hash != self.sudo().phone_hash:
            raise otps_sudo._expired()
        otp_sudo._use_token()
