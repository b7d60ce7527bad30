# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The ground of all official papers: letterhead, lines, lists, QR, signature blocks, footer.

Plain reportlab without Odoo. A model opens one :class:`Paper`, calls ``start()`` for each record
and lets a form builder write on it; ``to_bytes()`` gives one PDF with every record's pages, so
that nothing is ever merged from finished files. All text is taken as text, never as markup.

Layout: header block of Nghị định 30/2020/NĐ-CP (phụ lục I) and Thông tư 01/2018/TT-VPCP.
"""

import datetime
import functools
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

import qrcode
from reportlab.lib import pagesizes
from reportlab.lib.colors import black, grey
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    Image,
    KeepTogether,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)

FONT = "DvcSerif"
FONTS = Path(__file__).resolve().parents[1] / "static" / "fonts"
A4, A5 = pagesizes.A4, pagesizes.A5
NATION = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"
SIGN_NOTE = "(Ký và ghi rõ họ tên)"
DESK = "Bộ phận Tiếp nhận và Trả kết quả"
BLANK = "…………"


@dataclass(frozen=True)
class Letterhead:
    """Who issues the paper, its number, where and when.

    :param code: what the QR code says; empty: no QR code
    """

    parent: str
    agency: str
    desk: str = DESK
    number: str = ""
    place: str = ""
    day: datetime.date | None = None
    code: str = ""


class Signature(NamedTuple):
    """One signature block: who signs in which quality."""

    title: str
    name: str = ""
    note: str = SIGN_NOTE


def day_words(day: datetime.date | None) -> str:
    """Return ``ngày 05 tháng 01 năm 2026``; days below 10 and months 1 and 2 take a zero."""
    if not day:
        return "ngày … tháng … năm ……"
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


def moment_words(moment: datetime.datetime | None) -> str:
    """Return ``08 giờ 05 phút, ngày …`` of a moment already in Vietnam's time."""
    if not moment:
        return "… giờ … phút, ngày … tháng … năm ……"
    return f"{moment.hour:02d} giờ {moment.minute:02d} phút, {day_words(moment.date())}"


@functools.cache
def register_fonts() -> str:
    """Register the bundled font family once and return its name."""
    faces = {"": "Regular", "-Bold": "Bold", "-Italic": "Italic", "-BoldItalic": "BoldItalic"}
    for suffix, face in faces.items():
        pdfmetrics.registerFont(TTFont(FONT + suffix, FONTS / f"LiberationSerif-{face}.ttf"))
    pdfmetrics.registerFontFamily(
        FONT, normal=FONT, bold=f"{FONT}-Bold", italic=f"{FONT}-Italic", boldItalic=f"{FONT}-BoldItalic"
    )
    return FONT


class QrCode(Flowable):
    """A QR code drawn as vectors; the mask is fixed because choosing it costs most of the time."""

    def __init__(self, text: str, side: float):
        super().__init__()
        self.width = self.height = side
        code = qrcode.QRCode(border=0, mask_pattern=2, error_correction=qrcode.constants.ERROR_CORRECT_M)
        code.add_data(text)
        code.make()
        self.rows = code.get_matrix()

    def draw(self):
        cell = self.width / len(self.rows)
        path = self.canv.beginPath()
        for row, cells in enumerate(self.rows):
            start = None
            for column, dark in enumerate([*cells, False]):
                if dark and start is None:
                    start = column
                elif not dark and start is not None:
                    path.rect(start * cell, self.height - (row + 1) * cell, (column - start) * cell, cell)
                    start = None
        self.canv.setFillColor(black)
        self.canv.drawPath(path, stroke=0, fill=1)


class _Start(Flowable):
    """Where a record's pages begin: the footer's text and page count change here."""

    width = height = 0

    def __init__(self, footer: str):
        super().__init__()
        self.footer = footer

    def wrap(self, _width, _height):
        return 0, 0

    def draw(self):
        self.canv.dvc_footer = self.footer
        self.canv.dvc_first = self.canv.getPageNumber()


class _Sheets(BaseDocTemplate):
    """Pages with one frame and the footer of the paper they belong to."""

    def __init__(self, stream, size, margin, **metadata):
        super().__init__(stream, pagesize=size, **metadata)
        frame = Frame(
            margin, margin, size[0] - 2 * margin, size[1] - 2 * margin, leftPadding=0, rightPadding=0, topPadding=0
        )
        self.addPageTemplates(PageTemplate(frames=[frame], onPageEnd=self._footer))
        self.side = margin

    def _footer(self, canvas, _doc):
        canvas.saveState()
        canvas.setFont(FONT, 7.5)
        canvas.setFillColor(grey)
        canvas.drawString(self.side, self.side / 2, getattr(canvas, "dvc_footer", ""))
        number = canvas.getPageNumber() - getattr(canvas, "dvc_first", 1) + 1
        canvas.drawRightString(canvas._pagesize[0] - self.side, self.side / 2, f"Trang {number}")
        canvas.restoreState()


