# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Requests of data subjects: what may be asked, in which steps it is answered, and by when.

Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15 and Nghị định 356/2025/NĐ-CP: an answer within 2 working
days; then 15 days to restrict, to object and to withdraw consent (20 where others must act too),
20 days to delete; one extension of at most 15 days, with its reason. For access and correction the
shorter of the readings is taken, 10 days.
"""

import datetime

ANSWER_WORKING_DAYS = 2
EXTENSION_DAYS = 15
THIRD_PARTY_DAYS = 20
DAYS = {
    "access": 10,
    "correction": 10,
    "restriction": 15,
    "objection": 15,
    "withdrawal": 15,
    "deletion": 20,
}
NEW, ACCEPTED, DONE, REFUSED, WITHDRAWN = "new", "accepted", "done", "refused", "withdrawn"
OPEN = (NEW, ACCEPTED)
# verb: (states it starts from, state it leads to; None: it stays)
MOVES = {
    "answer": ((NEW,), ACCEPTED),
    "extend": (OPEN, None),
    "refuse": (OPEN, REFUSED),
    "finish": ((ACCEPTED,), DONE),
    "prepare": ((ACCEPTED,), None),
    "erase": ((ACCEPTED,), DONE),
    "withdraw": (OPEN, WITHDRAWN),
}


def may(verb: str, state: str) -> bool:
    """Tell whether a step may be taken in a state."""
    return state in MOVES[verb][0]


def done_day(received: datetime.date, kind: str, third_parties: bool = False, extension: int = 0) -> datetime.date:
    """Return the last day on which a request is to be done; the day of reception is not counted.

    :param received: in Vietnam's time
    :param kind: a key of DAYS
    :param third_parties: others, to whom data were passed, must act too
    :param extension: days by which it was extended, 0 to EXTENSION_DAYS
    """
    days = max(DAYS[kind], THIRD_PARTY_DAYS) if third_parties else DAYS[kind]
    return received + datetime.timedelta(days=days + extension)
