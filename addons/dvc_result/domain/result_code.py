# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Codes of results and handovers (Nghị định 45/2020/NĐ-CP Art. 14: ‹dossier code›-KQ(n))."""

import re

_RESULT = re.compile(r"(?P<dossier>[0-9A-Z.]+-\d{6}-\d{4,})-KQ(?P<number>[1-9]\d{0,3})")


def result_code(dossier_code: str, number: int) -> str:
    """Return the code of a dossier's n-th result, counted from 1."""
    if number < 1:
        raise ValueError("results are counted from 1")
    return f"{dossier_code}-KQ{number}"


def clean_code(typed: str) -> str | None:
    """Return the result code that somebody typed or scanned, or None where it cannot be one.

    :param typed: spaces and letter case do not matter
    """
    code = "".join(typed.split()).upper()
    return code if len(code) <= 64 and _RESULT.fullmatch(code) else None


def handover_number(sequence: int, year: int) -> str:
    """Return the number of an agency's n-th handover of a year, e.g. ``0012/2026/PGKQ``."""
    return f"{sequence:04d}/{year}/PGKQ"