class Paper:
    """One PDF in the making.

    :param title: document's title, also in the file's metadata
    :param author: the agency
    :param size: ``A5`` (forms of Thông tư 01/2018) or ``A4``
    :param subject: metadata, e.g. the dossier's code
    """

    def __init__(self, title: str, author: str = "", size: tuple[float, float] = A5, subject: str = ""):
        register_fonts()
        self.size = size
        self.margin = 12 * mm if size == A5 else 20 * mm
        self.base = 9.5 if size == A5 else 13
        self.metadata = {
            "title": title,
            "author": author,
            "subject": subject,
            "creator": "DVC",
            "lang": "vi-VN",
        }
        self.story: list[Flowable] = []
        lead = self.base * 1.28
        self.body = ParagraphStyle("body", fontName=FONT, fontSize=self.base, leading=lead, alignment=TA_JUSTIFY)
        self.left = ParagraphStyle("left", parent=self.body, alignment=0)
        self.center = ParagraphStyle("center", parent=self.body, alignment=TA_CENTER)
        self.head = ParagraphStyle("head", parent=self.center, fontSize=self.base * 0.86, leading=self.base * 1.05)
        self.small = ParagraphStyle("small", parent=self.body, fontSize=self.base * 0.84, leading=self.base * 1.05)
        self.title = ParagraphStyle(
            "title", parent=self.center, fontName=f"{FONT}-Bold", fontSize=self.base * 1.26, leading=self.base * 1.6
        )

    @property
    def width(self) -> float:
        """Width between the margins, in points."""
        return self.size[0] - 2 * self.margin

    def start(self, footer: str = "") -> None:
        """Begin a record's pages.

        :param footer: small text at the foot of each of them, e.g. the dossier's code
        """
        if self.story:
            self.story.append(PageBreak())
        self.story.append(_Start(footer))

    def letterhead(self, letterhead: Letterhead) -> None:
        """Write the header block: agency left, nation and date right, QR code under the agency."""
        bold = ParagraphStyle("bold", parent=self.head, fontName=f"{FONT}-Bold")
        italic = ParagraphStyle("italic", parent=self.head, fontName=f"{FONT}-Italic")
        left = [
            Paragraph(escape(letterhead.parent.upper()), self.head),
            Paragraph(_in_two(letterhead.agency.upper()), bold),
        ]
        if letterhead.desk:
            left.append(Paragraph(_in_two(letterhead.desk.upper()), bold))
        left.append(_Rule(self.width * 0.12))
        left.append(Paragraph(f"Số: {escape(letterhead.number or BLANK)}", self.head))
        right = [
            Paragraph(NATION, bold),
            Paragraph(MOTTO, bold),
            _Rule(self.width * 0.26),
            Paragraph(f"{escape(letterhead.place or BLANK)}, {day_words(letterhead.day)}", italic),
        ]
        if letterhead.code:
            side = 17 * mm if self.size == A5 else 22 * mm
            right += [Spacer(0, 2 * mm), _Centred(QrCode(letterhead.code, side))]
        table = Table([[left, right]], colWidths=[self.width * 0.46, self.width * 0.54])
        table.setStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)])
        self.story += [table, Spacer(0, self.base * 0.5)]

    def heading(self, text: str, subtitle: str = "") -> None:
        """Write the paper's title and the line below it."""
        self.story.append(Paragraph(escape(text), self.title))
        if subtitle:
            self.story.append(Paragraph(f"<i>{escape(subtitle)}</i>", self.center))
        self.story.append(Spacer(0, self.base * 0.6))

    def line(self, label: str, value: str = "") -> None:
        """Write ``label: value``; an empty value leaves dots to write on."""
        self.story.append(Paragraph(f"{escape(label)}: <b>{_text(value) or BLANK}</b>", self.left))

    def text(self, text: str, bold: bool = False, italic: bool = False, center: bool = False) -> None:
        """Write a paragraph; line breaks of the text are kept."""
        marked = _text(text)
        if bold:
            marked = f"<b>{marked}</b>"
        if italic:
            marked = f"<i>{marked}</i>"
        self.story.append(Paragraph(marked, self.center if center else self.body))

    def items(self, lines: Iterable[str]) -> None:
        """Write a numbered list."""
        style = ParagraphStyle("item", parent=self.left, leftIndent=self.base * 1.6, bulletIndent=self.base * 0.4)
        for number, line in enumerate(lines, 1):
            self.story.append(Paragraph(_text(line), style, bulletText=f"{number}."))

    def table(self, head: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[float]) -> None:
        """Write a ruled table whose head is repeated on each page.

        :param widths: shares of the width, any scale
        """
        cell = ParagraphStyle("cell", parent=self.small, alignment=0)
        bold = ParagraphStyle("cell-head", parent=self.small, alignment=TA_CENTER, fontName=f"{FONT}-Bold")
        body = [[Paragraph(escape(text), bold) for text in head]]
        body += [[Paragraph(_text(text), cell) for text in row] for row in rows]
        share = self.width / sum(widths)
        table = Table(body, colWidths=[width * share for width in widths], repeatRows=1)
        table.setStyle([("GRID", (0, 0), (-1, -1), 0.4, black), ("VALIGN", (0, 0), (-1, -1), "TOP")])
        self.story += [Spacer(0, self.base * 0.3), table, Spacer(0, self.base * 0.3)]

    def signatures(self, *blocks: Signature | tuple[str, ...]) -> None:
        """Write signature blocks side by side, with room to sign, never cut off from each other.

        :param blocks: ``Signature`` or plain ``(title, name)``
        """
        bold = ParagraphStyle("sign", parent=self.center, fontName=f"{FONT}-Bold")
        cells = [
            [
                Paragraph(escape(block.title), bold),
                Paragraph(f"<i>{escape(block.note)}</i>", self.center),
                Spacer(0, self.base * 4.2),
                Paragraph(escape(block.name) or "&nbsp;", bold),
            ]
            for block in (Signature(*block) for block in blocks)
        ]
        if len(cells) == 1:
            cells.insert(0, [])
        table = Table([cells], colWidths=[self.width / len(cells)] * len(cells))
        table.setStyle([("VALIGN", (0, 0), (-1, -1), "TOP")])
        self.story.append(KeepTogether([Spacer(0, self.base * 0.5), table]))

    def image(self, content: bytes, caption: str) -> None:
        """Show a picture, at most 40 x 16 mm, with its caption before it.

        :param content: PNG or JPEG
        """
        picture = Image(io.BytesIO(content))
        share = min(40 * mm / picture.imageWidth, 16 * mm / picture.imageHeight)
        picture.drawWidth, picture.drawHeight = picture.imageWidth * share, picture.imageHeight * share
        self.story.append(KeepTogether([Paragraph(escape(caption), self.small), picture]))

    def note(self, text: str) -> None:
        """Write small print."""
        self.story.append(Paragraph(f"<i>{_text(text)}</i>", ParagraphStyle("note", parent=self.small, alignment=0)))

    def gap(self, lines: float = 1) -> None:
        """Leave room of so many lines."""
        self.story.append(Spacer(0, self.base * 1.28 * lines))

    @staticmethod
    def moment(moment: datetime.datetime | None) -> str:
        """Return :func:`moment_words`, for builders that hold only the paper."""
        return moment_words(moment)

    def to_bytes(self) -> bytes:
        """Return the finished PDF."""
        stream = io.BytesIO()
        _Sheets(stream, self.size, self.margin, **self.metadata).build(self.story)
        return stream.getvalue()


