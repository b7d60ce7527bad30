# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What a file of the corpus is, and where all of them are found."""

import sys
from collections.abc import Callable
from dataclasses import dataclass

SIGNED = frozenset({"valid", "amended"})
GOOD = frozenset({"valid"})
REFUSED = frozenset({"modified", "unreadable", "revoked", "unsupported", "expired", "untrusted", "unknown", "unsigned"})
TAMPERED = frozenset({"modified", "unreadable"})
MAKERS: dict[str, list[Callable]] = {}


@dataclass
class Case:
    """A file, the verdicts that are right for it, and what it is about.

    :param trust: changes to the world's trust; None: as it is
    :param displayed: the displayed content differs from what was signed
    :param at: the moment of the check; None: now, and the limited process checks it
    """

    name: str
    data: bytes
    expected: frozenset
    note: str = ""
    trust: dict | None = None
    displayed: bool = False
    at: object = None


def maker(kind: str):
    """Register a function that yields cases of a world."""

    def register(function):
        MAKERS.setdefault(kind, []).append(function)
        return function

    return register


def say(*words) -> None:
    """Write a line of a long run's report at once."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()
