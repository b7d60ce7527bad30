# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import models

from odoo.addons.dvc_account.signing.checked_file import CheckedFile

from .dvc_result_gate import SIGNED_VERDICTS


class DvcResult(models.Model):
    """Results are checked again where a manager asks for it; the gate at the handover judges anew in any case."""

    _name = "dvc.result"
    _inherit = ["dvc.result", "dvc.signature.file"]

    def action_check_signatures_again(self):
        """Have the signatures of results checked again by the jobs.

        :raise AccessError: not a manager
        """
        return self.env["dvc.signature.batch"]._check_again([self.filtered(lambda result: result.state != "draft")])

    def _signature_file(self):
        return CheckedFile(self._file(), self.filename)

    def _awaits_check(self):
        return False

    def _settle_check(self, answer, cause=""):
        """Keep the evidence; what is in force stays so until somebody decides on it.

        A file that still waits to be signed gets the verdict, too.
        """
        self.ensure_one()
        content, name, _signature = self._signature_file()
        found, _holders, check = self.env["dvc.signature"]._examine(
            content, name, self, answer=answer, cause=cause or "again", first=self.check_id
        )
        verdict = found["verdict"]
        if self.state == "to_sign":
            signer = self._agency_signer(check) if verdict in SIGNED_VERDICTS else None
            if not signer:
                self._in_flow().write({"verdict": verdict, "check_id": check.id})
            elif self.dossier_id.state == "processing":
                self._lock_dossier(self.dossier_id)
                self._count_as_signed(content, signer, verdict=verdict, check_id=check.id)
        elif verdict in SIGNED_VERDICTS:
            self._in_flow().write({"verdict": verdict, "check_id": check.id})
        return verdict
