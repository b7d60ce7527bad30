# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64
import binascii
import os
from importlib.metadata import version
from pathlib import Path

from odoo import api, models

from ..contract import contract
from ..domain.arguments import Content
from ..exceptions import Refusal
from ..signing import verdicts
from ..signing.file_kind import SIZE_MAX, FileRefused, inspect_file
from ..signing.sign import KeyFile, local_timestamper, sign_pdf
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
        """Verify the signatures of a file, offline, against the trust anchors.

        :param content: base64
        :return: ``{verdict, sha256, signatures: [{signer, citizen_id_masked, tax_id, issuer, serial, signed_at,
            timestamped, level, intact, covers_whole_file, trusted, revoked, verdict, detail}]}``
        :raise Refusal: file.too_large (20 MB), input.invalid
        """
        return self._verify(self._decode(content), filename or "")

    @api.model
    def _decode(self, content: str) -> bytes:
        """Return the bytes of base64.

        :raise Refusal: input.invalid, file.too_large
        """
        try:
            data = base64.b64decode(content.encode("ascii"), validate=False)
        except (UnicodeEncodeError, binascii.Error):
            raise Refusal("input.invalid", self.env._("The content is not base64.")) from None
        if content and not data:
            raise Refusal("input.invalid", self.env._("The content is not base64."))
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
        answer = self._verify(data, filename)
        # Evidence is written by checks only, whoever's file it is.
        check_sudo = self.env["dvc.signature.check"].sudo().create(
            [
                {
                    "user_id": self.env.uid,
                    "filename": filename,
                    "sha256": answer["sha256"],
                    "verdict": answer["verdict"],
                    "signatures": answer["signatures"],
                    "software": f"pyHanko {version('pyHanko')}",
                    "res_model": record._name if record else False,
                    "res_id": record.id if record else False,
                }
            ]
        )
        return answer["verdict"], check_sudo

    @api.model
    def _intake(self, content: str, filename: str) -> tuple[bytes, str, str]:
        """Return a handed-in file's bytes, its safe name and its kind.

        :raise Refusal: input.invalid, file.empty, file.too_large, file.type, file.hostile
        """
        data = self._decode(content)
        name = os.path.basename(filename.replace("\\", "/")).strip() or "file"
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
        """Sign a PDF with a certificate's key; with a time stamp where an authority for it is at hand.

        :raise Refusal: signature.no_key, signature.failed
        """
        path = certificate._key_path()
        password = path.parent / PASSWORD_FILE
        stamp = Path(os.environ.get(FOLDER_VARIABLE, "")) / TIMESTAMP_KEY
        timestamper = local_timestamper(KeyFile(stamp, password)) if certificate.is_sandbox and stamp.is_file() else None
        try:
            return sign_pdf(data, KeyFile(path, password), reason, location, timestamper, box)
        except Exception as error:  # what the library cannot sign is told plainly, without its internals
            raise Refusal("signature.failed", self.env._("The file could not be signed.")) from error
