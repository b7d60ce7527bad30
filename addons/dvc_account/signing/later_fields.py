# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Signature fields that came or changed after a signature: each may show a picture over what was signed.

The library allows a new signature field whatever it looks like. Who signs in it answers for what
it shows, and is judged as a signature of its own; a field that nobody signed, or that holds no
more than a time stamp, is judged by nobody, so it may show nothing.
"""

import io
import re

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields

DOCUMENT_TIME_STAMP = "/ETSI.RFC3161"
COMMENT = re.compile(rb"%[^\r\n]*")
# What a field looks like has few parts; more than these are not followed.
PARTS_MAX = 1000
# Where a field is and whose it is, not what it is drawn with.
ELSEWHERE = frozenset({"/P", "/Parent", "/V"})
# What a signature's field needs; anything else could act, open, or be what another place is drawn with.
KNOWN = frozenset(
    "/Type /Subtype /FT /T /TU /TM /Ff /F /Rect /P /V /AP /AS /MK /Lock /SV /Parent /Kids /DA /Q /Border /BS /H /NM /M"
    " /StructParent /Contents /DR".split()
)
# What signing in a field that was there already may set.
SET_BY_SIGNING = frozenset("/V /AP /AS /MK /F /Ff /Type /Subtype /DA /M /Lock /SV".split())


def changed(before: PdfFileReader, reader: PdfFileReader, revision: int) -> bool:
    """Tell whether a signature field of later days shows what no signature of its own answers for.

    :param before: of the file as it ended when it was signed
    :param reader: of the whole file
    :param revision: the signed one
    """
    before = _fields(before)
    return any(_is_change(reader, revision, before.get(key), field) for key, field in _fields(reader).items())


def _fields(handler) -> dict:
    """Return the signature fields by their objects' numbers: names can be given twice."""
    references = (reference for _name, _value, reference in enumerate_sig_fields(handler))
    return {(reference.idnum, reference.generation): reference.get_object() for reference in references}


def _is_change(reader: PdfFileReader, revision: int, before, field) -> bool:
    if before is not None and _text(before) == _text(field) and not _is_redrawn(reader, revision, field):
        return False
    if not _is_signed_since(reader, revision, field) or not _is_plain(before, field):
        # Nobody's, or dressed anew around a signature of before, or more than a signature's field.
        return True
    return str(field["/V"].get("/SubFilter", "")) == DOCUMENT_TIME_STAMP and any(map(_shows, _widgets(field)))


def _text(part) -> bytes:
    sink = io.BytesIO()
    part.write_to_stream(sink, None)
    return sink.getvalue()


def _is_signed_since(reader: PdfFileReader, revision: int, field) -> bool:
    value = field.raw_get("/V") if "/V" in field else None
    # A signature's own object is new with it; one inside the field could be the copy of another.
    return (
        isinstance(value, generic.IndirectObject)
        and isinstance(value.get_object(), generic.DictionaryObject)
        and reader.xrefs.get_introducing_revision(value.reference) > revision
    )


def _is_plain(before, field) -> bool:
    """Tell whether a field signed since is a signature's and no more, and stands where it stood."""
    if before is not None and any(
        _entry(before, key) != _entry(field, key) for key in {*before, *field} - SET_BY_SIGNING
    ):
        return False
    return all(
        KNOWN.issuperset(widget) and str(widget.get("/Subtype", "/Widget")) == "/Widget" for widget in _widgets(field)
    )


def _entry(field, key: str) -> bytes:
    return _text(field.raw_get(key)) if key in field else b""


def _widgets(field) -> list:
    return [field, *(kid.get_object() for kid in field.get("/Kids", ()))]


def area(field) -> float:
    """Return the square points that a signature's field takes on its pages."""
    return sum(abs((right - left) * (top - bottom)) for left, bottom, right, top in map(_box, _widgets(field)))


def _box(widget) -> list[float]:
    return [float(number) for number in widget.get("/Rect", (0, 0, 0, 0))]


def _shows(widget) -> bool:
    """Tell whether a widget has a place or a picture."""
    left, bottom, right, top = _box(widget)
    if left != right or bottom != top:
        return True
    return any(COMMENT.sub(b"", stream.data).strip() for stream in _streams(widget.get("/AP", {})))


def _streams(part) -> list:
    """Return the pictures of an appearance: one for each use, or for each state of a use."""
    if isinstance(part, generic.StreamObject):
        return [part]
    return [stream for name in part for stream in _streams(part[name])]


def _is_redrawn(reader: PdfFileReader, revision: int, field) -> bool:
    """Tell whether an object that a field is drawn with was written again since."""
    waiting, seen = [field], set()
    while waiting:
        part = waiting.pop()
        if isinstance(part, generic.IndirectObject):
            if part.reference in seen:
                continue
            seen.add(part.reference)
            if len(seen) > PARTS_MAX or _last_change(reader, part) > revision:
                return True
            part = part.get_object()
        if isinstance(part, generic.DictionaryObject):
            waiting += [part.raw_get(name) for name in part if name not in ELSEWHERE]
        elif isinstance(part, generic.ArrayObject):
            waiting += [part.raw_get(number) for number in range(len(part))]
    return False


def _last_change(reader: PdfFileReader, part: generic.IndirectObject) -> int:
    try:
        return reader.xrefs.get_last_change(part.reference)
    except KeyError:  # named, but never written
        return -1
