# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models

from odoo.addons.dvc_account.exceptions import Refusal

from .dvc_dossier_component import VERDICTS

# Files that one account may have chosen and not submitted yet.
KEPT_MAX = 60


class DvcDossierUpload(models.TransientModel):  # pylint: disable=no-wizard-in-models  # a page's store, no dialog
    """A file chosen on a citizen's page and not submitted yet: kept, so that no error makes them choose it again."""

    _name = "dvc.dossier.upload"
    _description = "Chosen file"
    _transient_max_hours = 4

    account_id = fields.Many2one("dvc.account", required=True, ondelete="cascade", index=True)
    component_code = fields.Char(required=True)
    filename = fields.Char(required=True)
    data = fields.Binary(required=True, attachment=True)
    verdict = fields.Selection(VERDICTS)
    check_id = fields.Many2one("dvc.signature.check", ondelete="restrict")

    @api.model
    def _keep(self, account, component_code: str, content: str, filename: str):
        """Check a chosen file and keep it for its account.

        :param account: the citizen's own account, checked by the caller
        :param content: base64
        :raise Refusal: file.*, input.invalid
        """
        # Citizens have no right on the model: they reach it through their own page only.
        if self.sudo().search_count([("account_id", "=", account.id)], limit=KEPT_MAX) >= KEPT_MAX:
            raise Refusal("input.invalid", self.env._("Too many files are waiting: submit the dossier first."))
        signatures = self.env["dvc.signature"]
        data, name, _kind = signatures._intake(content, filename)
        verdict, check = signatures._verdict_for(data, name, record=account, cause="upload")
        # Citizens have no right on the model: they reach it through their own page only.
        return self.sudo().create(
            {
                "account_id": account.id,
                "component_code": component_code,
                "filename": name,
                "data": content,
                "verdict": verdict,
                "check_id": check.id,
            }
        )

    @api.model
    def _kept(self, account, component_code: str, upload_id: int):
        """Return a kept file of an account for a component, in sudo; empty where it is not theirs or gone."""
        # As above; the account is part of the condition.
        return self.sudo().search(
            [("id", "=", upload_id), ("account_id", "=", account.id), ("component_code", "=", component_code)]
        )
