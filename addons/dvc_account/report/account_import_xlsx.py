# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Workbooks of the import of old accounts: the empty list to fill in, and the report of what becomes of each line."""

import io
from collections.abc import Iterable
from dataclasses import dataclass

import xlsxwriter

HEADS = (
    ("Họ và tên", 28),
    ("Số điện thoại", 16),
    ("Số CCCD", 18),
    ("Ngày cấp", 14),
    ("Thư điện tử", 28),
    ("Mã tài khoản cũ", 20),
)
ADVICE = (
    "Mỗi dòng một tài khoản; giữ nguyên dòng tiêu đề, có thể đổi thứ tự các cột.",
    "Bắt buộc: Số điện thoại. Các cột khác điền được đến đâu tốt đến đó.",
    "Số điện thoại và số CCCD ghi dạng văn bản để không mất số 0 ở đầu.",
    "Ngày cấp ghi dạng 31/12/2021.",
    "Không dùng công thức: hệ thống không tính công thức.",
    "Tài khoản nhập vào là tài khoản chưa chuẩn hóa; công dân vẫn phải tự chuẩn hóa.",
)
REPORT_HEADS = (
    ("Dòng", 7),
    ("Kết quả", 30),
    ("Giải thích", 60),
    ("Họ và tên", 24),
    ("Số điện thoại", 16),
    ("Số CCCD", 18),
    ("Thư điện tử", 26),
    ("Mã tài khoản cũ", 20),
    ("Tài khoản", 12),
)
_SAFE = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


@dataclass(frozen=True)
class ReportLine:
    """One line of the report; personal values are masked."""

    row: int
    outcome: str
    explanation: str
    name: str
    phone: str
    citizen_id: str
    email: str
    external_ref: str
    account: str


def template() -> bytes:
    """Return the empty list as XLSX, its cells as text, with advice on a second sheet."""
    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream, _SAFE)
    bold, text = workbook.add_format({"bold": True, "bottom": 1}), workbook.add_format({"num_format": "@"})
    sheet = workbook.add_worksheet("Danh sách")
    for index, (head, width) in enumerate(HEADS):
        sheet.set_column(index, index, width, text)
        sheet.write_string(0, index, head, bold)
    sheet.freeze_panes(1, 0)
    advice = workbook.add_worksheet("Hướng dẫn")
    advice.set_column(0, 0, 90)
    for row, line in enumerate(ADVICE):
        advice.write_string(row, 0, line)
    workbook.close()
    return stream.getvalue()


def report(lines: Iterable[ReportLine]) -> bytes:
    """Return the report as XLSX.

    :param lines: in the order of the list
    """
    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream, _SAFE)
    bold = workbook.add_format({"bold": True, "bottom": 1})
    sheet = workbook.add_worksheet("Kết quả")
    for index, (head, width) in enumerate(REPORT_HEADS):
        sheet.set_column(index, index, width)
        sheet.write_string(0, index, head, bold)
    sheet.freeze_panes(1, 0)
    for number, line in enumerate(lines, start=1):
        sheet.write_number(number, 0, line.row)
        texts = (line.outcome, line.explanation, line.name, line.phone, line.citizen_id, line.email)
        for index, value in enumerate((*texts, line.external_ref, line.account), start=1):
            sheet.write_string(number, index, value)
    workbook.close()
    return stream.getvalue()
