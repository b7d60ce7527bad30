# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What is shown of a personal value to those who do not need it."""

import re

_BETWEEN = re.compile(r"[\s.+()/-]")
_NUMBER_MIN = 9
# Phones and identification numbers begin with 0, phones also with the country's code; a dossier's code has
# neither so many figures in a row nor a 0 before them.
_IN_TEXT = re.compile(r"(?<![\d.])(?:\+?84|0)(?:[ .-]?\d){8,11}(?!\d)")


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


def in_text(text: str) -> str:
    """Return a free text with the phones and identification numbers in it masked."""
    return _IN_TEXT.sub(lambda found: _masked(found.group()), text)


def _masked(number: str) -> str:
    figures = _BETWEEN.sub("", number)
    if figures.startswith("84"):
        return phone(f"0{figures[2:]}")
    return citizen_id(figures) if len(figures) == 12 else phone(figures)
