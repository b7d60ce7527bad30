# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import dataclasses
import datetime

from odoo import api, fields, models

from ..domain import certificate_states as states
from ..domain import signer_match


@dataclasses.dataclass(frozen=True)
class SignerMatch:
    """What a signature's maker is to the one whose file it is.

    :param match: see domain.signer_match
    :param ended_at: when the certificate was reported lost or put out of use, where the signature
        must be taken as made after that
    :param lost: it was reported lost
    """

    match: str
    ended_at: datetime.datetime | None = None
    lost: bool = False


class DvcSignatureCheck(models.Model):
    """Who made the signatures of a check, compared with whose file it is; judged when it is read."""

    _inherit = "dvc.signature.check"

    signer_hashes = fields.Json(
        groups=fields.NO_ACCESS, help="Keyed hashes of the numbers in each signer's certificate, a list a signature."
    )

    @api.model
    def _match_signers(self, pairs) -> dict[tuple[int, str], list[SignerMatch]]:
        """Compare the makers of signatures with the owners of the files: two queries, however many.

        At read time, so that a certificate reported lost later counts for what was handed in before.

        :param pairs: ``(check, owner)``: dvc.signature.check record and the keyed hash of the owner's number
        :return: the matches of each pair's signatures, by ``(check id, owner)``
        """
        # Hashes are closed to users, and what goes out names nobody.
        checks_sudo = self.sudo().browse({check.id for check, _owner in pairs if check})
        registered = self._registered_certificates(checks_sudo)
        return {
            (check.id, owner or ""): check.browse(check.id).sudo()._signer_matches(owner or "", registered)
            for check, owner in pairs
            if check
        }

    @api.model
    def _registered_certificates(self, checks_sudo) -> dict:
        """Return the citizens' certificates that made signatures of checks, by fingerprint."""
        prints = {line.get("fingerprint") for check in checks_sudo for line in check.signatures or []} - {None, ""}
        domain = [
            ("fingerprint", "in", list(prints)),
            ("purpose", "=", "citizen"),
            ("state", "in", (states.ACTIVE, states.REPLACED, states.REVOKED)),
        ]
        found_sudo = checks_sudo.env["dvc.certificate"].search(domain) if prints else []
        return {certificate.fingerprint: certificate for certificate in found_sudo}

    def _signer_matches(self, owner: str, registered: dict) -> list[SignerMatch]:
        lines = self.signatures or []
        hashes = self.signer_hashes or [[] for _line in lines]
        return [
            self._signer_match(line, tuple(numbers), registered.get(line.get("fingerprint")), owner)
            for line, numbers in zip(lines, hashes, strict=True)
        ]

    @api.model
    def _signer_match(self, line: dict, numbers: tuple[str, ...], certificate, owner: str) -> SignerMatch:
        signer = signer_match.Signer(
            trusted=bool(line.get("trusted")),
            agency=bool(line.get("agency")),
            numbers=numbers,
            registered=(certificate and certificate.account_id.citizen_id_hash) or "",
        )
        ended_at = certificate and certificate.ended_at if certificate and certificate.state == states.REVOKED else None
        signed_at = fields.Datetime.to_datetime(line.get("signed_at") or False)
        late = signer_match.made_after(ended_at, signed_at or None, bool(line.get("timestamped")))
        return SignerMatch(
            signer_match.match(signer, owner), ended_at if late else None, late and certificate.ended_cause == "lost"
        )
