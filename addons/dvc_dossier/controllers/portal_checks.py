# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import http
from odoo.http import request

from odoo.addons.dvc_account.signature_reasons import VERDICT_LOOKS

from .portal import PENDING_LOOK, DvcPortal

# How many files a page asks for at once.
ASKED_MAX = 60


class DvcChecks(DvcPortal):
    """What became of the checks that had not ended when the page was made; the page's script asks."""

    @http.route("/my/dossiers/uploads", type="http", auth="user", methods=["GET"], website=True, readonly=True)
    def dvc_upload_checks(self, ids="", **_kwargs):
        """Tell the verdicts of the citizen's own chosen files."""
        account_sudo = self._dvc_account()
        asked = [int(text) for text in ids.split(",")[:ASKED_MAX] if text.isascii() and text.isdecimal()]
        asked = [number for number in asked if number < 2**31]
        if not account_sudo or not asked:
            return self._dvc_no_store([])
        return self._dvc_no_store(
            self._dvc_check_states(request.env["dvc.dossier.upload"]._of_account(account_sudo, asked))
        )

    @http.route(
        "/my/dossiers/<int:dossier_id>/checks", type="http", auth="user", methods=["GET"], website=True, readonly=True
    )
    def dvc_file_checks(self, dossier_id, **_kwargs):
        """Tell the verdicts of the files of the citizen's own dossier."""
        dossier_sudo = self._dvc_dossier(dossier_id)
        if not dossier_sudo:
            return request.not_found()
        return self._dvc_no_store(self._dvc_check_states(dossier_sudo.component_ids.filtered("is_current")))

    def _dvc_check_states(self, files_sudo) -> list[dict]:
        """Return what the page shows of files: ``{id, pending, verdict, color, icon, sentence, signers}`` each."""
        labels = self._dvc_labels("verdict", "dvc.dossier.component")
        answers = []
        for file in files_sudo:
            color, icon = VERDICT_LOOKS[file.verdict] if file.verdict else PENDING_LOOK
            label = labels[file.verdict] if file.verdict else request.env._("Being checked")
            answers.append(
                {
                    "id": file.id,
                    "pending": not file.verdict,
                    "verdict": label,
                    "color": color,
                    "icon": icon,
                    "sentence": file.check_id.sentence or "",
                    "signers": file.check_id.signers or "",
                }
            )
        return answers

    def _dvc_no_store(self, answers: list[dict]):
        return request.make_json_response({"files": answers}, headers={"Cache-Control": "no-store"})
