# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The lives of a citizen's signing certificate and of an application for one: which move is lawful, and its name."""

PENDING, ACTIVE, REPLACED, REVOKED, CANCELLED = "pending", "active", "replaced", "revoked", "cancelled"
DRAFT, SUBMITTED, ACCEPTED, ISSUED, REFUSED, WITHDRAWN = (
    "draft",
    "submitted",
    "accepted",
    "issued",
    "refused",
    "withdrawn",
)

# Nothing leads out of an ended certificate: a key that was reported lost does not come back.
CERTIFICATE = {
    (PENDING, ACTIVE): "activated",
    (PENDING, CANCELLED): "cancelled",
    (ACTIVE, REPLACED): "replaced",
    (ACTIVE, REVOKED): "revoked",
}
APPLICATION = {
    (DRAFT, SUBMITTED): "submitted",
    (DRAFT, WITHDRAWN): "withdrawn",
    (SUBMITTED, ACCEPTED): "accepted",
    (SUBMITTED, REFUSED): "refused",
    (SUBMITTED, WITHDRAWN): "withdrawn",
    (ACCEPTED, ISSUED): "issued",
    (ACCEPTED, REFUSED): "refused",
    (ACCEPTED, WITHDRAWN): "withdrawn",
}
# One application at a time: these are not over.
OPEN = (DRAFT, SUBMITTED, ACCEPTED)
# What a desk or a provider may report.
REPORTED = (ACCEPTED, ISSUED, REFUSED)


def move(table: dict[tuple[str, str], str], source: str, target: str) -> str | None:
    """Return the name of a move, None where it is not lawful.

    :param table: CERTIFICATE or APPLICATION
    """
    return table.get((source, target))


def reminder_due(days_left: int, sent: int, thresholds: tuple[int, ...]) -> int | None:
    """Return the reminder of an expiry that is to be sent now, as its days; None: none.

    :param days_left: whole days until the end; negative: it is over, and no reminder helps
    :param sent: the smallest threshold that was sent already, 0: none
    :param thresholds: days before the end, e.g. ``(30, 7)``
    """
    reached = [days for days in thresholds if 0 <= days_left <= days]
    return min(reached) if reached and (not sent or min(reached) < sent) else None
