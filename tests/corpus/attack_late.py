# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Fields, annotations and actions that come with a later time stamp or a later signature."""

import re

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.content import RawContent
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.layout import BoxConstraints
from pyhanko.sign.fields import MDPPerm
from pyhanko.stamp import StaticStampStyle

from . import bases, revision, signing
from .case import GOOD, SIGNED, TAMPERED, Case, maker

ALERT = "app.alert('x'); this.getField('fee').value='900'"
NUMBER = generic.NumberObject


def late(name, data, note="", expected=TAMPERED):
    return Case(f"late.{name}", data, expected, note, displayed=True)


def javascript():
    return generic.DictionaryObject(
        {pdf_name("/S"): pdf_name("/JavaScript"), pdf_name("/JS"): generic.TextStringObject(ALERT)}
    )


def form_stream(drawing, width=300, height=30):
    found = generic.StreamObject(stream_data=drawing)
    found[pdf_name("/Subtype")] = pdf_name("/Form")
    found[pdf_name("/BBox")] = generic.ArrayObject(map(NUMBER, (0, 0, width, height)))
    return found


@maker("attack")
def stamp_fields(world):
    """The field of a self-made time stamp carries something."""
    base = signing.sign(bases.plain(), world.leader)

    def with_key(change, **options):
        def before(writer):
            change(writer, signing.pause(writer, "TS", **options))

        return signing.stamp(base, world.rogue_tsa, before=before, field="TS")

    def action(key, value):
        return lambda _writer, field: field.__setitem__(pdf_name(key), value)

    yield late("stamp_plain", with_key(lambda *_: None), "honest: a time stamp alone changes nothing", SIGNED)
    yield late("stamp_action", with_key(action("/A", javascript())))
    extra = generic.DictionaryObject({pdf_name("/PO"): javascript(), pdf_name("/C"): javascript()})
    yield late("stamp_additional_actions", with_key(action("/AA", extra)))
    launch = generic.DictionaryObject(
        {pdf_name("/S"): pdf_name("/Launch"), pdf_name("/F"): generic.TextStringObject("x")}
    )
    yield late("stamp_launch", with_key(action("/A", launch)))
    yield late("stamp_subtype", with_key(action("/Subtype", pdf_name("/FreeText")), box=(0, 0, 0, 0)))
    look = generic.DictionaryObject({pdf_name("/N"): form_stream(bases.content(bases.OTHER, 0, 0))})
    yield late("stamp_look", with_key(action("/AP", look)))
    yield late("stamp_box", with_key(lambda *_: None, box=(90, 690, 400, 720)))
    colour = generic.DictionaryObject(
        {pdf_name("/BG"): generic.ArrayObject(map(NUMBER, (1, 1, 1))), pdf_name("/CA"): generic.TextStringObject("900")}
    )
    yield late("stamp_characteristics", with_key(action("/MK", colour), box=(90, 690, 400, 720)))
    popup = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/Popup"),
            pdf_name("/Rect"): generic.ArrayObject(map(NUMBER, (0, 600, 500, 842))),
            pdf_name("/Open"): generic.BooleanObject(True),
            pdf_name("/Contents"): generic.TextStringObject("900"),
        }
    )
    yield late("stamp_popup", with_key(action("/Popup", popup)))
    nan = generic.ArrayObject([generic.FloatObject("-0"), NUMBER(690), generic.FloatObject("0.0"), NUMBER(690)])
    yield late("stamp_flat_box", with_key(action("/Rect", nan)), "no area", SIGNED | TAMPERED)
    yield late(
        "stamp_line_box",
        with_key(action("/Rect", generic.ArrayObject(map(NUMBER, (90, 690, 90, 720)))), box=(1, 1, 1, 1)),
        "zero width, with border",
        SIGNED | TAMPERED,
    )


