# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import datetime
import hashlib
import re
import secrets

from odoo import api, fields, models

from ..exceptions import Refusal
from ..report import certificate_challenge
from ..report.paper import A4, Paper

LIFE = datetime.timedelta(hours=24)
KEEP = datetime.timedelta(days=90)
OPEN_MAX = 20
TOKEN = re.compile(rb"DVC-CHALLENGE:([0-9a-f]{32})")


class DvcCertificateChallenge(models.Model):
    """A one-page document that only the holder of a key can sign: proof of possession, good once and for a day."""

    _name = "dvc.certificate.challenge"
    _description = "Document that proves a key"
    _order = "id desc"

    account_id = fields.Many2one("dvc.account", required=True, ondelete="cascade", index=True)
    token = fields.Char(required=True)
    sha256 = fields.Char(required=True)
    size = fields.Integer(required=True)
    expires_at = fields.Datetime(required=True)
    used_at = fields.Datetime()

    _token_uniq = models.UniqueIndex("(token)")

    @api.model
    def _issue(self, account_sudo) -> tuple[bytes, str, datetime.datetime]:
        """Make a document for an account.

        :return: ``(PDF, file name, moment it ends)``
        :raise Refusal: certificate.too_many
        """
        # Nobody has a right on challenges; each belongs to the account that was checked.
        challenges_sudo = self.sudo()
        now = fields.Datetime.now()
        waiting = [("account_id", "=", account_sudo.id), ("expires_at", ">", now), ("used_at", "=", False)]
        if challenges_sudo.search_count(waiting, limit=OPEN_MAX) >= OPEN_MAX:
            raise Refusal("certificate.too_many", self.env._("Too many tries for one day. Please go on tomorrow."))
        token, ends = secrets.token_hex(16), now + LIFE
        paper = Paper(certificate_challenge.TITLE, size=A4, subject=f"DVC-CHALLENGE:{token}")
        certificate_challenge.draw(paper, account_sudo.name or "", token, self._local(now), self._local(ends))
        data = paper.to_bytes()
        challenges_sudo.create(
            {
                "account_id": account_sudo.id,
                "token": token,
                "sha256": hashlib.sha256(data).hexdigest(),
                "size": len(data),
                "expires_at": ends,
            }
        )
        return data, f"xac-nhan-chu-ky-so-{token[:6]}.pdf", ends

    @api.model
    def _local(self, moment: datetime.datetime) -> datetime.datetime:
        return fields.Datetime.context_timestamp(self.with_context(tz="Asia/Ho_Chi_Minh"), moment)

    @api.model
    def _in_file(self, account_sudo, data: bytes):
        """Return the challenge that a file is made of, in sudo; empty: the file is another document.

        :raise Refusal: certificate.challenge_used, certificate.challenge_over: used, too old or another account's
        """
        named = TOKEN.search(data)
        # As above.
        challenges_sudo = self.sudo()
        if not named:
            return challenges_sudo.browse()
        challenge_sudo = challenges_sudo.search([("token", "=", named[1].decode())])
        if challenge_sudo.used_at:
            raise Refusal(
                "certificate.challenge_used",
                self.env._("This document has been used already. Please get a new one and sign it."),
            )
        # Of another account it is nobody's here: whose, is not told.
        if challenge_sudo.account_id != account_sudo or challenge_sudo.expires_at <= fields.Datetime.now():
            raise Refusal(
                "certificate.challenge_over",
                self.env._("This document is not valid any more. Please get a new one and sign it."),
            )
        if hashlib.sha256(data[: challenge_sudo.size]).hexdigest() != challenge_sudo.sha256:
            raise Refusal(
                "certificate.challenge_changed",
                self.env._("The document was changed before it was signed. Please sign it as it was downloaded."),
            )
        return challenge_sudo

    @api.autovacuum
    def _gc_old(self):
        """Forget challenges that proved nothing, and those that did, long after."""
        old = self.search([("expires_at", "<", fields.Datetime.now() - KEEP)], limit=1000)
        old.unlink()
        return len(old), len(old) == 1000
