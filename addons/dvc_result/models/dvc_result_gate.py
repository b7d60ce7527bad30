# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import hashlib
import logging

from odoo import api, fields, models
from odoo.fields import Domain

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

    def _judge(self, content: bytes, cause: str = "request", first=None):
        """Verify a file of the result.

        :param cause: why, as the evidence has it
        :param first: an earlier check of the same file
        :return: ``(verdict, check, certificate)``; the certificate is the agency's signer's, empty
            where the signatures are not valid or none is of the agency
        """
        self.ensure_one()
        verdict, check = self.env["dvc.signature"]._verdict_for(
            content, self.filename, record=self, cause=cause, first=first
        )
        signer = self.env["dvc.certificate"]
        if verdict in SIGNED_VERDICTS:
            signer = self._agency_signer(check)
        return verdict, check, signer

    def _agency_signer(self, check):
        """Return the agency's certificate that made the last of a check's signatures, else empty.

        Who signs last answers for all that stands in the file; and the certificate itself counts,
        not its number, which another authority may give too. A certificate put away since counts
        as well: the signature was made while it was in use.
        """
        last = [
            signature["fingerprint"]
            for signature in check.signatures or []
            if signature.get("covering") and signature.get("agency") and signature["verdict"] == "valid"
        ]
        domain = [("company_id", "=", self.company_id.id), ("purpose", "in", ("leader", "seal"))]
        known = self.env["dvc.certificate"].with_context(active_test=False)
        return known.search([*domain, ("fingerprint", "in", last)], order="active desc, id desc", limit=1)

    def _judge_published(self, content: bytes) -> None:
        """Decide where a newly published file stands: in force at once, or waiting for the leader."""
        verdict, check, certificate = self._judge(content, "publish")
        values = {"verdict": verdict, "check_id": check.id}
        if not certificate:
            self._set_state("to_sign", **values)
            return
        self._count_as_signed(content, certificate, **values)

    def _sign_as(self, user, pin: str = "", otp: str = "") -> None:
        """Sign the published file with a user's certificate and take it in force.

        :param pin: typed by the user, where the key's place asks for it
        :param otp: the same
        :raise Refusal: ``result.no_signer`` where there is no certificate or what it makes is not valid;
            ``signature.*`` where whoever keeps the key did not sign
        """
        self.ensure_one()
        certificate = self.env["dvc.certificate"]._for_signer(user, self.company_id)
        if not certificate:
            raise Refusal(
                "result.no_signer",
                self.env._("You have no signing certificate for %(agency)s.", agency=self.company_id.name),
            )
        if certificate._is_confirmed():
            self._ask_on_phone(certificate, user)
            return
        content = self._with_signature(self._stamped(), certificate, pin, otp)
        self._take_signed(content, certificate, user)

    def _take_signed(self, content: bytes, certificate, user) -> None:
        """Take a file in force that a user has signed, once it is verified.

        :raise Refusal: ``result.no_signer``: what the certificate made is not valid, or is another's
        """
        verdict, check, signer = self._judge(content, "sign")
        if signer.fingerprint != certificate.fingerprint or not signer:
            raise Refusal("result.no_signer", self._why_not_counted(verdict))
        attachment = self._attach(self.filename, content)
        self._count_as_signed(
            content,
            signer,
            verdict=verdict,
            check_id=check.id,
            signed_attachment_id=attachment.id,
            signer_id=user.id,
        )

    def _why_not_counted(self, verdict: str) -> str:
        if verdict in SIGNED_VERDICTS:
            return self.env._(
                "The signature is valid, but not recognised as the agency's: its authority must be a trust anchor for"
                " authorities, and the key must be that of the registered certificate."
            )
        labels = dict(self._fields["verdict"]._description_selection(self.env))
        return self.env._("What your certificate signs does not count: %(verdict)s.", verdict=labels[verdict])

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
        if not self.dossier_id.result_ids.filtered(lambda result: result.state == "to_sign"):
            # Nothing is urgent any more, whoever had been asked.
            self.dossier_id.sudo().activity_unlink(["dvc_result.mail_activity_type_urgent_signing"])
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
        dossier delivered electronically gets paper copies only.

        :param recipient_name: who stands at the desk
        :param recipient_citizen_id: their CCCD number, which must be the applicant's
        :param papers: codes of the components collected or, for ``original``, checked
        :param signature: the recipient's signature drawn on a pad, base64 PNG
        :return: ``{handover_number, code, state}``; code and state are the dossier's
        :raise Refusal: ``result.already``, ``result.unsigned``, ``dossier.bad_transition``,
            ``result.not_recipient``, ``result.papers_missing``, ``component.unknown``, ``wallet.fee_unpaid``
        """
        return self._release_to(recipient_name, self._number_hash(recipient_citizen_id), papers, signature)

    @contract("officer", unknown="result.unknown")
    def _hand_over_hashed(
        self, recipient_name: str, citizen_hash: str, papers: list[str], signature: Content | None
    ) -> dict:
        """Hand over as above, for the dialog, which keeps no number.

        :param citizen_hash: keyed, of the number typed in; empty where it was none
        """
        return self._release_to(recipient_name, citizen_hash, papers, signature)

    @api.model
    def _number_hash(self, citizen_id: str) -> str:
        """Return the keyed hash of an identity number, however it is spaced; empty where it cannot be one."""
        digits = "".join(citizen_id.split())
        return self.env["dvc.account"]._citizen_hash(digits) if digits.isdecimal() else ""

    def _release_to(self, recipient_name: str, citizen_hash: str, papers, signature) -> dict:
        """Check and write the handover; role and agency are checked by who calls."""
        # sudo: the caller's role and agency are checked; the handover is written by this flow only
        result_sudo = self.sudo()
        dossier_sudo = result_sudo.dossier_id
        copy = dossier_sudo.delivery == "electronic" and result_sudo.state == result_states.ISSUED
        if result_sudo.state in result_states.OUT_OF_FORCE or (result_sudo.state == result_states.ISSUED and not copy):
            raise Refusal("result.already", self.env._("This result was handed over or is no longer in force."))
        result_sudo._pass_gate()
        self._lock_dossier(dossier_sudo)
        dossier_sudo._check_hand_over(copy)
        result_sudo._check_recipient(recipient_name, citizen_hash)
        collected = dossier_sudo._check_papers(papers, copy)
        # With the first of several results already: what has left is not paid for any more.
        for blocker in [] if copy else dossier_sudo._release_blockers():
            raise blocker
        handover_sudo = result_sudo.env["dvc.handover"]._issue(
            result_sudo, recipient_name.strip(), collected, signature, self.env.user, copy
        )
        handover_sudo._send_receipt()
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
            _verdict, _check, signer = self._judge(content, "hand_over", self.check_id)
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

    def _check_recipient(self, name: str, citizen_hash: str) -> None:
        self.ensure_one()
        expected = self.dossier_id.applicant_citizen_hash
        if not name.strip() or not expected or citizen_hash != expected:
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

    def _withdraw(self, reason: str, replaced_by) -> None:
        """Take a result that nobody signed out of the queue, with the reason; the dossier stays in processing.

        :param replaced_by: the result of the dossier that takes its place; empty: the next one published does
        :raise Refusal: ``dossier.reason_required``, ``dossier.bad_transition``, ``result.already``, ``result.unknown``
        """
        self.ensure_one()
        dossier = self.dossier_id
        if not reason.strip():
            raise Refusal("dossier.reason_required", self.env._("Say why the result is taken back."))
        self._lock_dossier(dossier)
        if self.state != result_states.TO_SIGN:
            raise Refusal("result.already", self.env._("This result is already signed or no longer in force."))
        if dossier.state != "processing":
            raise Refusal(
                "dossier.bad_transition", self.env._("A result is rejected while the dossier is in processing.")
            )
        others = (dossier.result_ids - self).filtered(lambda result: result.state in ("to_sign", "signed"))
        if replaced_by - others:
            raise Refusal("result.unknown", self.env._("Another result of the dossier takes its place, or none."))
        self._revoke(reason)
        self.env["dvc.journal"]._log("result.withdrawn", record=self, dossier_code=dossier.code)
        self._tell_withdrawn(reason)
        if replaced_by:
            self._set_state("replaced", replaced_by_id=replaced_by.id)
            # It may have been the last one that the dossier waited for.
            dossier._results_signed()

    def _tell_withdrawn(self, reason: str) -> None:
        """Give the specialist an activity to publish the right one, where somebody else rejected it."""
        dossier = self.dossier_id
        if dossier.assignee_id and dossier.assignee_id != self.env.user:
            dossier.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=dossier.assignee_id.id,
                note=self.env._("Result %(code)s was rejected: %(reason)s", code=self.code, reason=reason),
            )

    @api.model
    def _recheck_domain(self):
        # What is signed was established, so only results that wait for the leader can be open.
        return super()._recheck_domain() & Domain([("state", "=", "to_sign"), ("dossier_id.state", "=", "processing")])

    @api.model
    def _cron_recheck(self) -> None:
        """Check published files again whose signatures could not be established when they came.

        Revocation lists come later than files do.
        """
        self._recheck_run()

    def _recheck_one(self) -> None:
        self._recheck()

    def _recheck(self, cause: str = "job") -> None:
        self._lock_dossier(self.dossier_id)
        content = self._file()
        verdict, check, certificate = self._judge(content, cause, self.check_id)
        if certificate:
            self._count_as_signed(content, certificate, verdict=verdict, check_id=check.id)
        else:
            self._in_flow().write({"verdict": verdict, "check_id": check.id})
