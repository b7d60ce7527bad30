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
from pyhanko.pdf_utils.xref import XRefSectionType, read_object_header

END = re.compile(rb"startxref[ ]*(?:\r\n|\r|\n)(\d{1,10})[ ]*(?:\r\n|\r|\n)%%EOF")
OBJECT = re.compile(rb"(?<![0-9])[0-9]+\s+[0-9]+\s+obj(?![0-9A-Za-z])")
START = re.compile(rb"xref[ ]?(?:\r\n|\r|\n)")
HEAD = re.compile(rb"(\d{1,10}) (\d{1,10})[ ]?(?:\r\n|\r|\n)")
ROW = re.compile(rb"\d{10} (\d{5}) ([nf])(?: \r| \n|\r\n)")
TRAILER = re.compile(rb"[\r\n]*trailer\s*")
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

    def are_sound_after(self, revision: int, end: int) -> bool:
        """Tell whether all revisions after one are written beyond doubt.

        :param end: where that one's bytes end
        """
        later = range(revision + 1, self._reader.xrefs.total_revisions)
        return (
            self._ends_are_plain(end, later)
            and self._shows_what_it_names(end, later)
            and all(map(self._is_straight, range(revision + 1)))
            and all(map(self._is_sound, later))
        )

    def _is_straight(self, revision: int) -> bool:
        """Tell whether a table of the signed part stands where it is said to: a crooked one is rebuilt by viewers."""
        section = self._reader.xrefs.get_xref_container_info(revision)
        place = section.declared_startxref
        if section.xref_section_type is XRefSectionType.STREAM:
            return bool(OBJECT.match(self._data, place))
        try:
            return bool(_check_table(self._data, self._reader, place))
        except (Unsound, PdfError, ValueError):
            return False

    def _shows_what_it_names(self, end: int, later: range) -> bool:
        """Have every object there named by a table, whatever it stands in: who rebuilds tables finds all of them."""
        places = set()
        for revision in later:
            tables = self._reader.xrefs
            section = tables.get_xref_container_info(revision)
            places |= {section.declared_startxref} if section.stream_ref else set()
            places |= {
                place
                for reference in tables.explicit_refs_in_revision(revision)
                if isinstance(place := tables.get_historical_ref(reference, revision), int)
            }
        return {found.start() for found in OBJECT.finditer(self._data, end)} == places

    def _ends_are_plain(self, end: int, later: range) -> bool:
        """Have each revision lead to its table once, in the words that all readers look for."""
        tables, tail = self._reader.xrefs, self._data[end:]
        sections = [tables.get_xref_container_info(revision) for revision in later]
        told = [int(found[1]) for found in END.finditer(tail)]
        trailers = sum(section.xref_section_type is XRefSectionType.STANDARD for section in sections)
        return (
            told == [section.declared_startxref for section in sections]
            and tail.count(b"startxref") == tail.count(b"%%EOF") == len(told)
            and tail.count(b"trailer") == trailers
        )

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
        section = self._reader.xrefs.get_xref_container_info(revision)
        if section.xref_section_type is XRefSectionType.STANDARD:
            trailer = _check_table(self._data, self._reader, section.declared_startxref)
        elif section.xref_section_type is XRefSectionType.STREAM:
            self._check_place(section.stream_ref, section.declared_startxref)
            trailer = self._table_stream(section.declared_startxref)
            _check_rows(trailer)
        else:
            raise Unsound  # two tables for one revision
        _demand("/XRefStm" not in trailer)
        earlier = self._reader.xrefs.get_xref_container_info(revision - 1).declared_startxref
        _demand(trailer.raw_get("/Prev") == earlier)
        for reference in self._reader.xrefs.explicit_refs_in_revision(revision):
            self._check_object(reference, revision, earlier)

    def _table_stream(self, place: int) -> generic.StreamObject:
        """Return the stream that holds a table, from its place: some do not list themselves."""
        stream = io.BytesIO(self._data)
        stream.seek(place)
        number, generation = read_object_header(stream, strict=True)
        return generic.StreamObject.read_from_stream(stream, generic.Reference(number, generation, self._reader))

    def _check_object(self, reference, revision: int, earlier: int) -> None:
        # A number has one generation for all time; a container written anew counts for some readers only.
        _demand(reference.generation == self._generations[reference.idnum])
        _demand(self._containers.get(reference.idnum, revision) == revision)
        place = self._reader.xrefs.get_historical_ref(reference, revision)
        if place is None:
            return  # given up: whether it showed anything, the comparison tells
        if isinstance(place, int):
            _demand(place > earlier)
            self._check_place(reference, place)
        else:
            _demand(self._containers[place.obj_stream_id] == revision)
            holder = generic.Reference(place.obj_stream_id, pdf=self._reader)
            numbers = _packed(self._reader.get_object(holder, revision=revision))
            _demand(numbers.count(reference.idnum) == 1 and numbers[place.ix_in_stream] == reference.idnum)
        # Read for its own sake: what is there twice is refused by the strict reader.
        self._reader.get_object(reference, revision=revision)

    def _check_place(self, reference, place: int) -> None:
        _demand(self._data.startswith(b"%d %d obj" % (reference.idnum, reference.generation), place))


def _demand(condition: bool) -> None:
    if not condition:
        raise Unsound


def _packed(stream: generic.StreamObject) -> list[int]:
    """Return the numbers that a stream of objects says it holds, in their order."""
    heads = stream.data[: int(stream["/First"])].split()
    return [int(number) for number in heads[: 2 * int(stream["/N"]) : 2]]


def _check_table(data: bytes, reader: PdfFileReader, place: int) -> generic.DictionaryObject:
    """Return the trailer of a table of exact rows, each number once."""
    place, seen = _match(START, data, place).end(), set()
    while head := HEAD.match(data, place):
        first, count = int(head[1]), int(head[2])
        place = head.end()
        numbers = range(first, first + count)
        _demand(len(data) >= place + count * ROW_LENGTH and seen.isdisjoint(numbers))
        seen.update(numbers)
        for _number in numbers:
            place = _match(ROW, data, place).end()
    place = _match(TRAILER, data, place).end()
    stream = io.BytesIO(data)
    stream.seek(place)
    trailer = generic.DictionaryObject.read_from_stream(stream, generic.TrailerReference(reader))
    return trailer


def _match(pattern: re.Pattern, data: bytes, place: int) -> re.Match:
    found = pattern.match(data, place)
    _demand(bool(found))
    return found


def _check_rows(stream: generic.StreamObject) -> None:
    """Have rows of known types only; that numbers rise is the library's own demand."""
    widths = [int(width) for width in stream["/W"]]
    length, content = sum(widths), stream.data
    _demand(len(widths) == 3 and length > 0 and not len(content) % length)
    if widths[0]:
        types = {content[place : place + widths[0]] for place in range(0, len(content), length)}
        _demand({int.from_bytes(found, "big") for found in types} <= ROW_TYPES)
