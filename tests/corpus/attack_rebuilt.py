# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Files whose tables some readers give up on: these look for objects anywhere, also where none should be."""

import re

from . import bases, byhand, revision, signing
from .attack_parsers import odd
from .attack_shadow import hybrid
from .case import maker

OTHER = bases.stream(bases.content(bases.OTHER))
OBJECT = b"\n5 0 obj\n" + OTHER + b"\nendobj\n"


def moved(data, by):
    """Return a file whose told place of its table is wrong by some bytes."""
    return re.sub(rb"startxref\n(\d+)", lambda found: b"startxref\n%d" % (int(found[1]) + by), data)


def crooked():
    """Yield files with a fault that the check's reader overlooks, and others may not."""
    for by in (-60, -9, -2, -1, 1, 2, 3, 4):
        yield f"start_{by}", moved(bases.plain(), by)
    plain = bases.plain()
    yield "rows_short", re.sub(rb"(\d{10} \d{5} [nf]) \n", rb"\1\n", plain)
    yield "rows_long", re.sub(rb"(\d{10} \d{5} [nf]) \n", rb"\1  \n", plain)
    yield "first_free_zero", plain.replace(b"0000000000 65535 f ", b"0000000000 00000 f ")
    yield "first_is_one", plain.replace(b"xref\n0 6\n0000000000 65535 f \n", b"xref\n1 5\n")
    yield "size_small", plain.replace(b"/Size 6", b"/Size 4")
    yield "size_large", plain.replace(b"/Size 6", b"/Size 9999")
    yield "table_line", plain.replace(b"xref\n0 6\n", b"xref 0 6\n")
    yield "trailer_glued", plain.replace(b"trailer\n<<", b"trailer<<")
    yield "offset_space", plain.replace(b"5 0 obj", b" 5 0 obj")
    yield "no_eof_line", plain.rstrip() + b" \n"
    yield "hybrid", hybrid(bases.parts())
    yield "no_type", plain.replace(b"/Type /Catalog", b"/Tipe /Catalog")
    yield "no_endobj", plain.replace(b"endstream\nendobj", b"endstream\n      ")


def hiders(signed):
    """Yield revisions that hold an object where the table knows none."""
    root = revision.body_of(signed, 1)
    store = root[: root.rindex(b">>")] + b"/DSS << /Certs [90 0 R] >> >>"
    body = bases.stream(b"0\x03" + OBJECT)
    yield "in_proof", revision.append(signed, {1: store, 90: body})
    yield "in_orphan", revision.append(signed, {90: bases.stream(OBJECT)})
    yield (
        "in_orphan_text",
        revision.append(signed, {90: b"(" + OBJECT.replace(b"(", b"\\(").replace(b")", b"\\)") + b")"}),
    )
    yield "unlisted", revision.append(signed, {}, hidden={5: OTHER})
    yield (
        "unlisted_with_proof",
        revision.append(signed, {1: store, 90: bases.stream(b"0\x03\x02\x01\x05")}, hidden={5: OTHER}),
    )
    yield "in_comment", revision.append(signed, {90: b"null %" + OBJECT.replace(b"\n", b"\r%") + b"\n"})
    yield "in_comment_lines", revision.append(signed, {90: b"null %x" + OBJECT.replace(b"\n", b"\r")})
    yield (
        "in_information",
        revision.append(
            signed,
            {90: b"<< /Title (" + OBJECT.replace(b"(", b"\\(").replace(b")", b"\\)") + b") >>"},
            extra=b"/Info 90 0 R ",
        ),
    )
    yield (
        "second_trailer",
        revision.append(signed, {90: bases.stream(b"\ntrailer\n<< /Root 200 0 R /Size 300 >>\n" + OBJECT)}),
    )


@maker("attack")
def rebuilt(world):
    """A crooked signed file, and behind it an object in hiding."""
    for fault, base in crooked():
        try:
            signed = signing.sign(base, world.leader)
        except Exception:  # noqa: BLE001, S112
            continue
        for place, data in hiders(signed):
            yield odd(f"rebuilt_{fault}_{place}", data)


@maker("attack")
def rebuilt_in_digits(world):
    """The object hides in what the signature itself does not cover."""
    signed = byhand.sign(bases.plain(), byhand.plain(world.leader))
    yield odd("rebuilt_stamp", signing.stamp(revision.append(signed, {90: bases.stream(OBJECT)}), world.rogue_tsa))
