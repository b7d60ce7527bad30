# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Whether the one who signed a file is the one whose file it is.

Somebody else may sign lawfully (a parent, an agent): the outcome is shown to the officer, and
refuses nothing. Numbers come as keyed hashes only.
"""

import dataclasses
import datetime

OWN, OTHER, UNTOLD, AGENCY = "own", "other", "untold", "agency"
# Of several signatures the one to look at first.
WORST_FIRST = (OTHER, UNTOLD, OWN, AGENCY)


@dataclasses.dataclass(frozen=True)
class Signer:
    """What is known of who made one signature.

    :param trusted: the certificate leads to an anchor; without that, anybody may have written its subject
    :param agency: it is an agency's
    :param numbers: keyed hashes of the personal numbers in the subject
    :param registered: keyed hash of the number of the account that has registered this very certificate
    """

    trusted: bool
    agency: bool = False
    numbers: tuple[str, ...] = ()
    registered: str = ""


def match(signer: Signer, owner: str) -> str:
    """Return ``own``, ``other``, ``untold`` or ``agency``.

    :param owner: keyed hash of the applicant's number; empty: not known
    """
    if not signer.trusted:
        return UNTOLD
    if signer.agency:
        return AGENCY
    if not owner:
        return UNTOLD
    if signer.registered:
        return OWN if signer.registered == owner else OTHER
    numbers = set(signer.numbers)
    if not numbers:
        return UNTOLD
    if owner not in numbers:
        return OTHER
    # A subject that names two persons tells nothing about who of them signed.
    return OWN if len(numbers) == 1 else UNTOLD


def worst(matches) -> str | None:
    """Return the match to look at first; None: there is no signature."""
    found = set(matches)
    return next((match for match in WORST_FIRST if match in found), None)


def made_after(ended_at: datetime.datetime | None, signed_at: datetime.datetime | None, timestamped: bool) -> bool:
    """Tell whether a signature must be taken as made after its certificate was reported lost.

    The signer's own clock is a thief's as well: only a proven time shows that it was made before.

    :param ended_at: when it was reported; None: it was not
    """
    if not ended_at:
        return False
    return not (timestamped and signed_at and signed_at < ended_at)
