# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Long strings of hexadecimal digits read at once: the library reads a signature's tens of thousands one by one.

Takes effect by being imported, in the limited process. What holds anything but digits is left to the library.
"""

import binascii
import re

from pyhanko.pdf_utils import generic

DIGITS = re.compile(rb"[0-9A-Fa-f]*")
SHORT, LONG = 256, 4 * 1024 * 1024

_read_one_by_one = generic.read_hex_string_from_stream


def read_hex_string_from_stream(stream):
    """Read a hex string, see the library's own."""
    start = stream.tell()
    for length in (SHORT, LONG):
        stream.seek(start + 1)
        found = DIGITS.match(stream.read(length))[0]
        stream.seek(start + 1 + len(found))
        if len(found) < length:
            break
    if stream.read(1) != b">":
        stream.seek(start)
        return _read_one_by_one(stream)
    return generic.pdf_string(binascii.unhexlify(found + b"0" * (len(found) % 2)))


generic.read_hex_string_from_stream = read_hex_string_from_stream
