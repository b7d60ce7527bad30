# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64
import binascii

from cryptography import x509

from odoo import api, fields, models
from odoo.tools.translate import LazyTranslate

from ..domain import fingerprint
from ..exceptions import Refusal
from ..signing import certificate_file
from ..signing.authority import describe, is_issued_by
from ..signing.certificate_file import CertificateRefused

_lt = LazyTranslate(__name__)

REFUSALS = {
    "size": _lt("The file is larger than 1 MB: certificates are small."),
    "key": _lt("This file holds a private key. Never hand a key to anybody: send the certificates alone."),
    "form": _lt("There is no certificate in this file (.cer, .crt, .pem, .der, .p7b)."),
}
WARNINGS = {
    "known": _lt("Is in the store already."),
    "look_alike": _lt(
        "Somebody else's key under a name that is in the store already: a renewed certificate, or one that poses as"
        " it. Take it only if the authority itself has published this fingerprint."
    ),
    "expired": _lt("Has expired: it serves for old signatures with a proven time only."),
    "early": _lt("Is not valid yet."),
    "digest": _lt("Is signed with MD5 or SHA-1, which can be forged."),
    "key": _lt("Its key is too short to be safe."),
    "not_ca": _lt("May not issue certificates: nothing can lead to it."),
    "demo": _lt("Belongs to the demonstration: its signatures are worth nothing outside of it."),
}


class DvcTrustAnchorUpload(models.TransientModel):
    """Reads a file with authorities' certificates, and takes those whose fingerprint a manager has compared."""

    _name = "dvc.trust.anchor.upload"
    _description = "Upload of trust anchors"

    file = fields.Binary(attachment=False, help="PEM, DER or P7B; a file may hold several certificates.")
    filename = fields.Char()
    line_ids = fields.One2many("dvc.trust.anchor.upload.line", "upload_id", string="Certificates")
    state = fields.Selection([("file", "File"), ("review", "Comparison")], default="file", readonly=True)

    def action_read(self) -> dict:
        """Show what is in the file.

        :raise Refusal: trust_anchor.bad_file
        """
        self.ensure_one()
        self.check_access("write")
        if not self.file:
            raise Refusal("trust_anchor.bad_file", self.env._("Choose the file first."))
        try:
            found = certificate_file.bundle(base64.b64decode(self.file))
            known = [describe(der) for der in found]
        except CertificateRefused as refused:
            raise Refusal("trust_anchor.bad_file", self.env._(REFUSALS[refused.reason])) from None
        except (ValueError, binascii.Error):
            raise Refusal("trust_anchor.bad_file", self.env._(REFUSALS["form"])) from None
        lines = [fields.Command.create(self._line_values(der, facts)) for der, facts in zip(found, known, strict=True)]
        self.write({"line_ids": [fields.Command.clear(), *lines], "state": "review"})
        return self._again()

    def action_back(self) -> dict:
        """Choose another file."""
        self.ensure_one()
        self.write({"line_ids": [fields.Command.clear()], "state": "file", "file": False, "filename": False})
        return self._again()

    def action_take(self) -> dict:
        """Take the chosen certificates into the store.

        :raise Refusal: trust_anchor.nothing_chosen, trust_anchor.not_confirmed, trust_anchor.known
        """
        self.ensure_one()
        self.check_access("write")
        chosen = self.line_ids.filtered("is_chosen")
        if not chosen:
            raise Refusal("trust_anchor.nothing_chosen", self.env._("Choose the certificates to take."))
        chosen._check_confirmed()
        anchors = self.env["dvc.trust.anchor"].create([line._anchor_values() for line in chosen])
        if len(anchors) == 1:
            return {
                "type": "ir.actions.act_window",
                "res_model": "dvc.trust.anchor",
                "res_id": anchors.id,
                "views": [(False, "form")],
            }
        action = self.env["ir.actions.act_window"]._for_xml_id("dvc_account.dvc_trust_anchor_action")
        return {**action, "target": "main"}

    def _again(self) -> dict:
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Upload trust anchors"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _line_values(self, der: bytes, facts) -> dict:
        warnings = self._warnings(facts)
        return {
            "name": facts.name,
            "certificate": base64.b64encode(der).decode(),
            "subject": facts.subject,
            "issuer": facts.issuer,
            "serial": facts.serial,
            "valid_from": facts.valid_from,
            "valid_to": facts.valid_to,
            "key": facts.key,
            "is_root": facts.is_root,
            "is_intermediate": not facts.is_root,
            "fingerprint": facts.sha256,
            "fingerprint_sha1": facts.sha1,
            "warning": "\n".join(str(self.env._(WARNINGS[code])) for code in warnings) or False,
            "is_known": "known" in warnings,
        }

    def _warnings(self, facts) -> list[str]:
        """Return what a manager must know before trusting a certificate, the worst first."""
        now, anchors = fields.Datetime.now(), self.env["dvc.trust.anchor"].with_context(active_test=False)
        same = anchors.search(["|", ("fingerprint", "=", facts.sha256), ("subject", "=", facts.subject)])
        known = same.filtered(lambda one: one.fingerprint == facts.sha256)
        others = (same - known).filtered(lambda one: one.key_identifier != facts.key_identifier)
        found = {
            "known": bool(known.filtered("active")),
            "look_alike": bool(others),
            "expired": facts.valid_to <= now,
            "early": facts.valid_from > now,
            "digest": "digest" in facts.weak,
            "key": "key" in facts.weak,
            "not_ca": not facts.is_ca,
            "demo": facts.is_demo,
        }
        return [code for code in found if found[code]]


