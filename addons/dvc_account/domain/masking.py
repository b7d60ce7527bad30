# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What is shown of a personal value to those who do not need it."""

import re

_BETWEEN = re.compile(r"[\s.+()/-]")
_NUMBER_MIN = 9


def may_be_number(text: str) -> bool:
    """Tell whether a text may be a phone or an identification number, however it is written."""
    figures = _BETWEEN.sub("", text)
    return figures.isdigit() and len(figures) >= _NUMBER_MIN


def citizen_id(number: str) -> str:
    """Return ``046*******34`` for a number of 12 digits."""
    return f"{number[:3]}{'*' * (len(number) - 5)}{number[-2:]}" if len(number) > 5 else "*" * len(number)


def phone(national: str) -> str:
    """Return ``0914***567`` for ``0914123567``."""
    return f"{national[:4]}***{national[-3:]}" if len(national) > 7 else "*" * len(national)


def email(address: str) -> str:
    """Return ``n***@example.com`` for ``nga.le@example.com``."""
    name, at, host = address.partition("@")
    return f"{name[:1]}***{at}{host}"
