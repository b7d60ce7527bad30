# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Whether an organisation in a certificate is the agency: names are written in more than one way.

Certificates of the government's authority (chữ ký số chuyên dùng công vụ, Nghị định 68/2024/NĐ-CP) name
officials by organisation and unit, without a number of either.
"""

import re
from collections.abc import Iterable

from .person_name import bare

COMMITTEE = "UY BAN NHAN DAN"
_SHORT = re.compile(r"\bUBND\b")
_BETWEEN = re.compile(r"[\W_]+")


def plain(name: str) -> str:
    """Return a name as it is compared: without marks and capitals, *UBND* in full."""
    return _SHORT.sub(COMMITTEE, _BETWEEN.sub(" ", bare(name))).strip()


def fits(named: Iterable[str], agency: str, parent: str = "", also: Iterable[str] = ()) -> bool:
    """Tell whether a certificate's organisations are the agency.

    Wards of one name exist in more than one city, so the higher agency must stand beside it where
    another organisation does.

    :param named: organisations and units of the subject
    :param agency: the agency's name
    :param parent: of its higher agency, as ``Thành phố Huế``; empty: not known
    :param also: further names of the agency, as it has them confirmed
    """
    names = [name for name in map(plain, named) if name]
    if set(names) & ({plain(name) for name in also} - {""}):
        return True
    own = plain(agency)
    if not own or own not in names:
        return False
    others = [name for name in names if name != own]
    return not others or not parent or any(plain(parent) in name for name in others)
