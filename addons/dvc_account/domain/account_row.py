# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""One line of a list of old accounts: what its cells mean, what is repaired, and why it cannot be taken."""

import contextlib
import dataclasses
import datetime
import re

from . import account_findings, masking, person_name
from . import citizen_id as citizen_ids
from . import phone as phones

COLUMNS = ("name", "phone", "citizen_id", "issue_date", "email", "external_ref")
PROBLEMS = (
    "no_phone",
    "bad_phone",
    "bad_number",
    "bad_date",
    "bad_email",
    "bad_name",
    "bad_reference",
    "formula",
    "too_long",
)
REPAIRS = ("number_zeros", "phone_zero", "phone_prefix", "date_number")
TEXT_MAX = 200
# Nghị định and network plan of 2018: numbers of 11 digits became 10.
_OLD_PREFIXES = {
    **{f"012{old}": f"07{new}" for old, new in zip("01268", "09768", strict=True)},
    **{f"012{old}": f"08{new}" for old, new in zip("34579", "34512", strict=True)},
    **{f"016{digit}": f"03{digit}" for digit in "23456789"},
    "0186": "056",
    "0188": "058",
    "0199": "059",
}
_EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\".]+")
_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]00:00(?::00)?)?")
# Excel's day 0; only days on which there were cards are read from a bare number.
_EXCEL_EPOCH = datetime.date(1899, 12, 30)
_EXCEL_DAYS = range(42370, 73051)


@dataclasses.dataclass(frozen=True)
class Formula:
    """A cell that holds a formula: it is never evaluated."""


@dataclasses.dataclass
class Entry:
    """What a line says, well formed; empty where it says nothing, or nothing that can be."""

    name: str = ""
    phone: str = ""
    citizen_id: str = ""
    issue_date: datetime.date | None = None
    email: str = ""
    external_ref: str = ""
    problems: list[str] = dataclasses.field(default_factory=list)
    repairs: list[str] = dataclasses.field(default_factory=list)

    def masked(self) -> dict[str, str]:
        """Return what a report may show of the line."""
        return {
            "name": masked_name(self.name),
            "phone": masking.phone(phones.national(self.phone)) if self.phone else "",
            "citizen_id": masking.citizen_id(self.citizen_id) if self.citizen_id else "",
            "email": masking.email(self.email) if self.email else "",
            "external_ref": self.external_ref,
        }


def masked_name(name: str) -> str:
    """Return ``Nguyễn T. A.`` for ``Nguyễn Thị An``."""
    first, *others = name.split() or [""]
    return " ".join([first, *(f"{word[0]}." for word in others)])


def read(cells: dict[str, object], today: datetime.date) -> Entry:
    """Return what a line says.

    :param cells: value by column: text, int, float, date, datetime, Formula or None
    :param today: in Vietnam's time
    """
    entry = Entry()
    if any(isinstance(value, Formula) for value in cells.values()):
        entry.problems.append("formula")
        cells = {name: value for name, value in cells.items() if not isinstance(value, Formula)}
    if any(isinstance(value, str) and len(value) > TEXT_MAX for value in cells.values()):
        entry.problems.append("too_long")
        return entry
    _read_name(entry, cells.get("name"))
    _read_phone(entry, cells.get("phone"))
    citizen = _read_citizen_id(entry, cells.get("citizen_id"), today)
    _read_issue_date(entry, cells.get("issue_date"), citizen, today)
    _read_email(entry, cells.get("email"))
    _read_reference(entry, cells.get("external_ref"), today)
    return entry


def text_of(value: object) -> str:
    """Return a cell as text; a whole number as its figures, whatever was shown of it."""
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    # What has no picture on paper (byte order marks, zero-width signs) comes with copied text.
    return re.sub("[\u200b-\u200f\u2060\ufeff\x00-\x08]", "", str(value)).strip()


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _read_name(entry: Entry, value: object) -> None:
    name = person_name.clean(text_of(value))
    if len(name) > account_findings.NAME_MAX or re.search(r"\d[\s.-]*(?:\d[\s.-]*){8}", name):
        entry.problems.append("bad_name")
        return
    entry.name = name


