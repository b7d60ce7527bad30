# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models


class DvcResultPublish(models.TransientModel):
    """Dialog that publishes a result of a dossier."""

    _name = "dvc.result.publish"
    _description = "Publish a result"

    dossier_id = fields.Many2one("dvc.dossier", required=True, domain=[("state", "=", "processing")])
    file = fields.Binary(required=True, attachment=False)
    filename = fields.Char()
    number = fields.Char(help="Number and symbol of the document, e.g. 12/TLKS-BS.")
    issue_date = fields.Date(default=fields.Date.context_today)

    def action_publish(self):
        """Publish the file and show the result."""
        self.ensure_one()
        published = self.env["dvc.result"].publish(
            self.dossier_id.id,
            content=self.file.decode(),
            filename=self.filename or "result.pdf",
            number=self.number or None,
            issue_date=fields.Date.to_string(self.issue_date) or None,
        )
        action = self.env["ir.actions.act_window"]._for_xml_id("dvc_result.dvc_result_action")
        return action | {"res_id": published["id"], "views": [(False, "form")]}
