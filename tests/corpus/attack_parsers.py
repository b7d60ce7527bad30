# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Files that two readers read differently: the check reads one document, a viewer shows another."""

from pyhanko.pdf_utils import generic

from . import bases, revision, signing
from .attack_shadow import hybrid, stamped_with
from .case import TAMPERED, Case, maker

OTHER = bases.stream(bases.content(bases.OTHER))


def odd(name, data, note="", expected=TAMPERED):
    return Case(f"parsers.{name}", data, expected, note, displayed=True)


def bodies(world):
    """Yield signed files, one that strict readers take and one that only lenient readers do."""
    yield "strict", signing.sign(bases.plain(), world.leader)
    yield "lenient", signing.sign(hybrid(bases.parts()), world.leader)


def raw_revision(signed, objects, table, trailer=b"", before_table=b""):
    """Return the file with a revision whose table is written by the caller.

    :param table: places by number → what stands after ``xref``
    """
    out, places = bytearray(signed), {}
    for number, body in objects:
        places.setdefault(number, []).append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    out += before_table
    start = len(out)
    rows = table(places)
    out += b"xref\n%strailer\n<< /Size %d %s /Prev %d >>\nstartxref\n%d\n%%%%EOF\n" % (
        rows,
        revision.size(signed) + 10,
        trailer or b"/Root " + revision.root(signed),
        revision.last_table(signed),
        start,
    )
    return bytes(out)


def row(place, generation=0):
    return b"%010d %05d n \n" % (place, generation)


@maker("attack")
def duplicates(world):
    """The same thing told twice: some take the first, some the last."""
    for label, signed in bodies(world):
        old = signed.index(b"5 0 obj")
        root = revision.body_of(signed, 1)
        page = revision.body_of(signed, 3)
        for order in ("old_first", "new_first"):

            def table(places, order=order, old=old):
                both = [row(old), row(places[5][0])]
                both = both if order == "old_first" else both[::-1]
                return b"".join(b"5 1\n" + one for one in both)

            yield odd(f"entry_twice_{order}_{label}", raw_revision(signed, [(5, OTHER)], table))
            pages = b"<< /Type /Pages /Kids [202 0 R] /Count 1 >>"
            evil = root.replace(b"/Pages 2 0 R", b"/Pages 201 0 R")
            objects = [
                (200, evil),
                (201, pages),
                (202, page.replace(b"5 0 R", b"203 0 R").replace(b"/Parent 2 0 R", b"/Parent 201 0 R")),
                (203, OTHER),
            ]
            two = [b"/Root " + revision.root(signed), b"/Root 200 0 R"]
            two = two if order == "old_first" else two[::-1]

            def rows(places):
                return b"200 4\n" + b"".join(row(places[n][0]) for n in range(200, 204))

            yield odd(f"root_twice_{order}_{label}", raw_revision(signed, objects, rows, b" ".join(two)))
            two = [b"/Contents 5 0 R", b"/Contents 203 0 R"]
            two = two if order == "old_first" else two[::-1]
            doubled = page.replace(b"/Contents 5 0 R", b" ".join(two))
            yield odd(
                f"key_twice_{order}_{label}",
                raw_revision(
                    signed,
                    [(3, doubled), (203, OTHER)],
                    lambda p: b"3 1\n" + row(p[3][0]) + b"203 1\n" + row(p[203][0]),
                ),
            )
            other_table = (
                b"xref\n5 1\n"
                + row(len(signed))
                + b"trailer\n<< /Size %d /Root 1 0 R /Prev %d >>\n"
                % (revision.size(signed) + 10, revision.last_table(signed))
            )
            place = len(signed) + len(b"5 0 obj\n" + OTHER + b"\nendobj\n")
            hidden = raw_revision(signed, [(5, OTHER)], lambda _p: b"0 0\n", before_table=other_table)
            good, bad = b"/Prev %d" % revision.last_table(signed), b"/Prev %d" % place
            where = hidden.rindex(good)
            two = [good, bad] if order == "old_first" else [bad, good]
            yield odd(f"prev_twice_{order}_{label}", hidden[:where] + b" ".join(two) + hidden[where + len(good) :])


@maker("attack")
def lengths(world):
    """A stream that goes on behind its told length."""
    for label, signed in bodies(world):
        drawing = bases.content()
        more = b" 1 g 0 0 600 900 re f 0 g " + bases.content(bases.OTHER)
        for told in (len(drawing), 0, 99999):
            body = b"<< /Length %d >>\nstream\n%s%s\nendstream" % (told, drawing, more)
            yield odd(f"length_{told}_{label}", revision.append(signed, {5: body}))
        body = b"<< /Length %d  >>\nstream\n%s\nendstream\n%s\nendstream" % (len(drawing), drawing, more)
        yield odd(
            f"two_ends_{label}",
            revision.append(signed, {5: body}),
            "no viewer at hand shows more",
            TAMPERED | {"valid"},
        )
        by_reference = b"<< /Length 90 0 R >>\nstream\n%s%s\nendstream" % (drawing, more)
        yield odd(f"length_by_reference_{label}", revision.append(signed, {5: by_reference, 90: b"%d" % len(drawing)}))
    base = bases.parts()
    base[5] = b"<< /Length 7 0 R >>\nstream\n%s\nendstream" % (
        bases.content() + b"          " + bases.content(bases.OTHER, 100, 650)
    )
    base[7] = b"%d" % len(bases.content())
    for label, file in (("strict", bases.classic(base)), ("lenient", hybrid(base))):
        signed = signing.sign(file, world.leader)
        yield odd(f"length_object_{label}", revision.append(signed, {7: b"%d" % (len(base[5]) - 40)}))


