# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, models

from ..contract import contract
from ..domain import one_time_code
from ..domain.arguments import InvalidArgument
from ..exceptions import Refusal

PURPOSES = ("reset_password", "track", "handover")
PHONE_MAX, PHONE_SECONDS = 5, 15 * 60
ADDRESS_MAX, ADDRESS_SECONDS = 30, 60 * 60


class DvcAccountOtp(models.Model):
    """One-time codes and what they open, as integrators and public pages call them."""

    _inherit = "dvc.account"

    @api.model
    @contract("integrator")
    def request_otp(self, phone: str, purpose: str) -> dict:
        """Send a one-time code to a phone, if it is a citizen's; the answer does not tell.

        :param phone: Vietnamese phone number
        :param purpose: reset_password, track or handover
        :return: ``{challenge, expires_at}``
        :raise Refusal: otp.too_many
        """
        if purpose not in PURPOSES:
            raise InvalidArgument("purpose", "format")
        number = self._parse_phone(phone)
        return self._issue_code(number, purpose)[0]

    @api.model
    def _issue_code(self, number: str, purpose: str, address: str | None = None) -> tuple[dict, str]:
        """Make a code and send it.

        :param number: phone, E.164
        :param purpose: one of PURPOSES, or ``standardize``: that one is sent to phones not known yet
        :param address: network address of a public or portal request
        :return: what ``request_otp`` returns, and the code (for the sandbox's own page only)
        :raise Refusal: otp.too_many
        """
        attempts = self.env["dvc.attempt"]
        phone_hash = self._phone_hash(number)
        if address:
            address_key = self.env["dvc.secret"]._box().digest(address, "address")
            if not attempts._take("otp.address", address_key, ADDRESS_MAX, ADDRESS_SECONDS):
                raise self._too_many_codes()
        if not attempts._take(f"otp.{purpose}", phone_hash, PHONE_MAX, PHONE_SECONDS):
            raise self._too_many_codes()
        # Codes are closed to every user.
        answer, code = self.env["dvc.otp"].sudo()._make(phone_hash, purpose)
        if self._is_phone_known(phone_hash, purpose):
            text = self.env._("Your one-time code is %(code)s. Tell it to nobody. It is good for 5 minutes.", code=code)
            # The outbox is closed to those who only ask for a code.
            self.env["dvc.outbox"].sudo()._queue("sms", number, "", text, f"otp:{answer['challenge']}", secret=True)
        return answer, code

    @api.model
    def _is_phone_known(self, phone_hash: str, purpose: str) -> bool:
        """Tell whether a code for this purpose is sent to this phone."""
        if purpose == "standardize":
            return True
        domain = [("phone_hash", "=", phone_hash)]
        domain.append(("state", "=", "standardized") if purpose == "reset_password" else ("state", "!=", "locked"))
        # Hashes are closed to every user; only yes or no is used, and not shown.
        return bool(self.sudo().search_count(domain, limit=1))

    @api.model
    def _too_many_codes(self) -> Refusal:
        return Refusal("otp.too_many", self.env._("Too many codes were asked for or tried. Wait 15 minutes."))

    @api.model
    @contract("integrator")
    def verify_otp(self, challenge: str, code: str) -> dict:
        """Exchange a right code for a token that can be used once.

        :param challenge: from ``request_otp``
        :param code: what the citizen received
        :return: ``{token}``
        :raise Refusal: otp.wrong, otp.expired, otp.too_many
        """
        # Codes are closed to every user.
        return {"token": self.env["dvc.otp"].sudo()._verify(challenge, code)}

    @api.model
    def _prove_phone(self, challenge: str, code: str, number: str) -> None:
        """Check that a code sent for a standardisation came back from this phone; use it up.

        :raise Refusal: otp.wrong, otp.expired, otp.too_many
        """
        # Codes are closed to every user.
        otps_sudo = self.env["dvc.otp"].sudo()
        otp_sudo = otps_sudo._by_token(otps_sudo._verify(challenge, code), "standardize")
        if otp_sudo.phone_hash != self._phone_hash(number):
            raise otps_sudo._expired()
        otp_sudo._use_token()

    @api.model
    def _is_sms_sandbox(self) -> bool:
        """Tell whether text messages stay here, so that a page may show the code it sent."""
        # Parameters are not readable by those who use codes.
        url = (self.env["ir.config_parameter"].sudo().get_param("dvc_account.sms_gateway_url") or "").strip()
        return not url and self.env["dvc.identity.source"]._has_demo_data()

    @api.model
    @contract("integrator")
    def reset_password(self, token: str, new_password: str) -> bool:
        """Set a new password for the login of the token's phone, and end its sessions.

        :param token: from ``verify_otp``, purpose reset_password
        :param new_password: at least 8 characters, letters and others, without the phone
        :return: True
        :raise Refusal: otp.expired, account.weak_password
        """
        # Codes, accounts and users are closed to the public; the token is the proof.
        otp_sudo = self.env["dvc.otp"].sudo()._by_token(token, "reset_password")
        account_sudo = self.sudo().search(
            [("phone_hash", "=", otp_sudo.phone_hash), ("state", "=", "standardized")], limit=1
        )
        if not account_sudo:
            raise otp_sudo._expired()
        account_sudo._ensure_login()
        self._check_password(new_password, account_sudo)
        otp_sudo._use_token()
        account_sudo.user_id.password = new_password
        account_sudo.user_id._dvc_end_sessions()
        self.env["dvc.journal"]._log("account.password_reset", record=account_sudo, account=account_sudo)
        return True

    @api.model
    def _check_password(self, password: str, account_sudo) -> None:
        """Check a new password of an account's login.

        :raise Refusal: account.weak_password
        """
        private = (*account_sudo._private_texts(), account_sudo.user_id.login)
        weakness = self._password_weakness(password, private)
        if weakness:
            raise Refusal("account.weak_password", weakness)

    def _private_texts(self) -> tuple[str, ...]:
        """Return what a password may not contain: phone and identification number, in sudo."""
        return (self._open_phone()[3:], self._open_citizen_id()) if self else ()

    @api.model
    def _password_weakness(self, password: str, private: tuple) -> str:
        """Return what is wrong with a password, in words; empty when nothing is."""
        messages = {
            "short": self.env._("The password has at least 8 characters."),
            "simple": self.env._("The password has letters and figures, at least 5 different ones."),
            "private": self.env._("The password may not contain your phone, login or identification number."),
        }
        return messages.get(one_time_code.password_weakness(password, private), "")
