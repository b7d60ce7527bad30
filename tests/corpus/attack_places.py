# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Where readers look for an object or a table: each by its own rule where the file is not clear."""

from . import bases, revision, signing
from .attack_parsers import bodies, odd, row
from .attack_shadow import hybrid
from .case import maker

OTHER = bases.stream(bases.content(bases.OTHER))


def two_tables(signed, ending, evil_objects=None, harmless=b"0 0\n"):
    """Return the file with one more revision that holds an evil table and a harmless one.

    :param ending: (evil place, harmless place, signed place) → what stands from ``startxref`` on
    """
    out, previous = bytearray(signed), revision.last_table(signed)
    places = {}
    for number, body in (evil_objects or {5: OTHER}).items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    told = b"trailer\n<< /Size %d /Root %s /Prev %d >>\n" % (revision.size(signed), revision.root(signed), previous)
    evil = len(out)
    out += b"xref\n" + b"".join(b"%d 1\n%s" % (number, row(place)) for number, place in places.items()) + told
    good = len(out)
    out += b"xref\n" + harmless + told
    return bytes(out) + ending(evil, good, previous)


@maker("attack")
def starts(world):
    """More than one place after ``startxref``."""
    endings = {
        "same_line": lambda e, g, _s: b"startxref %d\n%d\n%%%%EOF\n" % (e, g),
        "same_line_back": lambda e, g, _s: b"startxref %d\n%d\n%%%%EOF\n" % (g, e),
        "two_numbers": lambda e, g, _s: b"startxref\n%d %d\n%%%%EOF\n" % (e, g),
        "two_numbers_back": lambda e, g, _s: b"startxref\n%d %d\n%%%%EOF\n" % (g, e),
        "two_lines": lambda e, g, _s: b"startxref\n%d\n%d\n%%%%EOF\n" % (e, g),
        "two_lines_back": lambda e, g, _s: b"startxref\n%d\n%d\n%%%%EOF\n" % (g, e),
        "comment": lambda e, g, _s: b"startxref\n%d\n%%startxref\n%%%d\n%%%%EOF\n" % (g, e),
        "comment_back": lambda e, g, _s: b"%%startxref\n%d\nstartxref\n%d\n%%%%EOF\n" % (e, g),
        "twice": lambda e, g, _s: b"startxref\n%d\nstartxref\n%d\n%%%%EOF\n" % (e, g),
        "twice_back": lambda e, g, _s: b"startxref\n%d\nstartxref\n%d\n%%%%EOF\n" % (g, e),
        "eof_line": lambda e, g, _s: b"startxref\n%d\n%%%%EOF startxref %d\n" % (g, e),
        "eof_line_break": lambda e, g, _s: b"startxref\n%d\n%%%%EOF\rstartxref\r%d\r" % (g, e),
        "plus": lambda e, g, _s: b"startxref\n%d+\nstartxref\n%d\n%%%%EOF\n" % (e, g),
        "glued": lambda e, g, _s: b"startxref%d\n%d\n%%%%EOF\n" % (e, g),
        "float": lambda e, g, _s: b"startxref\n%d.9\n%%%%EOF\n" % g,
        "padding": lambda e, g, _s: b"startxref\n%d\n%s\n%%%%EOF\n" % (e, b"startxref %d" % g),
        "carriage": lambda e, g, _s: b"startxref\r%d\rstartxref\n%d\r%%%%EOF" % (e, g),
        "spaces_1100": lambda e, g, _s: b"startxref\n%d\n%%%%EOF\n" % e + b" " * 1100 + b"\n",
        "nul_after_number": lambda e, g, _s: b"startxref\n%d\0%d\n%%%%EOF\n" % (g, e),
        "form_feed": lambda e, g, _s: b"startxref\n%d\x0c%d\n%%%%EOF\n" % (g, e),
        "vertical_tab": lambda e, g, _s: b"startxref\n%d\x0b\n%%%%EOF\n" % g,
    }
    for label, signed in bodies(world):
        for name, ending in endings.items():
            yield odd(f"start_{name}_{label}", two_tables(signed, ending))


