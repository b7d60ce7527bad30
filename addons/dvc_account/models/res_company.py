# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models
from odoo.fields import Domain


class ResCompany(models.Model):
    """An agency: a company with an agency code; old agencies keep their dossiers and name a successor."""

    _inherit = "res.company"

    dvc_agency_code = fields.Char(
        string="Agency code", index=True, copy=False, help="Identifier in dossier codes, e.g. 000.12.29.H57."
    )
    dvc_valid_from = fields.Date(string="Valid from", help="First day the agency takes dossiers.")
    dvc_valid_to = fields.Date(string="Valid to", help="Last day the agency takes dossiers; empty: still open.")
    dvc_successor_id = fields.Many2one("res.company", string="Successor", help="Agency that took over its duties.")
    dvc_parent_name = fields.Char(string="Higher agency", help="Printed above the agency's name on official papers.")
    dvc_certificate_names = fields.Text(
        string="Names in certificates",
        help="Further names under which authorities of the state certify the agency, one a line, e.g. its name before"
        " a merger.",
    )
    dvc_place = fields.Char(string="Place", help="Place name before the date on official papers, e.g. Huế.")

    _dvc_agency_code_uniq = models.UniqueIndex(
        "(dvc_agency_code) WHERE dvc_agency_code IS NOT NULL", "This agency code is already used."
    )

    def _dvc_agency_by_code(self, agency_code: str):
        """Return the agency (empty where unknown), whatever its dates."""
        return self.search(Domain("dvc_agency_code", "=", agency_code), limit=1) if agency_code else self.browse()

    def _dvc_is_open(self, day) -> bool:
        """Tell whether the agency takes dossiers on a day (a date in Vietnam's time)."""
        self.ensure_one()
        return (not self.dvc_valid_from or self.dvc_valid_from <= day) and (
            not self.dvc_valid_to or day <= self.dvc_valid_to
        )
