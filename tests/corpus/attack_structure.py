# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Universal forgery, signature wrapping, incremental saving, and files of two kinds."""

import io
import re
import zipfile

from . import bases, byhand, revision, signing
from .case import TAMPERED, Case, maker

OTHER = bases.stream(bases.content(bases.OTHER))
NOT_SIGNED = TAMPERED | {"unsupported"}
RANGE = re.compile(rb"/ByteRange\s*\[[^\]]*\]\s*")
CONTENTS = re.compile(rb"/Contents\s*<[0-9a-fA-F]*>")


def bad(name, data, expected=TAMPERED, note="", displayed=True):
    return Case(f"structure.{name}", data, expected, note, displayed=displayed)


def same_length(data, old, new):
    """Replace without moving a byte."""
    assert len(new) <= len(old), (len(new), len(old))
    return data.replace(old, new.ljust(len(old)), 1)


@maker("attack")
def universal(world):
    """Universal signature forgery: the check has nothing to check."""
    for label, base in {"plain": bases.plain(), "packed": bases.packed()}.items():
        signed = signing.sign(base, world.leader)
        contents, span = CONTENTS.search(signed)[0], RANGE.search(signed)[0]
        inner = contents[contents.index(b"<") :]
        for what, value in {
            "zeros": b"<" + b"0" * (len(inner) - 2) + b">",
            "empty": b"<>",
            "missing": None,
            "null": b"null",
            "one_zero": b"<00>",
            "text": b"(x)",
            "reference": b"1 0 R",
            "name": b"/x",
            "dictionary": b"<< /a 1 >>",
        }.items():
            piece = b"" if value is None else b"/Contents " + value
            altered = same_length(signed, contents, piece).replace(b"100 dong", b"900 dong")
            yield bad(f"usf_contents_{what}_{label}", altered)
        for what, value in {
            "missing": b"",
            "null": b"/ByteRange null",
            "empty": b"/ByteRange []",
            "zeros": b"/ByteRange [0 0 0 0]",
            "two": b"/ByteRange [0 10]",
            "six": b"/ByteRange [0 9 9 9 9 9]",
            "negative": b"/ByteRange [0 -1 5 9]",
            "huge": b"/ByteRange [0 9 9 99999999999999999999]",
            "real": b"/ByteRange [0.0 9.0 9 9]",
            "text": b"/ByteRange (0 1 2 3)",
            "reference": b"/ByteRange 1 0 R",
            "names": b"/ByteRange [/a /b /c /d]",
            "nested": b"/ByteRange [[0] 9 9 9]",
        }.items():
            altered = same_length(signed, span, value).replace(b"100 dong", b"900 dong")
            yield bad(f"usf_range_{what}_{label}", altered)
        yield bad(
            f"usf_subfilter_{label}",
            signed.replace(b"/ETSI.CAdES.detached", b"/ETSI.XXXXX.detached").replace(b"100 dong", b"900 dong"),
            NOT_SIGNED,
        )
        yield bad(
            f"usf_type_{label}",
            signed.replace(b"/Type /Sig", b"/Type /Xig").replace(b"100 dong", b"900 dong"),
            NOT_SIGNED,
        )
        yield bad(f"plain_change_{label}", signed.replace(b"100 dong", b"900 dong"))


