# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64
import binascii
import os
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from odoo import api, models

from ..contract import contract
from ..domain import masking
from ..domain.arguments import Content
from ..exceptions import Refusal
from ..signing import verdicts
from ..signing.file_kind import SIZE_MAX, FileRefused, inspect_file
from ..signing.sign import KeyFile, local_timestamper, sign_pdf
from ..signing.stamp import Mark
from ..signing.worker import WORKER
from .dvc_certificate import FOLDER_VARIABLE

PASSWORD_FILE = "password"
TIMESTAMP_KEY = "timestamp.p12"


class DvcSignature(models.AbstractModel):
    """Verifying and signing files, on the server."""

    _name = "dvc.signature"
    _description = "Digital signatures"

    @api.model
    @contract("integrator", "officer", "specialist", "leader", "manager")
    def verify(self, content: Content, filename: str | None = None) -> dict:
        """Verify the signatures of a file, offline, against the trust anchors; the check is kept as evidence.

        :param content: base64
        :param filename: kept with the evidence
        :return: ``{verdict, sha256, signatures: [{signer, citizen_id_masked, tax_id, issuer, serial, signed_at,
            timestamped, level, intact, covers_whole_file, trusted, revoked, verdict, detail}]}``
        :raise Refusal: file.too_large (20 MB), input.invalid
        """
        answer, _check = self._check(self._decode(content), filename or "")
        return answer

    @api.model
    def _decode(self, content: str) -> bytes:
        """Return the bytes of base64.

        :raise Refusal: input.invalid, file.too_large
        """
        try:
            # Line breaks belong to base64 as mail programs write it; nothing else does.
            data = base64.b64decode("".join(content.split()).encode("ascii"), validate=True)
        except (UnicodeEncodeError, binascii.Error):
            raise Refusal("input.invalid", self.env._("The content is not base64.")) from None
        if len(data) > SIZE_MAX:
            raise Refusal("file.too_large", self.env._("A file has at most 20 MB."))
        return data

    @api.model
    def _verify(self, data: bytes, filename: str) -> dict:
        return WORKER.verify(data, filename, self.env["dvc.trust.anchor"]._store())

    @api.model
    def _verdict_order(self) -> tuple[str, ...]:
        """Return the verdicts, worst first."""
        return verdicts.WORST_FIRST

    @api.model
    def _verdict_for(self, data: bytes, filename: str, record=None):
        """Verify a file and keep the evidence.

        :param record: what the file belongs to
        :return: ``(verdict, dvc.signature.check record)``
        """
        answer, check_sudo = self._check(data, filename, record)
        return answer["verdict"], check_sudo

    @api.model
    def _check(self, data: bytes, filename: str, record=None):
        """Return the verifier's answer and the evidence of it."""
        answer, _holders, check_sudo = self._examine(data, filename, record)
        return answer, check_sudo

    @api.model
    def _examine(self, data: bytes, filename: str, record=None):
        """Return the verifier's answer, who signed as only the server may know it, and the evidence.

        :return: ``(answer, holders, check)``: holders ``[{certificate, numbers}]`` in clear, a line for each
            signature; the check in sudo
        """
        answer = self._verify(data, filename)
        holders = answer.pop("holders", [])
        # Beyond the answer: which certificate exactly, and who signed last.
        kept = [one | line for one, line in zip(answer["signatures"], answer.pop("evidence"), strict=True)]
        for one in answer["signatures"]:
            one["detail"] = one["reason"]
        # Evidence is written by checks only, whoever's file it is.
        check_sudo = (
            self.env["dvc.signature.check"]
            .sudo()
            .create(
                [
                    {
                        "user_id": self.env.uid,
                        "company_id": self._agency_of(record).id,
                        "filename": filename,
                        "sha256": answer["sha256"],
                        "verdict": answer["verdict"],
                        "signatures": kept,
                        "signer_hashes": self._signer_hashes(holders),
                        "software": f"pyHanko {version('pyHanko')}",
                        "res_model": record._name if record else False,
                        "res_id": record.id if record else False,
                    }
                ]
            )
        )
        return answer, holders, check_sudo

    @api.model
    def _signer_hashes(self, holders: list[dict]) -> list[list[str]]:
        """Return the keyed hashes of the numbers that name each signature's maker."""
        digest = self.env["dvc.account"]._citizen_hash
        return [[digest(number) for number in holder["numbers"]] for holder in holders]

    @api.model
    def _agency_of(self, record):
        """Return whose file is checked: the record's agency, else that of the member of staff who asks."""
        if record and "company_id" in record._fields:
            return record.company_id
        return self.env.company if self.env.user._is_internal() else self.env["res.company"]

    @api.model
    def _intake(self, content: str, filename: str) -> tuple[bytes, str, str]:
        """Return a handed-in file's bytes, its safe name and its kind.

        :raise Refusal: input.invalid, file.empty, file.too_large, file.type, file.hostile
        """
        data = self._decode(content)
        # People name files after the number on the card.
        name = masking.in_text(os.path.basename(filename.replace("\\", "/")).strip()) or "file"
        texts = {
            "file.empty": self.env._("The file %(name)s is empty.", name=name),
            "file.too_large": self.env._("The file %(name)s is larger than 20 MB.", name=name),
            "file.type": self.env._("The file %(name)s is not a PDF, picture, DOCX or signed XML.", name=name),
            "file.hostile": self.env._("The file %(name)s is not safe and was not taken.", name=name),
        }
        try:
            kind = inspect_file(data, name)
        except FileRefused as error:
            raise Refusal(error.code, texts[error.code]) from None
        return data, name if "." in name else f"{name}.{kind}", kind

    @api.model
    def _sign_pdf(self, data: bytes, certificate, reason: str, location: str = "", box=None) -> bytes:
        """Sign a PDF with a certificate's key, visibly on its last page.

        With a time stamp and archived proof (B-LT) where an authority for it is at hand.

        :param data: the PDF
        :param certificate: the signer's dvc.certificate
        :param reason: kept in the signature
        :param location: kept in the signature
        :param box: of the visible mark, in points; none: at the right of the page's foot
        :raise Refusal: signature.no_key, signature.failed
        """
        # The signer's own certificate, found for them; its holder and agency are printed beside the signature.
        certificate_sudo = certificate.sudo()
        path = certificate_sudo._key_path()
        password = path.parent / PASSWORD_FILE
        stamp_key = Path(os.environ.get(FOLDER_VARIABLE, "")) / TIMESTAMP_KEY
        local = certificate_sudo.is_sandbox and stamp_key.is_file()
        company = certificate_sudo.company_id
        try:
            return sign_pdf(
                data,
                KeyFile(path, password),
                reason,
                location,
                local_timestamper(KeyFile(stamp_key, password)) if local else None,
                box,
                Mark(
                    certificate_sudo.user_id.name or company.name or certificate_sudo.name,
                    company.name or "",
                    datetime.now(UTC),
                ),
                self.env["dvc.trust.anchor"]._store(),
            )
        except Exception as error:  # what the library cannot sign is told plainly, without its internals
            raise Refusal("signature.failed", self.env._("The file could not be signed.")) from error
