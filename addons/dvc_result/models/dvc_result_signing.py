# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import hashlib
import logging

from odoo import api, fields, models

from odoo.addons.dvc_account.contract import contract
from odoo.addons.dvc_account.exceptions import Refusal

from ..domain import result_states
from .dvc_result import DvcResult as Base

_logger = logging.getLogger(__name__)

# Told as the contract has it: to whoever signs, each means that there is no signer.
NO_SIGNER = ("signature.no_key", "signature.wrong_key")


class DvcResultSigning(models.Model):
    """The signatures of a result: the leader's, the agency's seal, and the proof that is added later."""

    _inherit = "dvc.result"
    _guarded_fields = Base._guarded_fields | frozenset({"seal_certificate_id", "sealed_at", "is_archived"})

    signature_level = fields.Char(
        string="Level of the signature",
        compute="_compute_signature_level",
        help="B-B: no proven time. B-T: the time is proven. B-LT: the proof is in the file.",
    )
    seal_certificate_id = fields.Many2one(
        "dvc.certificate", string="Sealed with", copy=False, ondelete="restrict", index="btree_not_null"
    )
    sealed_at = fields.Datetime(string="Sealed on", copy=False)
    is_archived = fields.Boolean(
        string="Proof kept in the file", copy=False, help="Time stamp over the whole file, with lists and certificates."
    )
    may_seal = fields.Boolean(compute="_compute_may_seal")

    @api.depends("check_id")
    def _compute_signature_level(self):
        for result in self:
            # Levels are no secret, evidence of checks is.
            found = result.sudo().check_id.signatures or []
            levels = [one["level"] for one in found if one.get("level", "").startswith("PAdES")]
            result.signature_level = levels[-1] if levels else False

    @api.depends("state", "dossier_state", "seal_certificate_id", "signed_attachment_id")
    @api.depends_context("uid")
    def _compute_may_seal(self):
        for result in self:
            result.may_seal = (
                result.state == result_states.SIGNED
                and not result.seal_certificate_id
                and bool(result._seal_certificate())
            )

    def _seal_certificate(self):
        """Return the agency's seal that the caller may use now; empty where there is none."""
        now = fields.Datetime.now()
        # Officers need not read the list of certificates; they seal with their agency's.
        return (
            self.env["dvc.certificate"]
            .sudo()
            .search(
                [
                    ("purpose", "=", "seal"),
                    ("company_id", "=", self.company_id.id),
                    ("user_id", "in", (False, self.env.uid)),
                    ("active", "=", True),
                    ("key_source", "!=", "elsewhere"),
                    ("valid_from", "<=", now),
                    ("valid_to", ">", now),
                ],
                order="user_id, id desc",
                limit=1,
            )
        )

    def _certificate_to(self, act: str):
        """Return the certificate with which the caller would sign or seal."""
        if act == "seal":
            return self._seal_certificate()
        return self.env["dvc.certificate"]._for_signer(self.env.user, self.company_id)

    @contract("officer", "leader", unknown="result.unknown")
    def seal(self, pin: str | None = None, otp: str | None = None) -> dict:
        """Put the agency's seal on a result that the leader has signed, before it is handed over.

        Added after the signed bytes: the leader's signature stays valid. The sealed file is verified, and
        takes the place of the signed one with its hash.

        :param pin: for a seal at a remote signing service that asks for it
        :param otp: the same
        :return: ``{code, state, verdict}``
        :raise Refusal: ``result.already``, ``result.no_signer``, ``signature.*``
        """
        # sudo: the caller's role and agency are checked; signed files are written by this flow only
        result_sudo = self.sudo()
        self._lock_dossier(result_sudo.dossier_id)
        if result_sudo.state != result_states.SIGNED:
            raise Refusal(
                "result.already", self.env._("A result is sealed after its signature and before its handover.")
            )
        certificate = self._seal_certificate()
        if not certificate:
            raise Refusal(
                "result.no_signer",
                self.env._("Your agency %(agency)s has no seal with a key here.", agency=result_sudo.company_id.name),
            )
        result_sudo._seal_with(certificate, pin or "", otp or "")
        return result_sudo._signing_answer()

    def _seal_with(self, certificate, pin: str, otp: str) -> None:
        content = self._intact_file()
        self.env["dvc.signature"]._check_order(self.check_id.signatures or [], certificate)
        sealed = self._with_signature(content, certificate, pin, otp)
        self._replace_file(sealed, certificate, seal_certificate_id=certificate.id, sealed_at=fields.Datetime.now())
        self.env["dvc.journal"]._log("result.sealed", record=self, dossier_code=self.dossier_id.code)

    def _intact_file(self) -> bytes:
        """Return the signed file.

        :raise Refusal: result.no_signer: it is not the one that was signed
        """
        content = self._file()
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise Refusal("result.no_signer", self.env._("The stored file is not the one that was signed."))
        return content

    def _replace_file(self, content: bytes, certificate, **values) -> None:
        """Take a file with more in it in place of the signed one, once it is verified.

        :param certificate: whose signature must be the last of the agency's; empty: any of the agency's
        :raise Refusal: result.no_signer
        """
        verdict, check, signer = self._judge(content, "sign")
        if not signer or (certificate and signer.fingerprint != certificate.fingerprint):
            raise Refusal("result.no_signer", self._why_not_counted(verdict))
        attachment = self._attach(self.filename, content)
        self._in_flow().write(
            {
                "signed_attachment_id": attachment.id,
                "sha256": hashlib.sha256(content).hexdigest(),
                "verdict": verdict,
                "check_id": check.id,
                **values,
            }
        )

    def _with_signature(self, content: bytes, certificate, pin: str = "", otp: str = "") -> bytes:
        """Return a file signed with a certificate.

        :raise Refusal: ``result.no_signer`` where its key is not at hand; ``signature.*``
        """
        try:
            return self.env["dvc.signature"]._sign_pdf(
                content,
                certificate,
                reason=self.code,
                location=self.company_id.dvc_place or "",
                pin=pin,
                otp=otp,
            )
        except Refusal as refusal:
            if refusal.code not in NO_SIGNER:
                raise
            text = refusal.args[0].partition("] ")[2]
            raise Refusal("result.no_signer", text) from None

    def _signing_answer(self) -> dict:
        return {"code": self.code, "state": self.state, "verdict": self.verdict}

    def _levels(self) -> str:
        """Return the levels that the results' signatures reached, in brackets after a message."""
        # The records may have been read before they were signed.
        self.invalidate_recordset(["signature_level"])
        levels = sorted({result.signature_level for result in self if result.signature_level})
        return f" ({', '.join(levels)})" if levels else ""

    @api.model
    def _cron_archive(self) -> None:
        """Put the proof into signed files that wait at the desk: their signatures outlive certificates and lists.

        What was signed while the time-stamping authority was silent gets its proven time here. A file that has
        left the agency is never changed.
        """
        if not self.env["dvc.signature"]._timestamper():
            return
        domain = [("state", "=", "signed"), ("signed_attachment_id", "!=", False), ("is_archived", "=", False)]
        progress = self.env["ir.cron"]
        progress._commit_progress(remaining=self.search_count(domain))
        for result in self.search(domain, order="id"):
            try:
                with self.env.cr.savepoint():
                    result._archive()
            except Refusal as refusal:
                _logger.warning("Result %s was not archived: %s", result.id, refusal.code)
            if not progress._commit_progress(1):
                return

    def _archive(self) -> None:
        self._lock_dossier(self.dossier_id)
        content = self._intact_file()
        archived = self.env["dvc.signature"]._archive_pdf(content)
        if archived == content:
            return
        self._replace_file(archived, self.env["dvc.certificate"], is_archived=True)
        self.env["dvc.journal"]._log("result.archived", record=self, dossier_code=self.dossier_id.code)

    def action_seal(self) -> dict:
        """Seal the chosen results with the agency's seal, or ask for what its key wants first."""
        sealable = self.filtered("may_seal")
        if not sealable:
            raise Refusal("result.already", self.env._("There is nothing to seal among the chosen results."))
        certificate = sealable[:1]._seal_certificate()
        if certificate._asks_holder():
            return sealable._ask_holder(certificate, "seal")
        for result in sealable:
            result.seal()
        return self._told(self.env._("%(count)s results sealed.", count=len(sealable)) + sealable._levels())

    def _ask_holder(self, certificate, act: str) -> dict:
        """Open the dialog for PIN and one-time code.

        :raise Refusal: signature.one_by_one: a code is good for one signature
        """
        if len(self) > 1 and certificate._asks_holder() != "pin":
            raise Refusal(
                "signature.one_by_one",
                self.env._("The signing service asks for a one-time code for each signature: choose one result."),
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Confirm the signature"),
            "res_model": "dvc.result.confirmation",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_result_ids": self.ids,
                "default_act": act,
                "default_asks": certificate._asks_holder(),
            },
        }

    @api.model
    def _told(self, text: str) -> dict:
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "success", "message": text, "next": {"type": "ir.actions.act_window_close"}},
        }