class DvcTrustAnchorUploadLine(models.TransientModel):
    """One certificate of the file."""

    _name = "dvc.trust.anchor.upload.line"
    _description = "Certificate of an upload"
    _order = "is_root desc, id"

    upload_id = fields.Many2one("dvc.trust.anchor.upload", required=True, index=True, ondelete="cascade")
    is_chosen = fields.Boolean(string="Take")
    name = fields.Char(required=True)
    purpose = fields.Selection(
        lambda self: self.env["dvc.trust.anchor"]._fields["purpose"].selection, string="Trusted for"
    )
    certificate = fields.Text(required=True, readonly=True)
    subject = fields.Char(string="Issued to", readonly=True)
    issuer = fields.Char(string="Issued by", readonly=True)
    serial = fields.Char(string="Serial number", readonly=True)
    valid_from = fields.Datetime(readonly=True)
    valid_to = fields.Datetime(readonly=True)
    key = fields.Char(readonly=True)
    is_root = fields.Boolean(string="Self-signed", readonly=True)
    is_intermediate = fields.Boolean(string="Intermediate", help="Completes paths, but is not trusted by itself.")
    fingerprint = fields.Char(readonly=True)
    fingerprint_sha1 = fields.Char(readonly=True)
    fingerprint_text = fields.Char(string="SHA-256", compute="_compute_fingerprint_text")
    fingerprint_sha1_text = fields.Char(string="SHA-1", compute="_compute_fingerprint_text")
    warning = fields.Text(readonly=True)
    is_known = fields.Boolean(readonly=True)
    confirmation = fields.Char(
        string="Published fingerprint",
        help="As the authority has published it, elsewhere than where the file is from: the whole of it pasted, in"
        " whatever grouping, or at least 16 digits in a row typed.",
    )
    is_confirmed = fields.Boolean(compute="_compute_is_confirmed")

    @api.depends("fingerprint", "fingerprint_sha1")
    def _compute_fingerprint_text(self):
        for line in self:
            line.fingerprint_text = fingerprint.groups(line.fingerprint or "")
            line.fingerprint_sha1_text = fingerprint.groups(line.fingerprint_sha1 or "")

    @api.depends("confirmation", "certificate")
    def _compute_is_confirmed(self):
        for line in self:
            line.is_confirmed = line._confirms()

    @api.onchange("confirmation")
    def _onchange_confirmation(self):
        # Whoever compares a fingerprint wants the certificate.
        if self.confirmation and self._confirms() and not self.is_known:
            self.is_chosen = True

    def _confirms(self) -> bool:
        """Tell whether the fingerprint that somebody gives is the certificate's, read anew from it."""
        if not self.confirmation or not self.certificate:
            return False
        facts = describe(base64.b64decode(self.certificate))
        return fingerprint.confirms(self.confirmation, facts.sha256, facts.sha1)

    def _check_confirmed(self) -> None:
        """Check that each certificate's fingerprint was compared and its purpose chosen.

        :raise Refusal: trust_anchor.not_confirmed, trust_anchor.known, trust_anchor.no_purpose
        """
        for line in self:
            if line.is_known:
                raise Refusal("trust_anchor.known", self.env._("%(name)s is in the store already.", name=line.name))
            if not line.purpose:
                raise Refusal(
                    "trust_anchor.no_purpose", self.env._("Choose what %(name)s is trusted for.", name=line.name)
                )
            if line._confirms() or (not line.confirmation and line._is_vouched_for()):
                continue
            text = (
                self.env._(
                    "The fingerprint you gave for %(name)s is not this certificate's. Do not take it: get the file"
                    " again from the authority itself, and compare once more.",
                    name=line.name,
                )
                if line.confirmation
                else self.env._(
                    "Compare %(name)s with the fingerprint that the authority has published, and paste it, or type at"
                    " least 16 digits of it.",
                    name=line.name,
                )
            )
            raise Refusal("trust_anchor.not_confirmed", text)

    def _is_vouched_for(self) -> bool:
        """Tell whether a certificate that is not trusted by itself bears the signature of one that is."""
        if not self.is_intermediate:
            return False
        anchors = self.env["dvc.trust.anchor"]
        trusted = anchors.search([*anchors._trusted_domain(), ("subject", "=", self.issuer)])
        ders = [anchor._der() for anchor in trusted]
        beside = self.upload_id.line_ids.filtered(lambda one: one.is_chosen and one._confirms())
        ders += [base64.b64decode(one.certificate) for one in beside if one.subject == self.issuer]
        own = x509.load_der_x509_certificate(base64.b64decode(self.certificate))
        return any(is_issued_by(own, x509.load_der_x509_certificate(der)) for der in ders)

    def _anchor_values(self) -> dict:
        return {
            "name": self.name,
            "certificate": self.certificate,
            "purpose": self.purpose,
            "is_intermediate": self.is_intermediate,
        }
