# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The audit journal as a workbook, written line by line with constant memory; texts are never formulas."""

from collections.abc import Iterable
from typing import IO

import xlsxwriter

WIDTHS = (19, 34, 24, 28, 16, 26, 24, 27, 26, 40, 40, 16, 10)
# A sheet of XLSX ends at 1,048,576 rows; what is more goes on in the next one.
SHEET_LINES = 1_000_000
TEXT_MAX = 32_767


def write(
    file: IO[bytes],
    title: str,
    heads: tuple[str, ...],
    lines: Iterable[tuple[str, ...]],
    sheet_lines: int = SHEET_LINES,
) -> int:
    """Write the workbook; return how many lines it holds.

    :param title: name of the sheets, to which a number is added from the second on
    :param heads: of the columns
    """
    # In memory only the row at work: the rest waits in a file of the temporary folder.
    workbook = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False})
    bold = workbook.add_format({"bold": True, "border": 1, "text_wrap": True, "valign": "vcenter"})
    sheet, count = _sheet(workbook, title, heads, bold), 0
    for line in lines:
        row = count % sheet_lines + 1
        if count and row == 1:
            sheet = _sheet(workbook, f"{title} {count // sheet_lines + 1}", heads, bold)
        for column, text in enumerate(line):
            if text:
                sheet.write_string(row, column, text[:TEXT_MAX])
        count += 1
    workbook.close()
    return count


def _sheet(workbook, title: str, heads: tuple[str, ...], bold):
    sheet = workbook.add_worksheet(title[:31])
    sheet.freeze_panes(1, 1)
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
    for column, text in enumerate(heads):
        sheet.write_string(0, column, text, bold)
    return sheet
