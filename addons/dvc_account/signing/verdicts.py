# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The verdicts of a signature check, worst first."""

WORST_FIRST = (
    "modified",
    "unreadable",
    "revoked",
    "unsupported",
    "expired",
    "untrusted",
    "unknown",
    "unsigned",
    "amended",
    "valid",
)
SIGNED = frozenset({"valid", "amended"})


class Unreadable(ValueError):
    """The file cannot be checked; ``reason`` is of ``reasons.VERDICTS``."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


def worst(verdicts) -> str:
    """Return a file's verdict: its worst signature's; without any it is unsigned."""
    found = set(verdicts)
    return next((verdict for verdict in WORST_FIRST if verdict in found), "unsigned")
