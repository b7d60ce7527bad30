# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import datetime

from odoo import api, fields, models

from ..domain import one_time_code
from ..exceptions import Refusal


class DvcOtp(models.Model):
    """A one-time code: kept as a keyed hash only."""

    _name = "dvc.otp"
    _description = "One-time code"
    _inherit = ["dvc.sealed"]
    _order = "id desc"
    _forgotten_fields = frozenset({"challenge_hash", "phone_hash", "code_hash", "token_hash"})

    challenge_hash = fields.Char(required=True, groups=fields.NO_ACCESS)
    purpose = fields.Selection(
        [
            ("reset_password", "Password reset"),
            ("track", "Tracking"),
            ("handover", "Handover"),
            ("standardize", "Standardisation"),
        ],
        required=True,
    )
    state = fields.Selection(
        [("sent", "Sent"), ("verified", "Verified"), ("used", "Used")], default="sent", required=True
    )
    phone_hash = fields.Char(required=True, index=True, groups=fields.NO_ACCESS)
    code_hash = fields.Char(required=True, groups=fields.NO_ACCESS)
    token_hash = fields.Char(groups=fields.NO_ACCESS)
    expires_at = fields.Datetime(required=True)

    _challenge_uniq = models.UniqueIndex("(challenge_hash)")
    _token_uniq = models.UniqueIndex("(token_hash) WHERE token_hash IS NOT NULL")

    @api.model
    def _make(self, phone_hash: str, purpose: str) -> tuple[dict, str]:
        challenge, code = one_time_code.new_token(), one_time_code.new_code()
        expires_at = fields.Datetime.now() + datetime.timedelta(minutes=one_time_code.MINUTES)
        self.create(
            {
                "challenge_hash": self._digest(challenge),
                "purpose": purpose,
                "phone_hash": phone_hash,
                "code_hash": self._digest(challenge + code),
                "expires_at": expires_at,
            }
        )
        return {"challenge": challenge, "expires_at": fields.Datetime.to_string(expires_at)}, code

    @api.model
    def _verify(self, challenge: str, code: str) -> str:
        """Return the token for a right code.

        :raise Refusal: otp.wrong, otp.expired, otp.too_many
        """
        otp = self.search([("challenge_hash", "=", self._digest(challenge))], limit=1)
        if not otp:
            raise self._expired()
        # Counted apart: the refusal below rolls this request back.
        key = otp.challenge_hash
        if not self.env["dvc.attempt"]._take("otp.code", key, one_time_code.WRONG_MAX, 24 * 60 * 60):
            raise self.env["dvc.account"]._too_many_codes()
        if otp.state != "sent" or otp.expires_at < fields.Datetime.now():
            raise self._expired()
        # Both are keyed hashes: how long their comparison takes tells nothing of the code.
        if self._digest(challenge + code) != otp.code_hash:
            raise Refusal("otp.wrong", self.env._("The code is wrong."))
        token = one_time_code.new_token()
        otp.write(
            {
                "state": "verified",
                "token_hash": self._digest(token),
                "expires_at": fields.Datetime.now() + datetime.timedelta(minutes=one_time_code.MINUTES),
            }
        )
        return token

    @api.model
    def _by_token(self, token: str, purpose: str):
        """Return the verified code a token stands for.

        :raise Refusal: otp.expired: unknown, used, too late, or for another purpose
        """
        otp = self.search([("token_hash", "=", self._digest(token)), ("purpose", "=", purpose)], limit=1)
        if not otp or otp.state != "verified" or otp.expires_at < fields.Datetime.now():
            raise self._expired()
        return otp

    def _use_token(self) -> None:
        # Of two uses at once the later UPDATE does not serialise; its rerun finds the token used.
        self.write({"state": "used"})

    @api.model
    def _expired(self) -> Refusal:
        return Refusal("otp.expired", self.env._("The code is no longer good. Ask for a new one."))

    @api.model
    def _digest(self, text: str) -> str:
        return self.env["dvc.secret"]._box().digest(text, "otp")

    def _forget_secrets(self):
        # Whoever waits for a code asks for a new one; the list of those sent stays.
        self.env.cr.execute(
            "UPDATE dvc_otp SET challenge_hash = 'forgotten:' || id, phone_hash = '', code_hash = '',"
            " token_hash = NULL, expires_at = least(expires_at, date_trunc('second', now() AT TIME ZONE 'UTC'))"
        )
        super()._forget_secrets()

    @api.autovacuum
    def _gc_old(self):
        self.search([("expires_at", "<", fields.Datetime.now() - datetime.timedelta(days=7))], limit=10000).unlink()
