# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""A document's number, written by the clerk after the leader's signature and before the agency's seal.

Added after the signed bytes, which stay as they are. The leader's signature counts as amended once the
agency's covers the number, and for nothing until then.
"""

import io
import tempfile

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import BoxConstraints
from pyhanko.stamp import StaticStampStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from .placement import Page
from .stamp import FONT, register

SIZE = 13


def with_text(data: bytes, text: str, left: float, bottom: float, page: int = 0, size: float = SIZE) -> bytes:
    """Return the PDF with a line of text on a page, as an update after all that was signed.

    :param data: a PDF, with signatures or without
    :param text: e.g. number and symbol
    :param left: from the left of what is seen of the page, in points
    :param bottom: from its foot, in points
    :param page: counted from 0
    :param size: of the letters, in points
    :raise PdfError: not a PDF that can be written
    """
    register()
    writer = IncrementalPdfFileWriter(io.BytesIO(data), strict=False)
    seen = Page.of(writer.find_page_for_modification(page)[0].get_object())
    width, height = pdfmetrics.stringWidth(text, FONT, size) + 2, size * 1.4
    place = seen.fit(left, bottom, width, height)
    left, bottom, right, top = seen.box(*place)
    with tempfile.NamedTemporaryFile(suffix=".pdf") as drawing:
        drawing.write(_drawn(text, size, place[2], place[3], seen.rotation))
        drawing.flush()
        style = StaticStampStyle.from_pdf_file(drawing.name, border_width=0, background_opacity=1)
        stamp = style.create_stamp(writer, BoxConstraints(right - left, top - bottom), {})
        stamp.apply(page, left, bottom)
        sink = io.BytesIO()
        writer.write(sink)
        return sink.getvalue()


def _drawn(text: str, size: float, width: float, height: float, rotation: int) -> bytes:
    sink = io.BytesIO()
    across = (height, width) if rotation % 180 else (width, height)
    canvas = Canvas(sink, pagesize=across)
    canvas.translate(*{0: (0, 0), 90: (height, 0), 180: (width, height), 270: (0, width)}[rotation])
    canvas.rotate(rotation)
    canvas.setFont(FONT, size)
    canvas.drawString(0, size * 0.3, text)
    canvas.save()
    return sink.getvalue()
