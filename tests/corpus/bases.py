# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""PDFs to be signed, written by hand or by reportlab; all from the same few lines of text."""

import io
import zlib

from reportlab.pdfgen import canvas

TEXT = "Phi nop: 100 dong"
OTHER = "Phi nop: 900 dong"


def content(text=TEXT, x=100, y=700) -> bytes:
    """Return a page's drawing that shows a line."""
    return b"BT /F1 18 Tf %d %d Td (%s) Tj ET" % (x, y, text.encode("latin-1"))


def stream(data: bytes, extra: bytes = b"") -> bytes:
    """Return a stream object's body."""
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), extra, data)


def classic(objects: dict[int, bytes], root=1, extra=b"", size=None, header=b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n") -> bytes:
    """Return a PDF with a cross-reference table.

    :param objects: number → body
    """
    out, places = bytearray(header), {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start, top = len(out), max(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % top
    for number in range(1, top):
        out += b"%010d 00000 n \n" % places[number] if number in places else b"0000000000 00001 f \n"
    out += b"trailer\n<< /Size %d /Root %d 0 R %s>>\nstartxref\n%d\n%%%%EOF\n" % (size or top, root, extra, start)
    return bytes(out)


def compressed(objects: dict[int, bytes], packed: set[int], root=1, extra=b"") -> bytes:
    """Return a PDF with object streams: those of ``packed`` lie in one."""
    out, top = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), max(objects) + 1
    holder, table, places = top, top + 1, {}
    for number, body in objects.items():
        if number not in packed:
            places[number] = len(out)
            out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    places[holder] = len(out)
    order = sorted(packed)
    out += b"%d 0 obj\n%s\nendobj\n" % (holder, object_stream({number: objects[number] for number in order}))
    places[table] = len(out)
    rows = bytearray(b"\x00\x00\x00\x00\x00\xff")
    for number in range(1, table + 1):
        if number in packed:
            rows += b"\x02" + holder.to_bytes(4, "big") + bytes([order.index(number)])
        elif number in places:
            rows += b"\x01" + places[number].to_bytes(4, "big") + b"\x00"
        else:
            rows += b"\x00\x00\x00\x00\x00\x00"
    kind = b"/Type /XRef /W [1 4 1] /Size %d /Root %d 0 R %s" % (table + 1, root, extra)
    out += b"%d 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (table, stream(bytes(rows), kind), places[table])
    return bytes(out)


def object_stream(objects: dict[int, bytes], extra=b"") -> bytes:
    """Return an object stream's body."""
    heads, bodies = [], bytearray()
    for number, body in objects.items():
        heads.append(b"%d %d" % (number, len(bodies)))
        bodies += body + b" "
    head = b" ".join(heads) + b" "
    packed = zlib.compress(head + bytes(bodies))
    kind = b"/Type /ObjStm /N %d /First %d /Filter /FlateDecode %s" % (len(objects), len(head), extra)
    return stream(packed, kind)


def parts(drawing: bytes | None = None, page: bytes = b"", root: bytes = b"", **more) -> dict[int, bytes]:
    """Return the objects of one page: 1 catalog, 2 pages, 3 page, 4 font, 5 content; others as given (``o6=…``)."""
    contents = b"" if b"/Contents" in page else b"/Contents 5 0 R"
    resources = b"" if b"/Resources" in page else b"/Resources << /Font << /F1 4 0 R >> >>"
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R %s >>" % root,
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] %s %s %s >>" % (contents, resources, page),
        4: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        5: stream(content() if drawing is None else drawing),
    }
    objects.update({int(key[1:]): body for key, body in more.items()})
    return objects


def plain() -> bytes:
    """Return the plainest PDF."""
    return classic(parts())


def packed() -> bytes:
    """Return the same with an object stream that holds all but the drawing."""
    return compressed(parts(), {1, 2, 3, 4})


def drawn(pages=1, text=TEXT, **options) -> bytes:
    """Return a PDF by reportlab."""
    sink = io.BytesIO()
    paper = canvas.Canvas(sink, invariant=True, **options)
    for number in range(pages):
        paper.setFont("Helvetica", 14)
        paper.drawString(100, 700, f"{text} {number}")
        paper.showPage()
    paper.save()
    return sink.getvalue()


def with_form(value=TEXT, seen=True, widget: bytes = b"", form: bytes = b"", page: bytes = b"", **more) -> bytes:
    """Return a PDF with a filled text field (object 7, its picture 8)."""
    field = (
        b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (fee) /V (%s) /DA (/F1 12 Tf 0 g) /F 4 "
        b"/Rect [100 600 300 620] /P 3 0 R %s %s >>" % (value.encode(), b"/AP << /N 8 0 R >>" if seen else b"", widget)
    )
    look = stream(
        content(value, 2, 4), b"/Type /XObject /Subtype /Form /BBox [0 0 200 20] /Resources << /Font << /F1 4 0 R >> >>"
    )
    root = b"/AcroForm << /Fields [7 0 R] /DR << /Font << /F1 4 0 R >> >> /DA (/F1 12 Tf 0 g) %s >>" % form
    return classic(parts(root=root, page=b"/Annots [7 0 R] " + page, o6=b"null", o7=field, o8=look, **more))
