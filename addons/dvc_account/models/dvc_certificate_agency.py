# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import models

from ..domain import agency_name
from ..signing import certificate_file
from ..signing.signer import SEPARATOR
from .dvc_certificate import certificate_der


class DvcCertificate(models.Model):
    """Certificates of the government's authority, which name officials without a number."""

    _inherit = "dvc.certificate"

    def _names_agency(self) -> bool:
        """Tell whether an authority of the state certified it, for this very agency by name."""
        self.ensure_one()
        trust = self.env["dvc.trust.anchor"]._store()
        der = certificate_der(self.certificate)
        if not certificate_file.leads_to(der, trust.intermediates, trust.authorities):
            return False
        identity, company = self._identity(), self.company_id
        named = identity.organisation.split(SEPARATOR)
        if self.purpose == "seal":
            named.append(identity.name)
        also = (company.dvc_certificate_names or "").splitlines()
        return agency_name.fits(named, company.name or "", company.dvc_parent_name or "", also)
