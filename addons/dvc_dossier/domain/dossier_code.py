# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Dossier codes: ``<agency>-YYMMDD-NNNN`` (TT 01/2018/TT-VPCP Art. 19)."""

import datetime
import hashlib
import re

PATTERN = re.compile(r"^[0-9A-Z]{3}\.[0-9A-Z]{2}\.[0-9A-Z]{2}\.[A-Z]\d{2}-\d{6}-\d{4,}$")


def dossier_code(agency_code: str, day: datetime.date, number: int) -> str:
    """Return the code of the ``number``-th dossier of an agency's day (Vietnam's time)."""
    return f"{agency_code}-{day:%y%m%d}-{number:04d}"


def lock_key(company_id: int, day: datetime.date, number: int) -> int:
    """Return the key of the advisory lock that holds a number: a signed integer of 64 bits."""
    digest = hashlib.sha256(f"dvc.dossier.number:{company_id}:{day.isoformat()}:{number}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
