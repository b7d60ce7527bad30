# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What was appended after a signature must be written so that every reader reads the same.

Viewers forgive much, each in its own way: of a key or an entry that is there twice one takes the
first, another the last. Behind a signature nothing is forgiven: tables with exact rows, each number
once and with the generation it had, dictionaries without doubles, no container of objects rewritten.
"""

import io
import re

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.xref import XRefSectionType

START = re.compile(rb"\s*xref[ ]?(?:\r\n|\r|\n)")
HEAD = re.compile(rb"(\d{1,10}) (\d{1,10})[ ]?(?:\r\n|\r|\n)")
ROW = re.compile(rb"\d{10} (\d{5}) ([nf])(?: \r| \n|\r\n)")
TRAILER = re.compile(rb"trailer\s*")
ROW_LENGTH = 20
ROW_TYPES = frozenset({0, 1, 2})


class Unsound(ValueError):
    """Readers may differ about what was appended."""


class Revisions:
    """The revisions of one file, each looked at once.

    :param data: the file
    :param reader: of the file
    """

    def __init__(self, data: bytes, reader: PdfFileReader):
        self._data, self._reader, self._sound = data, reader, {}
        # The generation of each number; and since when a stream holds objects, or their table.
        self._generations, self._containers = {}, {}
        for revision in range(reader.xrefs.total_revisions):
            self._take_down(revision)

    def _take_down(self, revision: int) -> None:
        tables = self._reader.xrefs
        for reference in tables.explicit_refs_in_revision(revision):
            self._generations.setdefault(reference.idnum, reference.generation)
        own = tables.get_xref_container_info(revision).stream_ref
        for reference in (*tables.object_streams_used_in(revision), *([own] if own else [])):
            self._containers.setdefault(reference.idnum, revision)

    def are_sound_after(self, revision: int) -> bool:
        """Tell whether all revisions after one are written beyond doubt."""
        return all(map(self._is_sound, range(revision + 1, self._reader.xrefs.total_revisions)))

    def _is_sound(self, revision: int) -> bool:
        if revision not in self._sound:
            was_strict, self._reader.strict = self._reader.strict, True
            try:
                self._check(revision)
                self._sound[revision] = True
            except (Unsound, PdfError, AssertionError, KeyError, TypeError, ValueError, AttributeError, IndexError):
                self._sound[revision] = False
            finally:
                self._reader.strict = was_strict
        return self._sound[revision]

    def _check(self, revision: int) -> None:
        reader = self._reader
        section = reader.xrefs.get_xref_container_info(revision)
        if section.xref_section_type is XRefSectionType.STANDARD:
            _check_table(self._data, reader, section.declared_startxref)
        elif section.xref_section_type is XRefSectionType.STREAM:
            _check_stream(reader.get_object(section.stream_ref, revision=revision, never_decrypt=True))
        else:
            raise Unsound  # two tables for one revision
        for reference in reader.xrefs.explicit_refs_in_revision(revision):
            # A number has one generation for all time; a container written anew counts for some readers only.
            known = reference.generation == self._generations[reference.idnum]
            if not known or self._containers.get(reference.idnum, revision) < revision:
                raise Unsound
            # Read for its own sake: what is there twice is refused by the strict reader.
            reader.get_object(reference, revision=revision)


def _check_table(data: bytes, reader: PdfFileReader, place: int) -> None:
    place, seen = _match(START, data, place).end(), set()
    while head := HEAD.match(data, place):
        first, count = int(head[1]), int(head[2])
        place = head.end()
        numbers = range(first, first + count)
        if len(data) < place + count * ROW_LENGTH or not seen.isdisjoint(numbers):
            raise Unsound
        seen.update(numbers)
        for _number in numbers:
            place = _match(ROW, data, place).end()
    place = _match(TRAILER, data, place).end()
    stream = io.BytesIO(data)
    stream.seek(place)
    trailer = generic.DictionaryObject.read_from_stream(stream, generic.TrailerReference(reader))
    if "/XRefStm" in trailer:
        raise Unsound


def _match(pattern: re.Pattern, data: bytes, place: int) -> re.Match:
    found = pattern.match(data, place)
    if not found:
        raise Unsound
    return found


def _check_stream(stream: generic.StreamObject) -> None:
    """Have rows of known types only; that numbers rise is the library's own demand."""
    widths = [int(width) for width in stream["/W"]]
    length, content = sum(widths), stream.data
    if len(widths) != 3 or length <= 0 or len(content) % length:
        raise Unsound
    if widths[0]:
        types = {content[place : place + widths[0]] for place in range(0, len(content), length)}
        if not {int.from_bytes(found, "big") for found in types} <= ROW_TYPES:
            raise Unsound