@maker("attack")
def ranges(world):
    """ByteRanges of one's own signature that leave out more, or something else, than they should."""

    def own(label, expected=TAMPERED, **options):
        data = byhand.sign(bases.plain(), byhand.plain(world.citizen), **options)
        return bad(f"range_{label}", data, expected)

    yield own("control", frozenset({"valid"}))
    yield own("contents_first", frozenset({"valid"}), order="contents_first")
    yield own("starts_later", byte_range=lambda g, r, e: b"[1 %d %d %d]" % (g - 1, r, e - r))
    yield own("five", byte_range=lambda g, r, e: b"[0 %d %d %d 0]" % (g, r, e - r))
    yield own(
        "real", frozenset({"valid"}) | TAMPERED, byte_range=lambda g, r, e: b"[0.0 %d. %d.0 %d.9]" % (g, r, e - r)
    )
    yield own("hole_wider", byte_range=lambda g, r, e: b"[0 %d %d %d]" % (g - 10, r, e - r))
    yield own("hole_narrower", byte_range=lambda g, r, e: b"[0 %d %d %d]" % (g + 1, r - 1, e - r + 1))
    yield own("not_to_end", byte_range=lambda g, r, e: b"[0 %d %d %d]" % (g, r, e - r - 30))
    yield own("past_end", byte_range=lambda g, r, e: b"[0 %d %d %d]" % (g, r, e - r + 30))
    yield own("overlap", byte_range=lambda g, r, e: b"[0 %d %d %d]" % (g, g - 5, e - g + 5))
    yield own(
        "signed_numbers",
        frozenset({"valid"}) | TAMPERED,
        byte_range=lambda g, r, e: b"[+0 +%d +%d +%d]" % (g, r, e - r),
    )
    yield own(
        "zeros_before", frozenset({"valid"}) | TAMPERED, byte_range=lambda g, r, e: b"[0 000%d %d %d]" % (g, r, e - r)
    )

    def spaced(digits):
        return b"<" + digits[:-2] + b"  >"

    yield own("contents_spaces", contents=spaced)
    yield own("contents_comment", contents=lambda digits: b"<" + digits[:-8] + b">%abcdef "[:9])
    payload = b"/Reason (900)"
    yield own("contents_payload", contents=lambda digits: b"<" + digits[: -len(payload) - 2] + b"> " + payload + b" ")
    yield own("contents_upper", frozenset({"valid"}), contents=lambda digits: b"<" + digits.upper() + b">")
    yield own("padding_not_zero", TAMPERED | {"valid"}, contents=lambda digits: b"<" + digits[:-40] + b"ab" * 20 + b">")
    yield own("unknown_type", TAMPERED | {"valid"}, dictionary_type=b"/Xig")
    yield own("time_stamp_type", TAMPERED, dictionary_type=b"/DocTimeStamp")
    yield own("time_stamp_kind", TAMPERED | {"unsupported", "unsigned"}, kind=b"/ETSI.RFC3161")
    yield own("two_contents", TAMPERED | {"valid"}, entries=b"/Contents <00>")
    yield own("two_ranges", TAMPERED, entries=b"/ByteRange [0 1 2 3]")


@maker("attack")
def wrapping(world):
    """Signature wrapping: the signed bytes are moved, others stand in their place."""
    signed = signing.sign(bases.plain(), world.leader)
    span = RANGE.search(signed)
    numbers = [int(one) for one in re.findall(rb"\d+", span[0])]
    _zero, gap, resume, rest = numbers
    tail = signed[resume:]
    inserted = b"\n5 0 obj\n" + OTHER + b"\nendobj\n"
    moved = signed[:resume] + inserted + tail
    told = b"/ByteRange [0 %d %d %d]" % (gap, resume + len(inserted), rest)
    yield bad("swa_classic", same_length(moved, span[0], told))
    hole = signed[gap:resume]
    second = hole[:-400] + b">" + b"/ByteRange [0 %d %d %d] /Contents <" % (gap, resume, rest)
    second = second.ljust(len(hole) - 1, b"0") + b">"
    yield bad("swa_second_contents", signed[:gap] + second + tail)
    padded = hole.rstrip(b"0>")
    padded = padded + b"0" * (len(padded) % 2 == 0)
    trick = (padded + b">" + inserted).ljust(len(hole), b" ")
    yield bad("swa_in_hole", signed[:gap] + trick[: len(hole)] + tail)
    # A new revision whose field names a copy of the signature.
    number = revision.size(signed)
    value_number = int(re.search(rb"/V (\d+) 0 R", signed)[1])
    field_number = int(re.search(rb"(\d+) 0 obj\s*<<[^>]*?/FT /Sig", signed, re.DOTALL)[1])
    value = revision.body_of(signed, value_number)
    field = revision.body_of(signed, field_number)
    changed = {5: OTHER, number: value, field_number: field.replace(b"/V %d 0 R" % value_number, b"/V %d 0 R" % number)}
    yield bad("copied_signature", revision.append(signed, changed))
    yield bad("rewritten_signature", revision.append(signed, {5: OTHER, value_number: value}))
    yield bad(
        "direct_signature",
        revision.append(
            signed, {5: OTHER, field_number: re.sub(rb"/V %d 0 R" % value_number, lambda _m: b"/V " + value, field)}
        ),
    )
    yield bad(
        "range_by_reference",
        revision.append(
            signed,
            {
                5: OTHER,
                value_number: RANGE.sub(b"/ByteRange 77 0 R ", value),
                77: b"[0 %d %d %d]" % (gap, resume, rest),
            },
        ),
    )
    removed = re.sub(rb"/V %d 0 R" % value_number, b"", field)
    yield bad("removed_value", revision.append(signed, {field_number: removed}))
    root = revision.body_of(signed, 1)
    no_form = re.sub(rb"/AcroForm \d+ 0 R", b"", root)
    no_form = no_form if no_form != root else re.sub(rb"/AcroForm\s*<<.*?>>", b"", root, flags=re.DOTALL)
    yield bad("removed_form", revision.append(signed, {1: no_form}))
    rights = no_form[: no_form.rindex(b">>")] + b"/Perms << /UR3 << /Reference [<< /TransformMethod /UR3 >>] >> >> >>"
    yield bad("removed_form_rights", revision.append(signed, {1: rights}), note="poses as usage rights")
    sig = value.replace(b"/Type /Sig", b"/Type /Sig /Reference [<< /TransformMethod /UR3 >>]")
    yield bad(
        "removed_as_rights",
        revision.append(
            signed,
            {1: no_form[: no_form.rindex(b">>")] + b"/Perms << /UR3 %d 0 R >> >>" % value_number, value_number: sig},
        ),
    )
    renamed = signed.replace(b"/ByteRange", b"/Byte#52ange"[:10])
    yield bad("blind_range_name", renamed)
    yield bad(
        "stripped_escaped",
        strip_traces(signed),
        TAMPERED | {"unsigned", "unsupported"},
        "another file, without any trace",
    )
    truncated = signed[: signed.index(b"%%EOF") + 6]
    yield bad("truncated_to_before", truncated, TAMPERED | {"unsigned"}, "the unsigned original")