@maker("attack")
def kids(world):
    """A time stamp's field with several widgets, some on later pages or of odd kinds."""
    base = signing.sign(bases.drawn(pages=2), world.leader)

    def nested(writer):
        field = signing.pause(writer, "TS")
        look = generic.DictionaryObject({pdf_name("/N"): writer.add_object(form_stream(b"1 g 0 0 300 30 re f"))})
        kid = generic.DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/Annot"),
                pdf_name("/Subtype"): pdf_name("/Widget"),
                pdf_name("/Rect"): generic.ArrayObject(map(NUMBER, (90, 690, 400, 720))),
                pdf_name("/AP"): look,
                pdf_name("/F"): NUMBER(4),
            }
        )
        kid_ref = writer.add_object(kid)
        page = writer.root["/Pages"]["/Kids"].raw_get(0)
        page_object = page.get_object()
        annots = generic.ArrayObject([kid_ref])
        page_object[pdf_name("/Annots")] = annots
        writer.mark_update(page)
        return field, kid, kid_ref

    def one_deep(writer):
        field, _kid, kid_ref = nested(writer)
        field[pdf_name("/Kids")] = generic.ArrayObject([kid_ref])

    yield late("kid_look", signing.stamp(base, world.rogue_tsa, before=one_deep, field="TS"))

    def two_deep(writer):
        field, _kid, kid_ref = nested(writer)
        middle = generic.DictionaryObject({pdf_name("/Kids"): generic.ArrayObject([kid_ref])})
        field[pdf_name("/Kids")] = generic.ArrayObject([writer.add_object(middle)])

    yield late("grandkid_look", signing.stamp(base, world.rogue_tsa, before=two_deep, field="TS"))

    def named_kid(writer):
        field, kid, kid_ref = nested(writer)
        kid[pdf_name("/T")], kid[pdf_name("/FT")] = generic.TextStringObject("x"), pdf_name("/Sig")
        field[pdf_name("/Kids")] = generic.ArrayObject([kid_ref])

    yield late("named_kid_look", signing.stamp(base, world.rogue_tsa, before=named_kid, field="TS"))


@maker("attack")
def reordered(world):
    """Two annotations lie over each other, and change places in the list."""

    def note(text, look):
        return (
            b"<< /Type /Annot /Subtype /FreeText /F 4 /Rect [90 690 400 720] /Contents (%s) /DA (/Helv 12 Tf) "
            b"/AP << /N %d 0 R >> >>" % (text, look)
        )

    def picture(text):
        return bases.stream(
            b"1 g 0 0 310 30 re f 0 g " + bases.content(text, 5, 8),
            b"/Subtype /Form /BBox [0 0 310 30] /Resources << /Font << /F1 4 0 R >> >>",
        )

    objects = bases.parts(
        page=b"/Annots [7 0 R 8 0 R]",
        o7=note(b"900", 9),
        o8=note(b"100", 10),
        o9=picture(bases.OTHER),
        o10=picture(bases.TEXT),
    )
    base = signing.sign(bases.classic(objects), world.leader, box=(10, 10, 50, 50))

    def swap(writer):
        field = signing.pause(writer, "TS", box=(0, 0, 0, 0))
        page = writer.root["/Pages"]["/Kids"].raw_get(0)
        annots = page.get_object()["/Annots"]
        first, second = annots.raw_get(0), annots.raw_get(1)
        annots[0], annots[1] = second, first
        return field

    yield late(
        "annots_swapped",
        signing.stamp(base, world.rogue_tsa, before=swap, field="TS"),
        "by a self-made time stamp: the lower note is now on top",
    )
    yield late(
        "annots_swapped_citizen", signing.sign(base, world.other, before=swap_only), "by a citizen who signs too"
    )


def swap_only(writer):
    page = writer.root["/Pages"]["/Kids"].raw_get(0)
    annots = page.get_object()["/Annots"]
    first, second = annots.raw_get(0), annots.raw_get(1)
    annots[0], annots[1] = second, first
    writer.mark_update(page)


def cover(drawing, width, height):
    return StaticStampStyle(
        background=RawContent(drawing, box=BoxConstraints(width, height)),
        border_width=0,
        background_opacity=1,
    )


@maker("attack")
def picture_over(world):
    """A later signature's own picture covers the text of the page."""
    base = signing.sign(bases.plain(), world.seal)
    drawing = b"1 g 0 0 300 40 re f 0 g BT /F1 18 Tf 10 10 Td (Phi nop: 900 dong) Tj ET"
    for who in ("other", "leader", "other_seal"):
        data = signing.sign(base, getattr(world, who), box=(90, 690, 390, 730), style=cover(drawing, 300, 40))
        yield late(
            f"picture_over_by_{who}",
            data,
            "seal first, then a visible signature over its text",
            TAMPERED | {"amended", "unknown", "valid"} if who != "other" else TAMPERED | {"unknown"},
        )


