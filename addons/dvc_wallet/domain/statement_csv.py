# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Reading a bank's statement: CSV with a head, comma, semicolon or tab between the columns."""

import csv
import datetime
import io
import re
from dataclasses import dataclass

# Heads that banks use, by what they mean.
HEADS = {
    "bank_ref": ("bank_ref", "ref", "reference", "mã giao dịch", "số tham chiếu", "so tham chieu"),
    "date": ("date", "ngày", "ngày giao dịch", "ngay giao dich"),
    "amount": ("amount", "credit", "số tiền", "ghi có", "so tien", "ghi co"),
    "note": ("note", "description", "nội dung", "diễn giải", "noi dung", "dien giai"),
}
# A statement that is read as it stands: screens show it.
EXAMPLE = "Số tham chiếu,Ngày giao dịch,Ghi có,Nội dung\nFT26330001,26/11/2026,50000,{note}\n"
DATES = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M:%S")
ROWS_MAX = 20_000
AMOUNT_MAX = 10**15
# Plain digits, or groups of three with one kind of separator; decimals are zeros after another kind. Anything else
# may be read in two ways, and money is not guessed: 50000.000 is refused, 100.000 is how banks write it here.
AMOUNT = re.compile(
    r"(?P<sign>[+-]?)(?P<whole>[0-9]+|[1-9][0-9]{0,2}(?P<group>[., ])[0-9]{3}(?:(?P=group)[0-9]{3})*)"
    r"(?:(?P<point>[.,])0{1,2})?"
)
CURRENCY = re.compile(r"\s*(?:đ|vnd|vnđ)$", re.IGNORECASE)


class BadStatement(ValueError):
    """A file that is no statement.

    ``problem`` is ``encoding``, ``head``, ``row`` or ``rows`` (too many); ``row`` is the line's number in the file
    as an editor shows it, 0 where the file as a whole is meant.
    """

    def __init__(self, problem: str, row: int = 0):
        super().__init__(f"{problem} {row}")
        self.problem = problem
        self.row = row


@dataclass(frozen=True)
class StatementLine:
    """Money that came in."""

    bank_ref: str
    date: datetime.date
    amount: int
    note: str


def read(content: bytes) -> list[StatementLine]:
    """Return the incoming lines of a statement; outgoing ones are left out.

    :raise BadStatement: no UTF-8, a head without the columns, a row that cannot be read, too many rows
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadStatement("encoding") from None
    head, _newline, _rest = text.partition("\n")
    delimiter = max(",;\t", key=head.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        columns = _columns(next(rows, []))
        lines = []
        for count, row in enumerate(rows, 1):
            if count > ROWS_MAX:
                raise BadStatement("rows")
            if any(row) and (line := _line(rows.line_num, row, columns)):
                lines.append(line)
        return lines
    except csv.Error:
        raise BadStatement("row", rows.line_num) from None


def _columns(head: list[str]) -> dict[str, int]:
    names = [name.strip().lower() for name in head]
    columns = {key: names.index(name) for key, known in HEADS.items() for name in known if name in names}
    if set(columns) != set(HEADS):
        raise BadStatement("head")
    return columns


def _line(number: int, row: list[str], columns: dict[str, int]) -> StatementLine | None:
    try:
        bank_ref, day, amount, note = (row[columns[key]].strip() for key in ("bank_ref", "date", "amount", "note"))
        value = _amount(amount)
        if value <= 0:
            return None
        if not bank_ref:
            raise ValueError("no reference")
        return StatementLine(bank_ref, _date(day), value, note)
    except (IndexError, ValueError):
        raise BadStatement("row", number) from None


def _amount(text: str) -> int:
    """Read ``1.250.000``, ``1,250,000.00``, ``+50000``; empty is 0.

    :raise ValueError: what is no whole amount, or may be read in two ways
    """
    clean = CURRENCY.sub("", " ".join(text.split()))
    if not clean:
        return 0
    found = AMOUNT.fullmatch(clean.replace("+ ", "+").replace("- ", "-"))
    if not found or (found["point"] and found["point"] == found["group"]):
        raise ValueError(text)
    value = int(re.sub(r"[., ]", "", found["whole"]))
    if value > AMOUNT_MAX:
        raise ValueError(text)
    return -value if found["sign"] == "-" else value


def _date(text: str) -> datetime.date:
    for pattern in DATES:
        try:
            return datetime.datetime.strptime(text, pattern).date()
        except ValueError:
            continue
    raise ValueError(text)
