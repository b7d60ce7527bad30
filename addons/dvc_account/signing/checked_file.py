# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""A file whose signatures are checked."""

from typing import NamedTuple


class CheckedFile(NamedTuple):
    """What is checked together.

    :param signature: the file's detached signature, where it has one
    """

    data: bytes
    name: str
    signature: bytes = b""

    @property
    def message(self) -> tuple[bytes, str, bytes]:
        """Return what the verifier is given: the file, its name, and what a detached signature signs."""
        return (self.signature, self.name, self.data) if self.signature else (self.data, self.name, b"")
