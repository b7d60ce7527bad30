# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import hashlib
import json
import logging
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import requests
from urllib3.util import Retry

from odoo import api, models

from ..domain import signing_order
from ..exceptions import Refusal
from ..identity.transport import limit
from ..report import paper
from ..signing.archive import time_stamped, with_proof
from ..signing.confirmed import SMARTCA, ConfirmedService
from ..signing.csc import V1, Secrets, Service
from ..signing.failure import SigningFailed
from ..signing.key_file import KeyFile, local_timestamper
from ..signing.sign import sign_pdf
from ..signing.stamp import AnnexMark, Mark, SealMark
from ..signing.timestamp import HttpTimeStamper
from .dvc_certificate import FOLDER_VARIABLE
from .dvc_certificate_key import PASSWORD_FILE

_logger = logging.getLogger(__name__)

TIMESTAMP_KEY = "timestamp.p12"
TSA_URL = "dvc_account.tsa_url"
TSA_SECRETS, CSC_SECRETS = "tsa.json", "csc.json"
# A person may be asked on the phone first.
REMOTE_SECONDS = 20
# Questions that change nothing; and acts, of which only a connection that never stood is tried again.
QUESTION = Retry(total=2, connect=2, read=1, status=1, status_forcelist=(502, 503, 504), allowed_methods={"POST"})
ACT = Retry(total=1, connect=1, read=0, status=0, other=0, allowed_methods={"POST"})


# What a remote service signed in a transaction that is not committed yet, by database, certificate and file. Odoo runs
# a request again when transactions collide: the second run takes what the first was given, and asks for nothing.
KEPT_SECONDS, KEPT_MAX = 120, 4
_uncommitted: dict[tuple, tuple[float, bytes]] = {}


def _session(again: bool) -> requests.Session:
    return limit(requests.Session(), QUESTION if again else ACT, REMOTE_SECONDS)


