# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Whom a check may trust, and for what."""

from dataclasses import dataclass, field


@dataclass
class Trust:
    """Certificates and revocation lists, each in DER or PEM; an empty one trusts nobody.

    An anchor with a purpose counts for it only: a time-stamping root makes nobody a signer, and a
    citizens' root proves no time and is no agency.

    :param anchors: trusted for any purpose
    """

    anchors: list[bytes] = field(default_factory=list)
    intermediates: list[bytes] = field(default_factory=list)
    crls: list[bytes] = field(default_factory=list)
    citizens: list[bytes] = field(default_factory=list)
    authorities: list[bytes] = field(default_factory=list)
    timestamps: list[bytes] = field(default_factory=list)
