# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64
import binascii
import os
from pathlib import Path

from asn1crypto import pem
from asn1crypto import x509 as asn1_x509
from cryptography import x509

from odoo import api, fields, models

from ..exceptions import Refusal
from ..signing.private_key import holds_private_key
from ..signing.signer import identity
from .dvc_guarded import FLOW

FOLDER_VARIABLE = "DVC_PKI_DIR"
KEY_SUFFIXES = (".p12", ".pfx", ".token")
# Signatures were judged by these: a registered certificate is put away, never made another one.
FIXED = frozenset({"certificate", "purpose", "company_id", "user_id", "account_id"})


def certificate_der(text: str) -> bytes:
    """Return a certificate's DER.

    :param text: PEM, or PEM or DER in base64
    :raise ValueError: neither
    """
    data = text.strip().encode()
    if not pem.detect(data):
        data = base64.b64decode(data, validate=False)
    return pem.unarmor(data)[2] if pem.detect(data) else data


class DvcCertificate(models.Model):
    """A signing certificate of a person or an agency; the key itself is never in the database.

    What it says is read from the certificate that was uploaded, never typed: a result counts as the
    agency's where the signature was made with exactly this certificate.
    """

    _name = "dvc.certificate"
    _description = "Signing certificate"
    _inherit = ["dvc.guarded", "dvc.sealed"]
    _sealed_fields = {"certificate_secret": "certificate"}
    _order = "valid_to desc, id desc"

    _guarded_fields = frozenset({"subject", "issuer", "serial", "fingerprint", "valid_from", "valid_to", "is_sandbox"})

    name = fields.Char(required=True, compute="_compute_name", store=True, precompute=True, readonly=False)
    purpose = fields.Selection(
        [("citizen", "Citizen"), ("leader", "Leader"), ("seal", "Agency seal")], required=True, default="leader"
    )
    user_id = fields.Many2one("res.users", string="Holder", index="btree_not_null")
    account_id = fields.Many2one("dvc.account", string="Account", index="btree_not_null")
    company_id = fields.Many2one("res.company", string="Agency", index="btree_not_null")
    certificate = fields.Text(required=True, help="PEM, or DER in base64. Without the private key.")
    certificate_file = fields.Binary(
        string="Certificate file", store=False, help="A .cer, .crt or .pem file as the authority issued it."
    )
    subject = fields.Char(compute="_compute_facts", store=True, precompute=True)
    issuer = fields.Char(compute="_compute_facts", store=True, precompute=True)
    serial = fields.Char(compute="_compute_facts", store=True, precompute=True, index="btree_not_null")
    fingerprint = fields.Char(string="SHA-256", compute="_compute_facts", store=True, precompute=True)
    valid_from = fields.Datetime(compute="_compute_facts", store=True, precompute=True)
    valid_to = fields.Datetime(compute="_compute_facts", store=True, precompute=True)
    key_reference = fields.Char(
        string="Key file",
        help="Name of a file in the server's key folder: the key's PKCS#12 file, or the .token file that describes a"
        " token.",
    )
    is_sandbox = fields.Boolean(string="Demonstration", readonly=True)
    active = fields.Boolean(default=True)

    _fingerprint_uniq = models.UniqueIndex("(fingerprint) WHERE active", "This certificate is registered already.")

    @api.depends("certificate")
    def _compute_facts(self):
        for record in self:
            found = record._parsed()
            record.subject = found and found.subject.rfc4514_string()
            record.issuer = found and found.issuer.rfc4514_string()
            record.serial = found and f"{found.serial_number:X}"
            record.fingerprint = found and asn1_x509.Certificate.load(certificate_der(record.certificate)).sha256.hex()
            record.valid_from = found and found.not_valid_before_utc.replace(tzinfo=None)
            record.valid_to = found and found.not_valid_after_utc.replace(tzinfo=None)

    @api.depends("certificate")
    def _compute_name(self):
        for record in self:
            record.name = record.name or (record.certificate and record._identity().name) or False

    @api.onchange("certificate_file")
    def _onchange_certificate_file(self):
        if self.certificate_file:
            self.certificate = self.certificate_file.decode()

    @api.constrains("certificate", "purpose", "company_id")
    def _check_agency(self):
        """A certificate of a person in private life, or of nobody's agency, signs no results."""
        for record in self.filtered(lambda record: record.purpose in ("leader", "seal")):
            if not record.company_id or not (record._identity().tax_id or record._names_agency()):
                raise Refusal(
                    "certificate.not_agency",
                    self.env._(
                        "A leader's certificate and a seal belong to an agency, and carry an organisation's number"
                        " (MST or MNS). Without one they must come from a trusted authority of the state, and name this"
                        " agency as it is written in its settings."
                    ),
                )

    @api.constrains("key_reference")
    def _check_key_reference(self):
        for record in self.filtered("key_reference"):
            name = record.key_reference
            if Path(name).name != name or name.startswith(".") or not name.lower().endswith(KEY_SUFFIXES):
                raise Refusal(
                    "input.invalid",
                    self.env._("The key is told by the name of its .p12 or .token file alone, without a folder."),
                )

    @api.model_create_multi
    def create(self, vals_list):
        certificates = super().create(vals_list)
        for certificate in certificates:
            certificate._note("certificate.registered")
        return certificates

    def write(self, vals):
        if FIXED & set(vals) and self.env.context.get("dvc_flow") is not FLOW:
            raise Refusal(
                "certificate.fixed",
                self.env._("A registered certificate stays as it is: put it away and register the right one."),
            )
        done = super().write(vals)
        if {"active", "key_reference", "csc_credential"} & set(vals):
            for certificate in self:
                certificate._note("certificate.changed")
        return done

    def _note(self, event: str) -> None:
        facts = {"fingerprint": self.fingerprint, "active": self.active, "key": self.key_source}
        self.env["dvc.journal"]._log(event, record=self, detail=facts)

    def _parsed(self) -> x509.Certificate | bool:
        """Return the certificate, False where there is none yet.

        :raise Refusal: certificate.private_key, input.invalid
        """
        if not self.certificate:
            return False
        if holds_private_key(self.certificate.encode()):
            raise Refusal(
                "certificate.private_key",
                self.env._(
                    "There is a private key in this file: it was not kept. Upload the certificate alone (.cer, .crt or"
                    " .pem), and have the key put into the server's key folder."
                ),
            )
        try:
            return x509.load_der_x509_certificate(certificate_der(self.certificate))
        except (ValueError, binascii.Error):
            raise Refusal("input.invalid", self.env._("This is not a certificate in PEM or DER.")) from None

    def _identity(self):
        """Return whom the certificate names, as the verifier reads it."""
        self._parsed()
        return identity(asn1_x509.Certificate.load(certificate_der(self.certificate)))

    @api.model
    def _for_signer(self, user, company):
        """Return the certificate with which a user signs for an agency now; empty where there is none."""
        now = fields.Datetime.now()
        # Signers need not read the list of certificates; they sign with their own.
        return self.sudo().search(
            [
                ("user_id", "=", user.id),
                ("company_id", "=", company.id),
                ("active", "=", True),
                ("key_source", "!=", "elsewhere"),
                ("valid_from", "<=", now),
                ("valid_to", ">", now),
                *self._usable_domain(),
            ],
            limit=1,
        )

    def _key_path(self) -> Path:
        """Return the path of the key file.

        :raise Refusal: signature.no_key
        """
        self.ensure_one()
        folder, name = os.environ.get(FOLDER_VARIABLE, ""), Path(self.key_reference or "").name
        path = Path(folder) / name
        # A link that leads elsewhere is no key of this folder.
        if not folder or not name or not path.is_file() or path.resolve().parent != Path(folder).resolve():
            raise Refusal("signature.no_key", self.env._("The key of this certificate is not on the server."))
        return path

    @api.model
    def _load_sandbox(self) -> None:
        """Give the demonstration's leaders their certificates; the keys stay in the folder."""
        folder = os.environ.get(FOLDER_VARIABLE)
        if not folder or not (Path(folder) / "made").is_file():
            return
        agencies = self.env["res.company"].search([("dvc_agency_code", "!=", False)])
        leaders = self.env["res.users"].search([("all_group_ids", "in", self.env.ref("dvc_account.group_leader").ids)])
        values = []
        for agency in agencies:
            for kind in ("leader", "seal"):
                path = Path(folder) / f"{kind}_{agency.dvc_agency_code}.pem"
                if path.is_file():
                    holder = leaders.filtered(lambda user, agency=agency: agency in user.company_ids)[:1]
                    values.append(
                        self._sandbox_values(path, kind, agency, holder if kind == "leader" else holder.browse())
                    )
        self._in_flow().create(values)

    @api.model
    def _sandbox_values(self, path: Path, kind: str, agency, holder) -> dict:
        return {
            "certificate": path.read_text(),
            "purpose": kind,
            "company_id": agency.id,
            "user_id": holder.id,
            "key_reference": path.with_suffix(".p12").name,
            "is_sandbox": True,
        }
