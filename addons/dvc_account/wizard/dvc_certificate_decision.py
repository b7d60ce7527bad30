# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models

from ..domain import certificate_states as states


class DvcCertificateDecision(models.TransientModel):
    """Asks for the reason of what ends a certificate or an application."""

    _name = "dvc.certificate.decision"
    _description = "End a certificate or an application"

    certificate_id = fields.Many2one("dvc.certificate", readonly=True)
    application_id = fields.Many2one("dvc.certificate.application", readonly=True)
    verb = fields.Selection(
        [
            ("lost", "Report lost"),
            ("unused", "Put out of use"),
            ("refuse", "Refuse the application"),
            ("withdraw", "Withdraw the application"),
        ],
        required=True,
        readonly=True,
    )
    reason = fields.Text(required=True)

    @api.model
    def _ask(self, record, verb: str, title: str) -> dict:
        """Open the dialog about an application or a certificate.

        :param verb: what is decided
        """
        record.ensure_one()
        about = "certificate" if record._name == "dvc.certificate" else "application"
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": {f"default_{about}_id": record.id, "default_verb": verb},
        }

    def action_confirm(self) -> dict:
        """Do it with the reason given."""
        self.ensure_one()
        if self.verb == "lost":
            self.certificate_id.report_lost(self.reason)
        elif self.verb == "unused":
            self.certificate_id.stop_using(self.reason)
        elif self.verb == "refuse":
            self.application_id.update_status(states.REFUSED, self.reason)
        else:
            self.application_id.withdraw(self.reason)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
