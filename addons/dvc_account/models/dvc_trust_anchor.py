# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64
import binascii
import os
from pathlib import Path

from odoo import api, fields, models

from ..exceptions import Refusal
from ..signing.authority import describe
from ..signing.demo_pki import AUTHORITIES
from ..signing.revocation_list import LARGE
from ..signing.trust import KeptList, Trust
from .dvc_certificate import FOLDER_VARIABLE, certificate_der
from .dvc_guarded import FLOW

# Read from the certificate, never typed.
FACTS = (
    "subject",
    "issuer",
    "serial",
    "fingerprint",
    "fingerprint_sha1",
    "key",
    "key_identifier",
    "key_usage",
    "digest",
    "is_root",
    "is_ca",
    "is_weak",
    "valid_from",
    "valid_to",
)


class DvcTrustAnchor(models.Model):
    """A certificate that signatures may lead to; an empty store trusts nobody."""

    _name = "dvc.trust.anchor"
    _description = "Trust anchor"
    _inherit = ["dvc.guarded", "mail.thread", "mail.activity.mixin"]
    _order = "purpose, is_intermediate, name, id"
    _rec_names_search = ["name", "subject", "fingerprint"]

    _guarded_fields = frozenset(FACTS) | {"is_sandbox"}

    name = fields.Char(required=True, tracking=True)
    certificate = fields.Text(required=True, help="PEM, or DER in base64. It stays as it is once it is in the store.")
    purpose = fields.Selection(
        [("citizen", "Citizens"), ("authority", "Authorities"), ("timestamp", "Time stamps"), ("any", "Any")],
        required=True,
        default="any",
        tracking=True,
    )
    is_intermediate = fields.Boolean(
        string="Intermediate", tracking=True, help="Completes paths, but is not trusted by itself."
    )
    is_sandbox = fields.Boolean(string="Demonstration", readonly=True, copy=False)
    active = fields.Boolean(default=True, tracking=True)
    subject = fields.Char(string="Issued to", compute="_compute_facts", store=True, precompute=True)
    issuer = fields.Char(string="Issued by", compute="_compute_facts", store=True, precompute=True)
    serial = fields.Char(string="Serial number", compute="_compute_facts", store=True, precompute=True)
    fingerprint = fields.Char(string="SHA-256", compute="_compute_facts", store=True, precompute=True, tracking=True)
    fingerprint_sha1 = fields.Char(string="SHA-1", compute="_compute_facts", store=True, precompute=True)
    key = fields.Char(compute="_compute_facts", store=True, precompute=True)
    key_identifier = fields.Char(
        compute="_compute_facts",
        store=True,
        precompute=True,
        index="btree_not_null",
        help="By which the certificates below name this authority.",
    )
    key_usage = fields.Char(string="Key usage", compute="_compute_facts", store=True, precompute=True)
    digest = fields.Char(string="Signed with", compute="_compute_facts", store=True, precompute=True)
    is_root = fields.Boolean(string="Self-signed", compute="_compute_facts", store=True, precompute=True)
    is_ca = fields.Boolean(string="May issue certificates", compute="_compute_facts", store=True, precompute=True)
    is_weak = fields.Boolean(string="Weak", compute="_compute_facts", store=True, precompute=True)
    valid_from = fields.Datetime(compute="_compute_facts", store=True, precompute=True)
    valid_to = fields.Datetime(compute="_compute_facts", store=True, precompute=True)

    _fingerprint_uniq = models.UniqueIndex("(fingerprint) WHERE active", "This certificate is in the store already.")

    @api.depends("certificate")
    def _compute_facts(self):
        for anchor in self:
            try:
                found = describe(anchor._der())
            except (ValueError, binascii.Error):
                raise Refusal("input.invalid", self.env._("This is not a certificate in PEM or DER.")) from None
            anchor.subject, anchor.issuer, anchor.serial = found.subject, found.issuer, found.serial
            anchor.fingerprint, anchor.fingerprint_sha1 = found.sha256, found.sha1
            anchor.key, anchor.key_identifier, anchor.digest = found.key, found.key_identifier, found.digest
            anchor.key_usage = ", ".join(name.replace("_", " ") for name in found.key_usage)
            anchor.is_root, anchor.is_ca, anchor.is_weak = found.is_root, found.is_ca, bool(found.weak)
            anchor.valid_from, anchor.valid_to = found.valid_from, found.valid_to

    @api.model_create_multi
    def create(self, vals_list):
        anchors = super().create(vals_list)
        # Whoever brings the demonstration's authorities in, and in whatever way: they are marked.
        anchors.filtered(lambda anchor: anchor._is_of_demonstration())._in_flow().write({"is_sandbox": True})
        return anchors

    def write(self, vals):
        if "certificate" in vals:
            raise Refusal(
                "trust_anchor.fixed",
                self.env._("A certificate in the store stays as it is: archive it and add the other one."),
            )
        if vals.get("is_sandbox") is False or ("is_sandbox" in vals and self.env.context.get("dvc_flow") is not FLOW):
            raise Refusal("field.guarded", self.env._("What belongs to the demonstration stays marked."))
        return super().write(vals)

    def _der(self) -> bytes:
        return certificate_der(self.certificate or "")

    def _is_of_demonstration(self) -> bool:
        parts = (self.subject or "").split(",")
        return self.is_sandbox or any(f"CN={name}" in parts for name in AUTHORITIES)

    # The store

    @api.model
    def _trusted_domain(self) -> list:
        """Return which anchors count now: the demonstration's only where the demonstration's data is."""
        # An archived anchor is trusted by nobody, whatever context a caller sends.
        domain = [("active", "=", True)]
        return domain if self.env["dvc.identity.source"]._has_demo_data() else [*domain, ("is_sandbox", "=", False)]

    @api.model
    def _store(self) -> Trust:
        """Return whom a check may trust now, each anchor for its purpose, and the revocation data at hand."""
        lists = {"citizen": "citizens", "authority": "authorities", "timestamp": "timestamps", "any": "anchors"}
        # Everybody's files are checked against the one store, and what screens ask of files is not meant here.
        anchors_sudo = self.sudo().with_context(bin_size=False, bin_size_crl=False)
        trust = Trust(ocsps=self.env["dvc.revocation.answer"]._at_hand())
        demonstration = self.env["dvc.identity.source"]._has_demo_data()
        for anchor_sudo in anchors_sudo.search(self._trusted_domain()):
            if not demonstration and anchor_sudo._is_of_demonstration():
                continue
            name = "intermediates" if anchor_sudo.is_intermediate else lists[anchor_sudo.purpose]
            getattr(trust, name).append(anchor_sudo._der())
            if anchor_sudo.crl_size > LARGE and anchor_sudo.crl_head:
                start = base64.b64decode(anchor_sudo.crl_head)
                trust.kept.append(KeptList(anchor_sudo.crl_digest, start, anchor_sudo._list_reader()))
            elif anchor_sudo.crl:
                trust.crls.append(_content(anchor_sudo))
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
                    "name": describe(certificate_der(certificate.decode())).subject,
                    "certificate": certificate.decode(),
                    "crl": base64.b64encode((Path(folder) / f"{label}.crl").read_bytes()),
                    "purpose": purpose,
                    "is_intermediate": intermediate,
                }
            )
        self.create(values)


def _content(anchor_sudo) -> bytes:
    return base64.b64decode(anchor_sudo.crl)
