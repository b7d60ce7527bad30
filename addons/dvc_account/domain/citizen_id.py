# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The personal identification number (số định danh cá nhân, on the card: số CCCD), 12 digits.

Layout ``PPP G YY RRRRRR``: province of birth registration, century and sex, year of birth, random
(Nghị định 137/2015/NĐ-CP). There is no check digit. Province codes live on after mergers.
"""

import dataclasses
import datetime
import re

PROVINCES = frozenset(
    "001 002 004 006 008 010 011 012 014 015 017 019 020 022 024 025 026 027 030 031 033 034 035 036 037 038"
    " 040 042 044 045 046 048 049 051 052 054 056 058 060 062 064 066 067 068 070 072 074 075 077 079 080 082"
    " 083 084 086 087 089 091 092 093 094 095 096".split()
)
FIRST_CARD = datetime.date(2016, 1, 1)
# Luật Căn cước 26/2023/QH15: from then on younger children get a card too.
FOR_CHILDREN = datetime.date(2024, 7, 1)
AGE_MIN = 14


class InvalidCitizenId(ValueError):
    """The number cannot be a personal identification number."""


class InvalidIssueDate(ValueError):
    """The day cannot be the issue date of that person's card."""


@dataclasses.dataclass(frozen=True)
class CitizenId:
    """A well-formed number and what it says."""

    number: str
    province: str
    sex: str
    birth_year: int


def parse(text: str, today: datetime.date) -> CitizenId:
    """Read a personal identification number; spaces and dots between digits are ignored.

    :param text: as typed
    :param today: in Vietnam's time; the year of birth may not be later
    :raise InvalidCitizenId: not 12 digits, unknown province, born in the future
    """
    number = re.sub(r"[\s.]", "", text)
    if not re.fullmatch(r"[0-9]{12}", number) or number[:3] not in PROVINCES:
        raise InvalidCitizenId
    digit = int(number[3])
    birth_year = 1900 + 100 * (digit // 2) + int(number[4:6])
    if birth_year > today.year:
        raise InvalidCitizenId
    return CitizenId(number, number[:3], "female" if digit % 2 else "male", birth_year)


def check_issue_date(issued: datetime.date, citizen: CitizenId, today: datetime.date) -> None:
    """Check that a card of this person can have been issued on this day.

    :raise InvalidIssueDate: before the first cards (01/01/2016), before the birth, in the future, or to a
        child under 14 before children got cards
    """
    age_max = issued.year - citizen.birth_year
    if not FIRST_CARD <= issued <= today or age_max < (AGE_MIN if issued < FOR_CHILDREN else 0):
        raise InvalidIssueDate