class _Rule(Flowable):
    """A short line in the middle of the cell, as under the motto."""

    def __init__(self, length: float):
        super().__init__()
        self.length = length

    def wrap(self, width, _height):
        self.width = width
        return width, 4

    def draw(self):
        start = (self.width - self.length) / 2
        self.canv.setLineWidth(0.6)
        self.canv.line(start, 2, start + self.length, 2)


class _Centred(Flowable):
    """Another flowable in the middle of the cell."""

    def __init__(self, inner: Flowable):
        super().__init__()
        self.inner = inner

    def wrap(self, width, _height):
        self.width = width
        return width, self.inner.height

    def draw(self):
        self.inner.drawOn(self.canv, (self.width - self.inner.width) / 2, 0)


# Letters of a letterhead's left column.
ONE_LINE = 26


def _in_two(name: str) -> str:
    """Break an agency's name where officials break it: before what kind of place it is."""
    if len(name) <= ONE_LINE:
        return escape(name)
    return re.sub(r" (?=(?:PHƯỜNG|XÃ|ĐẶC KHU|VÀ TRẢ) )", "<br/>", escape(name))


def _text(text: str) -> str:
    clean = "".join(char for char in text or "" if char in "\n\t" or char >= " ")
    return escape(clean).replace("\n", "<br/>")
