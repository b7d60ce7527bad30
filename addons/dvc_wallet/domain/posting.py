# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What a posting must be before it reaches the database: balanced, in whole đồng, told apart by its arguments."""

import hashlib
import json
import math

# Sums of amounts up to this one are exact in the double precision that integrators get.
AMOUNT_MAX = 10**15


class Unbalanced(ValueError):
    """Lines that are no double entry."""


def is_amount(value: float) -> bool:
    """Tell whether a number is a positive amount of whole đồng."""
    return math.isfinite(value) and 0 < value <= AMOUNT_MAX and value == int(value)


def checked(lines: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the lines ``(wallet id, amount)`` in the order in which wallets are locked.

    :raise Unbalanced: fewer than two lines, a zero, a part of a đồng, a wallet twice, or a sum other than zero
    """
    wallets = [wallet for wallet, _amount in lines]
    if len(lines) < 2 or len(set(wallets)) != len(wallets):
        raise Unbalanced("A posting has two or more lines, each of another wallet.")
    if any(not is_amount(abs(amount)) for _wallet, amount in lines):
        raise Unbalanced("A posting is made of whole đồng.")
    if sum(amount for _wallet, amount in lines):
        raise Unbalanced("The lines of a posting sum to zero.")
    return sorted((wallet, int(amount)) for wallet, amount in lines)


def moved(lines: list[tuple[int, int]]) -> int:
    """Return how much a posting moves: the sum of what is received."""
    return sum(amount for _wallet, amount in lines if amount > 0)


def fingerprint(operation: str, **arguments) -> str:
    """Return what tells a repeated call from another one with the same key."""
    body = json.dumps([operation, arguments], sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(body.encode()).hexdigest()
