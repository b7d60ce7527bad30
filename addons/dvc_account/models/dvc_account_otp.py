# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, models

from ..contract import contract
from ..domain import one_time_code
from ..domain.arguments import InvalidArgument
from ..exceptions import Refusal
from .dvc_otp import Asker
from .res_users import LANGUAGE

PURPOSES = ("reset_password", "track", "handover")


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
        # Only this caller's user can bring the code back; docs/integrators.md tells the limits.
        if purpose not in PURPOSES:
            raise InvalidArgument("purpose", "format")
        number = self._parse_phone(phone)
        return self._issue_code(number, purpose, self._asker_of_call())[0]

    @api.model
    def _asker_of_call(self) -> Asker:
        """Return the integrator's user as the one who asks, and may bring the code back."""
        return Asker(f"user:{self.env.uid}")

    @api.model
    def _asker_of_desk(self) -> Asker:
        """Return the officer as the one who asks, in front of the citizen."""
        return Asker(f"user:{self.env.uid}", "desk")

    @api.model
    def _issue_code(self, number: str, purpose: str, asker: Asker) -> tuple[dict, str]:
        """Make a code and send it, with the same work whether or not the phone is known.

        :param number: phone, E.164
        :param purpose: one of PURPOSES, or ``standardize``: that one is sent to phones not known yet
        :param asker: in whose hands the code is good
        :return: what ``request_otp`` returns, and the code (for the sandbox's own page only)
        :raise Refusal: otp.too_many; from pages and the desk otp.too_soon
        """
        phone_hash = self._phone_hash(number)
        self._count(self._ask_keys(phone_hash, purpose, asker))
        # Codes are closed to every user.
        answer, code, otp_sudo = self.env["dvc.otp"].sudo()._make(phone_hash, purpose, asker)
        text = self._citizens_language()._code_text(purpose, code)
        known = self._is_phone_known(phone_hash, purpose)
        self.env["dvc.outbox"]._queue_code(number, text, otp_sudo, known)
        return answer, code

    @api.model
    def _ask_keys(self, phone_hash: str, purpose: str, asker: Asker) -> list[tuple]:
        """Return the counters a new code is counted under: ``(limit, scope, key)``."""
        desk = ".desk" if asker.way == "desk" else ""
        keys = []
        if asker.address:
            keys += [(limit, limit.scope, self._address_key(asker.address)) for limit in one_time_code.ASK_ADDRESS]
        if not desk:
            keys += [(limit, limit.scope, phone_hash) for limit in one_time_code.ASK_PHONE]
        keys += [(limit, f"{limit.scope}.{purpose}{desk}", phone_hash) for limit in one_time_code.ASK_PURPOSE]
        if asker.way != "call":
            # An integrator's app has a button of its own.
            limit = one_time_code.ASK_PAUSE
            keys.append((limit, f"{limit.scope}.{purpose}", phone_hash))
        return keys

    @api.model
    def _count(self, keys: list[tuple]) -> None:
        """Count one attempt under every counter, or refuse it and count none.

        :param keys: ``(limit, scope, key)``
        :raise Refusal: otp.too_many, otp.too_soon
        """
        wanted = [(scope, key, limit.most, limit.seconds) for limit, scope, key in keys]
        reached = self.env["dvc.attempt"]._take_all(wanted)
        if reached is not None:
            raise self._too_many_codes(keys[reached][0])

    @api.model
    def _address_key(self, address: str) -> str:
        return self.env["dvc.secret"]._box().digest(one_time_code.network_of(address), "address")

    @api.model
    def _citizens_language(self):
        """Return the model with the language citizens are written to, whoever asks."""
        # The phone's owner is not looked up for it: that would tell who is known.
        known = self.env["res.lang"]._get_data(code=LANGUAGE)
        return self.with_context(lang=LANGUAGE) if known else self

    @api.model
    def _code_text(self, purpose: str, code: str) -> str:
        texts = {
            "reset_password": self.env._("%(code)s is your code for a new password at the one-stop desk.", code=code),
            "track": self.env._("%(code)s is your code to follow a dossier.", code=code),
            "handover": self.env._("%(code)s is your code to take a result at the one-stop desk.", code=code),
            "standardize": self.env._("%(code)s is your code to standardise your account.", code=code),
            "personal_data": self.env._("%(code)s is your code to download what is kept about you.", code=code),
        }
        return f"{texts[purpose]} {self.env._('Tell it to nobody, staff neither. It is good for 5 minutes.')}"

    @api.model
    def _is_phone_known(self, phone_hash: str, purpose: str) -> bool:
        """Tell whether a code for this purpose is sent to this phone."""
        domain = [("phone_hash", "=", phone_hash)]
        domain.append(("state", "=", "standardized") if purpose == "reset_password" else ("state", "!=", "locked"))
        # Hashes are closed to every user; only yes or no is used, and not shown.
        return bool(self.sudo().search_count(domain, limit=1)) or purpose == "standardize"

    @api.model
    def _login_by_phone(self, phone_hash: str) -> str:
        """Return the login of the standardised account of a phone, in one statement; empty where there is none."""
        self.flush_model(["phone_hash", "state", "user_id"])
        self.env.cr.execute(
            "SELECT u.login FROM dvc_account a JOIN res_users u ON u.id = a.user_id"
            " WHERE a.phone_hash = %s AND a.state = 'standardized'",
            [phone_hash],
        )
        found = self.env.cr.fetchone()
        return found[0] if found else ""

    @api.model
    def _too_many_codes(self, limit: one_time_code.Limit) -> Refusal:
        if limit is one_time_code.ASK_PAUSE:
            text = self.env._("A code was sent less than a minute ago. Wait for it, or ask again in a minute.")
            return Refusal("otp.too_soon", text)
        if limit.seconds >= one_time_code.DAY and limit is not one_time_code.GUESS_CODE:
            text = self.env._(
                "Too many codes were asked for or tried today. Try tomorrow, or ask at the one-stop desk."
            )
        else:
            text = self.env._("Too many codes were asked for or tried. Wait 15 minutes.")
        return Refusal("otp.too_many", text)

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
        return {"token": self.env["dvc.otp"].sudo()._verify(challenge, code, self._asker_of_call())}

    @api.model
    def _prove_phone(self, challenge: str, code: str, number: str, asker: Asker, purpose: str = "standardize") -> None:
        """Check that a code sent for one purpose came back from this phone; use it up.

        :param asker: in whose hands the code is good
        :raise Refusal: otp.wrong, otp.expired, otp.too_many
        """
        # Codes are closed to every user.
        otps_sudo = self.env["dvc.otp"].sudo()
        otp_sudo = otps_sudo._by_token(otps_sudo._verify(challenge, code, asker), purpose, asker)
        if otp_sudo.phone_hash != self._phone_hash(number):
            raise otps_sudo._expired()
        otp_sudo._use_token()

    @api.model
    def _is_sms_sandbox(self) -> bool:
        """Tell whether text messages stay here, so that a page may show the code it sent."""
        return self.env["dvc.sms.gateway"]._is_sandbox()

    @api.model
    @contract("integrator")
    def reset_password(self, token: str, new_password: str) -> bool:
        """Set a new password for the login of the token's phone, and end its sessions.

        :param token: from ``verify_otp``, purpose reset_password
        :param new_password: at least 8 characters, letters and others, without the phone
        :return: True
        :raise Refusal: otp.expired, account.weak_password
        """
        return self._set_password(token, new_password, self._asker_of_call())

    @api.model
    def _set_password(self, token: str, new_password: str, asker: Asker) -> bool:
        """Do what ``reset_password`` says, for whoever the token was made for."""
        # Codes, accounts and users are closed to the public; the token is the proof.
        otp_sudo = self.env["dvc.otp"].sudo()._by_token(token, "reset_password", asker)
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
        account_sudo._notify_password_changed()
        self.env["dvc.journal"]._log("account.password_reset", record=account_sudo, account=account_sudo)
        return True

    def _notify_password_changed(self) -> None:
        """Tell the citizen by text message that the password is another one now; Odoo writes the e-mail."""
        number = self._open_phone() if self else ""
        if not number:
            return
        text = self._speaking().env._(
            "The password of your account at the one-stop desk was changed. Was it not you? Call or come to the desk."
        )
        self.env["dvc.outbox"]._queue(
            "sms", number, "", text, f"password:{self.id}:{one_time_code.new_token()}", urgent=True
        )

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
