# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""A PDF that is checked: its bytes, its reader, and what is asked of it for each of its signatures."""

import functools
import io

from pyhanko.pdf_utils.reader import PdfFileReader

from . import appended
from . import hex_strings as hex_strings  # takes effect by being there


class Reader(PdfFileReader):
    """A reader that reads what stands at one place of the file once, whichever revision asks for it."""

    def __init__(self, data: bytes, strict: bool):
        self._read_at: dict[tuple, object] = {}
        super().__init__(io.BytesIO(data), strict=strict)

    def get_object(self, ref, revision=None, **options):
        """See the library's own; what is packed in streams is read anew, as one number may name several of those."""
        place = self.xrefs.get_historical_ref(ref, revision) if revision is not None else None
        if not isinstance(place, int):
            return super().get_object(ref, revision, **options)
        known = (place, ref.idnum, ref.generation, self.strict, *sorted(options.items()))
        if known not in self._read_at:
            self._read_at[known] = super().get_object(ref, revision, **options)
        return self._read_at[known]


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
