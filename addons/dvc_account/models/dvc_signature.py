# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import binascii
import copy
import hashlib
import os
import string

from odoo import api, models

from .. import signature_reasons
from ..contract import contract
from ..domain import masking
from ..domain.arguments import Content
from ..exceptions import Refusal
from ..signing import verdicts
from ..signing.cms_envelope import is_signature
from ..signing.file_kind import SIZE_MAX, FileRefused, inspect_file
from ..signing.pool import WORKER


class DvcSignature(models.AbstractModel):
    """Verifying and signing files, on the server."""

    _name = "dvc.signature"
    _description = "Digital signatures"

    @api.model
    @contract("integrator", "officer", "specialist", "leader", "manager")
    def verify(self, content: Content, filename: str | None = None, signed_content: Content | None = None) -> dict:
        """Verify the signatures of a file, offline, against the trust anchors; the check is kept as evidence.

        :param content: base64
        :param filename: kept with the evidence
        :param signed_content: the file that a detached signature (``.p7s``) in ``content`` belongs to, base64
        :return: ``{verdict, reason, detail, sha256, active, signatures: [{signer, citizen_id_masked, tax_id, issuer,
            serial, signed_at, timestamped, level, intact, covers_whole_file, trusted, revoked, verdict, reason,
            detail}]}``; ``detail`` says in the caller's language what ``reason`` means and what to do; ``sha256`` of
            ``content``; ``active``: what the file does beyond showing pages, see ``signing/active_content.py``
        :raise Refusal: file.too_large (20 MB), file.type (``signed_content`` given with what is no signature file),
            input.invalid
        """
        data = self._decode(content)
        signed = self._decode(signed_content) if signed_content else b""
        if signed and not is_signature(data):
            raise self._no_signature_file()
        answer, _holders, _check = self._examine(data, filename or "", signed=signed)
        return answer

    @api.model
    def _decode(self, content: str) -> bytes:
        """Return the bytes of base64.

        :raise Refusal: input.invalid, file.too_large
        """
        try:
            # Line breaks belong to base64 as mail programs write it; nothing else does.
            whole = "".join(content.split()) if any(space in content for space in string.whitespace) else content
            data = binascii.a2b_base64(whole, strict_mode=True)
        except ValueError:
            raise Refusal("input.invalid", self.env._("The content is not base64.")) from None
        if len(data) > SIZE_MAX:
            raise Refusal("file.too_large", self.env._("A file has at most 20 MB."))
        return data

    @api.model
    def _verify(self, data: bytes, filename: str, signed: bytes = b"", trust=None) -> dict:
        return WORKER.verify(data, filename, trust or self.env["dvc.trust.anchor"]._store(), signed)

    @api.model
    def _verdict_order(self) -> tuple[str, ...]:
        """Return the verdicts, worst first."""
        return verdicts.WORST_FIRST

    @api.model
    def _verdict_for(self, data: bytes, filename: str, record=None, **circumstances):
        """Verify a file and keep the evidence.

        :param record: what the file belongs to
        :param circumstances: ``signature``, ``cause`` and ``first``, see ``_examine``
        :return: ``(verdict, dvc.signature.check record)``
        """
        answer, _holders, check_sudo = self._examine(data, filename, record, **circumstances)
        return answer["verdict"], check_sudo

    @api.model
    def _examine(
        self,
        data: bytes,
        filename: str,
        record=None,
        *,
        signature: bytes = b"",
        signed: bytes = b"",
        answer: dict | None = None,
        trust=None,
        cause: str = "request",
        first=None,
    ):
        """Return the verifier's answer, who signed as only the server may know it, and the evidence.

        :param signature: the detached signature of the file in ``data``
        :param signed: the other way round: the file that a detached signature in ``data`` belongs to
        :param answer: the verifier's, where it was asked before
        :param trust: whom it trusted then; whoever is trusted now where none is given
        :param cause: why it is checked, of dvc_signature_check_evidence.CAUSES
        :param first: an earlier check of the same file
        :return: ``(answer, holders, check)``: holders ``[{certificate, numbers}]`` in clear, a line for each
            signature; the check in sudo
        """
        trust = trust or self.env["dvc.trust.anchor"]._store()
        if answer:
            answer = copy.deepcopy(answer)
        elif signature:
            answer = self._verify(signature, filename, data, trust)
        else:
            answer = self._verify(data, filename, signed, trust)
        other = signature or signed
        if signature:
            # Both are judged together, as one about the file.
            answer["sha256"] = hashlib.sha256(data).hexdigest()
        holders = answer.pop("holders", [])
        # Beyond the answer: which certificate exactly, and who signed last.
        kept = [one | line for one, line in zip(answer["signatures"], answer.pop("evidence"), strict=True)]
        self._add_sentences(answer)
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
                        "pair_sha256": hashlib.sha256(other).hexdigest() if other else False,
                        "verdict": answer["verdict"],
                        "signatures": kept,
                        "signer_hashes": self._signer_hashes(holders),
                        "res_model": record._name if record else False,
                        "res_id": record.id if record else False,
                        **self.env["dvc.signature.check"]._evidence_values(
                            data, answer, kept, trust, record, cause, first
                        ),
                    }
                ]
            )
        )
        return answer, holders, check_sudo

    @api.model
    def _add_sentences(self, answer: dict) -> None:
        """Say what the reasons in an answer mean and what to do, in the caller's language."""
        for part in (answer, *answer["signatures"]):
            part["detail"] = signature_reasons.sentence(self.env, part.get("reason") or "", part["verdict"])

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
    def _safe_name(self, filename: str) -> str:
        """Return a file's name without its folders; people name files after the number on the card."""
        return masking.in_text(os.path.basename(filename.replace("\\", "/")).strip())

    @api.model
    def _intake(self, content: str, filename: str) -> tuple[bytes, str, str]:
        """Return a handed-in file's bytes, its safe name and its kind.

        :raise Refusal: input.invalid, file.empty, file.too_large, file.type, file.hostile
        """
        data = self._decode(content)
        name = self._safe_name(filename) or "file"
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
