# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Whom a check may trust, and for what."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields


@dataclass(frozen=True)
class KeptList:
    """A large revocation list that stays where it is until a check needs it.

    :param digest: SHA-256 in hex, of the list in DER
    :param head: the list without its entries, in DER, see ``revocation_list.head``
    :param read: returns the list in DER, in whichever thread; touches no database
    """

    digest: str
    head: bytes
    read: Callable[[], bytes] = field(compare=False)


@dataclass
class Trust:
    """Certificates and revocation data, each in DER or PEM; an empty one trusts nobody.

    An anchor with a purpose counts for it only: a time-stamping root makes nobody a signer, and a
    citizens' root proves no time and is no agency.

    :param anchors: trusted for any purpose
    :param ocsps: responders' answers, in DER
    :param kept: large revocation lists
    """

    anchors: list[bytes] = field(default_factory=list)
    intermediates: list[bytes] = field(default_factory=list)
    crls: list[bytes] = field(default_factory=list)
    citizens: list[bytes] = field(default_factory=list)
    authorities: list[bytes] = field(default_factory=list)
    timestamps: list[bytes] = field(default_factory=list)
    ocsps: list[bytes] = field(default_factory=list)
    kept: list[KeptList] = field(default_factory=list)

    def parts(self) -> dict[str, list[bytes]]:
        """Return what is here as bytes, by name."""
        return {one.name: getattr(self, one.name) for one in fields(self) if one.name != "kept"}