@maker("attack")
def kinds(world):
    """Entries that are neither used nor free, or used and nowhere."""
    for label, base in {"strict": bases.packed(), "lenient": hybrid(bases.parts())}.items():
        signed = signing.sign(base, world.leader)
        for kind in (0, 3, 9, 255):
            yield odd(f"entry_type_{kind}_{label}", streamed(signed, [(5, bytes([kind]) + b"\0\0\0\0\0")]))
        yield odd(f"entry_nowhere_{label}", streamed(signed, [(5, b"\x01\0\0\0\0\0")]))
        yield odd(f"entry_beyond_{label}", streamed(signed, [(5, b"\x01\x7f\xff\xff\xff\0")]))
        yield odd(f"entry_in_no_stream_{label}", streamed(signed, [(5, b"\x02\0\0\0\x63\0")]))
        place = len(signed)
        for order in ("old_first", "new_first"):
            rows = [
                (5, b"\x01" + signed.index(b"5 0 obj").to_bytes(4, "big") + b"\0"),
                (5, b"\x01" + place.to_bytes(4, "big") + b"\0"),
            ]
            rows = rows if order == "old_first" else rows[::-1]
            yield odd(f"entry_twice_{order}_stream_{label}", streamed(signed, rows, {5: OTHER}))
        rows = [(5, b"\x01" + place.to_bytes(4, "big") + b"\x01")]
        yield odd(f"entry_generation_stream_{label}", streamed(signed, rows, {5: OTHER}))
        page = revision.body_of(signed, 3)
        evil = page.replace(b"5 0 R", b"203 0 R")
        holder = revision.size(signed)
        for name, heads, index in (
            ("index_0_of_twice", (3, 3), 0),
            ("index_1_of_twice", (3, 3), 1),
            ("index_other_number", (3, 77), 1),
            ("index_number_swapped", (77, 3), 0),
        ):
            for order in (0, 1):
                first, second = ((page, evil), (evil, page))[order]
                found = two_of_a_kind(heads, first, second)
                data = revision.append_stream(
                    signed, {holder: found, 203: OTHER}, holder + 200, packed={3: (holder, index)}
                )
                yield odd(f"packed_{name}_{order}_{label}", data)


def two_of_a_kind(numbers, first, second):
    head = (
        b"%d 0 %d %d " % (numbers[0], len(first) + 1, 0)
        if False
        else b"%d 0 %d %d " % (numbers[0], numbers[1], len(first) + 1)
    )
    return bases.stream(head + first + b" " + second, b"/Type /ObjStm /N 2 /First %d" % len(head))


def streamed(signed, rows, objects=None):
    """Return the file with a revision of a cross-reference stream whose rows are given."""
    out = bytearray(signed)
    for number, body in (objects or {}).items():
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    own, place = revision.size(signed), len(out)
    rows = [*rows, (own, b"\x01" + place.to_bytes(4, "big") + b"\0")]
    head = b"/Type /XRef /W [1 4 1] /Index [%s] /Size %d /Root %s /Prev %d" % (
        b" ".join(b"%d 1" % number for number, _row in rows),
        own + 1,
        revision.root(signed),
        revision.last_table(signed),
    )
    body = bases.stream(b"".join(found for _number, found in rows), head)
    return bytes(out) + b"%d 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (own, body, place)


@maker("attack")
def previous(world):
    """Several ways back."""
    for label, signed in bodies(world):
        last = revision.last_table(signed)
        ways = {
            "float": b"/Prev %d.0" % last,
            "reference": b"/Prev 90 0 R",
            "array": b"/Prev [%d]" % last,
            "text": b"/Prev (%d)" % last,
            "missing": b"",
            "null": b"/Prev null",
            "plus": b"/Prev +%d" % last,
            "off_by_one": b"/Prev %d" % (last - 1),
            "off_by_minus_one": b"/Prev %d" % (last + 1),
        }
        for name, way in ways.items():
            data = revision.append(signed, {5: OTHER, 90: b"%d" % last})
            at = data.rindex(b"/Prev %d" % last)
            size = len(b"/Prev %d" % last)
            yield odd(f"prev_{name}_{label}", data[:at] + way + data[at + size :])
