# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The visible mark of a signature, as Nghị định 30/2020/NĐ-CP, phụ lục I, has it.

A leader: the picture of the hand signature, or who signed, for which agency and when, in words. The
agency: the picture of its seal in real size. An annex or a copy: number and moment at the head of page 1.
"""

import contextlib
import io
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from pyhanko.stamp import StaticStampStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader, simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen.canvas import Canvas

from .picture import proportion
from .placement import Page

WIDTH, HEIGHT = 62 * mm, 20 * mm
RIGHT, FOOT = 12 * mm, 14 * mm
FONT, SIZE, LEADING, PADDING = "DvcSignatureStamp", 8, 10, 2 * mm
FONT_FILE = Path(__file__).resolve().parents[1] / "static" / "fonts" / "LiberationSerif-Regular.ttf"
VIETNAM = timezone(timedelta(hours=7))
# The blue of a signature on official papers (Nghị định 30/2020, phụ lục I).
BLUE = (0.0, 0.2, 0.6)
RED = (0.8, 0.0, 0.0)
BLACK = (0.0, 0.0, 0.0)
# A ward's seal (Thông tư 24/2017/TT-BCA).
SEAL_MM = 36.0
# How much of the leader's signature the seal covers, on its left.
COVERED = 1 / 3
ANNEX_SIZE, ANNEX_LEADING, ANNEX_TOP, ANNEX_RIGHT = 10, 12, 10 * mm, 15 * mm

Place = tuple[float, float, float, float]


def default_box(left: float, bottom: float, right: float) -> tuple[int, int, int, int]:
    """Return the place of a leader's mark in points: at the right of the page's foot.

    :param left: of the page's box, in points
    :param bottom: of the page's box, in points
    :param right: of the page's box, in points
    """
    width = min(WIDTH, right - left - 2 * PADDING)
    corner = max(left + PADDING, right - RIGHT - width)
    return tuple(round(number) for number in (corner, bottom + FOOT, corner + width, bottom + FOOT + HEIGHT))


@dataclass(frozen=True)
class Mark:
    """A leader's mark.

    :param signer: the leader's name
    :param agency: empty where it is nobody's
    :param at: aware
    :param picture: a checked PNG of the hand signature; empty: words
    """

    signer: str
    agency: str
    at: datetime
    picture: bytes = b""

    first_page = False

    def place(self, page: Page, leader: Place | None) -> Place:
        """Return where it stands on what is seen of a page: ``(left, bottom, width, height)`` in points."""
        left, bottom, right, top = default_box(0, 0, page.width)
        return left, bottom, right - left, top - bottom

    def paint(self, canvas: Canvas, width: float, height: float) -> None:
        """Draw it into a box."""
        if self.picture:
            return _paint_picture(canvas, self.picture, width, height)
        lines = [
            f"Ký bởi: {self.signer}",
            *([f"Cơ quan: {self.agency}"] if self.agency else []),
            f"Thời gian ký: {self.at.astimezone(VIETNAM):%d/%m/%Y %H:%M:%S} +07:00",
        ]
        return _paint_words(canvas, lines, BLUE, width, height)


@dataclass(frozen=True)
class SealMark:
    """The agency's seal over the left third of the leader's signature.

    :param agency: named where there is no picture
    :param at: aware
    :param picture: a checked PNG of the seal; empty: words
    :param side: of the seal in real size, in millimetres
    """

    agency: str
    at: datetime
    picture: bytes = b""
    side: float = SEAL_MM

    first_page = False

    def place(self, page: Page, leader: Place | None) -> Place:
        """As of Mark."""
        width = self.side * mm if self.picture else WIDTH
        height = width / proportion(self.picture) if self.picture else HEIGHT
        if leader and self.picture:
            left = leader[0] + leader[2] * COVERED - width
            return left, leader[1] + (leader[3] - height) / 2, width, height
        if leader:
            # Words over a signature could not be read, neither the one nor the other.
            return leader[0] - width - PADDING, leader[1], width, height
        left, bottom, _right, _top = default_box(0, 0, page.width)
        return left, bottom, width, height

    def paint(self, canvas: Canvas, width: float, height: float) -> None:
        """Draw it into a box."""
        if self.picture:
            return _paint_picture(canvas, self.picture, width, height)
        moment = f"Thời gian ký: {self.at.astimezone(VIETNAM):%d/%m/%Y %H:%M:%S} +07:00"
        return _paint_words(canvas, [f"Ký bởi: {self.agency}", moment], RED, width, height)


@dataclass(frozen=True)
class AnnexMark:
    """The agency's signature on an annex in a file of its own, or on an electronic copy: words at the head of page 1.

    :param number: number and symbol of the document, e.g. ``12/UBND-TP``
    :param at: aware
    """

    number: str
    at: datetime

    first_page = True

    @property
    def text(self) -> str:
        """Return what it says: number, and the moment by ISO 8601 in Vietnam's time."""
        moment = self.at.astimezone(VIETNAM).replace(microsecond=0).isoformat()
        return f"{self.number} {moment}".strip()

    def place(self, page: Page, leader: Place | None) -> Place:
        """As of Mark."""
        register()
        width = min(pdfmetrics.stringWidth(self.text, FONT, ANNEX_SIZE) + 2, page.width - 2 * PADDING)
        height = ANNEX_LEADING * len(self._lines(width)) + 2
        return page.width - ANNEX_RIGHT - width, page.height - ANNEX_TOP - height, width, height

    def _lines(self, width: float) -> list[str]:
        return simpleSplit(self.text, FONT, ANNEX_SIZE, width)

    def paint(self, canvas: Canvas, width: float, height: float) -> None:
        """Draw it into a box."""
        canvas.setFillColorRGB(*BLACK)
        canvas.setFont(FONT, ANNEX_SIZE)
        for number, line in enumerate(self._lines(width)):
            canvas.drawString(0, height - ANNEX_SIZE - number * ANNEX_LEADING, line)


