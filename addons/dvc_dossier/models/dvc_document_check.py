# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import hashlib

from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.dvc_account.contract import has_role
from odoo.addons.dvc_account.exceptions import Refusal
from odoo.addons.dvc_account.models.dvc_signature_check_panel import RECHECK_ROLES


class DvcDocument(models.Model):
    """The verdict that a document of the vault has, and with which it goes into a dossier again."""

    _inherit = "dvc.document"

    verdict_sentence = fields.Char(string="What it means", compute="_compute_check_texts", compute_sudo=True)
    signed_by = fields.Char(string="Signers", compute="_compute_check_texts", compute_sudo=True)

    @api.depends("check_id")
    @api.depends_context("lang")
    def _compute_check_texts(self):
        for document in self:
            document.signed_by = document.check_id.signers
            document.verdict_sentence = document.check_id.sentence

    def _verdict_in(self, dossier):
        """Return the verdict with which the document goes into a dossier, and its evidence; in sudo.

        The bytes do not change, so what was found of them stands; whom is trusted, who was revoked
        and the time do. Each agency keeps evidence of its own.

        :return: ``(verdict, check)``
        """
        self.ensure_one()
        check, (data, name, signature) = self.check_id, self._signature_file()
        own = check.company_id == dossier.company_id
        if own and check._stands(hashlib.sha256(data).hexdigest(), self.signature_sha256 or ""):
            return check.verdict, check
        verdict, new = self.env["dvc.signature"]._verdict_for(
            data, name, record=dossier, signature=signature, cause="reuse", first=check
        )
        self._note_verdict(verdict, new)
        return verdict, new

    def _note_verdict(self, verdict: str, check) -> None:
        """Let the vault say what the latest check of the document found; in sudo."""
        if verdict != "unknown":
            # That nothing could be asked for a moment takes nothing away from what is known.
            self._in_flow().write({"verdict": verdict, "check_id": check.id})

    def action_open_check(self) -> dict:
        """Open the panel of the latest check of the document's signatures.

        :raise Refusal: signature.not_checked
        """
        self.ensure_one()
        self.check_access("read")
        check = self.check_id
        if not check:
            raise Refusal("signature.not_checked", self.env._("The signatures of this file have not been checked yet."))
        if not check.has_access("read") and has_role(self.env, *RECHECK_ROLES):
            check = self._check_again(check)
        return self.env["dvc.signature.check"].browse(check.id).action_open_panel()

    def _check_again(self, check):
        """Check the document anew; the vault then says what came out.

        :param check: the one that is repeated
        :return: the new evidence
        :raise AccessError: neither an officer nor a specialist nor a leader, or they may not read the document
        """
        self.ensure_one()
        if not has_role(self.env, *RECHECK_ROLES):
            raise AccessError(self.env._("Your role does not allow this operation."))
        self.check_access("read")
        # The vault is written by the flow only; role and access were checked.
        document_sudo = self.sudo()
        data, name, signature = document_sudo._signature_file()
        dossier_sudo = document_sudo.dossier_id
        own = dossier_sudo if dossier_sudo.company_id in self.env.companies else self.env["dvc.dossier"]
        verdict, new_sudo = self.env["dvc.signature"]._verdict_for(
            data, name, record=own or None, signature=signature, cause="again", first=check
        )
        document_sudo._note_verdict(verdict, new_sudo)
        return new_sudo

    def _signature_report_pdf(self, public: bool = False) -> bytes:
        """Draw one report of the checks of documents.

        :param public: for the citizen whose vault it is
        :raise Refusal: signature.not_checked
        """
        # Whoever may read the document may read how it was checked.
        self.check_access("read")
        documents_sudo = self.sudo().filtered("check_id")
        if not documents_sudo:
            raise Refusal("signature.not_checked", self.env._("The signatures of this file have not been checked yet."))
        about = [("Giấy tờ", ", ".join(documents_sudo.mapped("display_name")))]
        pairs = [(document.check_id, document.owner_hash or "") for document in documents_sudo]
        return self.env["dvc.signature.check"]._draw_report(pairs, documents_sudo[:1], about, public)
