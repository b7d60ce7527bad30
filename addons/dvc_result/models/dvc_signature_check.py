# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models
from odoo.fields import Domain

from odoo.addons.dvc_account.signing import verdicts


class DvcSignatureCheck(models.Model):
    """Checks of results: whether the signature is the agency's, which the gate asks for."""

    _inherit = "dvc.signature.check"

    result_ids = fields.One2many("dvc.result", "check_id", string="Results")

    def _result(self):
        """Return the result whose file was checked, empty where there is none; in sudo."""
        # What the check belongs to is told beside it.
        check_sudo = self.sudo()
        if check_sudo.res_model == "dvc.result":
            return check_sudo.env["dvc.result"].browse(check_sudo.res_id).exists()
        return check_sudo.result_ids[:1]

    def _dossier(self):
        return super()._dossier() or self._result().dossier_id

    def _owner_hash(self):
        # A result is the agency's, whoever gets it.
        return "" if self._result() else super()._owner_hash()

    def _file_holder(self):
        results = self.env["dvc.result"]
        if results.has_access("read"):
            own = Domain("check_id", "=", self.id)
            if self.res_model == "dvc.result":
                own |= Domain("id", "=", self.res_id)
            found = results.search(Domain("sha256", "=", self.sha256) & own, limit=1)
            if found:
                return found
        return super()._file_holder()

    def _signer_lines(self, line, match, is_owned):
        lines = super()._signer_lines(line, match, is_owned)
        if result_sudo := self._result():
            name = result_sudo._registered_signer(line).name
            lines.append((self.env._("Registered certificate"), name or self.env._("None of this agency")))
        return lines

    def _warnings(self, line, match, public):
        warnings = super()._warnings(line, match, public)
        result_sudo = self._result()
        if (
            result_sudo
            and line.get("covering")
            and line.get("verdict") in verdicts.SIGNED
            and not result_sudo._registered_signer(line)
        ):
            warnings.append(
                self.env._("Not made with a registered certificate of the agency: a result signed so does not leave.")
            )
        return warnings


class DvcResult(models.Model):
    _inherit = "dvc.result"

    def _registered_signer(self, line: dict):
        """Return the agency's registered certificate that made a signature, also one put away since; in sudo.

        :param line: of a check's signatures
        """
        # Which certificates are the agency's is no secret; their list is the managers'.
        certificates_sudo = self.env["dvc.certificate"].sudo().with_context(active_test=False)
        domain = [
            ("company_id", "=", self.company_id.id),
            ("purpose", "in", ("leader", "seal")),
            ("fingerprint", "=", line.get("fingerprint") or "-"),
        ]
        # Which certificates are registered is told with the result.
        return certificates_sudo.search(domain, limit=1)
