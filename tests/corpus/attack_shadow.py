# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What is shown changes after signing, past the rules that compare revisions."""

import re

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name

from . import bases, revision, signing
from .case import TAMPERED, Case, maker

OTHER = bases.stream(bases.content(bases.OTHER))
HALF = b"/Contents [5 0 R 99 0 R]"


def changed(name, data, note=""):
    return Case(f"shadow.{name}", data, TAMPERED, note, displayed=True)


@maker("attack")
def dangling(world):
    """The signed page names an object that is only written afterwards."""
    base = signing.sign(bases.classic(bases.parts(page=HALF)), world.leader)
    yield changed("dangling_contents", revision.append(base, {99: OTHER}), "object 99 is named by the signed page")
    base = signing.sign(bases.classic(bases.parts(page=b"/Annots [98 0 R]")), world.leader)
    annot = (
        b"<< /Type /Annot /Subtype /FreeText /Rect [90 690 400 720] /Contents (900) "
        b"/DA (/Helv 18 Tf) /AP << /N 97 0 R >> >>"
    )
    look = bases.stream(
        b"1 g 0 0 300 30 re f " + bases.content(bases.OTHER, 5, 5),
        b"/Subtype /Form /BBox [0 0 300 30] /Resources << /Font << /F1 4 0 R >> >>",
    )
    yield changed("dangling_annot", revision.append(base, {98: annot, 97: look}))
    base = signing.sign(bases.classic(bases.parts(page=b"/Resources << /Font << /F1 96 0 R >> >>")), world.leader)
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding << /Differences [49 /nine] >> >>"
    yield changed("dangling_font", revision.append(base, {96: font}))
    base = signing.sign(
        bases.classic(
            bases.parts(
                root=b"/OCProperties 95 0 R",
                page=b"/Resources << /Font << /F1 4 0 R >> /XObject << /X 94 0 R >> >>",
                drawing=bases.content() + b" /X Do",
            )
        ),
        world.leader,
    )
    yield changed("dangling_xobject", revision.append(base, {94: look}))
    yield changed(
        "dangling_by_stream",
        revision.append_stream(
            signing.sign(bases.compressed(bases.parts(page=HALF), {1, 2, 3, 4}), world.leader), {99: OTHER}, 100
        ),
    )


@maker("attack")
def dangling_lenient(world):
    """The same in files that only a lenient reader opens, which takes what is missing for null."""
    rows = {
        "field": {"root": b"/AcroForm << /Fields [150 0 R] >>"},
        "null_field": {"root": b"/AcroForm << /Fields [null] >>"},
    }
    for why, more in rows.items():
        data = bases.classic(bases.parts(page=HALF, **more))
        try:
            base = signing.sign(data, world.leader)
        except Exception:  # noqa: BLE001, S112
            continue
        yield changed(f"dangling_lenient_{why}", revision.append(base, {199: OTHER, 99: OTHER}))
    for label, table in (("hybrid", hybrid), ("loose_table", loose)):
        base = signing.sign(table(bases.parts(page=HALF)), world.leader)
        yield changed(f"dangling_{label}", revision.append(base, {99: OTHER}))
        base = signing.sign(table(bases.parts(page=HALF)), world.leader)
        yield changed(f"dangling_{label}_stamp", signing.stamp(revision.append(base, {99: OTHER}), world.rogue_tsa))
        base = signing.sign(
            table(bases.parts(root=b"/OCProperties 95 0 R", drawing=b"/OC /X BDC " + bases.content() + b" EMC")),
            world.leader,
        )
        yield changed(f"dangling_{label}_layers", revision.append(base, {95: b"<< /D << /BaseState /OFF >> >>"}))


def hybrid(objects):
    """Return a PDF with a table and, for an object of no meaning, a stream beside it."""
    data = bases.classic(objects)
    place = len(data)
    top = max(objects) + 1
    rows = b"\x01" + place.to_bytes(4, "big") + b"\x00"
    body = bases.stream(rows, b"/Type /XRef /W [1 4 1] /Index [%d 1] /Size %d /Root 1 0 R" % (top, top + 1))
    data += b"%d 0 obj\n%s\nendobj\n" % (top, body)
    start = len(data)
    table = b"xref\n0 0\ntrailer\n<< /Size %d /Root 1 0 R /Prev %d /XRefStm %d >>\nstartxref\n%d\n%%%%EOF\n"
    return data + table % (top + 1, revision.last_table(data), place, start)


def loose(objects):
    """Return a PDF whose first table entry only a lenient reader takes."""
    return bases.classic(objects).replace(b"0000000000 65535 f ", b"0000000000 00000 f ")


@maker("attack")
def small_size(world):
    """The signed trailer tells fewer objects than there are."""
    for told in (1, 3, 5):
        base = signing.sign(bases.classic(bases.parts(), size=told), world.leader)
        yield changed(
            f"size_{told}_contents", revision.append(base, {5: OTHER}), "overridden object above the told /Size"
        )
    base = signing.sign(bases.plain(), world.leader)
    yield changed("plain_override", revision.append(base, {5: OTHER}))
    yield changed("freed_contents", revision.append(base, {}, freed=[5]))
    yield changed("other_generation", revision.append(base, {5: OTHER}, generations={5: 1}))
    root = revision.body_of(base, 1)
    yield changed(
        "other_root",
        revision.append(
            base,
            {
                200: root.replace(b"/Pages 2 0 R", b"/Pages 201 0 R"),
                201: b"<< /Type /Pages /Kids [202 0 R] /Count 1 >>",
                202: revision.body_of(base, 3).replace(b"5 0 R", b"203 0 R"),
                203: OTHER,
            },
            told_root=b"200 0 R",
        ),
    )


