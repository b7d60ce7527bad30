# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Form 06, *Sổ theo dõi hồ sơ* (A4 landscape, Thông tư 01/2018/TT-VPCP) as a workbook.

Lines are taken from an iterable and written one by one with constant memory. Citizens' text is
written as strings, never as formulas.
"""

import datetime
import io
from collections.abc import Iterable
from dataclasses import dataclass

import xlsxwriter

TITLE = "SỔ THEO DÕI HỒ SƠ"
COLUMNS = (
    ("STT", 6),
    ("Mã hồ sơ", 27),
    ("Tên thủ tục hành chính", 34),
    ("Số lượng hồ sơ (bộ)", 9),
    ("Tên cá nhân, tổ chức", 24),
    ("Địa chỉ, số điện thoại", 30),
    ("Cơ quan chủ trì giải quyết", 24),
    ("Nhận hồ sơ", 17),
    ("Hẹn trả kết quả", 17),
    ("Trả kết quả", 17),
    ("Phương thức nhận kết quả", 16),
    ("Ký nhận", 18),
    ("Ghi chú", 20),
)
# Columns of one kind share a heading above them: first, last, text.
GROUPS = ((7, 9, "Ngày, tháng, năm"), (10, 11, "Trả kết quả"))


@dataclass(frozen=True)
class RegisterLine:
    """One dossier's line; moments are in Vietnam's time."""

    code: str
    procedure: str
    copies: int
    applicant: str
    address: str
    agency: str
    received_at: datetime.datetime | None
    due_at: datetime.datetime | None
    returned_at: datetime.datetime | None
    delivery: str
    recipient: str
    note: str


def build(agency: str, date_from: datetime.date, date_to: datetime.date, lines: Iterable[RegisterLine]) -> bytes:
    """Return the register of a period as XLSX.

    :param agency: the agency's name above the title
    :param lines: in the order of the register
    """
    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream, {"constant_memory": True, "strings_to_formulas": False})
    sheet = workbook.add_worksheet("Sổ theo dõi")
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(3, 4)
    sheet.freeze_panes(5, 2)
    font = {"font_name": "Times New Roman", "font_size": 11}
    bold = workbook.add_format(font | {"bold": True})
    head = workbook.add_format(
        font | {"bold": True, "border": 1, "text_wrap": True, "align": "center", "valign": "vcenter"}
    )
    cell = workbook.add_format(font | {"border": 1, "text_wrap": True, "valign": "top"})
    for column, (_text, width) in enumerate(COLUMNS):
        sheet.set_column(column, column, width)
    sheet.write_string(0, 0, agency, bold)
    sheet.write_string(1, 0, f"{TITLE} (từ ngày {date_from:%d/%m/%Y} đến ngày {date_to:%d/%m/%Y})", bold)
    # Constant memory: a row is forgotten once the next one begins, so rows go strictly downwards.
    for first, last, text in GROUPS:
        sheet.merge_range(3, first, 3, last, text, head)
    for column, (text, _width) in enumerate(COLUMNS):
        sheet.write_string(4, column, text, head)
    for row, line in enumerate(lines, 5):
        _write(sheet, row, line, cell)
    workbook.close()
    return stream.getvalue()


def _write(sheet, row: int, line: RegisterLine, cell) -> None:
    sheet.write_number(row, 0, row - 4, cell)
    texts = (line.code, line.procedure)
    for column, text in enumerate(texts, 1):
        sheet.write_string(row, column, text, cell)
    sheet.write_number(row, 3, line.copies, cell)
    texts = (
        line.applicant,
        line.address,
        line.agency,
        _moment(line.received_at),
        _moment(line.due_at),
        _moment(line.returned_at),
        line.delivery,
        line.recipient,
        line.note,
    )
    for column, text in enumerate(texts, 4):
        sheet.write_string(row, column, text or "", cell)


def _moment(moment: datetime.datetime | None) -> str:
    return f"{moment:%d/%m/%Y %H:%M}" if moment else ""