def strip_traces(data):
    return RANGE.sub(b"", data).replace(b"/FT /Sig", b"/FT /Tx ")


@maker("attack")
def saving(world):
    """Incremental saving attacks: revisions that a table does not tell of, or tells wrongly."""
    for label, base in {"table": bases.plain(), "stream": bases.packed()}.items():
        signed = signing.sign(base, world.leader)
        body = b"5 0 obj\n" + OTHER + b"\nendobj\n"
        start = revision.last_table(signed)
        yield bad(f"isa_no_table_{label}", signed + body)
        yield bad(f"isa_no_table_eof_{label}", signed + body + b"startxref\n%d\n%%%%EOF\n" % start)
        yield bad(f"isa_trailer_only_{label}", signed + body + b"trailer\n<< /Root 1 0 R >>\n%%EOF\n")
        yield bad(
            f"isa_trailer_startxref_{label}",
            signed + body + b"trailer\n<< /Size 9 /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n" % (start, start),
        )
        yield bad(
            f"isa_comment_{label}",
            signed + b"%" + body.replace(b"\n", b"\r%") + b"\n",
            TAMPERED,
        )
        yield bad(f"isa_comment_eof_{label}", signed + b"%" + body.replace(b"\n", b"\r") + b"%%EOF\n")
        yield bad(f"isa_prev_zero_{label}", revision.append(signed, {5: OTHER}, previous=0))
        yield bad(f"isa_prev_self_{label}", revision.append(signed, {5: OTHER}, previous=len(signed) + len(body)))
        yield bad(f"isa_prev_skips_{label}", revision.append(signed, {5: OTHER}, previous=revision.last_table(base)))
        yield bad(f"isa_no_eof_{label}", revision.append(signed, {5: OTHER}, tail=b""))
        yield bad(
            f"isa_eof_before_{label}",
            signed + b"%%EOF\n" + revision.append(signed, {5: OTHER}, tail=b"")[len(signed) :],
        )
        yield bad(
            f"isa_repeated_{label}", revision.append(signed, {5: OTHER}, hidden={5: bases.stream(bases.content())})
        )
        yield bad(f"isa_hidden_object_{label}", revision.append(signed, {}, hidden={5: OTHER}))
        yield bad(f"isa_stream_{label}", revision.append_stream(signed, {5: OTHER}, revision.size(signed)))
        yield bad(
            f"isa_stream_is_content_{label}",
            revision.append_stream(signed, {}, 5),
            note="the cross-reference stream takes the number of the page's drawing",
        )
        holder = revision.size(signed)
        packed = {3: bases.parts()[3].replace(b"5 0 R", b"[]")}
        yield bad(
            f"isa_packed_page_{label}",
            revision.append_stream(signed, {holder: bases.object_stream(packed)}, holder + 1, packed={3: (holder, 0)}),
        )
        yield bad(f"isa_hybrid_{label}", with_hybrid(signed))
        yield bad(
            f"isa_startxref_back_{label}",
            revision.append(signed, {5: OTHER})[:-1] + b"\nstartxref\n%d\n%%%%EOF\n" % start,
        )
        yield bad(
            f"isa_two_startxref_{label}",
            re.sub(
                rb"startxref\n(\d+)\n%%EOF\n$",
                lambda m, start=start: b"startxref\n%d\nstartxref\n%s\n%%%%EOF\n" % (start, m[1]),
                revision.append(signed, {5: OTHER}),
            ),
        )
        yield bad(f"whitespace_after_{label}", signed + b"\n\r\n  \n", frozenset({"valid"}) | TAMPERED, displayed=False)
        yield bad(f"nul_after_{label}", signed + b"\0" * 2000, frozenset({"valid"}) | TAMPERED, displayed=False)
        yield bad(f"byte_after_{label}", signed + b"x")
        yield bad(f"eof_after_{label}", signed + b"%%EOF\n")


