# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What the check of one signature found."""

import base64
import dataclasses
from datetime import UTC, datetime

from asn1crypto import x509

from . import reasons
from .signer import Identity, identity, masked_subject, person_numbers


def moment_text(moment: datetime | None) -> str:
    """Return a moment as the answers have it: UTC, to the second; empty where there is none."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") if moment else ""


@dataclasses.dataclass
class Found:
    """One signature.

    :param signed_at: the proven time, else the one that the signer claims
    :param end: where the bytes end that it covers
    :param counts: it has a say in the file's verdict
    :param amendable: what was added since may be covered by a later signature of the same agency
    :param area: that its visible mark takes, in square points
    """

    identity: Identity = Identity()
    signed_at: str = ""
    timestamped: bool = False
    level: str = ""
    intact: bool = False
    covers_whole_file: bool = False
    trusted: bool = False
    revoked: bool = False
    reason: str = "not_established"
    # For the judgement of the file, not part of the answer.
    end: int = 0
    counts: bool = True
    agency: bool = False
    amendable: bool = False
    area: float = 0.0
    covering: bool = False
    # Kept as evidence.
    field: str = ""
    technical: str = ""
    fingerprint: str = ""
    anchor: str = ""
    good_now: bool = False
    digest: str = ""
    valid_from: str = ""
    valid_to: str = ""
    key_usage: list[str] = dataclasses.field(default_factory=list)
    path: list[str] = dataclasses.field(default_factory=list)
    revocation: dict = dataclasses.field(default_factory=dict)
    revoked_at: str = ""
    claimed_at: str = ""
    proven_at: str = ""
    stamp_authority: str = ""
    authority_key: str = ""
    # Personal.
    certificate: bytes = b""
    numbers: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """Return the verdict that the reason leads to."""
        return reasons.VERDICTS[self.reason]

    def settle(self, reason: str, technical: str = "") -> "Found":
        """Set why the signature is worth what it is worth.

        :param reason: of ``reasons.VERDICTS``
        :param technical: the checker's own words, for whoever looks closer
        """
        self.reason, self.technical = reason, technical[:200]
        return self

    def name_signer(self, certificate: x509.Certificate) -> None:
        """Take down who signed, as the certificate has it."""
        self.identity, self.fingerprint = identity(certificate), certificate.sha256.hex()
        self.certificate, self.numbers = certificate.dump(), tuple(person_numbers(certificate))
        validity = certificate["tbs_certificate"]["validity"]
        self.valid_from = moment_text(validity["not_before"].native)
        self.valid_to = moment_text(validity["not_after"].native)
        self.key_usage = sorted(certificate.key_usage_value.native) if certificate.key_usage_value else []
        self.authority_key = (certificate.authority_key_identifier or b"").hex()
        self.path = self.path or [masked_subject(certificate)]

    def answer(self) -> dict:
        """Return the part of the answer that callers see."""
        known = dataclasses.asdict(self.identity)
        return {
            "signer": known["name"],
            "citizen_id_masked": known["citizen_id_masked"],
            "tax_id": known["tax_id"],
            "issuer": known["issuer"],
            "serial": known["serial"],
            "signed_at": self.signed_at,
            "timestamped": self.timestamped,
            "level": self.level,
            "intact": self.intact,
            "covers_whole_file": self.covers_whole_file,
            "trusted": self.trusted,
            "revoked": self.revoked,
            "verdict": self.verdict,
            "reason": self.reason,
        }

    def evidence(self) -> dict:
        """Return what is kept with the check, beyond the answer.

        ``fingerprint`` of the signer's certificate and what it says (``valid_from``, ``valid_to``, ``key_usage``);
        the ``path`` to the ``anchor``, whose fingerprint is given, numbers of persons masked; ``revocation``: the
        ``source`` (``crl``, ``ocsp``) that tells of the signer, and since when (``at``); whether the signer is an
        ``agency``'s, whether the signature is the last one: ``covering`` all others; whether the certificate is
        good at the moment of the check: ``good_now``; the time by the signer's own clock (``claimed_at``), the time
        that is proven (``proven_at``) and by whom (``stamp_authority``). Moments are UTC.
        """
        return {
            name: getattr(self, name)
            for name in (
                "technical",
                "field",
                "fingerprint",
                "agency",
                "covering",
                "anchor",
                "good_now",
                "digest",
                "valid_from",
                "valid_to",
                "key_usage",
                "path",
                "revocation",
                "revoked_at",
                "claimed_at",
                "proven_at",
                "stamp_authority",
                "authority_key",
            )
        } | {"agency_id": self.identity.agency_id, "organisation": self.identity.organisation}

    def holder(self) -> dict:
        """Return what is personal: for the server's own use, neither answered nor kept readable.

        ``certificate`` of the signer (DER in base64) and the ``numbers`` it names them by.
        """
        return {"certificate": base64.b64encode(self.certificate).decode(), "numbers": list(self.numbers)}
