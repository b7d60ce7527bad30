# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, models

# What decides whom signatures are believed from.
WATCHED = frozenset({"purpose", "is_intermediate", "active", "crl_url", "ocsp_url"})


class DvcTrustAnchor(models.Model):
    """Whom the server trusts, and since when, is written into the journal."""

    _inherit = "dvc.trust.anchor"

    @api.model_create_multi
    def create(self, vals_list):
        anchors = super().create(vals_list)
        anchors._dvc_journal("trust_anchor.created", [])
        return anchors

    def write(self, vals):
        done = super().write(vals)
        if changed := sorted(WATCHED.intersection(vals)):
            self._dvc_journal("trust_anchor.changed", changed)
        return done

    def unlink(self):
        self._dvc_journal("trust_anchor.removed", [])
        return super().unlink()

    def _dvc_journal(self, event: str, changed: list[str]) -> None:
        for anchor in self:
            facts = {
                "fingerprint": anchor.fingerprint,
                "purpose": anchor.purpose,
                "active": anchor.active,
                "changed": changed,
            }
            self.env["dvc.journal"]._log(event, record=anchor, detail=facts)
