# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import hashlib

from odoo import api, fields, models
from odoo.tools import SQL

# What of a signing.trust.Trust says who is believed; the rest tells of revocation.
ANCHORS = ("anchors", "intermediates", "citizens", "authorities", "timestamps")


def digest_of(lists: dict) -> str:
    """Return one digest of certificates or lists, whatever their order.

    :param lists: of bytes, by name
    """
    total = hashlib.sha256()
    for name, items in sorted(lists.items()):
        for item in sorted(hashlib.sha256(item).digest() for item in items):
            total.update(name.encode() + b"\0" + item)
    return total.hexdigest()


class DvcSignatureTrust(models.Model):
    """Whom the server trusted when files were checked: kept once, however many checks refer to it."""

    _name = "dvc.signature.trust"
    _description = "Trusted authorities at a moment"
    _inherit = ["dvc.append.only"]
    _order = "id desc"
    _rec_name = "digest"
    _log_access = False

    at = fields.Datetime(string="First used", required=True)
    digest = fields.Char(required=True, help="SHA-256 over all certificates, each with its purpose.")
    anchors = fields.Json(help="The certificates: fingerprint, name, purpose, whether it only completes paths.")

    _digest_uniq = models.UniqueIndex("(digest)", "These authorities are kept already.")

    @api.model
    def _of(self, trust):
        """Return what is kept of whom a check trusts, in sudo.

        :param trust: a signing.trust.Trust
        """
        digest = digest_of({name: getattr(trust, name) for name in ANCHORS})
        # Kept by checks only, whoever's file is checked.
        known_sudo = self.sudo().search([("digest", "=", digest)])
        if known_sudo:
            return known_sudo
        # Two checks at once keep the same: the second one takes the first one's.
        self.env.cr.execute(
            SQL(
                "INSERT INTO dvc_signature_trust (at, digest, anchors) VALUES (%s, %s, %s::jsonb)"
                " ON CONFLICT (digest) DO NOTHING",
                fields.Datetime.now(),
                digest,
                self._fields["anchors"].convert_to_column(self._anchors_now(), self),
            )
        )
        # As above.
        return self.sudo().search([("digest", "=", digest)])

    @api.model
    def _anchors_now(self) -> list[dict]:
        # What everybody's files are checked against.
        anchors_sudo = self.env["dvc.trust.anchor"].sudo().search([("active", "=", True)], order="fingerprint")
        return [
            {
                "fingerprint": anchor.fingerprint,
                "name": anchor.name,
                "purpose": anchor.purpose,
                "intermediate": anchor.is_intermediate,
                "sandbox": anchor.is_sandbox,
            }
            for anchor in anchors_sudo
        ]

    @staticmethod
    def _revocation_digest(trust) -> str:
        """Return one digest of what is known of revocations.

        :param trust: a signing.trust.Trust
        """
        known = {name: items for name, items in trust.parts().items() if name not in ANCHORS}
        return digest_of(known | {"kept": [kept.digest.encode() for kept in trust.kept]})

    def _by_fingerprint(self) -> dict[str, dict]:
        """Return the certificates by their fingerprints."""
        return {anchor["fingerprint"]: anchor for anchor in self.anchors or []}