@maker("attack")
def transform_params(world):
    """A self-made time stamp whose reference dictionary names the object that is overridden."""
    base = signing.sign(bases.plain(), world.leader)

    def override(data, number, body, key="/TransformParams", authority=world.rogue_tsa):
        def before(writer):
            reference = generic.IndirectObject(number, 0, writer)
            return reference

        return stamped_with(data, authority, number, body, before, key)

    yield changed("transform_params_contents", override(base, 5, ("stream", bases.content(bases.OTHER))))
    packed = signing.sign(bases.packed(), world.leader)
    holder = 6
    objects = bases.parts()
    objects[4] = objects[4].replace(b">>", b"/Encoding << /Differences [49 /nine] >> >>")
    packed_ones = {number: objects[number] for number in (1, 2, 3, 4)}
    yield changed("transform_params_objstm", override(packed, holder, ("raw", packed_ones)))


def stamped_with(data, authority, number, body, before, key):
    """Return the file with a document time stamp, and an object overridden in the same revision."""
    from pyhanko.sign.signers import pdf_byterange

    original = pdf_byterange.DocumentTimestamp.__init__

    def changed_init(self, *args, **kwargs):
        original(self, *args, **kwargs)
        entry = generic.DictionaryObject(
            {pdf_name("/TransformMethod"): pdf_name("/Identity"), pdf_name(key): holder["reference"]}
        )
        self["/Reference"] = generic.ArrayObject([entry])

    holder = {}

    def prepare(writer):
        holder["reference"] = before(writer)
        kind, value = body
        if kind == "stream":
            replacement = generic.StreamObject(stream_data=value)
        else:
            replacement = raw_object_stream(value)
        key = number if isinstance(number, tuple) else (0, number)
        writer.objects[key] = replacement

    pdf_byterange.DocumentTimestamp.__init__ = changed_init
    try:
        return signing.stamp(data, authority, before=prepare)
    finally:
        pdf_byterange.DocumentTimestamp.__init__ = original


def raw_object_stream(objects):
    heads, bodies = [], bytearray()
    for number in sorted(objects):
        heads.append(b"%d %d" % (number, len(bodies)))
        bodies += objects[number] + b" "
    head = b" ".join(heads) + b" "
    found = generic.StreamObject(stream_data=head + bytes(bodies))
    found[pdf_name("/Type")], found[pdf_name("/N")] = pdf_name("/ObjStm"), generic.NumberObject(len(heads))
    found[pdf_name("/First")] = generic.NumberObject(len(head))
    return found


@maker("attack")
def form_resources(world):
    """The form's resources and its wish for new appearances change."""
    for seen in (True, False):
        yield from form_changes(
            world, signing.sign(bases.with_form(seen=seen), world.leader), "" if seen else "unseen_"
        )


def form_changes(world, base, mark):
    root = revision.body_of(base, 1)
    font = (
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica "
        b"/Encoding << /Type /Encoding /Differences [49 /nine] >> >>"
    )
    fonts = re.sub(
        rb"/DR <<\s*/Font <<\s*/F1 4 0 R\s*>>\s*>>",
        b"/NeedAppearances true /DR << /Font << /F1 " + font + b" >> >>",
        root,
    )
    assert fonts != root
    yield changed(mark + "form_fonts", revision.append(base, {1: fonts}), "NeedAppearances and another font in /DR")
    yield changed(
        mark + "need_appearances", revision.append(base, {1: root.replace(b"/DR", b"/NeedAppearances true /DR")})
    )
    yield changed(mark + "form_da", revision.append(base, {1: re.sub(rb"12 Tf 0 g", b"12 Tf 1 g", root)}))
    yield changed(
        mark + "form_quadding", revision.append(base, {1: root.replace(b"/DR", b"/Q 2 /NeedAppearances true /DR")})
    )
    yield changed(mark + "form_xfa", revision.append(base, {1: root.replace(b"/DR", b"/XFA (x) /DR")}))
    field = revision.body_of(base, 7)
    yield changed(mark + "field_value", revision.append(base, {7: field.replace(b"100", b"900")}))
    yield changed(mark + "field_flags", revision.append(base, {7: field.replace(b"/F 4", b"/F 2")}))
    yield changed(mark + "field_da", revision.append(base, {7: field.replace(b"12 Tf", b"2 Tf")}))
    yield changed(
        mark + "field_look",
        revision.append(
            base,
            {
                8: bases.stream(
                    bases.content(bases.OTHER, 2, 4),
                    b"/Subtype /Form /BBox [0 0 200 20] /Resources << /Font << /F1 4 0 R >> >>",
                )
            },
        ),
    )
