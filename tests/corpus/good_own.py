# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Files signed with our own tools: every profile must come out right."""

import io

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec, MDPPerm, SigFieldSpec, append_signature_field

from . import bases, signing
from .attack_late import cover
from .case import GOOD, Case, maker
from .pki import DAY, NOW, UID


def good(name, data, note="", expected=GOOD):
    return Case(f"good.{name}", data, expected, note)


@maker("good")
def profiles(world):
    """Baseline profiles, kinds of key and digest."""
    for label, base in {"plain": bases.plain(), "packed": bases.packed(), "drawn": bases.drawn(3)}.items():
        stamper = world.tsa.timestamper()
        for kind_name, kind in (("pades", signing.PADES), ("cms", signing.CMS)):
            yield good(f"{kind_name}_b_{label}", signing.sign(base, world.citizen, kind=kind))
            yield good(f"{kind_name}_t_{label}", signing.sign(base, world.citizen, kind=kind, stamper=stamper))
        yield good(f"lt_{label}", signing.sign(base, world.citizen, stamper=stamper, context=signing.context(world)))
        yield good(
            f"lta_{label}",
            signing.sign(base, world.citizen, stamper=stamper, context=signing.context(world), use_pades_lta=True),
        )
        yield good(
            f"cms_adobe_archive_{label}",
            signing.sign(base, world.citizen, kind=signing.CMS, stamper=stamper, context=signing.context(world)),
        )
    for digest in ("sha256", "sha384", "sha512"):
        yield good(f"digest_{digest}", signing.sign(bases.plain(), world.citizen, digest=digest))
        yield good(
            f"pss_{digest}",
            signing.sign(bases.plain(), world.citizen, digest=digest, signer_options={"prefer_pss": True}),
        )
    for kind in ("p256", "p384", "p521", "rsa3072", "rsa4096"):
        person = world.citizen_ca.person(f"Khóa {kind}", kind=kind)
        yield good(f"key_{kind}", signing.sign(bases.plain(), person))
        yield good(f"key_{kind}_t", signing.sign(bases.plain(), person, stamper=world.tsa.timestamper()))
    person = world.citizen_ca.person("Nguyễn Đoàn Thảo Quyên Ưỡng Ặ", (UID, "CCCD:046185001777"))
    yield good(
        "diacritics",
        signing.sign(bases.plain(), person, reason="Ký số tại phường Hương Sơ", location="Huế", name="Nguyễn Ặ"),
    )
    yield good(
        "without_lists_archived",
        signing.sign(bases.plain(), world.citizen, stamper=world.tsa.timestamper(), context=signing.context(world)),
        "own proof in the file",
    )


@maker("good")
def several(world):
    """Several signers, seals and stamps."""
    for label, base in {"plain": bases.plain(), "packed": bases.packed(), "drawn": bases.drawn(2)}.items():
        one = signing.sign(base, world.leader)
        two = signing.sign(one, world.seal)
        yield good(f"leader_seal_{label}", two)
        yield good(f"three_{label}", signing.sign(two, world.citizen))
        yield good(f"two_citizens_{label}", signing.sign(signing.sign(base, world.citizen), world.other))
        stamper = world.tsa.timestamper()
        first = signing.sign(base, world.leader, stamper=stamper, context=signing.context(world))
        yield good(f"lt_lt_{label}", signing.sign(first, world.seal, stamper=stamper, context=signing.context(world)))
        lta = signing.sign(first, world.seal, stamper=stamper, context=signing.context(world), use_pades_lta=True)
        yield good(f"lt_lta_{label}", lta)
        yield good(
            f"lta_chain_{label}",
            signing.stamp(signing.stamp(lta, world.tsa, context=signing.context(world)), world.tsa),
        )
        yield good(f"stamp_first_{label}", signing.sign(signing.stamp(base, world.tsa), world.citizen))
        yield good(
            f"visible_two_{label}",
            signing.sign(
                signing.sign(
                    base, world.leader, box=(50, 50, 200, 100), style=cover(b"0 0 1 rg 0 0 50 20 re f", 150, 50)
                ),
                world.seal,
                box=(250, 50, 400, 100),
                style=cover(b"1 0 0 rg 0 0 50 20 re f", 150, 50),
            ),
        )
    mixed = signing.sign(signing.sign(bases.plain(), world.citizen, kind=signing.CMS), world.seal)
    yield good("cms_then_pades", mixed)