def with_hybrid(signed):
    """Return the file with a revision whose table says nothing, and whose hidden stream overrides the drawing."""
    out = bytearray(signed)
    place = len(out)
    out += b"5 0 obj\n" + OTHER + b"\nendobj\n"
    number, where = revision.size(signed), len(out)
    rows = b"\x01" + place.to_bytes(4, "big") + b"\x00\x01" + where.to_bytes(4, "big") + b"\x00"
    kind = b"/Type /XRef /W [1 4 1] /Index [5 1 %d 1] /Size %d /Root 1 0 R" % (number, number + 1)
    out += b"%d 0 obj\n%s\nendobj\n" % (number, bases.stream(rows, kind))
    start = len(out)
    out += b"xref\n0 0\ntrailer\n<< /Size %d /Root %s /Prev %d /XRefStm %d >>\nstartxref\n%d\n%%%%EOF\n" % (
        number + 1,
        revision.root(signed),
        revision.last_table(signed),
        where,
        start,
    )
    return bytes(out)


@maker("attack")
def polyglots(world):
    """Files of two kinds."""
    signed = signing.sign(bases.plain(), world.leader)
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("a.txt", "x")
    packed = sink.getvalue()
    yield bad("zip_after", signed + packed)
    yield bad("zip_before", packed + signed, TAMPERED)
    yield bad("html_before", b"<html><body>900</body><!--" + signed)
    yield bad("html_after", signed + b"<script>alert(1)</script>")
    yield bad("late_header", b"\n" + signed)
    yield bad("late_header_1000", b"%" + b"x" * 1000 + b"\n" + signed)
    yield bad("late_header_2000", b"%" + b"x" * 2000 + b"\n" + signed, TAMPERED)
    yield bad("two_headers", b"%PDF-1.4\n" + signed)
    yield bad("glued_before", bases.plain() + signed)
    yield bad("glued_after", signed + bases.plain().replace(b"100 dong", b"900 dong"))
    yield bad("glued_signed", signed + signing.sign(bases.plain(), world.citizen))
    yield bad("bom", b"\xef\xbb\xbf" + signed)
    inner = bases.parts(
        o7=bases.stream(signed, b"/Type /EmbeddedFile"),
        root=b"/Names << /EmbeddedFiles << /Names [(a.pdf) << /Type /Filespec /F (a.pdf) /EF << /F 7 0 R >> >>] >> >>",
    )
    yield Case(
        "structure.signed_inside_unsigned",
        bases.classic(inner),
        frozenset({"unsigned", "modified", "unsupported"}),
        "an unsigned cover with a signed attachment: never signed",
    )
    yield Case(
        "structure.signed_inside_signed",
        signing.sign(bases.classic(inner), world.citizen),
        frozenset({"valid"}),
        "GOOD: a signed cover with a signed, uncompressed attachment",
    )
