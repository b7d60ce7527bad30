# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models

from ..domain import account_findings
from ..domain import citizen_id as citizen_ids


class DvcAccountFlaw(models.Model):
    """What an account's own data contradict each other in, kept so that lists can be searched for it.

    The number is sealed, so only its verdicts are kept beside it, never its parts.
    """

    _inherit = "dvc.account"

    has_odd_name = fields.Boolean(compute="_compute_has_odd_name", store=True, precompute=True)
    has_birth_conflict = fields.Boolean(compute="_compute_conflicts", store=True, precompute=True)
    has_issue_conflict = fields.Boolean(compute="_compute_conflicts", store=True, precompute=True)

    _odd_name_idx = models.Index("(id) WHERE has_odd_name")
    _birth_conflict_idx = models.Index("(id) WHERE has_birth_conflict")
    _issue_date_idx = models.Index("(issue_date) WHERE issue_date IS NOT NULL")

    @api.depends("name")
    def _compute_has_odd_name(self):
        for account in self:
            account.has_odd_name = account_findings.is_odd_name(account.name or "")

    @api.depends("citizen_id_secret", "birth_date", "issue_date")
    def _compute_conflicts(self):
        for account in self:
            dated = account.birth_date or account.issue_date
            citizen = account._claimed_citizen() if dated else None
            account.has_birth_conflict = bool(citizen) and account_findings.is_birth_conflict(
                account.birth_date or None, citizen
            )
            account.has_issue_conflict = account_findings.is_issue_conflict(account.issue_date or None, citizen)

    def _claimed_citizen(self) -> citizen_ids.CitizenId | None:
        """Return what the claimed number says; None where there is none, or none that can be one."""
        try:
            return citizen_ids.parse(self._open_citizen_id(), self._today())
        except citizen_ids.InvalidCitizenId:
            return None
