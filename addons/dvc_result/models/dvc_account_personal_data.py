# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import models


class DvcAccountPersonalData(models.Model):
    """What results and handovers keep about a person; a deletion leaves them with their dossiers."""

    _inherit = "dvc.account"

    def _personal_data(self):
        dossiers_sudo = self._own_dossiers()
        return {
            **super()._personal_data(),
            "results": [
                {
                    "dossier_code": result.dossier_id.code,
                    "code": result.code,
                    "number": result.number or "",
                    "issue_date": str(result.issue_date or ""),
                    "state": result.state,
                    "sha256": result.sha256 or "",
                }
                # What is not signed yet is a draft of the agency.
                for result in dossiers_sudo.result_ids.filtered(lambda result: result.state in ("signed", "issued"))
            ],
            "handovers": [
                {
                    "number": handover.number,
                    "dossier_code": handover.dossier_id.code,
                    "at": self._local_text(handover.at),
                    "recipient": handover.recipient_name,
                    "papers": ", ".join(handover.papers or []),
                }
                for handover in dossiers_sudo.handover_ids
            ],
        }

    def _personal_data_labels(self):
        _ = self.env._
        return {
            **super()._personal_data_labels(),
            "results": _("Your results"),
            "handovers": _("Handovers"),
            "recipient": _("Recipient"),
            "papers": _("Papers"),
        }


class DvcResult(models.Model):
    _inherit = "dvc.result"

    def _personal_subject(self) -> tuple:
        """Return whose data the result holds: account, dossier's code, what it is called; in sudo."""
        account = self.dossier_id.account_id
        return account, self.dossier_id.code or "", account._speaking().env._("result %(code)s", code=self.code)


class DvcHandover(models.Model):
    _inherit = "dvc.handover"

    def _personal_subject(self) -> tuple:
        """Return whose data the receipt holds: account, dossier's code, what it is called; in sudo."""
        account = self.dossier_id.account_id
        title = account._speaking().env._("handover %(number)s", number=self.number)
        return account, self.dossier_id.code or "", title
