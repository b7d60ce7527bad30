# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The visible mark of a signature: who signed, for which agency, when; drawn, never taken from a picture."""

import contextlib
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from pyhanko.stamp import StaticStampStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT = 62 * mm, 20 * mm
RIGHT, FOOT = 12 * mm, 14 * mm
FONT, SIZE, LEADING, PADDING = "DvcSignatureStamp", 8, 10, 2 * mm
FONT_FILE = Path(__file__).resolve().parents[1] / "static" / "fonts" / "LiberationSerif-Regular.ttf"
VIETNAM = timezone(timedelta(hours=7))
# The blue of a signature on official papers (Nghị định 30/2020, phụ lục I).
BLUE = (0.0, 0.2, 0.6)


@dataclass(frozen=True)
class Mark:
    """What the stamp says."""

    signer: str
    agency: str
    at: datetime


def default_box(left: float, bottom: float, right: float) -> tuple[int, int, int, int]:
    """Return the place of the mark in points: at the right of the page's foot.

    :param left: of the page's box, in points
    :param bottom: of the page's box, in points
    :param right: of the page's box, in points
    """
    width = min(WIDTH, right - left - 2 * PADDING)
    corner = max(left + PADDING, right - RIGHT - width)
    return tuple(round(number) for number in (corner, bottom + FOOT, corner + width, bottom + FOOT + HEIGHT))


def draw(mark: Mark) -> bytes:
    """Return the mark as a PDF of its own size, with its letters embedded."""
    _register()
    lines = [
        f"Ký bởi: {mark.signer}",
        *([f"Cơ quan: {mark.agency}"] if mark.agency else []),
        f"Thời gian ký: {mark.at.astimezone(VIETNAM):%d/%m/%Y %H:%M:%S} +07:00",
    ]
    wrapped = [part for line in lines for part in simpleSplit(line, FONT, SIZE, WIDTH - 2 * PADDING)]
    room = int((HEIGHT - 2 * PADDING) // LEADING)
    with tempfile.SpooledTemporaryFile() as sink:
        canvas = Canvas(sink, pagesize=(WIDTH, HEIGHT))
        canvas.setStrokeColorRGB(*BLUE)
        canvas.setFillColorRGB(*BLUE)
        canvas.rect(0.5, 0.5, WIDTH - 1, HEIGHT - 1, fill=0)
        canvas.setFont(FONT, SIZE)
        # Long names give way, the time does not.
        for number, line in enumerate(wrapped if len(wrapped) <= room else [*wrapped[: room - 1], wrapped[-1]]):
            canvas.drawString(PADDING, HEIGHT - PADDING - SIZE - number * LEADING, line)
        canvas.save()
        sink.seek(0)
        return sink.read()


def _register() -> None:
    try:
        pdfmetrics.getFont(FONT)
    except (KeyError, TTFError):
        pdfmetrics.registerFont(TTFont(FONT, FONT_FILE))


@contextlib.contextmanager
def style(mark: Mark):
    """Give pyHanko's form of the mark; it reads the drawing while it signs."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as drawing:
        drawing.write(draw(mark))
        drawing.flush()
        yield StaticStampStyle.from_pdf_file(drawing.name, border_width=0, background_opacity=1)
