# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""A PDF that is checked: its bytes, its reader, and what is asked of it for each of its signatures."""

import functools
import io

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

from . import appended
from . import hex_strings as hex_strings  # takes effect by being there


class Reader(PdfFileReader):
    """A reader that reads what stands at one place of the file once, whichever revision asks for it."""

    def __init__(self, data: bytes, strict: bool):
        self._read_at: dict[tuple, object] = {}
        self._ends: dict[int, int] = {}
        super().__init__(io.BytesIO(data), strict=strict)

    def _read_object(self, ref, marker, **options):
        # What is packed in streams is read anew, as one number may name several of those.
        if not isinstance(marker, int):
            return super()._read_object(ref, marker, **options)
        known = (marker, ref.idnum, ref.generation, self.strict, *sorted(options.items()))
        if known not in self._read_at:
            self._read_at[known] = super()._read_object(ref, marker, **options)
            self._ends[marker] = self.stream.tell()
        return self._read_at[known]

    def same_as_in(self, earlier: PdfFileReader, reference, end: int):
        """Return an object that is the very same bytes in the file as it was earlier; None: that is not sure.

        :param earlier: of the file as it ended at ``end``
        """
        place = self.xrefs[reference]
        if place is None or place != earlier.xrefs[reference]:
            return None
        found = self.get_object(reference)
        while not isinstance(place, int):
            holder = generic.Reference(place.obj_stream_id, pdf=self)
            place, then = self.xrefs[holder], earlier.xrefs[holder]
            if place is None or place != then:
                return None
        return found if self._ends.get(place, end + 1) <= end else None


class Document:
    """One file.

    :param data: its bytes
    :param reader: of it; strict where the file allows
    """

    def __init__(self, data: bytes, reader: Reader):
        self.data, self.reader = data, reader

    def as_signed(self, end: int) -> Reader:
        """Return the file as it ended at a byte: what its signer had before them."""
        return Reader(self.data[:end], self.reader.strict)

    @functools.cached_property
    def revisions(self) -> appended.Revisions:
        """Return the file's revisions."""
        return appended.Revisions(self.data, self.reader)
