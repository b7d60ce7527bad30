# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The result's code and QR code in the foot of its last page, put there before it is signed.

Never for a signed file: that one is kept byte by byte.
"""

import io

import pypdf
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

SIDE = 15 * mm
LEFT, FOOT = 8 * mm, 6 * mm


class NotStamped(ValueError):
    """The file cannot take the stamp; it is signed as it is."""


def stamp(content: bytes, code: str, qr, font: str) -> bytes:
    """Return the PDF with the stamp on its last page.

    :param content: an unsigned PDF
    :param qr: a square flowable, e.g. the ground's ``QrCode`` with the verification address
    :param font: name of a registered font
    :raise NotStamped: encrypted, damaged or without pages
    """
    try:
        writer = pypdf.PdfWriter(clone_from=io.BytesIO(content))
        page = writer.pages[-1]
        box = page.mediabox
        overlay = _overlay(float(box.width), float(box.height), code, qr, font)
        shift = pypdf.Transformation().translate(float(box.left), float(box.bottom))
        page.merge_transformed_page(overlay, shift, over=True)
        stream = io.BytesIO()
        writer.write(stream)
        return stream.getvalue()
    except (pypdf.errors.PyPdfError, IndexError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise NotStamped(str(error)) from error


def _overlay(width: float, height: float, code: str, qr, font: str):
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(width, height))
    qr.drawOn(canvas, LEFT, FOOT)
    canvas.setFont(font, 7)
    canvas.drawString(LEFT + SIDE + 2 * mm, FOOT + 3 * mm, f"Mã kết quả: {code}")
    canvas.drawString(LEFT + SIDE + 2 * mm, FOOT, "Quét mã để xác thực kết quả.")
    canvas.save()
    return pypdf.PdfReader(io.BytesIO(stream.getvalue())).pages[0]