@maker("attack")
def not_amended(world):
    """A change is covered by a signature that may not cover it."""
    first = signing.sign(bases.plain(), world.leader)
    altered = revision.append(first, {5: bases.stream(bases.content(bases.OTHER))})
    yield late("changed_then_citizen", signing.sign(altered, world.other))
    yield late("changed_then_rogue_seal", signing.sign(altered, world.rogue_seal))
    yield late("changed_then_stamp", signing.stamp(altered, world.tsa))
    yield late("changed_then_other_agency", signing.sign(altered, world.other_seal), "an agency of another ward")
    citizen = signing.sign(bases.plain(), world.citizen)
    altered = revision.append(citizen, {5: bases.stream(bases.content(bases.OTHER))})
    yield late(
        "citizen_changed_then_seal",
        signing.sign(altered, world.seal),
        "a citizen's declaration is not the agency's to amend",
    )
    for level in (MDPPerm.NO_CHANGES, MDPPerm.FILL_FORMS, MDPPerm.ANNOTATE):
        certified = signing.sign(bases.plain(), world.leader, certify=True, docmdp_permissions=level)
        altered = revision.append(certified, {5: bases.stream(bases.content(bases.OTHER))})
        try:
            sealed = signing.sign(altered, world.seal)
        except Exception:  # noqa: BLE001
            sealed = altered
        yield late(f"certified_{level.value}_changed_then_seal", sealed)
    rogue = signing.sign(bases.plain(), world.rogue)
    yield late("rogue_then_seal", signing.sign(rogue, world.seal), "", frozenset({"untrusted", "modified"}))
    yield Case(
        "late.leader_number_seal",
        signing.sign(revision.append(first, {5: bases.stream(bases.content(bases.OTHER))}), world.seal),
        SIGNED,
        "the ward's lawful practice: amended",
    )
    yield Case("late.leader_seal", signing.sign(first, world.seal), GOOD)
    # The seal comes before the change, and a citizen's copy of it after.
    sealed = signing.sign(first, world.seal)
    altered = revision.append(sealed, {5: bases.stream(bases.content(bases.OTHER))})
    yield late("sealed_changed", altered)
    yield late("sealed_changed_citizen", signing.sign(altered, world.citizen))


@maker("attack")
def after(world):
    """What a plain editor adds after signing."""
    base = signing.sign(bases.plain(), world.leader)
    root, page = revision.body_of(base, 1), revision.body_of(base, 3)
    js = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"

    def in_root(label, piece, expected=TAMPERED, **more):
        return late(
            label, revision.append(base, {1: root[: root.rindex(b">>")] + piece + b" >>", **more}), expected=expected
        )

    yield in_root("open_action", b"/OpenAction " + js)
    yield in_root("additional_actions", b"/AA << /WC " + js + b" >>")
    yield in_root("names_js", b"/Names << /JavaScript << /Names [(a) " + js + b"] >> >>")
    yield in_root("embedded_file", b"/Names << /EmbeddedFiles << /Names [(a) << /Type /Filespec /F (a) >>] >> >>")
    yield in_root("portfolio", b"/Collection << /Type /Collection /View /H >>")
    yield in_root("layers", b"/OCProperties << /OCGs [] /D << >> >>")
    yield in_root("labels", b"/PageLabels << /Nums [0 << /P (9) >>] >>")
    yield in_root("page_mode", b"/PageMode /UseAttachments")
    yield in_root("outlines", b"/Outlines << /Type /Outlines >>")
    yield in_root("lang", b"/Lang (xx)")
    yield in_root("perms", b"/Perms << /DocMDP 7 0 R >>")
    yield in_root("version_up", b"/Version /2.0", expected=SIGNED | TAMPERED)
    yield in_root(
        "extensions", b"/Extensions << /ADBE << /BaseVersion /1.7 /ExtensionLevel 8 >> >>", expected=SIGNED | TAMPERED
    )
    for kind, more in {
        "FreeText": b"/Contents (900)",
        "Stamp": b"",
        "Link": b"/A << /S /URI /URI (http://x.invalid) >>",
        "Square": b"/IC [1 1 1]",
        "RichMedia": b"",
        "FileAttachment": b"/FS << /F (a) >>",
        "Popup": b"",
        "Redact": b"",
    }.items():
        annot = b"<< /Type /Annot /Subtype /%s /Rect [90 690 400 720] /F 4 %s >>" % (kind.encode(), more)
        added = re.sub(rb"/Annots\s*\[", b"/Annots [150 0 R ", page)
        added = added if added != page else page[: page.rindex(b">>")] + b"/Annots [150 0 R] >>"
        yield late(f"annot_{kind}", revision.append(base, {3: added, 150: annot}))
    yield late("rotate", revision.append(base, {3: page[: page.rindex(b">>")] + b"/Rotate 180 >>"}))
    yield late("crop", revision.append(base, {3: page[: page.rindex(b">>")] + b"/CropBox [0 0 10 10] >>"}))
    yield late("user_unit", revision.append(base, {3: page[: page.rindex(b">>")] + b"/UserUnit 10 >>"}))
    yield late("font", revision.append(base, {4: b"<< /Type /Font /Subtype /Type1 /BaseFont /Symbol >>"}))
    yield late(
        "page_added",
        revision.append(
            base,
            {
                2: b"<< /Type /Pages /Kids [3 0 R 160 0 R] /Count 2 >>",
                160: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>",
            },
        ),
    )
    yield late("page_removed", revision.append(base, {2: b"<< /Type /Pages /Kids [] /Count 0 >>"}))
    yield late("count_only", revision.append(base, {2: b"<< /Type /Pages /Kids [3 0 R] /Count 0 >>"}))
