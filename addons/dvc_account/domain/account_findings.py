# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What makes an account worth a look: the rules of the findings, their thresholds, what one account says alone.

Rules that compare accounts with each other are queries (``models/dvc_account_finding.py``); a code is
stable and never reused for another meaning.
"""

import datetime
import unicodedata

from . import citizen_id as citizen_ids
from . import person_name

# code: what it calls for
LEVELS = {
    "never_tried": "todo",
    "not_matched": "todo",
    "waiting_long": "todo",
    "unlock_waiting": "todo",
    "no_contact": "todo",
    "number_taken": "duplicate",
    "phone_taken": "duplicate",
    "number_shared": "duplicate",
    "phone_shared": "duplicate",
    "many_mismatches": "suspicious",
    "odd_name": "suspicious",
    "birth_conflict": "suspicious",
    "bad_issue_date": "suspicious",
    "no_login": "info",
    "never_logged_in": "info",
}
RULES = tuple(LEVELS)
# An account whose check waits longer was forgotten by the source, or nobody looks after the connection.
WAITING_HOURS = 24
# Two slips of the pen are usual; the third time somebody is guessing, or the claim is not theirs.
MISMATCHES = 3
NAME_MAX = 100
_BETWEEN = frozenset(" -'’.")


def is_odd_name(name: str) -> bool:
    """Tell whether a text cannot be a person's full name: one word, digits or signs, too long.

    An empty text is no name at all and not called odd.
    """
    text = person_name.clean(name)
    if not text:
        return False
    words = text.split()
    letters = all(char in _BETWEEN or unicodedata.category(char)[0] in "LM" for char in text)
    return not letters or len(words) < 2 or len(text) > NAME_MAX or len({*text.casefold()} - _BETWEEN) < 2


def is_birth_conflict(birth_date: datetime.date | None, citizen: citizen_ids.CitizenId) -> bool:
    """Tell whether a date of birth contradicts the year within the identification number."""
    return bool(birth_date) and birth_date.year != citizen.birth_year


def is_issue_conflict(issued: datetime.date | None, citizen: citizen_ids.CitizenId | None) -> bool:
    """Tell whether a card can never have been issued on a day, whatever day is today.

    :param issued: the day claimed
    :param citizen: the number claimed; None where there is none
    """
    if not issued:
        return False
    return issued < citizen_ids.FIRST_CARD or bool(citizen and issued.year < citizen.birth_year)