def _read_phone(entry: Entry, value: object) -> None:
    text = text_of(value)
    if not text:
        entry.problems.append("no_phone")
        return
    digits = re.sub(r"[\s.()-]", "", text)
    if _is_number(value) and not (digits.startswith("84") and len(digits) == 11):
        digits = f"0{digits}"
        entry.repairs.append("phone_zero")
    modern = _modern_phone(digits)
    if modern != digits:
        entry.repairs.append("phone_prefix")
    try:
        entry.phone = phones.to_e164(modern if modern != digits or _is_number(value) else text)
    except phones.InvalidPhone:
        entry.repairs.clear()
        entry.problems.append("bad_phone")


def _modern_phone(digits: str) -> str:
    """Return the number of today for one of 11 digits from before 2018."""
    national = re.sub(r"^(?:\+?84)(?=1\d{9}$)", "0", digits)
    if re.fullmatch(r"01\d{9}", national) and national[:4] in _OLD_PREFIXES:
        return _OLD_PREFIXES[national[:4]] + national[4:]
    return digits


def _read_citizen_id(entry: Entry, value: object, today: datetime.date) -> citizen_ids.CitizenId | None:
    text = text_of(value)
    if not text:
        return None
    padded = text
    # A number cell cannot keep leading zeros, and a number has always 12 digits: only one can be meant.
    if _is_number(value) and re.fullmatch(r"\d{10,11}", text):
        padded = text.zfill(12)
    try:
        citizen = citizen_ids.parse(padded, today)
    except citizen_ids.InvalidCitizenId:
        entry.problems.append("bad_number")
        return None
    if padded != text:
        entry.repairs.append("number_zeros")
    entry.citizen_id = citizen.number
    return citizen


def _read_issue_date(entry: Entry, value: object, citizen, today: datetime.date) -> None:
    if value is None or (isinstance(value, str) and not text_of(value)):
        return
    issued = _day(value)
    if issued and _is_number(value):
        entry.repairs.append("date_number")
    if not issued or issued > today or account_findings.is_issue_conflict(issued, citizen):
        entry.problems.append("bad_date")
        return
    entry.issue_date = issued


def _day(value: object) -> datetime.date | None:
    """Return the day a cell means; None where it means none, or may mean two."""
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    if _is_number(value):
        return _EXCEL_EPOCH + datetime.timedelta(days=int(value)) if value in _EXCEL_DAYS else None
    text = text_of(value)
    parts = None
    if found := _DAY_FIRST.fullmatch(text):
        parts = (int(found[3]), int(found[2]), int(found[1]))
    elif found := _YEAR_FIRST.fullmatch(text):
        parts = (int(found[1]), int(found[2]), int(found[3]))
    with contextlib.suppress(ValueError):
        return datetime.date(*parts) if parts else None
    return None


def _read_email(entry: Entry, value: object) -> None:
    text = text_of(value).lower()
    if text and not _EMAIL.fullmatch(text):
        entry.problems.append("bad_email")
        return
    entry.email = text


def _read_reference(entry: Entry, value: object, today: datetime.date) -> None:
    text = text_of(value)
    if _is_personal(text, today) or (_is_number(value) and _is_personal(text.zfill(12), today)):
        # It would stand readable in the table.
        entry.problems.append("bad_reference")
        return
    entry.external_ref = text


def _is_personal(text: str, today: datetime.date) -> bool:
    if not masking.may_be_number(text):
        return False
    with contextlib.suppress(citizen_ids.InvalidCitizenId):
        citizen_ids.parse(text, today)
        return True
    with contextlib.suppress(phones.InvalidPhone):
        phones.to_e164(text)
        return True
    return False
