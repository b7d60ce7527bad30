# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models

from odoo.addons.dvc_account.contract import contract
from odoo.addons.dvc_account.domain.arguments import Content, parse_day
from odoo.addons.dvc_account.exceptions import Refusal

from ..domain import result_code, result_states


class DvcResult(models.Model):
    _inherit = "dvc.result"

    @api.model
    @contract("specialist")
    def publish(
        self,
        dossier_id: int,
        content: Content,
        filename: str,
        number: str | None = None,
        issue_date: str | None = None,
    ) -> dict:
        """Publish a file as a result of a dossier in processing.

        A file that already carries a valid signature of the agency's signer counts at once and
        moves the dossier on as ``sign`` does; any other file waits for the leader.

        :param dossier_id: of a dossier of the caller's agency
        :param content: the PDF, base64, at most 20 MB
        :param filename: name of the file, with its extension
        :param number: number and symbol of the document
        :param issue_date: ``YYYY-MM-DD`` in Vietnam's time; not given: today
        :return: ``{id, code, state, verdict}`` of the result; ``code`` is what ``verify`` takes
        :raise Refusal: ``dossier.unknown``, ``dossier.bad_transition``, ``file.*``, ``input.invalid``
        :raise AccessError: the dossier belongs to another agency
        """
        dossier = self.env["dvc.dossier"].browse(dossier_id).exists()
        if not dossier:
            raise Refusal("dossier.unknown", self.env._("This dossier does not exist."))
        dossier.check_access("read")
        day = parse_day(issue_date, "issue_date") if issue_date else None
        # sudo: the caller's role and agency are checked above; results are written by this flow only
        dossier_sudo = dossier.sudo()
        self._lock_dossier(dossier_sudo)
        if dossier_sudo.state != "processing":
            raise Refusal(
                "dossier.bad_transition",
                self.env._("A result is published while the dossier is in processing."),
            )
        data, filename, kind = self.env["dvc.signature"]._intake(content, filename)
        if kind != "pdf":
            raise Refusal("file.type", self.env._("A result is a PDF file."))
        # sudo: the same
        result_sudo = self.sudo()._create_published(dossier_sudo, data, filename, number, day)
        result_sudo._judge_published(data)
        return {
            "id": result_sudo.id,
            "code": result_sudo.code,
            "state": result_sudo.state,
            "verdict": result_sudo.verdict,
        }

    @contract("leader", unknown="result.unknown")
    def sign(self, pin: str | None = None, otp: str | None = None) -> dict:
        """Sign the result with the leader's certificate for its agency.

        The finished file is verified here, and counts only where it is valid and its signer is the
        agency's. With the dossier's last result the dossier is done; one with electronic delivery
        goes into the citizen's vault and is returned at once.

        :param pin: for a key at a remote signing service that asks for it
        :param otp: the same, a one-time code
        :return: ``{code, state, verdict}``
        :raise Refusal: ``result.already``, ``dossier.bad_transition``, ``result.no_signer``, ``signature.*`` where
            whoever keeps the key did not sign
        """
        # sudo: the caller's role and agency are checked; signed files are written by this flow only
        result_sudo = self.sudo()
        self._lock_dossier(result_sudo.dossier_id)
        if result_sudo.state != result_states.TO_SIGN:
            raise Refusal("result.already", self.env._("This result is already signed or no longer in force."))
        if result_sudo.dossier_id.state != "processing":
            raise Refusal(
                "dossier.bad_transition", self.env._("A result is signed while the dossier is in processing.")
            )
        result_sudo._sign_as(self.env.user, pin or "", otp or "")
        return result_sudo._signing_answer()

    @api.readonly
    @api.model
    @contract()
    def verify(self, code: str) -> dict:
        """Tell whether a result is in force, for whoever holds its code; no personal data.

        A result that is not signed yet, was taken back or replaced is not valid.

        :param code: printed on the result and in its QR code
        :return: ``{valid, number, issuer, issue_date, sha256, replaced_by}``; ``sha256`` of the
            file in force, ``replaced_by`` the code of the result that replaced it or ``False``
        :raise Refusal: ``result.unknown``
        """
        known = result_code.clean_code(code)
        # sudo: a public answer that holds nothing about persons
        result_sudo = self.sudo().search([("code", "=", known)], limit=1) if known else self.browse()
        if not result_sudo:
            raise Refusal("result.unknown", self.env._("No result has this code."))
        intact = bool(result_sudo.sha256) and result_sudo._file_sha256() == result_sudo.sha256
        return {
            "valid": intact and result_sudo.state in result_states.IN_FORCE,
            "number": result_sudo.number or False,
            "issuer": result_sudo.company_id.name,
            "issue_date": fields.Date.to_string(result_sudo.issue_date) or False,
            "sha256": result_sudo.sha256,
            "replaced_by": result_sudo.replaced_by_id.code or False,
        }
