# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.dvc_account.contract import has_role
from odoo.addons.dvc_account.exceptions import Refusal
from odoo.addons.dvc_account.models.dvc_signature_check_panel import RECHECK_ROLES

from ..domain import result_states
from .dvc_result_gate import SIGNED_VERDICTS


class DvcResult(models.Model):
    """The evidence behind a result's verdict: shown, made anew, printed."""

    _inherit = "dvc.result"

    gate_warning = fields.Char(
        compute="_compute_gate_warning", help="Why a validly signed file does not count as the agency's."
    )

    @api.depends("state", "verdict", "check_id", "company_id")
    @api.depends_context("lang")
    def _compute_gate_warning(self):
        for result in self:
            # Registered certificates are the agency's own; who looks at the result need not read their list.
            result_sudo = result.sudo()
            waits = result.state == result_states.TO_SIGN and result.verdict in SIGNED_VERDICTS
            text = self.env._(
                "The signature is valid, but not made with a registered certificate of this agency: the result still"
                " waits for the leader."
            )
            result.gate_warning = text if waits and not result_sudo._agency_signer(result_sudo.check_id) else False

    def action_open_check(self) -> dict:
        """Open the panel of the latest check of the result's signatures.

        :raise Refusal: signature.not_checked
        """
        self.ensure_one()
        self.check_access("read")
        if not self.check_id:
            raise Refusal("signature.not_checked", self.env._("The signatures of this file have not been checked yet."))
        check = self.check_id
        if not check.has_access("read") and has_role(self.env, *RECHECK_ROLES):
            check = self._check_again(check)
        return self.env["dvc.signature.check"].browse(check.id).action_open_panel()

    def _check_again(self, check):
        """Check the file that counts anew; the verdict follows where the gate lets it.

        A result in force stays so, whatever comes out: it is taken back with a reason, by a person.

        :param check: the one that is repeated
        :return: the new evidence
        :raise AccessError: neither an officer nor a specialist nor a leader, or another agency's
        """
        self.ensure_one()
        if not has_role(self.env, *RECHECK_ROLES):
            raise AccessError(self.env._("Your role does not allow this operation."))
        self.check_access("read")
        # Results are written by their flow only; role and agency were checked.
        result_sudo = self.sudo()
        if result_sudo.state == result_states.TO_SIGN and result_sudo.dossier_id.state == "processing":
            result_sudo._recheck("again")
            return result_sudo.check_id
        verdict, new_sudo, signer_sudo = result_sudo._judge(result_sudo._file(), "again", check)
        if result_sudo.state in result_states.IN_FORCE and signer_sudo:
            result_sudo._in_flow().write({"verdict": verdict, "check_id": new_sudo.id})
        return new_sudo

    def _signature_report_pdf(self) -> bytes:
        """Draw one report of the checks of results.

        :raise Refusal: signature.not_checked
        """
        self.check_access("read")
        # Whoever may read the result may read how it was checked.
        checked_sudo = self.sudo().filtered("check_id")
        if not checked_sudo:
            raise Refusal("signature.not_checked", self.env._("The signatures of this file have not been checked yet."))
        about = [
            ("Mã kết quả", ", ".join(checked_sudo.mapped("code"))),
            ("Mã hồ sơ", ", ".join(checked_sudo.dossier_id.mapped("code"))),
        ]
        pairs = [(result.check_id, None) for result in checked_sudo]
        return self.env["dvc.signature.check"]._draw_report(pairs, checked_sudo[:1], about)
