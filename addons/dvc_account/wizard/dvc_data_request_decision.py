# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from markupsafe import Markup

from odoo import api, fields, models

VERBS = [
    ("answer", "Answer"),
    ("extend", "Extend"),
    ("refuse", "Refuse"),
    ("finish", "Close"),
    ("prepare", "Prepare the deletion"),
    ("erase", "Delete"),
]
# Laws that usually keep data from deletion; a manager writes the one that applies.
USUAL_GROUND = "Luật Bảo vệ dữ liệu cá nhân số 91/2025/QH15; Luật Lưu trữ số 33/2024/QH15"
USUAL_EXTENSION = 15


class DvcDataRequestDecision(models.TransientModel):
    """Dialog of each step of a data subject's request, with the usual words at hand."""

    _name = "dvc.data.request.decision"
    _description = "Step of a data request (dialog)"
    _inherit = ["dvc.masked.text"]
    _masked_text_fields = frozenset({"text"})

    request_id = fields.Many2one("dvc.data.request", required=True, readonly=True)
    verb = fields.Selection(VERBS, required=True, readonly=True)
    type = fields.Selection(related="request_id.type")
    text = fields.Text(
        string="What the citizen is told", compute="_compute_text", store=True, readonly=False, precompute=True
    )
    ground = fields.Char(string="Legal ground", default=USUAL_GROUND)
    days = fields.Integer(default=USUAL_EXTENSION)
    third_parties = fields.Boolean(string="Others must act too", help="The data were passed to others: 20 days.")
    plan = fields.Html(compute="_compute_plan", sanitize=False)
    blockers = fields.Text(compute="_compute_plan")
    number = fields.Char(string="Number of the request", help="Type it to confirm.")

    @api.depends("request_id", "verb")
    def _compute_text(self):
        for dialog in self:
            dialog.text = dialog.request_id._speaking()._usual_text(dialog.verb) if dialog.request_id else False

    @api.depends("request_id", "verb")
    def _compute_plan(self):
        row = Markup(
            "<tr><td>%s</td><td class='text-end'>%s</td><td class='text-nowrap'><strong>%s</strong></td>"
            "<td>%s</td></tr>"
        )
        for dialog in self:
            dialog.plan = dialog.blockers = False
            if dialog.verb not in ("prepare", "erase") or not dialog.request_id:
                continue
            dialog.request_id._check_role("manager")
            accounts_sudo = dialog.request_id._erased_accounts()
            goes, stays = self.env._("is deleted"), self.env._("is kept")
            rows = Markup().join(
                row % (fate.what, fate.count, goes if fate.goes else stays, fate.why)
                for fate in accounts_sudo._erasure_plan()
                if fate.count
            )
            dialog.plan = Markup("<table class='table table-sm'>%s</table>") % rows
            dialog.blockers = "\n".join(accounts_sudo._erasure_blockers())

    def action_confirm(self) -> dict:
        """Take the step."""
        self.ensure_one()
        record = self.request_id
        steps = {
            "answer": lambda: record._answer(self.text, self.third_parties),
            "extend": lambda: record._extend(self.days, self.text),
            "refuse": lambda: record._refuse(self.text, self.ground),
            "finish": lambda: record._finish(self.text),
            "prepare": record._prepare_erasure,
            "erase": lambda: record._erase(self.number),
        }
        steps[self.verb]()
        return {"type": "ir.actions.client", "tag": "soft_reload"}
