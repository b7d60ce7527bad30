# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The note of a bank transfer that names the wallet to top up: ``NAP VI DVC000001262``.

The last two digits check the others (ISO 7064, MOD 97-10), so that a mistyped note finds nobody
instead of somebody else.
"""

import re

PREFIX = "NAP VI DVC"
# Banks glue their own words around the note, and some drop the spaces.
PATTERN = re.compile(r"DVC\s?(\d{7,10})(\d{2})(?!\d)", re.IGNORECASE)


def _check_digits(number: str) -> str:
    return f"{98 - int(number) * 100 % 97:02d}"


def note_for(account_id: int) -> str:
    """Return the note that tops up an account's wallet."""
    number = f"{account_id:07d}"
    return f"{PREFIX}{number}{_check_digits(number)}"


def account_in(note: str) -> int | None:
    """Return the account that a note names; None where it names none, or several."""
    found = {int(number) for number, digits in PATTERN.findall(note or "") if digits == _check_digits(number)}
    return found.pop() if len(found) == 1 else None
