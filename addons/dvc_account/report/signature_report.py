# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The report of signature checks, *Phiếu kiểm tra chữ ký số* (A4): what the panel shows, on paper."""

import datetime
from dataclasses import dataclass, field

from .paper import moment_words

TITLE = "PHIẾU KIỂM TRA CHỮ KÝ SỐ"
# Shares of the width of a label and its value.
WIDTHS = (30, 70)


@dataclass(frozen=True)
class Mark:
    """A verdict as people see it.

    :param verdict: of ``signing/verdicts.py``
    :param color: Bootstrap's name
    :param icon: of Font Awesome
    :param sentence: what it means and what to do
    """

    verdict: str
    color: str
    icon: str
    label: str
    sentence: str = ""


@dataclass(frozen=True)
class SignatureCard:
    """One signature.

    :param lines: label and value pairs
    :param certificate: likewise, of the signer's certificate
    :param warnings: what to look at before anything else
    """

    mark: Mark
    signer: str
    lines: tuple[tuple[str, str], ...] = ()
    certificate: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    is_sandbox: bool = False


@dataclass(frozen=True)
class Sheet:
    """What is shown of the check of one file.

    :param lines: label and value pairs
    :param opinions: outcome, who and when, and note of each second opinion
    :param is_sandbox: it leads to authorities of the demonstration
    :param warnings: what the file does beyond showing pages
    """

    mark: Mark
    filename: str
    lines: tuple[tuple[str, str], ...] = ()
    cards: tuple[SignatureCard, ...] = ()
    opinions: tuple[tuple[str, str, str], ...] = ()
    is_sandbox: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """What the report says.

    :param letterhead: a ``paper.Letterhead``
    :param about: what the files belong to: label and value pairs
    :param printed_at: in Vietnam's time
    :param printed_by: the role or name it was made for
    """

    letterhead: object
    footer: str
    printed_at: datetime.datetime
    printed_by: str
    about: tuple[tuple[str, str], ...] = ()
    sheets: tuple[Sheet, ...] = field(default=())


def draw(paper, report: Report) -> None:
    """Write the report.

    :param paper: a ``Paper`` of A4
    """
    paper.start(report.footer)
    paper.letterhead(report.letterhead)
    paper.heading(TITLE)
    for label, value in report.about:
        paper.line(label, value)
    for number, sheet in enumerate(report.sheets, 1):
        _draw_sheet(paper, sheet, f"{number}. " if len(report.sheets) > 1 else "")
    paper.gap(0.5)
    paper.note(
        f"Phiếu do hệ thống lập lúc {moment_words(report.printed_at)} cho {report.printed_by}. Kết quả được máy chủ của"
        " cơ quan kiểm tra trên chính tệp có mã băm SHA-256 nêu trên, tại thời điểm kiểm tra ghi trong phiếu; nội dung"
        " trong phiếu là dữ liệu đã lưu, không sửa được."
    )


def _draw_sheet(paper, sheet: Sheet, number: str) -> None:
    paper.gap(0.3)
    paper.text(f"{number}KẾT LUẬN: {sheet.mark.label.upper()}", bold=True)
    paper.text(sheet.mark.sentence)
    if sheet.is_sandbox:
        paper.text("BẢN TRÌNH DIỄN: chữ ký dùng chứng thư thử nghiệm, không có giá trị pháp lý.", bold=True)
    for warning in sheet.warnings:
        paper.text(f"Lưu ý: {warning}", italic=True)
    paper.table(("Tệp được kiểm tra", sheet.filename), sheet.lines, WIDTHS)
    for place, card in enumerate(sheet.cards, 1):
        paper.text(f"Chữ ký {place}: {card.signer or 'không xác định được người ký'}", bold=True)
        paper.text(f"{card.mark.label}. {card.mark.sentence}")
        for warning in card.warnings:
            paper.text(f"Lưu ý: {warning}", italic=True)
        if card.lines or card.certificate:
            paper.table(("Nội dung kiểm tra", "Kết quả"), (*card.lines, *card.certificate), WIDTHS)
    if sheet.opinions:
        paper.text("Kết quả tra cứu trên cổng kiểm tra chữ ký số quốc gia (tham khảo, không thay thế kết luận trên):")
        paper.table(("Kết quả", "Người tra cứu", "Ghi chú"), sheet.opinions, (25, 30, 45))
