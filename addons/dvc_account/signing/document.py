# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""A PDF that is checked: its bytes, its reader, and what is asked of it for each of its signatures."""

import functools
import io

from pyhanko.pdf_utils.reader import PdfFileReader

from . import appended


class Document:
    """One file.

    :param data: its bytes
    :param reader: of it; strict where the file allows
    """

    def __init__(self, data: bytes, reader: PdfFileReader):
        self.data, self.reader = data, reader

    def as_signed(self, end: int) -> PdfFileReader:
        """Return the file as it ended at a byte: what its signer had before them."""
        return PdfFileReader(io.BytesIO(self.data[:end]), strict=self.reader.strict)

    @functools.cached_property
    def revisions(self) -> appended.Revisions:
        """Return the file's revisions."""
        return appended.Revisions(self.data, self.reader)
