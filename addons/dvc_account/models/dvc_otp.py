# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import dataclasses
import datetime

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools.misc import consteq

from ..contract import own_transaction
from ..domain import one_time_code, phone
from ..exceptions import Refusal

PURPOSES = [
    ("reset_password", "Password reset"),
    ("track", "Tracking"),
    ("handover", "Handover"),
    ("standardize", "Standardisation"),
    ("personal_data", "Download of own data"),
]


@dataclasses.dataclass(frozen=True)
class Asker:
    """Who asks for a code and brings it back: it is good in these hands only.

    ``holder`` is a browser session (``session:…``) or a user (``user:…``); empty: whoever opens the
    link first. ``way`` is page, call (an integrator's) or desk. ``address`` is limited where given.
    """

    holder: str
    way: str = "call"
    address: str = ""


class DvcOtp(models.Model):
    """A one-time code: kept as a salted, keyed hash only."""

    _name = "dvc.otp"
    _description = "One-time code"
    _inherit = ["dvc.sealed"]
    _order = "id desc"
    _forgotten_fields = frozenset({"challenge_hash", "holder_hash", "phone_hash", "code_hash", "token_hash"})

    challenge_hash = fields.Char(required=True, groups=fields.NO_ACCESS)
    holder_hash = fields.Char(groups=fields.NO_ACCESS, help="Session or user that may complete it; empty: not claimed.")
    purpose = fields.Selection(PURPOSES, required=True)
    way = fields.Selection(
        [("page", "Web page"), ("call", "Integrator"), ("desk", "One-stop desk")],
        string="Asked for by",
        default="call",
        required=True,
    )
    state = fields.Selection(
        [("sent", "Sent"), ("verified", "Verified"), ("used", "Used")], default="sent", required=True
    )
    outcome = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("replaced", "Replaced by a newer one"),
            ("expired", "Expired"),
            ("verified", "Verified"),
            ("used", "Used"),
        ],
        compute="_compute_outcome",
    )
    message_state = fields.Char(string="Message", compute="_compute_message_state")
    phone_hash = fields.Char(required=True, index=True, groups=fields.NO_ACCESS)
    salt = fields.Char(required=True, groups=fields.NO_ACCESS, default=lambda self: one_time_code.new_salt())
    code_hash = fields.Char(required=True, groups=fields.NO_ACCESS)
    token_hash = fields.Char(groups=fields.NO_ACCESS)
    expires_at = fields.Datetime(required=True)

    _challenge_uniq = models.UniqueIndex("(challenge_hash)")
    _token_uniq = models.UniqueIndex("(token_hash) WHERE token_hash IS NOT NULL")

    @api.depends("state", "expires_at")
    def _compute_outcome(self):
        now = fields.Datetime.now()
        # Hashes are closed to every user; only what became of the codes is shown.
        newest = self.sudo()._newest_by_phone()
        for otp, otp_sudo in zip(self, self.sudo(), strict=True):
            if otp.state != "sent":
                otp.outcome = otp.state
            elif newest.get((otp_sudo.phone_hash, otp.purpose), 0) > otp.id:
                otp.outcome = "replaced"
            else:
                otp.outcome = "expired" if otp.expires_at and otp.expires_at < now else "waiting"

    def _newest_by_phone(self) -> dict:
        """Return the id of the latest code by phone and purpose."""
        groups = self._read_group(
            [("phone_hash", "in", self.mapped("phone_hash"))], ["phone_hash", "purpose"], ["id:max"]
        )
        return {(phone_hash, purpose): last for phone_hash, purpose, last in groups}

    def _compute_message_state(self):
        # Only how the message fared is shown, not what stood in it.
        outbox_sudo = self.env["dvc.outbox"].sudo()
        # As above.
        keys = {otp_sudo.id: otp_sudo._message_key() for otp_sudo in self.sudo()}
        messages_sudo = outbox_sudo.search([("dedup_key", "in", list(keys.values()))])
        by_key = {message.dedup_key: message for message in messages_sudo}
        labels = dict(outbox_sudo._fields["state"]._description_selection(self.env))
        for otp in self:
            message_sudo = by_key.get(keys[otp.id])
            parts = (labels.get(message_sudo.state), message_sudo.error) if message_sudo else ()
            otp.message_state = " · ".join(part for part in parts if part)

    def _message_key(self) -> str:
        return f"otp:{self.challenge_hash}"

    @api.model
    def _search_display_name(self, operator, value):
        """Find the codes to a phone by the whole number."""
        try:
            digest = self.env["dvc.account"]._phone_hash(phone.to_e164(value if isinstance(value, str) else ""))
        except phone.InvalidPhone:
            return Domain.FALSE
        # The hash is closed to every user; who may read codes may look for a number they know.
        return Domain("id", "in", self.sudo().search([("phone_hash", "=", digest)]).ids)

    # Making one

    @api.model
    def _make(self, phone_hash: str, purpose: str, asker: Asker) -> tuple[dict, str, "DvcOtp"]:
        """Make a code; the earlier ones of the same phone and purpose are void from now on.

        :return: ``{challenge, expires_at}``, the code, and its record
        """
        challenge, code, salt = one_time_code.new_token(), one_time_code.new_code(), one_time_code.new_salt()
        expires_at = fields.Datetime.now() + datetime.timedelta(minutes=one_time_code.MINUTES)
        otp = self.create(
            {
                "challenge_hash": self._digest(challenge),
                "holder_hash": self._digest(asker.holder) if asker.holder else False,
                "purpose": purpose,
                "way": asker.way,
                "phone_hash": phone_hash,
                "salt": salt,
                "code_hash": self._digest(one_time_code.salted(salt, challenge, code)),
                "expires_at": expires_at,
            }
        )
        return {"challenge": challenge, "expires_at": fields.Datetime.to_string(expires_at)}, code, otp

    # Bringing it back

    @api.model
    def _verify(self, challenge: str, code: str, asker: Asker) -> str:
        """Return the token for a right code.

        :raise Refusal: otp.wrong, otp.expired, otp.too_many
        """
        otp = self._by_challenge(challenge, asker)
        if not otp or otp.state != "sent" or otp.expires_at < fields.Datetime.now() or otp._is_replaced():
            raise self._expired()
        # Counted before it is looked at, and apart: a refusal rolls this request back.
        otp._count_guess(asker)
        # Both are keyed hashes: how long their comparison takes tells nothing of the code.
        if not consteq(self._digest(one_time_code.salted(otp.salt, challenge, code)), otp.code_hash):
            otp._claim_apart(asker)
            raise Refusal("otp.wrong", self.env._("The code is wrong."))
        otp._forgive_guess(asker)
        token = one_time_code.new_token()
        otp.write(
            {
                "state": "verified",
                "holder_hash": self._digest(asker.holder),
                "token_hash": self._digest(token),
                "expires_at": fields.Datetime.now() + datetime.timedelta(minutes=one_time_code.MINUTES),
            }
        )
        return token

    @api.model
    def _by_challenge(self, challenge: str, asker: Asker):
        """Return the code of a challenge that this asker may complete; empty where there is none."""
        otp = self.search([("challenge_hash", "=", self._digest(challenge))], limit=1)
        if otp.holder_hash:
            return otp if consteq(otp.holder_hash, self._digest(asker.holder)) else self.browse()
        # A link that came by message is opened on a page, never by an integrator.
        return otp if asker.way == "page" else self.browse()

    def _is_replaced(self) -> bool:
        """Tell whether a newer code of the same phone and purpose makes this one void."""
        newer = [("phone_hash", "=", self.phone_hash), ("purpose", "=", self.purpose), ("id", ">", self.id)]
        return bool(self.search_count(newer, limit=1))

    def _is_open_to(self, asker: Asker, challenge: str) -> bool:
        """Tell whether a page may ask this visitor for the code of a challenge."""
        otp = self._by_challenge(challenge, asker)
        return bool(otp) and otp.state == "sent" and otp.expires_at >= fields.Datetime.now()

    def _seconds_to_resend(self, challenge: str) -> int:
        """Return how long the button for a new code waits."""
        otp = self.search([("challenge_hash", "=", self._digest(challenge))], limit=1)
        if not otp:
            return 0
        age = (fields.Datetime.now() - otp.create_date).total_seconds()
        return max(0, one_time_code.PAUSE_SECONDS - int(age))

    def _guess_keys(self, asker: Asker) -> list[tuple]:
        """Return the counters a guess is counted under, the code's own first."""
        desk = ".desk" if self.way == "desk" else ""
        keys = [
            (one_time_code.GUESS_CODE, one_time_code.GUESS_CODE.scope, self.challenge_hash),
            (one_time_code.GUESS_PHONE, f"{one_time_code.GUESS_PHONE.scope}.{self.purpose}{desk}", self.phone_hash),
        ]
        if asker.address:
            limit = one_time_code.GUESS_ADDRESS
            keys.append((limit, limit.scope, self.env["dvc.account"]._address_key(asker.address)))
        return keys

    def _count_guess(self, asker: Asker) -> None:
        self.env["dvc.account"]._count(self._guess_keys(asker))

    def _forgive_guess(self, asker: Asker) -> None:
        """Take a right answer out of the counters of wrong ones; the code's own keeps it."""
        for _limit, scope, key in self._guess_keys(asker)[1:]:
            self.env["dvc.attempt"]._give_back(scope, key)

    def _claim_apart(self, asker: Asker) -> None:
        """Bind a code that nobody holds to the first who answers it, though the answer was wrong."""
        if self.holder_hash:
            return
        with own_transaction(self.env) as env:
            env.cr.execute(
                "UPDATE dvc_otp SET holder_hash = %s WHERE id = %s AND holder_hash IS NULL",
                [self._digest(asker.holder), self.id],
            )

    # What it opens

    @api.model
    def _by_token(self, token: str, purpose: str, asker: Asker):
        """Return the verified code a token stands for.

        :raise Refusal: otp.expired: unknown, used, too late, for another purpose, or in other hands
        """
        otp = self.search([("token_hash", "=", self._digest(token)), ("purpose", "=", purpose)], limit=1)
        if not otp or otp.state != "verified" or otp.expires_at < fields.Datetime.now():
            raise self._expired()
        if not consteq(otp.holder_hash or "", self._digest(asker.holder)):
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
            "UPDATE dvc_otp SET challenge_hash = 'forgotten:' || id, holder_hash = NULL, phone_hash = '',"
            " code_hash = '', token_hash = NULL,"
            " expires_at = least(expires_at, date_trunc('second', now() AT TIME ZONE 'UTC'))"
        )
        super()._forget_secrets()

    @api.autovacuum
    def _gc_old(self):
        self.search([("expires_at", "<", fields.Datetime.now() - datetime.timedelta(days=7))], limit=10000).unlink()
