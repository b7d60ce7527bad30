# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import datetime
import functools
from importlib.metadata import PackageNotFoundError, version

from odoo import api, fields, models
from odoo.modules.module import get_manifest

from ..signing import verdicts

CAUSES = [
    ("request", "Asked for"),
    ("upload", "File chosen by the citizen"),
    ("hand_in", "File handed in"),
    ("reception", "Reception of the dossier"),
    ("reuse", "Document used again"),
    ("registration", "Registration of a certificate"),
    ("publish", "Result published"),
    ("sign", "Result signed"),
    ("hand_over", "Handover of the result"),
    ("again", "Checked again by a member of staff"),
    ("job", "Checked again by the system"),
]
LIBRARIES = ("pyHanko", "pyhanko-certvalidator", "signxml")
# The first bytes, and what such a file is called.
KINDS = (
    (b"%PDF-", "pdf"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"PK\x03\x04", "zip"),
    (b"<", "xml"),
    (b"\x30", "cms"),
)
# For so long a verdict stands while nobody has changed whom is trusted.
STANDS = datetime.timedelta(hours=1)


@functools.cache
def software() -> str:
    """Return what checks here, with the versions."""
    parts = []
    for name in LIBRARIES:
        try:
            parts.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join([*parts, f"dvc_account {get_manifest('dvc_account')['version']}"])


def kind_of(data: bytes) -> str:
    """Return what a file is by its first bytes, as the evidence names it; empty: nothing known."""
    head = data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()
    return next((kind for start, kind in KINDS if head.startswith(start)), "")


class DvcSignatureCheck(models.Model):
    """All that is kept of a check beyond its outcome, so that it can be told later how it came about."""

    _inherit = "dvc.signature.check"

    size = fields.Integer(help="Of the file, in bytes.")
    kind = fields.Char(help="What the file is, by its content.")
    reason = fields.Char(help="Why the file got its verdict: a stable code.")
    active_content = fields.Json(help="What the file does beyond showing pages: codes.")
    cause = fields.Selection(CAUSES, string="Checked because of")
    trust_id = fields.Many2one("dvc.signature.trust", string="Trusted authorities", ondelete="restrict")
    revocation_digest = fields.Char(help="SHA-256 over the revocation lists at hand.")
    is_sandbox = fields.Boolean(
        string="Demonstration", help="A signature leads to an authority of the demonstration: it is worth nothing else."
    )
    first_id = fields.Many2one("dvc.signature.check", string="First check", index="btree_not_null", ondelete="restrict")

    @api.model
    def _evidence_values(self, data: bytes, answer: dict, kept: list[dict], trust, record, cause: str, first) -> dict:
        """Return what is kept of a check beyond its outcome.

        :param data: the file
        :param answer: the verifier's
        :param kept: its lines, one for each signature
        :param trust: the signing.trust.Trust it was checked against
        :param record: what the file belongs to, or none
        :param cause: of CAUSES
        :param first: an earlier check of the same file, or none
        """
        trust_sudo = self.env["dvc.signature.trust"]._of(trust)
        known = trust_sudo._by_fingerprint()
        return {
            "size": len(data),
            "kind": kind_of(data),
            "reason": answer.get("reason"),
            "active_content": answer.get("active") or False,
            "cause": cause,
            "trust_id": trust_sudo.id,
            "revocation_digest": trust_sudo._revocation_digest(trust),
            "is_sandbox": any(self._is_sandbox_line(line, known) for line in kept),
            "account_id": self._account_of(record).id,
            "first_id": (first.first_id or first).id if first else False,
            "software": software(),
        }

    @api.model
    def _account_of(self, record):
        """Return the account of the person whose file it is, as far as the record tells; in sudo."""
        # Whose file it is is kept with the evidence, whoever checks it.
        accounts_sudo = self.env["dvc.account"].sudo()
        if not record or record._name == "dvc.account":
            # As above.
            return (record or accounts_sudo).sudo()
        for path in ("account_id", "dossier_id.account_id"):
            if path.partition(".")[0] in record._fields:
                # As above.
                return record.sudo().mapped(path)
        return accounts_sudo

    @api.model
    def _is_sandbox_line(self, line: dict, known: dict[str, dict]) -> bool:
        return bool(line.get("sandbox") or known.get(line.get("anchor") or "", {}).get("sandbox"))

    def _stands(self, sha256: str, pair_sha256: str = "") -> bool:
        """Tell whether the verdict would come out the same now, without checking again.

        The bytes are the same, so only what is known of the signers can have changed: whom is
        trusted, who was revoked, and the time itself.

        :param sha256: of the file as it is now
        :param pair_sha256: of its detached signature, where it has one
        """
        # Whose check it was does not matter: it is about the same bytes.
        check_sudo = self.sudo()
        if not check_sudo or (check_sudo.sha256, check_sudo.pair_sha256 or "") != (sha256, pair_sha256):
            return False
        if check_sudo.verdict == "unsigned":
            return True
        now = fields.Datetime.now()
        if check_sudo.verdict == "unknown" or not now - STANDS <= check_sudo.at <= now:
            return False
        ends = [line.get("valid_to") for line in check_sudo.signatures or [] if not line.get("timestamped")]
        if check_sudo.verdict in verdicts.SIGNED and any(end and end <= str(now) for end in ends):
            return False
        trust = self.env["dvc.trust.anchor"]._store()
        trusts = self.env["dvc.signature.trust"]
        return check_sudo.trust_id == trusts._of(trust) and check_sudo.revocation_digest == trusts._revocation_digest(
            trust
        )
