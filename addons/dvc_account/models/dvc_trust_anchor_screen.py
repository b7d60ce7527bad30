# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from datetime import timedelta

from cryptography import x509

from odoo import api, fields, models
from odoo.fields import Domain

from ..domain import fingerprint
from ..signing.authority import is_issued_by

# Certificates and lists are called soon to end so long before.
SOON, LIST_SOON = timedelta(days=90), timedelta(days=2)
TEXT_MAX = 300


class DvcTrustAnchor(models.Model):
    """What screens show of an anchor, and what managers are told of its end."""

    _inherit = "dvc.trust.anchor"

    fingerprint_text = fields.Char(string="SHA-256 in groups", compute="_compute_fingerprint_text")
    fingerprint_sha1_text = fields.Char(string="SHA-1 in groups", compute="_compute_fingerprint_text")
    validity = fields.Selection(
        [("early", "Not valid yet"), ("good", "Valid"), ("soon", "Ends soon"), ("expired", "Expired")],
        compute="_compute_validity",
        search="_search_validity",
    )
    parent_id = fields.Many2one("dvc.trust.anchor", string="Issued by the anchor", compute="_compute_family")
    child_ids = fields.Many2many("dvc.trust.anchor", string="Certificates below", compute="_compute_family")

    @api.depends("fingerprint", "fingerprint_sha1")
    def _compute_fingerprint_text(self):
        for anchor in self:
            anchor.fingerprint_text = fingerprint.groups(anchor.fingerprint or "")
            anchor.fingerprint_sha1_text = fingerprint.groups(anchor.fingerprint_sha1 or "")

    @api.depends("valid_from", "valid_to")
    def _compute_validity(self):
        now = fields.Datetime.now()
        for anchor in self:
            if not anchor.valid_to or anchor.valid_from > now:
                anchor.validity = "early"
            elif anchor.valid_to <= now:
                anchor.validity = "expired"
            else:
                anchor.validity = "soon" if anchor.valid_to <= now + SOON else "good"

    def _search_validity(self, operator, value):
        if operator != "in":
            return NotImplemented
        now = fields.Datetime.now()
        begun = Domain("valid_from", "<=", now)
        domains = {
            "early": Domain("valid_from", ">", now),
            "expired": begun & Domain("valid_to", "<=", now),
            "soon": begun & Domain("valid_to", ">", now) & Domain("valid_to", "<=", now + SOON),
            "good": begun & Domain("valid_to", ">", now + SOON),
        }
        return Domain.OR(domains[state] for state in value if state in domains)

    @api.depends("subject", "issuer", "fingerprint")
    def _compute_family(self):
        others = self.search([("active", "=", True)]) | self
        parsed = {anchor: anchor._parsed() for anchor in others if anchor.certificate}
        for anchor in self:
            own = parsed.get(anchor)
            above = others.filtered(lambda one, anchor=anchor: one.subject == anchor.issuer and one != anchor)
            below = others.filtered(lambda one, anchor=anchor: one.issuer == anchor.subject and one != anchor)
            anchor.parent_id = next((one for one in above if own and is_issued_by(own, parsed[one])), False)
            anchor.child_ids = below.filtered(lambda one, own=own: own and is_issued_by(parsed[one], own))

    def _parsed(self) -> x509.Certificate:
        return x509.load_der_x509_certificate(self._der())

    def _below(self):
        """Return the anchors whose certificates these have issued, at whatever distance."""
        found, step = self.browse(), self
        while step := step.child_ids - found - self:
            found |= step
        return found

    # Notices

    @api.model
    def _cron_notice_ends(self) -> None:
        """Give managers an activity for each anchor that ends soon, and for each list that is out of date."""
        now = fields.Datetime.now()
        ending = self.search([*self._trusted_domain(), ("validity", "in", ("soon", "expired"))])
        for anchor in ending:
            text = self.env._("The certificate of this authority ends: add the one that follows it.")
            anchor._give_notice("dvc_account.mail_activity_type_anchor_end", anchor.valid_to, text)
        # A list is replaced in time where its fetching works: whoever uploads it must be told.
        stale = Domain(self._trusted_domain()) & Domain("crl_until", "<=", now + LIST_SOON)
        stale &= Domain("crl_url", "=", False) | Domain("crl_until", "<=", now)
        for anchor in self.search(stale):
            text = self.env._("The revocation list of this authority is out of date or about to be: take the next one.")
            anchor._give_notice("dvc_account.mail_activity_type_anchor_list", anchor.crl_until, text)
        current = self.search(
            [("activity_type_id", "=", self.env.ref("dvc_account.mail_activity_type_anchor_list").id)]
        )
        for anchor in current.filtered(lambda one: one.crl_until and one.crl_until > now + LIST_SOON):
            anchor.activity_unlink(["dvc_account.mail_activity_type_anchor_list"])

    def _give_notice(self, kind: str, until, text: str) -> None:
        """Give each manager one activity of a kind, and no second one."""
        given = self.activity_search([kind]).user_id
        managers = self.env.ref("dvc_account.group_manager").all_user_ids.filtered("active") - given
        for manager in managers:
            self.activity_schedule(kind, date_deadline=until.date(), note=text, user_id=manager.id)
