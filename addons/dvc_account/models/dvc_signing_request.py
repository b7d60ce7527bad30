# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64
import json
import logging
import secrets
from datetime import timedelta

from asn1crypto import x509

from odoo import api, fields, models

from ..exceptions import Refusal
from ..signing import confirmed
from ..signing.confirmed import ConfirmedService
from ..signing.failure import SigningFailed
from ..signing.prepared import Prepared
from ..signing.sign import complete, prepare_pdf
from .dvc_certificate import certificate_der

_logger = logging.getLogger(__name__)

# As long as the services wait for the phone themselves.
LIFE = timedelta(minutes=5)
OPEN = ("draft", "sent", "waiting")


class DvcSigningRequest(models.Model):
    """A signature that its holder confirms on the phone: a prepared file, until its value comes.

    Nothing is asked of the service inside of anybody's request: a job sends and polls, each step committed by
    itself. What was sent once is never sent again: its holder would be asked twice.
    """

    _name = "dvc.signing.request"
    _description = "Signature to be confirmed"
    _inherit = ["dvc.guarded"]
    _order = "id desc"
    _rec_name = "reference"

    _guarded_fields = frozenset(
        """certificate_id user_id company_id res_model res_id reference state document digest start end attributes
        chain transaction expires_at reason""".split()
    )

    certificate_id = fields.Many2one("dvc.certificate", required=True, ondelete="restrict", index=True)
    user_id = fields.Many2one("res.users", string="Signer", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one("res.company", string="Agency", required=True, index=True)
    res_model = fields.Char(string="Model", required=True)
    res_id = fields.Many2oneReference(string="Record", model_field="res_model", required=True)
    reference = fields.Char(required=True, help="By which the signing service knows this request.")
    state = fields.Selection(
        [
            ("draft", "To send"),
            ("sent", "Being sent"),
            ("waiting", "Waits for the phone"),
            ("signed", "Signed"),
            ("rejected", "Rejected on the phone"),
            ("expired", "Not confirmed in time"),
            ("failed", "Failed"),
        ],
        required=True,
        default="draft",
        index=True,
    )
    document = fields.Binary(string="Prepared file", attachment=True, groups=fields.NO_ACCESS)
    digest = fields.Char(groups=fields.NO_ACCESS)
    start = fields.Integer(groups=fields.NO_ACCESS)
    end = fields.Integer(groups=fields.NO_ACCESS)
    attributes = fields.Text(groups=fields.NO_ACCESS)
    chain = fields.Text(groups=fields.NO_ACCESS)
    transaction = fields.Char(groups=fields.NO_ACCESS)
    expires_at = fields.Datetime(string="Expires")
    reason = fields.Char(help="The code of what went wrong.")

    _open_uniq = models.UniqueIndex(
        "(res_model, res_id) WHERE state IN ('draft', 'sent', 'waiting')", "This file waits for a signature already."
    )

    @api.model
    def _open_for(self, record):
        """Return the request that a record waits for; empty where there is none."""
        # What is open is asked of by those who sign; they see no more of it than its state.
        return self.sudo().search(
            [("res_model", "=", record._name), ("res_id", "=", record.id), ("state", "in", OPEN)], limit=1
        )

    @api.model
    def _ask(self, record, data: bytes, certificate, user, **seen):
        """Prepare a file and have its holder asked to sign it.

        :param record: of an agency; ``_signing_done`` and ``_signing_ended`` of it are called in the end
        :param data: the PDF
        :param certificate: dvc.certificate with a key at a service that asks on the phone
        :param seen: ``reason``, ``location``, ``box``, ``mark`` as of ``prepare_pdf``
        :raise SigningFailed: the file does not allow it
        """
        # The signer's own certificate, found for them.
        certificate_sudo = certificate.sudo()
        authorities = certificate_sudo._chain()
        der = certificate_der(certificate_sudo.certificate)
        prepared = prepare_pdf(
            data, x509.Certificate.load(der), [x509.Certificate.load(one) for one in authorities], **seen
        )
        # Requests are written by this flow only.
        request_sudo = (
            self.sudo()
            ._in_flow()
            .create(
                {
                    "certificate_id": certificate.id,
                    "user_id": user.id,
                    "company_id": certificate_sudo.company_id.id,
                    "res_model": record._name,
                    "res_id": record.id,
                    "reference": secrets.token_hex(12),
                    "document": base64.b64encode(prepared.document),
                    "digest": prepared.digest.hex(),
                    "start": prepared.start,
                    "end": prepared.end,
                    "attributes": prepared.attributes.hex(),
                    "chain": json.dumps([one.hex() for one in authorities]),
                    "expires_at": fields.Datetime.now() + LIFE,
                }
            )
        )
        self.env.ref("dvc_account.ir_cron_signing_requests")._trigger()
        return request_sudo

    def _prepared(self) -> Prepared:
        """Return the prepared file."""
        return Prepared(
            base64.b64decode(self.with_context(bin_size=False).document),
            bytes.fromhex(self.digest),
            self.start,
            self.end,
            bytes.fromhex(self.attributes),
            certificate_der(self.certificate_id.certificate),
            tuple(bytes.fromhex(one) for one in json.loads(self.chain)),
        )

    @api.model
    def _cron_run(self) -> None:
        """Send what is to be sent, and ask what became of the rest."""
        progress = self.env["ir.cron"]
        requests = self.search([("state", "in", OPEN)], order="id")
        progress._commit_progress(remaining=len(requests))
        for request in requests:
            request._step(progress)
            if not progress._commit_progress(1):
                break
        if waiting := self.search([("state", "in", OPEN)], limit=1, order="expires_at"):
            # Asked again soon, as long as somebody holds a phone in the hand.
            self.env.ref("dvc_account.ir_cron_signing_requests")._trigger(fields.Datetime.now() + timedelta(seconds=5))
            _logger.debug("Signing request %s waits", waiting.id)

    def _step(self, progress) -> None:
        service = self._service()
        if self.state == "sent":
            # Whether the service heard it is not known: it may not be sent again.
            return self._end("failed", "signature.unavailable")
        if self.expires_at <= fields.Datetime.now():
            return self._end("expired")
        if not service:
            return self._end("failed", "signature.no_key")
        try:
            if self.state == "draft":
                return self._send(service, progress)
            return self._poll(service)
        except SigningFailed as error:
            _logger.info("Signing request %s: %s %s", self.id, error.code, error.technical)
            if self.state == "waiting" and error.code == "signature.unavailable":
                # Asked again, until it expires.
                return None
            return self._end("failed", error.code)

    def _service(self) -> ConfirmedService | None:
        service, _secrets = self.env["dvc.signature"]._remote_service()
        return service if isinstance(service, ConfirmedService) else None

    def _send(self, service: ConfirmedService, progress) -> None:
        # Known to be under way before it is: a server that dies here does not ask twice.
        self._in_flow().write({"state": "sent"})
        progress._commit_progress()
        found = service.credential(self.certificate_id.csc_credential)
        if found.certificate != certificate_der(self.certificate_id.certificate):
            raise SigningFailed("signature.wrong_key", "the credential has another certificate")
        transaction = service.ask(
            self.certificate_id.csc_credential, self._prepared().hash, self.reference, self.company_id.name
        )
        self._in_flow().write({"state": "waiting", "transaction": transaction})

    def _poll(self, service: ConfirmedService) -> None:
        prepared = self._prepared()
        outcome = service.outcome(self.transaction, prepared.hash)
        if outcome.state == confirmed.WAITING:
            return
        if outcome.state != confirmed.SIGNED:
            self._end(outcome.state, "" if outcome.state != confirmed.FAILED else "signature.refused")
            return
        signature = self.env["dvc.signature"]
        content = complete(
            prepared,
            outcome.value,
            signature._timestamper(self.certificate_id),
            self.env["dvc.trust.anchor"]._store(),
        )
        self._finish(content)

    def _finish(self, content: bytes) -> None:
        """Hand the signed file to its record, which verifies it before it counts."""
        try:
            with self.env.cr.savepoint():
                self._record()._signing_done(content, self)
                self._end("signed")
        except Refusal as refusal:
            self._end("failed", refusal.code)

    def _record(self):
        """Return the record as its signer has it, with the rights of this flow."""
        # What the signer asked for is done in the signer's name, whoever runs the job.
        return self.env[self.res_model].with_user(self.user_id).sudo().browse(self.res_id)

    def _end(self, state: str, reason: str = "") -> None:
        self._in_flow().write({"state": state, "reason": reason, "document": False})
        self.env["dvc.journal"].with_user(self.user_id)._log(
            "signature.made" if state == "signed" else "signature.failed",
            record=self,
            detail={"fingerprint": self.certificate_id.fingerprint, "key": "remote", "code": reason or state},
        )
        if state != "signed":
            self._record()._signing_ended(self)
