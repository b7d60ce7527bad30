# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import hashlib
import logging

from odoo import api, fields, models

from odoo.addons.dvc_account.contract import contract, own_transaction
from odoo.addons.dvc_account.domain.arguments import Content
from odoo.addons.dvc_account.exceptions import Refusal
from odoo.addons.dvc_account.report import paper

from ..domain import result_states
from ..report import stamp

_logger = logging.getLogger(__name__)

SIGNED_VERDICTS = ("valid", "amended")


class DvcResult(models.Model):
    """The gate: what counts as signed by the agency, and what may leave it."""

    _inherit = "dvc.result"

    def _judge(self, content: bytes):
        """Verify a file of the result.

        :return: ``(verdict, check, certificate)``; the certificate is the agency's signer's, empty
            where the signatures are not valid or none is of the agency
        """
        self.ensure_one()
        verdict, check = self.env["dvc.signature"]._verdict_for(content, self.filename, record=self)
        signer = self.env["dvc.certificate"]
        if verdict in SIGNED_VERDICTS:
            signer = self._agency_signer(check)
        return verdict, check, signer

    def _agency_signer(self, check):
        """Return the agency's certificate that made one of a check's valid signatures, else empty.

        A certificate put away since counts too: the signature was made while it was in use.
        """
        serials = {
            (signature["serial"] or "").upper()
            for signature in check.signatures or []
            if signature["verdict"] in SIGNED_VERDICTS and signature["serial"]
        }
        domain = [("company_id", "=", self.company_id.id), ("purpose", "in", ("leader", "seal"))]
        known = self.env["dvc.certificate"].with_context(active_test=False).search(domain)
        signers = known.filtered(lambda certificate: (certificate.serial or "").upper() in serials)
        return signers.sorted(lambda certificate: certificate.purpose != "leader")[:1]

    def _judge_published(self, content: bytes) -> None:
        """Decide where a newly published file stands: in force at once, or waiting for the leader."""
        verdict, check, certificate = self._judge(content)
        values = {"verdict": verdict, "check_id": check.id}
        if not certificate:
            self._set_state("to_sign", **values)
            return
        self._count_as_signed(content, certificate, **values)

    def _sign_as(self, user) -> None:
        """Sign the published file with a user's certificate and take it in force.

        :raise Refusal: ``result.no_signer`` where there is no certificate or what it makes is not valid
        """
        self.ensure_one()
        certificate = self.env["dvc.certificate"]._for_signer(user, self.company_id)
        if not certificate:
            raise Refusal(
                "result.no_signer",
                self.env._("You have no signing certificate for %(agency)s.", agency=self.company_id.name),
            )
        content = self._signed_with(certificate)
        verdict, check, signer = self._judge(content)
        if not signer:
            labels = dict(self._fields["verdict"]._description_selection(self.env))
            raise Refusal(
                "result.no_signer",
                self.env._("What your certificate signs does not count: %(verdict)s.", verdict=labels[verdict]),
            )
        attachment = self._attach(self.filename, content)
        self._count_as_signed(
            content,
            signer,
            verdict=verdict,
            check_id=check.id,
            signed_attachment_id=attachment.id,
            signer_id=user.id,
        )

    def _signed_with(self, certificate) -> bytes:
        """Return the published file signed with a certificate.

        :raise Refusal: ``result.no_signer`` where its key is not at hand
        """
        try:
            return self.env["dvc.signature"]._sign_pdf(
                self._stamped(), certificate, reason=self.code, location=self.company_id.dvc_place or ""
            )
        except Refusal as refusal:
            if refusal.code != "signature.no_key":
                raise
            raise Refusal(
                "result.no_signer", self.env._("The key of your signing certificate is not at hand.")
            ) from None

    def _stamped(self) -> bytes:
        """Return the published file with its code and QR code, or as it is where it cannot take them."""
        content = self.attachment_id.raw
        if self.verdict != "unsigned":
            return content
        try:
            return stamp.stamp(content, self.code, paper.QrCode(self.verify_url, stamp.SIDE), paper.register_fonts())
        except stamp.NotStamped:
            _logger.info("Result %s is signed without its QR code", self.id)
            return content

    def _count_as_signed(self, content: bytes, certificate, **values) -> None:
        values.setdefault("signer_id", certificate.user_id.id)
        self._set_state(
            "signed",
            sha256=hashlib.sha256(content).hexdigest(),
            certificate_id=certificate.id,
            signed_at=fields.Datetime.now(),
            **values,
        )
        self.env["dvc.journal"]._log("result.signed", record=self, dossier_code=self.dossier_id.code)
        self.dossier_id._results_signed()

    @contract("officer", unknown="result.unknown")
    def hand_over(
        self,
        recipient_name: str,
        recipient_citizen_id: str,
        papers: list[str] = (),
        signature: Content | None = None,
    ) -> dict:
        """Hand a signed result over at the desk, collecting the papers the procedure names.

        The file is verified again at this moment. A result that is not validly signed does not
        leave: the refusal files an urgent signing request, and the citizen's due date stays. A
        dossier delivered electronically gets certified paper copies only.

        :param recipient_name: who stands at the desk
        :param recipient_citizen_id: their CCCD number, which must be the applicant's
        :param papers: codes of the components collected or, for ``original``, checked
        :param signature: the recipient's signature drawn on a pad, base64 PNG
        :return: ``{handover_number, code, state}``; code and state are the dossier's
        :raise Refusal: ``result.already``, ``result.unsigned``, ``dossier.bad_transition``,
            ``result.not_recipient``, ``result.papers_missing``, ``component.unknown``
        """
        # sudo: the caller's role and agency are checked; the handover is written by this flow only
        result_sudo = self.sudo()
        dossier_sudo = result_sudo.dossier_id
        copy = dossier_sudo.delivery == "electronic" and result_sudo.state == result_states.ISSUED
        if result_sudo.state in result_states.OUT_OF_FORCE or (result_sudo.state == result_states.ISSUED and not copy):
            raise Refusal("result.already", self.env._("This result was handed over or is no longer in force."))
        result_sudo._pass_gate()
        self._lock_dossier(dossier_sudo)
        dossier_sudo._check_hand_over(copy)
        result_sudo._check_recipient(recipient_name, recipient_citizen_id)
        collected = dossier_sudo._check_papers(papers, copy)
        handover_sudo = result_sudo.env["dvc.handover"]._issue(
            result_sudo, recipient_name.strip(), collected, signature, self.env.user, copy
        )
        if not copy:
            result_sudo._set_state("issued", issued_at=fields.Datetime.now())
            dossier_sudo._results_issued()
        return {"handover_number": handover_sudo.number, "code": dossier_sudo.code, "state": dossier_sudo.state}

    def _pass_gate(self) -> None:
        """Verify the file now, and stop a result that the agency has not validly signed.

        :raise Refusal: ``result.unsigned``, after the urgent signing request is filed
        """
        signer = self.env["dvc.certificate"]
        if self.state in result_states.IN_FORCE:
            content = self._file()
            intact = hashlib.sha256(content).hexdigest() == self.sha256
            _verdict, _check, signer = self._judge(content)
            signer = signer if intact else signer.browse()
        if signer:
            return
        self._request_urgent_signing()
        raise Refusal(
            "result.unsigned",
            self.env._("The result has no valid signature of the agency. Its unit has been asked to sign at once."),
        )

    def _request_urgent_signing(self) -> None:
        """File the urgent signing request once, so that it outlives the refusal that follows."""
        with own_transaction(self.env) as env:
            result = self.with_env(env).exists()
            if not result:
                return
            env["dvc.journal"]._log(
                "result.gate_refused", record=result, dossier_code=result.dossier_id.code, purpose="handover"
            )
            if result.urgent_requested_at:
                return
            result.dossier_id._note_unsigned_result(result)
            result._in_flow().write({"urgent_requested_at": fields.Datetime.now()})
            result.dossier_id._ask_urgent_signing(result)

    def _check_recipient(self, name: str, citizen_id: str) -> None:
        self.ensure_one()
        expected = self.dossier_id.applicant_citizen_hash
        digits = "".join(citizen_id.split())
        given = self.env["dvc.account"]._citizen_hash(digits) if digits.isdecimal() else ""
        if not name.strip() or not expected or given != expected:
            raise Refusal(
                "result.not_recipient",
                self.env._("The result is handed to the applicant: this identity number is not theirs."),
            )

    @api.model
    def _take_back_dossier(self, dossier, reason: str) -> None:
        """Take a done dossier's results back before the handover, with the reason.

        :raise Refusal: ``dossier.reason_required``; the flow's own where the dossier is not done
        """
        if not reason.strip():
            raise Refusal("dossier.reason_required", self.env._("Say why the result is taken back."))
        self._lock_dossier(dossier)
        dossier._reopen(reason)
        dossier.result_ids.filtered(lambda result: result.state == "signed")._revoke(reason)
