# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Append a revision by hand: whatever an attacker would write, well-formed or not."""

import re


def last_table(data: bytes) -> int:
    """Return where the last cross-reference section starts."""
    return int(re.findall(rb"startxref\s+(\d+)", data)[-1])


def size(data: bytes) -> int:
    """Return the highest /Size that is told."""
    return max(int(number) for number in re.findall(rb"/Size (\d+)", data))


def root(data: bytes) -> bytes:
    """Return the last told root, e.g. ``1 0 R``."""
    return re.findall(rb"/Root (\d+ \d+ R)", data)[-1]


def append(
    data: bytes,
    objects: dict[int, bytes],
    extra: bytes = b"",
    freed=(),
    told_root: bytes | None = None,
    told_size: int | None = None,
    previous: int | None = None,
    generations: dict[int, int] | None = None,
    hidden: dict[int, bytes] | None = None,
    tail: bytes = b"%%EOF\n",
) -> bytes:
    """Return the file with a revision of a classic table.

    :param objects: number → body
    :param freed: numbers that the table calls free
    :param hidden: written, but not in the table
    """
    out, places = bytearray(data), {}
    if not out.endswith(b"\n"):
        out += b"\n"
    for number, body in {**(hidden or {}), **objects}.items():
        places[number] = len(out)
        out += b"%d %d obj\n%s\nendobj\n" % (number, (generations or {}).get(number, 0), body)
    start = len(out)
    out += b"xref\n"
    for number in sorted({*objects, *freed}):
        generation = (generations or {}).get(number, 0)
        row = (
            b"0000000000 %05d f \n" % (generation + 1)
            if number in freed
            else b"%010d %05d n \n" % (places[number], generation)
        )
        out += b"%d 1\n%s" % (number, row)
    top = told_size or max(size(data), *(number + 1 for number in objects), 0) if objects else told_size or size(data)
    prev = last_table(data) if previous is None else previous
    out += b"trailer\n<< /Size %d /Root %s /Prev %d %s>>\nstartxref\n%d\n%s" % (
        top,
        told_root or root(data),
        prev,
        extra,
        start,
        tail,
    )
    return bytes(out)


def append_stream(
    data: bytes, objects: dict[int, bytes], number: int, extra: bytes = b"", packed: dict[int, tuple] | None = None
) -> bytes:
    """Return the file with a revision of a cross-reference stream.

    :param number: the stream's own object number
    :param packed: number → (object stream, index)
    """
    out, places = bytearray(data), {}
    if not out.endswith(b"\n"):
        out += b"\n"
    for one, body in objects.items():
        places[one] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (one, body)
    places[number] = len(out)
    rows, index = bytearray(), []
    for one in sorted({*places, *(packed or {})}):
        index.append(b"%d 1" % one)
        if one in (packed or {}):
            holder, place = packed[one]
            rows += b"\x02" + holder.to_bytes(4, "big") + bytes([place])
        else:
            rows += b"\x01" + places[one].to_bytes(4, "big") + b"\x00"
    top = max(size(data), *(one + 1 for one in places), *(one + 1 for one in (packed or {0: 0})))
    head = b"<< /Type /XRef /W [1 4 1] /Index [%s] /Size %d /Root %s /Prev %d /Length %d %s >>" % (
        b" ".join(index),
        top,
        root(data),
        last_table(data),
        len(rows),
        extra,
    )
    out += b"%d 0 obj\n%s\nstream\n%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % (
        number,
        head,
        bytes(rows),
        places[number],
    )
    return bytes(out)


def body_of(data: bytes, number: int, generation: int = 0) -> bytes:
    """Return the last written body of an object."""
    pattern = rb"(?:^|[\r\n ])%d %d obj\s(.*?)\s?endobj" % (number, generation)
    return re.findall(pattern, data, re.DOTALL)[-1]