def _paint_picture(canvas: Canvas, picture: bytes, width: float, height: float) -> None:
    canvas.drawImage(
        ImageReader(io.BytesIO(picture)), 0, 0, width, height, mask="auto", preserveAspectRatio=True, anchor="c"
    )


def _paint_words(canvas: Canvas, lines: list[str], colour: tuple, width: float, height: float) -> None:
    # On a page too small for it the whole mark gets smaller.
    canvas.scale(width / WIDTH, height / HEIGHT)
    wrapped = [part for line in lines for part in simpleSplit(line, FONT, SIZE, WIDTH - 2 * PADDING)]
    room = int((HEIGHT - 2 * PADDING) // LEADING)
    canvas.setStrokeColorRGB(*colour)
    canvas.setFillColorRGB(*colour)
    canvas.rect(0.5, 0.5, WIDTH - 1, HEIGHT - 1, fill=0)
    canvas.setFont(FONT, SIZE)
    # Long names give way, the time does not.
    for number, line in enumerate(wrapped if len(wrapped) <= room else [*wrapped[: room - 1], wrapped[-1]]):
        canvas.drawString(PADDING, HEIGHT - PADDING - SIZE - number * LEADING, line)


def draw(mark: Mark | SealMark | AnnexMark, width: float = WIDTH, height: float = HEIGHT, rotation: int = 0) -> bytes:
    """Return a mark as a PDF of its own size, with its letters embedded.

    :param width: as seen, in points
    :param height: as seen, in points
    :param rotation: of the page it is for: the mark is turned back, so that it is read upright
    """
    register()
    across = (height, width) if rotation % 180 else (width, height)
    with tempfile.SpooledTemporaryFile() as sink:
        canvas = Canvas(sink, pagesize=across)
        canvas.translate(*{0: (0, 0), 90: (height, 0), 180: (width, height), 270: (0, width)}[rotation])
        canvas.rotate(rotation)
        mark.paint(canvas, width, height)
        canvas.save()
        sink.seek(0)
        return sink.read()


def register() -> None:
    """Make the letters of marks known to reportlab."""
    try:
        pdfmetrics.getFont(FONT)
    except (KeyError, TTFError):
        pdfmetrics.registerFont(TTFont(FONT, FONT_FILE))


@contextlib.contextmanager
def style(mark: Mark | SealMark | AnnexMark, width: float = WIDTH, height: float = HEIGHT, rotation: int = 0):
    """Give pyHanko's form of the mark; it reads the drawing while it signs."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as drawing:
        drawing.write(draw(mark, width, height, rotation))
        drawing.flush()
        yield StaticStampStyle.from_pdf_file(drawing.name, border_width=0, background_opacity=1)
