# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Reading a bank's statement: CSV with a head, comma, semicolon or tab between the columns."""

import csv
import datetime
import io
from dataclasses import dataclass

# Heads that banks use, by what they mean.
HEADS = {
    "bank_ref": ("bank_ref", "ref", "reference", "mã giao dịch", "số tham chiếu", "so tham chieu"),
    "date": ("date", "ngày", "ngày giao dịch", "ngay giao dich"),
    "amount": ("amount", "credit", "số tiền", "ghi có", "so tien", "ghi co"),
    "note": ("note", "description", "nội dung", "diễn giải", "noi dung", "dien giai"),
}
DATES = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M:%S")
ROWS_MAX = 20_000


class BadStatement(ValueError):
    """A file that is no statement; ``row`` is the line's number from 1, 0 for the head."""

    def __init__(self, row: int):
        super().__init__(f"row {row}")
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
        raise BadStatement(0) from None
    head, _newline, _rest = text.partition("\n")
    delimiter = max(",;\t", key=head.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        columns = _columns(next(rows, []))
        return [line for number, row in enumerate(rows, 1) if any(row) and (line := _line(number, row, columns))]
    except csv.Error:
        raise BadStatement(rows.line_num) from None


def _columns(head: list[str]) -> dict[str, int]:
    names = [name.strip().lower() for name in head]
    columns = {key: names.index(name) for key, known in HEADS.items() for name in known if name in names}
    if set(columns) != set(HEADS):
        raise BadStatement(0)
    return columns


def _line(number: int, row: list[str], columns: dict[str, int]) -> StatementLine | None:
    if number > ROWS_MAX:
        raise BadStatement(number)
    try:
        bank_ref, day, amount, note = (row[columns[key]].strip() for key in ("bank_ref", "date", "amount", "note"))
        value = _amount(amount)
        if value <= 0:
            return None
        if not bank_ref:
            raise ValueError("no reference")
        return StatementLine(bank_ref, _date(day), value, note)
    except (IndexError, ValueError):
        raise BadStatement(number) from None


def _amount(text: str) -> int:
    """Read ``1.250.000``, ``1,250,000.00``, ``+50000``; empty is 0."""
    clean = text.replace(" ", "").removesuffix("đ").removesuffix("VND").lstrip("+")
    for point in (".", ","):
        whole, separator, decimals = clean.rpartition(point)
        if separator and len(decimals) in (1, 2) and set(decimals) == {"0"}:
            clean = whole
    return int(clean.replace(".", "").replace(",", "") or 0)


def _date(text: str) -> datetime.date:
    for pattern in DATES:
        try:
            return datetime.datetime.strptime(text, pattern).date()
        except ValueError:
            continue
    raise ValueError(text)