@maker("attack")
def generations(world):
    """The drawing's number comes back with another generation, cleared by a self-made time stamp."""
    for label, signed in bodies(world):

        def before(writer):
            return generic.IndirectObject(5, 1, writer)

        data = stamped_with(
            signed, world.rogue_tsa, (1, 5), ("stream", bases.content(bases.OTHER)), before, "/TransformParams"
        )
        yield odd(f"generation_{label}", data)
        yield odd(f"generation_plain_{label}", revision.append(signed, {5: OTHER}, generations={5: 1}))
        yield odd(f"generation_65535_{label}", revision.append(signed, {5: OTHER}, generations={5: 65535}))


@maker("attack")
def packed_fields(world):
    """A prepared, still empty signature field lies in an object stream that is overridden."""

    def objects(look, box):
        return bases.parts(
            root=b"/AcroForm << /Fields [7 0 R] /SigFlags 3 >>",
            page=b"/Annots [7 0 R]",
            o7=b"<< /FT /Sig /T (Seal) /Type /Annot /Subtype /Widget /F 4 /P 3 0 R /Rect [%s] /AP << /N %d 0 R >> >>"
            % (box, look),
            o8=bases.stream(b" ", b"/Type /XObject /Subtype /Form /BBox [0 0 300 30]"),
            o9=bases.stream(
                b"1 g 0 0 300 30 re f 0 g " + bases.content(bases.OTHER, 5, 5),
                b"/Type /XObject /Subtype /Form /BBox [0 0 300 30] /Resources << /Font << /F1 4 0 R >> >>",
            ),
        )

    base = bases.compressed(objects(8, b"400 20 420 30"), {2, 4, 7})
    signed = signing.sign(base, world.leader)
    evil = objects(9, b"90 690 390 720")
    holder = 10

    def before(writer):
        return generic.IndirectObject(holder, 0, writer)

    data = stamped_with(
        signed, world.rogue_tsa, holder, ("numbers", {n: evil[n] for n in (2, 4, 7)}), before, "/TransformParams"
    )
    yield odd("packed_field", data, "the field's picture and place come from the overridden object stream")
    fonts = objects(8, b"400 20 420 30")
    fonts[4] = fonts[4].replace(b">>", b"/Encoding << /Differences [49 /nine] >> >>")
    yield odd(
        "packed_font",
        stamped_with(
            signed, world.rogue_tsa, holder, ("numbers", {n: fonts[n] for n in (2, 4, 7)}), before, "/TransformParams"
        ),
    )


@maker("attack")
def odd_tables(world):
    """Tables that readers repair each in their own way."""
    for label, signed in bodies(world):
        old = signed.index(b"5 0 obj")
        shapes = {
            "short_rows": lambda p: b"5 1\n%010d 00000 n\n" % p[5][0],
            "bare_rows": lambda p: b"5 1\n%d 0 n\n" % p[5][0],
            "letter_f": lambda p: b"5 1\n%010d 00000 f \n" % p[5][0],
            "letter_x": lambda p: b"5 1\n%010d 00000 x \n" % p[5][0],
            "wrong_start": lambda p: b"4 1\n" + row(p[5][0]),
            "count_more": lambda p: b"5 3\n" + row(p[5][0]),
            "count_less": lambda p, signed=signed: b"4 1\n" + row(signed.index(b"4 0 obj")) + row(p[5][0]),
            "plus": lambda p: b"+5 1\n" + row(p[5][0]),
            "leading_zero": lambda p: b"005 1\n" + row(p[5][0]),
            "offset_before": lambda p: b"5 1\n" + row(p[5][0] - 1),
            "offset_after": lambda p: b"5 1\n" + row(p[5][0] + 1),
            "comment_first": lambda p: b"%x\n5 1\n" + row(p[5][0]),
            "old_offset_new_hidden": lambda _p, old=old: b"5 1\n" + row(old),
            "empty": lambda _p: b"",
            "zero_first": lambda p: b"0 1\n0000000000 65535 f \n5 1\n" + row(p[5][0]),
            "zero_used": lambda p: b"0 1\n" + row(p[5][0]),
        }
        harmless = {"old_offset_new_hidden", "empty", "zero_used", "wrong_start", "count_less", "letter_f"}
        for name, table in shapes.items():
            try:
                yield odd(
                    f"table_{name}_{label}",
                    raw_revision(signed, [(5, OTHER)], table),
                    expected=TAMPERED | ({"valid"} if name in harmless else set()),
                )
            except ValueError:
                continue
        number = revision.size(signed)
        stream = revision.append_stream(signed, {5: OTHER}, number)
        for name, (was, now) in {
            "index_twice": (b"/Index [5 1 ", b"/Index [5 1 5 0 "),
            "type_key_odd": (b"/Type /XRef", b"/Type /Xref"),
            "w_twice": (b"/W [1 4 1]", b"/W [1 4 1] /W [0 4 2]"),
            "size_small": (b"/Size %d" % (number + 1), b"/Size 3"),
        }.items():
            at = stream.rindex(was)
            yield odd(f"stream_{name}_{label}", stream[:at] + now + stream[at + len(was) :])
