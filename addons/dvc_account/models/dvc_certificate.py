# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import os
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from odoo import api, fields, models

from ..exceptions import Refusal

FOLDER_VARIABLE = "DVC_PKI_DIR"


class DvcCertificate(models.Model):
    """A signing certificate of a person or an agency; the key itself is never in the database."""

    _name = "dvc.certificate"
    _description = "Signing certificate"
    _order = "valid_to desc, id desc"

    name = fields.Char(required=True)
    purpose = fields.Selection(
        [("citizen", "Citizen"), ("leader", "Leader"), ("seal", "Agency seal")], required=True, default="leader"
    )
    user_id = fields.Many2one("res.users", string="Holder", index="btree_not_null")
    account_id = fields.Many2one("dvc.account", string="Account", index="btree_not_null")
    company_id = fields.Many2one("res.company", string="Agency", index="btree_not_null")
    subject = fields.Char(readonly=True)
    serial = fields.Char(readonly=True, index="btree_not_null")
    fingerprint = fields.Char(readonly=True)
    valid_from = fields.Datetime(readonly=True)
    valid_to = fields.Datetime(readonly=True)
    key_reference = fields.Char(help="Name of the key's PKCS#12 file in the server's key folder.")
    is_sandbox = fields.Boolean(string="Demonstration", readonly=True)
    active = fields.Boolean(default=True)

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
                ("key_reference", "!=", False),
                ("valid_from", "<=", now),
                ("valid_to", ">", now),
            ],
            limit=1,
        )

    def _key_path(self) -> Path:
        """Return the path of the key file.

        :raise Refusal: signature.no_key
        """
        self.ensure_one()
        folder = os.environ.get(FOLDER_VARIABLE, "")
        name = Path(self.key_reference or "").name
        if not folder or not name or not (Path(folder) / name).is_file():
            raise Refusal("signature.no_key", self.env._("The key of this certificate is not on the server."))
        return Path(folder) / name

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
        self.create(values)

    @api.model
    def _sandbox_values(self, path: Path, kind: str, agency, holder) -> dict:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        return {
            "name": certificate.subject.rfc4514_string(),
            "purpose": kind,
            "company_id": agency.id,
            "user_id": holder.id,
            "subject": certificate.subject.rfc4514_string(),
            "serial": f"{certificate.serial_number:X}",
            "fingerprint": certificate.fingerprint(hashes.SHA256()).hex(),
            "valid_from": certificate.not_valid_before_utc.replace(tzinfo=None),
            "valid_to": certificate.not_valid_after_utc.replace(tzinfo=None),
            "key_reference": path.with_suffix(".p12").name,
            "is_sandbox": True,
        }
