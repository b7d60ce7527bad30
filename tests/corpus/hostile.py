# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Files made to exhaust or crash the check: any refusal is right, as long as it comes in time."""

import random
import zlib

from . import bases, byhand, revision, signing
from .case import REFUSED, Case, maker

ANY = REFUSED
BOMB = 400_000_000


def bomb(size=BOMB):
    """Return zeros that were packed, a piece at a time."""
    packer, out = zlib.compressobj(9), bytearray()
    for _number in range(size // 1_000_000):
        out += packer.compress(bytes(1_000_000))
    return bytes(out + packer.flush())


def hostile(name, data, expected=ANY, note=""):
    return Case(f"hostile.{name}", data, expected, note)


def with_signature(objects, world, **options):
    """Return a PDF whose signature stands in it from the start, so that the check goes the whole way."""
    return byhand.sign(bases.classic(objects, **options), byhand.plain(world.citizen))


@maker("hostile")
def bombs(world):
    packed = bomb()
    flate = b"/Filter /FlateDecode"
    signed = signing.sign(bases.plain(), world.citizen)
    kind = b"/Type /ObjStm /N 1 /First 4 " + flate
    number = revision.size(signed)
    stream = {number: bases.stream(packed, kind)}
    yield hostile("object_stream_bomb", revision.append_stream(signed, stream, number + 1, packed={3: (number, 0)}))
    table = b"/Type /XRef /W [1 4 1] /Size 9 /Root 1 0 R " + flate
    data = b"%PDF-1.7\n5 0 obj\n" + bases.stream(packed, table) + b"\nendobj\nstartxref\n9\n%%EOF\n"
    yield hostile("table_bomb", data)
    twice = zlib.compress(packed, 9)
    chain = b"/Filter [/FlateDecode /FlateDecode]"
    yield hostile(
        "filter_chain_table",
        b"%PDF-1.7\n5 0 obj\n" + bases.stream(twice, table.replace(flate, chain)) + b"\nendobj\nstartxref\n9\n%%EOF\n",
    )
    many = b"/Filter [" + b"/ASCIIHexDecode " * 5000 + b"]"
    yield hostile(
        "filter_chain_long",
        revision.append_stream(
            signed, {number: bases.stream(b"00>", kind.replace(flate, many))}, number + 1, packed={3: (number, 0)}
        ),
    )
    yield hostile(
        "content_bomb",
        signing.sign(bases.classic(bases.parts(o5=bases.stream(packed, flate))), world.citizen),
        ANY | {"valid"},
        "never inflated by a check",
    )
    look = bases.stream(packed, b"/Subtype /Form /BBox [0 0 1 1] " + flate)
    stamped = revision.append(
        signed,
        {90: look, 91: b"<< /FT /Sig /T (x) /Type /Annot /Subtype /Widget /Rect [0 0 0 0] /AP << /N 90 0 R >> >>"},
    )
    yield hostile(
        "look_bomb",
        byhand.sign(stamped, byhand.plain(world.rogue_tsa), kind=b"/ETSI.RFC3161", field=b"/AP << /N 90 0 R >>"),
    )
    store = {90: bases.stream(packed, flate)}
    root = revision.body_of(signed, 1)
    dss = root[: root.rindex(b">>")] + b"/DSS << /Certs [90 0 R] /CRLs [90 0 R] /OCSPs [90 0 R] >> >>"
    yield hostile("dss_bomb", revision.append(signed, {1: dss, **store}), ANY | {"valid"})
    yield hostile(
        "dss_200_rubbish",
        revision.append(
            signed, {1: dss.replace(b"/CRLs [90 0 R]", b"/CRLs [%s]" % (b"90 0 R " * 5000)), 90: bases.stream(b"x")}
        ),
        ANY | {"valid"},
    )
    xmp = revision.append(
        signed,
        {
            1: root[: root.rindex(b">>")] + b"/Metadata 90 0 R >>",
            90: bases.stream(packed, b"/Type /Metadata /Subtype /XML " + flate),
        },
    )
    yield hostile("metadata_bomb", xmp)
    laugh = (
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
        + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
        + b"]><x:xmpmeta xmlns:x='adobe:ns:meta/'>&j;</x:xmpmeta>"
    )
    yield hostile(
        "metadata_laughs",
        revision.append(
            signed,
            {
                1: root[: root.rindex(b">>")] + b"/Metadata 90 0 R >>",
                90: bases.stream(laugh, b"/Type /Metadata /Subtype /XML"),
            },
        ),
    )
    for name in (
        b"JBIG2Decode",
        b"JPXDecode",
        b"DCTDecode",
        b"CCITTFaxDecode",
        b"LZWDecode",
        b"RunLengthDecode",
        b"Crypt",
        b"Unknown",
    ):
        data = signing.sign(
            bases.classic(bases.parts(o5=bases.stream(b"\x00\x01rubbish", b"/Filter /" + name))), world.citizen
        )
        yield hostile(
            f"filter_{name.decode()}", data, ANY | {"valid"}, "a drawing's filter is not the check's business"
        )
        yield hostile(
            f"look_filter_{name.decode()}",
            revision.append(
                signed,
                {
                    90: bases.stream(b"x", b"/Filter /" + name),
                    91: b"<< /FT /Sig /T (x) /Rect [0 0 0 0] /AP << /N 90 0 R >> >>",
                },
            ),
            ANY | {"valid"},
        )


@maker("hostile")
def depth(world):
    deep = 200_000
    yield hostile("nested_arrays", bases.classic(bases.parts(o7=b"[" * deep + b"]" * deep, root=b"/AcroForm 7 0 R")))
    yield hostile(
        "nested_dictionaries", bases.classic(bases.parts(o7=b"<</a" * deep + b">>" * deep, root=b"/AcroForm 7 0 R"))
    )
    yield hostile(
        "nested_signed",
        signing.sign(bases.classic(bases.parts(o7=b"[" * 300 + b"]" * 300, root=b"/Foo 7 0 R")), world.citizen),
        ANY | {"valid"},
    )
    signed = signing.sign(bases.plain(), world.citizen)
    yield hostile(
        "nested_after", revision.append(signed, {90: b"[" * deep + b"]" * deep}), ANY | {"valid"}, "named by nothing"
    )
    yield hostile("nested_root", revision.append(signed, {1: b"<< /Type /Catalog /Pages " + b"[" * deep + b" >>"}))
    chain = {n: b"[%d 0 R]" % (n + 1) for n in range(100, 30_000)}
    yield hostile(
        "chain_of_references",
        signing.sign(
            bases.classic(
                bases.parts(root=b"/Foo 100 0 R", **{f"o{n}": body for n, body in chain.items()}, o30000=b"null")
            ),
            world.citizen,
        ),
        ANY | {"valid"},
    )
    yield hostile(
        "chain_then_two",
        signing.sign(
            signing.sign(
                bases.classic(
                    bases.parts(root=b"/Foo 100 0 R", **{f"o{n}": body for n, body in chain.items()}, o30000=b"null")
                ),
                world.leader,
            ),
            world.seal,
        ),
        ANY | {"valid"},
    )
    yield hostile("parentheses", bases.classic(bases.parts(o7=b"(" * deep + b")" * deep, root=b"/AcroForm 7 0 R")))


@maker("hostile")
def many(world):
    rng = random.Random(7)
    yield hostile("million_objects", millions(1_000_000))
    yield hostile("million_signed", signing.sign(millions(150_000), world.citizen), ANY | {"valid"})
    yield hostile("name_token", bases.classic(bases.parts(o7=b"/" + b"a" * 20_000_000, root=b"/AcroForm 7 0 R")))
    yield hostile("name_escapes", bases.classic(bases.parts(o7=b"/" + b"#61" * 6_000_000, root=b"/AcroForm 7 0 R")))
    yield hostile(
        "long_string", bases.classic(bases.parts(o7=b"(" + b"\\(" * 9_000_000 + b")", root=b"/AcroForm 7 0 R"))
    )
    yield hostile("long_hex", bases.classic(bases.parts(o7=b"<" + b"61" * 9_000_000 + b">", root=b"/AcroForm 7 0 R")))
    yield hostile("long_number", bases.classic(bases.parts(o7=b"1" * 5_000_000, root=b"/AcroForm 7 0 R")))
    yield hostile("long_comment", bases.plain().replace(b"1 0 obj\n", b"1 0 obj\n%" + b"x" * 15_000_000 + b"\n"))
    yield hostile("white_space", bases.classic(bases.parts(o7=b" " * 18_000_000 + b"null", root=b"/AcroForm 7 0 R")))
    yield hostile(
        "huge_array",
        bases.classic(bases.parts(o7=b"[" + b"0 " * 9_000_000 + b"]", root=b"/AcroForm << /Fields 7 0 R >>")),
    )
    yield hostile(
        "huge_fields_null",
        bases.classic(bases.parts(o7=b"[" + b"null " * 3_000_000 + b"]", root=b"/AcroForm << /Fields 7 0 R >>")),
    )
    fields = {f"o{n}": b"<< /FT /Tx /T (f%d) >>" % n for n in range(10, 20_010)}
    listed = b" ".join(b"%d 0 R" % n for n in range(10, 20_010))
    form = bases.classic(bases.parts(root=b"/AcroForm << /Fields [%s] >>" % listed, **fields))
    yield hostile("20000_fields", signing.sign(form, world.citizen), ANY | {"valid"})
    yield hostile("20000_fields_two", signing.sign(signing.sign(form, world.leader), world.seal), ANY | {"valid"})
    filled = {
        f"o{n}": b"<< /FT /Sig /T (f%d) /V << /SubFilter /ETSI.CAdES.detached /ByteRange [0 1 2 3] /Contents <00> >> >>"
        % n
        for n in range(10, 20_010)
    }
    yield hostile(
        "20000_signatures", bases.classic(bases.parts(root=b"/AcroForm << /Fields [%s] >>" % listed, **filled))
    )
    data = signing.sign(bases.plain(), world.citizen)
    for _number in range(300):
        data = revision.append(data, {90: b"(x)"})
    yield hostile("300_revisions", data, ANY | {"valid"})
    for _number in range(2700):
        data = revision.append(data, {})
    yield hostile("3000_revisions", data, ANY | {"valid"})
    data = bases.plain()
    for number in range(64):
        data = signing.sign(data, world.citizen if number % 2 else world.leader)
    yield hostile("64_signatures", data, ANY | {"valid"}, "good, if there is time")
    yield hostile("65_signatures", signing.sign(data, world.citizen), ANY)
    yield hostile("many_eofs", signing.sign(bases.plain(), world.citizen) + b"%%EOF\n" * 500_000)
    yield hostile("many_startxrefs", bases.plain() + b"startxref\n9\n" * 500_000 + b"%%EOF")
    yield hostile("many_ranges", bases.plain() + b"/ByteRange [" * 800_000)
    yield hostile("many_spaces_in_range", bases.plain() + b"/ByteRange" + b" " * 9_000_000)
    yield hostile("many_range_names", bases.plain() + (b"/ByteRange" + b" " * 2000) * 5000)
    yield hostile("random", bytes(rng.randbytes(5_000_000)))
    yield hostile("random_pdf", b"%PDF-1.7\n" + rng.randbytes(5_000_000) + b"\nstartxref\n9\n%%EOF\n")
    yield hostile("size_lie", bases.plain().replace(b"/Size 6", b"/Size 2147483647"), ANY)
    yield hostile("table_lie", bases.plain().replace(b"xref\n0 6", b"xref\n0 999999999"))
    yield hostile("index_lie", bases.packed().replace(b"/Size 8", b"/Index [0 2147483647] /Size 8"))
    yield hostile("widths_lie", bases.packed().replace(b"/W [1 4 1]", b"/W [0 0 0]"))
    yield hostile("widths_huge", bases.packed().replace(b"/W [1 4 1]", b"/W [1 999999999 1]"))
    yield hostile("objects_lie", bases.packed().replace(b"/N 4", b"/N 99999999"))


def millions(count):
    """Return a PDF of very many objects, quickly made."""
    head = bases.classic(bases.parts())
    body, rows, place = [], [], len(head)
    for number in range(6, 6 + count):
        body.append(b"%d 0 obj\n0\nendobj\n" % number)
        rows.append(b"%010d 00000 n \n" % place)
        place += len(body[-1])
    tail = b"xref\n6 %d\n%strailer\n<< /Size %d /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n" % (
        count,
        b"".join(rows),
        6 + count,
        revision.last_table(head),
        place,
    )
    return head + b"".join(body) + tail


@maker("hostile")
def loops(world):
    signed = signing.sign(bases.plain(), world.citizen)
    yield hostile("pages_loop", bases.classic(bases.parts(o2=b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>")), ANY)
    loop = bases.classic(
        bases.parts(
            o2=b"<< /Type /Pages /Kids [3 0 R 7 0 R] /Count 2 >>",
            o7=b"<< /Type /Pages /Kids [2 0 R] /Count 1 /Parent 2 0 R >>",
        )
    )
    yield hostile("pages_loop_signed", byhand.sign(loop, byhand.plain(world.citizen)), ANY | {"valid"})
    yield hostile(
        "pages_loop_two",
        byhand.sign(byhand.sign(loop, byhand.plain(world.leader)), byhand.plain(world.seal)),
        ANY | {"valid"},
    )
    kids = bases.parts(
        root=b"/AcroForm << /Fields [7 0 R] >>",
        o7=b"<< /T (a) /FT /Sig /Kids [8 0 R] >>",
        o8=b"<< /T (b) /Kids [7 0 R] >>",
    )
    yield hostile("kids_loop", bases.classic(kids))
    yield hostile(
        "kids_self",
        bases.classic(bases.parts(root=b"/AcroForm << /Fields [7 0 R] >>", o7=b"<< /T (a) /FT /Sig /Kids [7 0 R] >>")),
    )
    yield hostile(
        "parent_loop",
        bases.classic(
            bases.parts(
                root=b"/AcroForm << /Fields [7 0 R] >>", o7=b"<< /T (a) /Parent 8 0 R >>", o8=b"<< /Parent 7 0 R >>"
            )
        ),
    )
    wide = {
        f"o{n}": b"<< /T (a%d) /FT /Sig /Kids [%s] >>" % (n, b" ".join(b"%d 0 R" % k for k in range(n + 1, 34)))
        for n in range(7, 33)
    }
    yield hostile(
        "kids_tree_shared",
        bases.classic(bases.parts(root=b"/AcroForm << /Fields [7 0 R] >>", o33=b"<< /T (z) /FT /Sig >>", **wide)),
        ANY,
        "2^26 paths",
    )
    tree = bases.parts(
        root=b"/StructTreeRoot 7 0 R",
        o7=b"<< /Type /StructTreeRoot /K [8 0 R] >>",
        o8=b"<< /S /P /P 7 0 R /K [7 0 R 8 0 R] >>",
    )
    yield hostile(
        "tree_loop_two", signing.sign(signing.sign(bases.classic(tree), world.leader), world.seal), ANY | {"valid"}
    )
    shared = {f"o{n}": b"[%d 0 R %d 0 R]" % (n + 1, n + 1) for n in range(10, 40)}
    diamond = bases.classic(bases.parts(root=b"/Foo 10 0 R", o40=b"(x)", **shared))
    yield hostile(
        "diamond_two",
        signing.sign(signing.sign(diamond, world.leader), world.seal),
        ANY | {"valid"},
        "2^30 paths to one object",
    )
    to_root = {f"o{n}": b"[%d 0 R %d 0 R 1 0 R]" % (n + 1, n + 1) for n in range(10, 40)}
    diamond = bases.classic(bases.parts(root=b"/Foo 10 0 R", o40=b"[1 0 R 2 0 R 3 0 R]", **to_root))
    yield hostile("diamond_to_root", signing.sign(signing.sign(diamond, world.leader), world.seal), ANY | {"valid"})
    for label, previous in {"self": None, "zero": 0, "end": len(signed), "beyond": 10**9, "negative": -1}.items():
        data = revision.append(signed, {90: b"(x)"}, previous=previous if label != "self" else len(signed) + 30)
        yield hostile(f"prev_{label}", data)
    yield hostile(
        "prev_each_other",
        bases.plain().replace(b"trailer\n<<", b"trailer\n<< /Prev %d" % revision.last_table(bases.plain())),
    )
    yield hostile("length_loop", bases.classic(bases.parts(o5=b"<< /Length 5 0 R >>\nstream\nx\nendstream")))
    yield hostile(
        "length_lie",
        signing.sign(bases.plain(), world.citizen).replace(b"/Length %d" % len(bases.content()), b"/Length 99"),
    )
    yield hostile("reference_loop", bases.classic(bases.parts(root=b"/AcroForm 7 0 R", o7=b"8 0 R", o8=b"7 0 R")))
    yield hostile("extends_loop", bases.packed().replace(b"/Type /ObjStm", b"/Type /ObjStm /Extends 6 0 R"))
    stream_in_itself = revision.append_stream(bases.packed(), {}, 8, packed={6: (6, 0)})
    yield hostile("object_stream_in_itself", stream_in_itself)
    look = b"<< /FT /Sig /T (x) /Type /Annot /Subtype /Widget /Rect [0 0 0 0] /AP 92 0 R >>"
    looped = revision.append(signed, {91: look, 92: b"<< /N 92 0 R >>"})
    yield hostile("look_loop", looped, ANY | {"valid"}, "in no list of fields")
    yield hostile(
        "look_loop_stamped",
        byhand.sign(
            revision.append(signed, {92: b"<< /N 92 0 R >>"}),
            byhand.plain(world.rogue_tsa),
            kind=b"/ETSI.RFC3161",
            field=b"/AP 92 0 R",
        ),
    )


@maker("hostile")
def chains(world):
    """Certificates that lead in all directions."""
    from asn1crypto import x509 as asn1_x509

    from .pki import Authority

    crossed = []
    for one in range(12):
        ca = Authority(f"X {one % 3}")
        crossed.append(ca)
    certificates = []
    for first in crossed:
        for second in crossed:
            certificates.append(first.issue(second.name, second.key.public_key(), ca=True))
    person = crossed[0].person("Người đi lạc")
    from .pki import DER

    bag = [asn1_x509.Certificate.load(one.public_bytes(DER)) for one in (person.certificate, *certificates)]
    yield hostile(
        "crossed_certificates",
        byhand.sign(bases.plain(), byhand.plain(person, certificates=bag, ess=False), reserved=150_000),
        ANY,
    )


@maker("hostile")
def cut(world):
    """Good files cut off at every twentieth of their length."""
    files = {
        "plain": signing.sign(bases.plain(), world.citizen),
        "packed": signing.sign(bases.packed(), world.citizen),
        "two": signing.sign(signing.sign(bases.drawn(2), world.leader), world.seal),
        "lta": signing.sign(
            bases.plain(),
            world.citizen,
            stamper=world.tsa.timestamper(),
            context=signing.context(world),
            use_pades_lta=True,
        ),
    }
    for label, data in files.items():
        for part in range(1, 20):
            yield hostile(
                f"cut_{label}_{part * 5}",
                data[: len(data) * part // 20],
                ANY | ({"valid", "amended"} if label in {"two", "lta"} else set()),
            )
        yield hostile(f"cut_{label}_last_byte", data[:-3], ANY)
