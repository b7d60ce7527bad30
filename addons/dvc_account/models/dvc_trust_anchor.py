# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64
import binascii
import os
from pathlib import Path

from asn1crypto import x509
from cryptography import x509 as cryptography_x509

from odoo import api, fields, models

from ..exceptions import Refusal
from ..signing.specification import revocation_lists
from ..signing.trust import Trust
from .dvc_certificate import FOLDER_VARIABLE, certificate_der


class DvcTrustAnchor(models.Model):
    """A certificate that signatures may lead to; an empty store trusts nobody."""

    _name = "dvc.trust.anchor"
    _description = "Trust anchor"
    _inherit = ["mail.thread"]
    _order = "purpose, name"

    name = fields.Char(required=True, tracking=True)
    certificate = fields.Text(required=True, help="PEM, or DER in base64.")
    purpose = fields.Selection(
        [("citizen", "Citizens"), ("authority", "Authorities"), ("timestamp", "Time stamps"), ("any", "Any")],
        required=True,
        default="any",
        tracking=True,
    )
    is_intermediate = fields.Boolean(help="Completes paths, but is not trusted by itself.")
    is_sandbox = fields.Boolean(string="Demonstration", readonly=True)
    crl = fields.Binary(string="Revocation list", attachment=True)
    active = fields.Boolean(default=True, tracking=True)
    subject = fields.Char(compute="_compute_facts", store=True, precompute=True)
    fingerprint = fields.Char(string="SHA-256", compute="_compute_facts", store=True, precompute=True, tracking=True)
    valid_from = fields.Datetime(compute="_compute_facts", store=True, precompute=True)
    valid_to = fields.Datetime(compute="_compute_facts", store=True, precompute=True)

    _fingerprint_uniq = models.UniqueIndex("(fingerprint) WHERE active", "This certificate is in the store already.")

    @api.depends("certificate")
    def _compute_facts(self):
        for anchor in self:
            try:
                certificate = cryptography_x509.load_der_x509_certificate(anchor._der())
            except (ValueError, binascii.Error):
                raise Refusal("input.invalid", self.env._("This is not a certificate in PEM or DER.")) from None
            anchor.subject = certificate.subject.rfc4514_string()
            anchor.fingerprint = x509.Certificate.load(anchor._der()).sha256.hex()
            anchor.valid_from = certificate.not_valid_before_utc.replace(tzinfo=None)
            anchor.valid_to = certificate.not_valid_after_utc.replace(tzinfo=None)

    @api.constrains("crl")
    def _check_crl(self):
        for anchor in self.filtered("crl"):
            if not revocation_lists([base64.b64decode(anchor.crl)]):
                raise Refusal("input.invalid", self.env._("This is not a revocation list in PEM or DER."))

    def _der(self) -> bytes:
        return certificate_der(self.certificate or "")

    @api.model
    def _store(self) -> Trust:
        """Return whom a check may trust now, each anchor for its purpose."""
        lists = {"citizen": "citizens", "authority": "authorities", "timestamp": "timestamps", "any": "anchors"}
        trust = Trust()
        # Everybody's files are checked against the one store.
        # An archived anchor is trusted by nobody, whatever context a caller sends.
        for anchor_sudo in self.sudo().search([("active", "=", True)]):
            name = "intermediates" if anchor_sudo.is_intermediate else lists[anchor_sudo.purpose]
            getattr(trust, name).append(anchor_sudo._der())
            if anchor_sudo.crl:
                trust.crls.append(base64.b64decode(anchor_sudo.crl))
        return trust

    @api.model
    def _load_sandbox(self) -> None:
        """Trust the demonstration's own authorities, marked as such; its folder is told by the environment."""
        folder = os.environ.get(FOLDER_VARIABLE)
        if not folder or not (Path(folder) / "made").is_file():
            return
        lines = [
            ("citizen_root", "citizen", False),
            ("citizen_ca", "citizen", True),
            ("authority_root", "authority", False),
            ("authority_ca", "authority", True),
            ("timestamp_root", "timestamp", False),
        ]
        values = []
        for label, purpose, intermediate in lines:
            certificate = (Path(folder) / f"{label}.pem").read_bytes()
            values.append(
                {
                    "name": cryptography_x509.load_pem_x509_certificate(certificate).subject.rfc4514_string(),
                    "certificate": certificate.decode(),
                    "crl": base64.b64encode((Path(folder) / f"{label}.crl").read_bytes()),
                    "purpose": purpose,
                    "is_intermediate": intermediate,
                    "is_sandbox": True,
                }
            )
        self.create(values)