class DvcSignatureSigning(models.AbstractModel):
    """Signing PDFs: with whichever key a certificate has, a time stamp, and proof in the file."""

    _inherit = "dvc.signature"

    @api.model
    def _sign_pdf(
        self,
        data: bytes,
        certificate,
        reason: str,
        location: str = "",
        box=None,
        mark=None,
        pin: str = "",
        otp: str = "",
    ) -> bytes:
        """Sign a PDF with a certificate's key, visibly where its purpose has its mark.

        What comes back is signed by this very certificate's key; whether it counts is the verifier's word.
        The level reached (PAdES B-B, B-T, B-LT) is told by the verifier too: without a time-stamping authority, or
        with one that gives no answer, it is B-B.

        :param data: the PDF; earlier signatures in it stay valid
        :param certificate: the signer's dvc.certificate
        :param reason: kept in the signature
        :param location: kept in the signature
        :param box: of the visible mark, in the page's own units; none: where such a mark belongs
        :param mark: a Mark, SealMark or AnnexMark; none: by the certificate's purpose
        :param pin: typed by the holder, for a key at a remote service
        :param otp: typed by the holder, for a key at a remote service
        :raise Refusal: signature.*, as listed in ``signing/failure.py``
        """
        # The signer's own certificate, found for them; its holder and agency are printed beside the signature.
        certificate_sudo = certificate.sudo()
        if certificate_sudo._is_confirmed():
            raise Refusal(
                "signature.by_phone",
                self.env._("This key's holder confirms each signature on the phone: only results are signed this way."),
            )
        given = (self.env.cr.dbname, certificate_sudo.fingerprint, hashlib.sha256(data).hexdigest())
        if kept := self._signed_before(given):
            return kept
        try:
            certificate_sudo._check_in_time()
            signed = self._signed(
                data,
                certificate_sudo._key(pin, otp),
                reason,
                location,
                self._timestamper(certificate_sudo),
                box,
                mark or self._mark_of(certificate_sudo),
                self.env["dvc.trust.anchor"]._store(),
            )
        except SigningFailed as error:
            self._note_failure(certificate_sudo, error)
            raise self._failure(error) from None
        if certificate_sudo.key_source == "remote":
            self._keep_until_commit(given, signed)
        if certificate_sudo.purpose != "citizen":
            detail = {"fingerprint": certificate_sudo.fingerprint, "key": certificate_sudo.key_source}
            self.env["dvc.journal"]._log("signature.made", record=certificate_sudo, detail=detail)
        return signed

    @api.model
    def _signed_before(self, given: tuple) -> bytes | None:
        """Return what a remote service signed in an earlier run of this request."""
        made, signed = _uncommitted.get(given, (0.0, b""))
        return signed if signed and time.monotonic() - made < KEPT_SECONDS else None

    @api.model
    def _keep_until_commit(self, given: tuple, signed: bytes) -> None:
        while len(_uncommitted) >= KEPT_MAX:
            _uncommitted.pop(next(iter(_uncommitted)), None)
        _uncommitted[given] = (time.monotonic(), signed)
        self.env.cr.postcommit.add(lambda: _uncommitted.pop(given, None))

    @api.model
    def _signed(self, *arguments) -> bytes:
        """Return what ``sign_pdf`` makes.

        :raise SigningFailed: whatever the library cannot sign is told without its internals
        """
        try:
            return sign_pdf(*arguments)
        except SigningFailed:
            raise
        except Exception as error:
            _logger.info("A file could not be signed: %s", type(error).__name__)
            raise SigningFailed("signature.failed", type(error).__name__) from error

    @api.model
    def _note_failure(self, certificate, error: SigningFailed) -> None:
        _logger.info("Certificate %s did not sign: %s %s", certificate.id, error.code, error.technical)
        # On a connection of its own the certificate must be known already.
        self.env["dvc.journal"]._log(
            "signature.failed",
            detail={"code": error.code, "fingerprint": certificate.fingerprint, "key": certificate.key_source},
            own_transaction=True,
        )

    @api.model
    def _failure(self, error: SigningFailed) -> Refusal:
        """Return the refusal that tells why a file was not signed."""
        texts = {
            "signature.no_key": self.env._("The key of this certificate is not at hand."),
            "signature.wrong_key": self.env._(
                "What answered is not this certificate's key. Nothing was signed: have the key's place checked."
            ),
            "signature.key_expired": self.env._("The certificate is not valid today: it has expired, or not begun."),
            "signature.unavailable": self.env._(
                "The token or the signing service does not answer. Nothing was signed: please try again in a moment."
            ),
            "signature.refused": self.env._(
                "The token or the signing service refused to sign with this certificate. Ask its provider."
            ),
            "signature.otp_required": self.env._("The signing service asks for a one-time code."),
            "signature.otp_wrong": self.env._("The one-time code is wrong or over. Nothing was signed."),
            "signature.pin_required": self.env._("The signing service asks for the PIN."),
            "signature.pin_wrong": self.env._(
                "The PIN is wrong. It was not tried again: a few wrong ones lock the key for good."
            ),
            "signature.certified": self.env._(
                "Its author certified this document as final: one more signature would break the first."
            ),
            "signature.already_signed": self.env._("This certificate has signed the document already."),
            "signature.leader_first": self.env._("The leader signs first, the agency's seal comes after."),
            "signature.sealed": self.env._("The agency's seal is on the document: nobody signs after it."),
        }
        return Refusal(error.code, texts.get(error.code) or self.env._("The file could not be signed."))

    @api.model
    def _mark_of(self, certificate) -> Mark | SealMark:
        """Return what a certificate's signature shows."""
        now, company = datetime.now(UTC), certificate.company_id
        if certificate.purpose == "seal":
            return SealMark(company.name, now, certificate._drawing(), certificate.seal_size)
        name = certificate.user_id.name or company.name or certificate.name
        return Mark(name, company.name or "", now, certificate._drawing())

    @api.model
    def _annex_mark(self, number: str) -> AnnexMark:
        """Return what the agency's signature shows on an annex in a file of its own, or on a copy.

        :param number: number and symbol of the document, e.g. ``12/UBND-TP``
        """
        return AnnexMark(number, datetime.now(UTC))

    @api.model
    def _check_order(self, signatures: list[dict], certificate) -> None:
        """Check that a certificate may sign next.

        :param signatures: of a check of the file, as its evidence keeps them
        :param certificate: dvc.certificate of an agency
        :raise Refusal: signature.already_signed, signature.leader_first, signature.sealed
        """
        good = [one.get("fingerprint") for one in signatures if one["verdict"] in ("valid", "amended")]
        domain = [("company_id", "=", certificate.company_id.id), ("fingerprint", "in", good)]
        # Signers need not read certificates; who signed is told by fingerprints.
        known_sudo = certificate.sudo().with_context(active_test=False).search(domain)
        purposes = {one.fingerprint: one.purpose for one in known_sudo}
        signed = [purposes[fingerprint] for fingerprint in good if fingerprint in purposes]
        # Signers need not read the list of certificates; what is asked of theirs is no secret.
        again = certificate.sudo().fingerprint in good
        # As above.
        if code := signing_order.refusal(signed, certificate.sudo().purpose, again):
            raise self._failure(SigningFailed(code))

    @api.model
    def _timestamper(self, certificate=None):
        """Return who proves the time: the authority of the settings, the demonstration's own, or nobody."""
        # Parameters are not readable by those who sign.
        url = (self.env["ir.config_parameter"].sudo().get_param(TSA_URL) or "").strip()
        if url:
            return self._authority(url)
        folder = os.environ.get(FOLDER_VARIABLE, "")
        key = Path(folder) / TIMESTAMP_KEY
        if folder and certificate and certificate.is_sandbox and key.is_file():
            return local_timestamper(KeyFile(key, Path(folder) / PASSWORD_FILE))
        return None

    @api.model
    def _authority(self, url: str) -> HttpTimeStamper:
        login = self._signing_secrets(TSA_SECRETS)
        auth = (str(login["user"]), str(login.get("password", ""))) if login.get("user") else None
        return HttpTimeStamper(url, lambda: limit(requests.Session()), self.env["dvc.trust.anchor"]._store(), auth)

    @api.model
    def _signing_secrets(self, name: str) -> dict:
        """Return what a file of the key folder holds, or nothing."""
        folder = os.environ.get(FOLDER_VARIABLE, "")
        try:
            found = json.loads((Path(folder) / name).read_text()) if folder else {}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError):
            _logger.error("The file %s of the key folder cannot be read", name)
            return {}
        return found if isinstance(found, dict) else {}

    @api.model
    def _remote_address(self) -> tuple[str, str]:
        """Hook: return the remote signing service's address and version; an empty address: there is none."""
        return "", V1

    @api.model
    def _remote_service(self) -> tuple[Service | None, Secrets]:
        """Return the remote signing service, None where none is configured, and this server's secrets for it."""
        url, version = self._remote_address()
        held = self._signing_secrets(CSC_SECRETS)
        pins = held.get("pins")
        secrets = Secrets(
            token=str(held.get("token") or ""),
            client_id=str(held.get("client_id") or ""),
            client_secret=str(held.get("client_secret") or ""),
            scope=str(held.get("scope") or "service"),
            pins={str(key): str(pin) for key, pin in pins.items()} if isinstance(pins, dict) else {},
        )
        if url and version == SMARTCA:
            return ConfirmedService(url, secrets, _session), secrets
        return (Service(url, version, secrets, _session) if url else None), secrets

    @api.model
    def _archive_pdf(self, data: bytes) -> bytes:
        """Return a signed PDF with the proof of its signatures, and a time stamp over it, added after it.

        :return: the same bytes where there is no authority, or the proof is incomplete today
        """
        stamper = self._timestamper()
        proven = with_proof(data, self.env["dvc.trust.anchor"]._store())
        if not stamper or proven is None:
            return data
        try:
            return time_stamped(proven, stamper)
        except OSError as error:
            _logger.info("A file was not archived: %s", error)
            return data

    @api.model
    def _test_page(self) -> bytes:
        """Return a page that says that its signature is a test."""
        sheet = paper.Paper("Kiểm tra chữ ký số", size=paper.A4)
        sheet.start()
        sheet.heading("KIỂM TRA CHỮ KÝ SỐ")
        sheet.text("Trang này chỉ dùng để kiểm tra khóa ký, không có giá trị pháp lý.")
        return sheet.to_bytes()
