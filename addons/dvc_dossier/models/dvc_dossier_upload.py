# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64

from odoo import api, fields, models

from odoo.addons.dvc_account.exceptions import Refusal
from odoo.addons.dvc_account.signing.checked_file import CheckedFile

from .dvc_dossier_component import VERDICTS

# Files that one account may have chosen and not submitted yet.
KEPT_MAX = 60


class DvcDossierUpload(models.TransientModel):  # pylint: disable=no-wizard-in-models  # a page's store, no dialog
    """A file chosen on a citizen's page and not submitted yet: kept, so that no error makes them choose it again."""

    _name = "dvc.dossier.upload"
    _description = "Chosen file"
    _inherit = ["dvc.signature.file"]
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
        (check,) = signatures._check_within([CheckedFile(data, name)])
        # Citizens have no right on the model: they reach it through their own page only.
        upload_sudo = self.sudo().create(
            {
                "account_id": account.id,
                "component_code": component_code,
                "filename": name,
                "data": content,
                "verdict": False,
            }
        )
        upload_sudo._settle_or_queue(check)
        return upload_sudo

    def _settle_or_queue(self, check) -> None:
        """Keep what a check found, or leave it to the jobs."""
        if check.answer and check.answer["reason"] != "not_checked":
            self._settle_check(check.answer)
        else:
            self.env["dvc.signature.task"]._queue(self, [check])

    @api.model
    def _of_account(self, account, ids: list[int]):
        """Return those kept files of an account, in sudo."""
        # As above; the account is part of the condition.
        return self.sudo().search([("id", "in", ids), ("account_id", "=", account.id)], limit=KEPT_MAX)

    # What the jobs ask

    def _signature_file(self):
        self.ensure_one()
        whole = self.with_context(bin_size=False)
        data, signature = (base64.b64decode(part or b"") for part in (whole.data, whole.signature))
        return CheckedFile(data, self.filename, signature)

    def _awaits_check(self):
        self.ensure_one()
        return not self.verdict

    def _settle_check(self, answer, cause=""):
        self.ensure_one()
        data, name, signature = self._signature_file()
        found, _holders, check = self.env["dvc.signature"]._examine(
            data, name, self.account_id, signature=signature, answer=answer, cause=cause or "upload"
        )
        self.write({"verdict": found["verdict"], "check_id": check.id})
        return found["verdict"]

    @api.model
    def _kept(self, account, component_code: str, upload_id: int):
        """Return a kept file of an account for a component, in sudo; empty where it is not theirs or gone."""
        # As above; the account is part of the condition.
        return self.sudo().search(
            [("id", "=", upload_id), ("account_id", "=", account.id), ("component_code", "=", component_code)]
        )
