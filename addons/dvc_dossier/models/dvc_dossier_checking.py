# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models


class DvcDossier(models.Model):
    """The signatures of a dossier's files: whether some are still being checked, and checking them once more."""

    _inherit = "dvc.dossier"

    has_pending_check = fields.Boolean(
        string="Signatures being checked", compute="_compute_has_pending_check", search="_search_has_pending_check"
    )

    def _compute_has_pending_check(self):
        for dossier in self:
            dossier.has_pending_check = any(dossier.component_ids.mapped("is_pending"))

    def _search_has_pending_check(self, operator, value):
        if operator != "in":
            return NotImplemented
        pending = fields.Domain("component_ids", "any", [("is_pending", "=", True)])
        return fields.Domain.OR([*([pending] if True in value else []), *([~pending] if False in value else [])])

    def action_check_signatures_again(self):
        """Have the signatures of the dossiers' files checked again by the jobs.

        :raise AccessError: not a manager
        """
        self.check_access("read")
        return self.env["dvc.signature.batch"]._check_again([self.component_ids.filtered("is_current")])