@maker("good")
def certified(world):
    """Certified documents, locks and prepared fields."""
    for level in (MDPPerm.FILL_FORMS, MDPPerm.ANNOTATE):
        first = signing.sign(bases.plain(), world.leader, certify=True, docmdp_permissions=level)
        yield good(f"certified_{level.value}", first)
        prepared = signing.sign(fielded(bases.plain(), ["Seal"]), world.leader, certify=True, docmdp_permissions=level)
        yield good(f"certified_{level.value}_then_approved", signing.sign(prepared, world.seal, field="Seal"))
        yield good(f"certified_{level.value}_then_new_field", signing.sign(first, world.seal))
    yield good(
        "certified_1", signing.sign(bases.plain(), world.leader, certify=True, docmdp_permissions=MDPPerm.NO_CHANGES)
    )
    lta = signing.sign(
        bases.plain(),
        world.leader,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        stamper=world.tsa.timestamper(),
        context=signing.context(world),
        use_pades_lta=True,
    )
    yield good("certified_1_lta", lta, "P=1 allows archival additions")
    for action, names in (
        (FieldMDPAction.ALL, None),
        (FieldMDPAction.INCLUDE, ["fee"]),
        (FieldMDPAction.EXCLUDE, ["Seal"]),
    ):
        writer = IncrementalPdfFileWriter(io.BytesIO(bases.with_form(seen=False)))
        lock = FieldMDPSpec(action, fields=names)
        append_signature_field(
            writer, SigFieldSpec("First", field_mdp_spec=lock, doc_mdp_update_value=MDPPerm.FILL_FORMS)
        )
        append_signature_field(writer, SigFieldSpec("Seal"))
        sink = io.BytesIO()
        writer.write(sink)
        first = signing.sign(sink.getvalue(), world.leader, field="First")
        yield good(f"lock_{action.name.lower()}", first)
        if action is not FieldMDPAction.ALL:
            yield good(f"lock_{action.name.lower()}_then_seal", signing.sign(first, world.seal, field="Seal"))
    base = fielded(bases.plain(), ["One", "Two"], box=(50, 50, 200, 100))
    one = signing.sign(base, world.leader, field="One")
    yield good("prepared_one", one)
    yield good("prepared_two", signing.sign(one, world.seal, field="Two"))
    yield good(
        "prepared_styled",
        signing.sign(
            signing.sign(base, world.leader, field="One", style=cover(b"0 0 9 9 re f", 150, 50)),
            world.seal,
            field="Two",
            style=cover(b"0 0 9 9 re f", 150, 50),
        ),
    )


def fielded(data, names, box=None):
    writer = IncrementalPdfFileWriter(io.BytesIO(data), strict=False)
    for number, name in enumerate(names):
        append_signature_field(
            writer, SigFieldSpec(name, box=box and (box[0] + 200 * number, box[1], box[2] + 200 * number, box[3]))
        )
    sink = io.BytesIO()
    writer.write(sink)
    return sink.getvalue()


@maker("good")
def forms(world):
    """Forms filled before signing, then sealed, archived or stamped."""
    for seen in (True, False):
        base = bases.with_form(seen=seen)
        mark = "seen" if seen else "unseen"
        one = signing.sign(base, world.citizen)
        yield good(f"form_{mark}", one)
        yield good(f"form_{mark}_two", signing.sign(one, world.seal))
        lt = signing.sign(base, world.citizen, stamper=world.tsa.timestamper(), context=signing.context(world))
        yield good(f"form_{mark}_lt", lt)
        yield good(f"form_{mark}_stamped", signing.stamp(one, world.tsa))
        yield good(
            f"form_{mark}_lta",
            signing.sign(
                base, world.citizen, stamper=world.tsa.timestamper(), context=signing.context(world), use_pades_lta=True
            ),
        )
    yield good(
        "form_need_appearances", signing.sign(bases.with_form(seen=False, form=b"/NeedAppearances true"), world.citizen)
    )
    yield good("form_reportlab", signing.sign(signing.sign(reportlab_form(), world.citizen), world.seal))


def reportlab_form():
    from reportlab.pdfgen import canvas

    sink = io.BytesIO()
    paper = canvas.Canvas(sink, invariant=True)
    paper.acroForm.textfield(name="ho_ten", value="Nguyen Van A", x=100, y=700, width=200)
    paper.acroForm.checkbox(name="dong_y", checked=True, x=100, y=650)
    paper.acroForm.choice(name="xa", value="A", options=["A", "B"], x=100, y=600, width=100)
    paper.showPage()
    paper.save()
    return sink.getvalue()


@maker("good")
def long_term(world):
    """Good ones that are looked at when certificates have expired since, or lists have gone."""
    lists = {"crls": []}
    archived = signing.sign(
        bases.plain(), world.citizen, stamper=world.tsa.timestamper(), context=signing.context(world)
    )
    yield Case("good.archived_no_lists", archived, GOOD, "the file brings its own", lists)
    lta = signing.sign(
        bases.plain(),
        world.citizen,
        stamper=world.tsa.timestamper(),
        context=signing.context(world),
        use_pades_lta=True,
    )
    yield Case("good.lta_no_lists", lta, GOOD, "", lists)
    stamped = signing.sign(bases.plain(), world.expired, stamper=world.tsa.timestamper(NOW - 60 * DAY))
    yield Case("good.expired_since", stamped, GOOD)
    revoked = signing.sign(bases.plain(), world.revoked, stamper=world.tsa.timestamper(NOW - 60 * DAY))
    yield Case("good.revoked_since", revoked, GOOD)
