# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models

from .dvc_journal import ROLE_SELECTION


class DvcDataRequestEvent(models.Model):
    """What was done about a request of a data subject: who, when, in which words. Nobody can change it."""

    _name = "dvc.data.request.event"
    _description = "Step of a data request"
    _inherit = ["dvc.append.only"]
    _order = "id"
    _log_access = False
    _rec_name = "verb"

    request_id = fields.Many2one("dvc.data.request", required=True, ondelete="restrict", index=True)
    at = fields.Datetime(string="Moment", required=True, default=fields.Datetime.now)
    user_id = fields.Many2one("res.users", string="By", required=True, ondelete="restrict")
    role = fields.Selection(ROLE_SELECTION, required=True)
    verb = fields.Selection(
        [
            ("file", "Filed"),
            ("take", "Taken on"),
            ("answer", "Answered"),
            ("extend", "Extended"),
            ("refuse", "Refused"),
            ("finish", "Done"),
            ("prepare", "Deletion prepared"),
            ("erase", "Data deleted"),
            ("withdraw", "Withdrawn by the citizen"),
        ],
        string="Step",
        required=True,
    )
    text = fields.Text()
    detail = fields.Json(help="Further facts; never a personal value.")
