# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models

from .dvc_certificate_application import STATES
from .dvc_journal import ROLE_SELECTION


class DvcCertificateApplicationEvent(models.Model):
    """One move of an application: who, when, why. Nobody can change it."""

    _name = "dvc.certificate.application.event"
    _description = "Move of an application for a certificate"
    _inherit = ["dvc.append.only"]
    _order = "id"
    _log_access = False

    application_id = fields.Many2one("dvc.certificate.application", required=True, ondelete="restrict", index=True)
    at = fields.Datetime(string="Moment", required=True, default=fields.Datetime.now)
    user_id = fields.Many2one("res.users", required=True, ondelete="restrict")
    role = fields.Selection(ROLE_SELECTION, required=True)
    from_state = fields.Selection(STATES, string="From")
    to_state = fields.Selection(STATES, string="To", required=True)
    note = fields.Char()
