# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Files signed with our own tools: every profile must come out right."""

import io
import shutil
import subprocess
import tempfile
from pathlib import Path

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields
from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec, MDPPerm, SigFieldSpec, append_signature_field

from . import bases, signing
from .attack_late import cover
from .case import GOOD, SIGNED, Case, maker
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
        yield good(f"lta_{label}", signing.sign(base, world.citizen, stamper=stamper, context=signing.context(world), use_pades_lta=True))
        yield good(f"cms_adobe_archive_{label}", signing.sign(base, world.citizen, kind=signing.CMS, stamper=stamper, context=signing.context(world)))
    for digest in ("sha256", "sha384", "sha512"):
        yield good(f"digest_{digest}", signing.sign(bases.plain(), world.citizen, digest=digest))
        yield good(f"pss_{digest}", signing.sign(bases.plain(), world.citizen, digest=digest, signer_options={"prefer_pss": True}))
    for kind in ("p256", "p384", "p521", "rsa3072", "rsa4096"):
        person = world.citizen_ca.person(f"Khóa {kind}", kind=kind)
        yield good(f"key_{kind}", signing.sign(bases.plain(), person))
        yield good(f"key_{kind}_t", signing.sign(bases.plain(), person, stamper=world.tsa.timestamper()))
    person = world.citizen_ca.person("Nguyễn Đoàn Thảo Quyên Ưỡng Ặ", (UID, "CCCD:046185001777"))
    yield good("diacritics", signing.sign(bases.plain(), person, reason="Ký số tại phường Hương Sơ", location="Huế", name="Nguyễn Ặ"))
    yield good("without_lists_archived", signing.sign(bases.plain(), world.citizen, stamper=world.tsa.timestamper(), context=signing.context(world)), "own proof in the file")


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
        yield good(f"lta_chain_{label}", signing.stamp(signing.stamp(lta, world.tsa, context=signing.context(world)), world.tsa))
        yield good(f"stamp_first_{label}", signing.sign(signing.stamp(base, world.tsa), world.citizen))
        yield good(f"visible_two_{label}", signing.sign(signing.sign(base, world.leader, box=(50, 50, 200, 100), style=cover(b"0 0 1 rg 0 0 50 20 re f", 150, 50)), world.seal, box=(250, 50, 400, 100), style=cover(b"1 0 0 rg 0 0 50 20 re f", 150, 50)))
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
    yield good("certified_1", signing.sign(bases.plain(), world.leader, certify=True, docmdp_permissions=MDPPerm.NO_CHANGES))
    lta = signing.sign(bases.plain(), world.leader, certify=True, docmdp_permissions=MDPPerm.NO_CHANGES, stamper=world.tsa.timestamper(), context=signing.context(world), use_pades_lta=True)
    yield good("certified_1_lta", lta, "P=1 allows archival additions")
    for action, names in ((FieldMDPAction.ALL, None), (FieldMDPAction.INCLUDE, ["fee"]), (FieldMDPAction.EXCLUDE, ["Seal"])):
        writer = IncrementalPdfFileWriter(io.BytesIO(bases.with_form(seen=False)))
        lock = FieldMDPSpec(action, fields=names)
        append_signature_field(writer, SigFieldSpec("First", field_mdp_spec=lock, doc_mdp_update_value=MDPPerm.FILL_FORMS))
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
    yield good("prepared_styled", signing.sign(signing.sign(base, world.leader, field="One", style=cover(b"0 0 9 9 re f", 150, 50)), world.seal, field="Two", style=cover(b"0 0 9 9 re f", 150, 50)))


def fielded(data, names, box=None):
    writer = IncrementalPdfFileWriter(io.BytesIO(data), strict=False)
    for number, name in enumerate(names):
        append_signature_field(writer, SigFieldSpec(name, box=box and (box[0] + 200 * number, box[1], box[2] + 200 * number, box[3])))
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
        yield good(f"form_{mark}_lta", signing.sign(base, world.citizen, stamper=world.tsa.timestamper(), context=signing.context(world), use_pades_lta=True))
    yield good("form_need_appearances", signing.sign(bases.with_form(seen=False, form=b"/NeedAppearances true"), world.citizen))
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
def shapes(world):
    """Odd but honest shapes of files."""
    signed = signing.sign(bases.plain(), world.citizen)
    for label, tail in {"newline": b"\n", "crlf": b"\r\n", "blank": b"\n\n\n", "spaces": b"  \n"}.items():
        yield good(f"tail_{label}", signed + tail)
    for label, tail in {"none": b"", "crlf": b"\r\n", "two": b"\n\n", "cr": b"\r"}.items():
        yield good(f"base_tail_{label}", signing.sign(bases.plain().rstrip() + tail, world.citizen))
    base = bases.plain()
    for version in (b"1.3", b"1.4", b"1.5", b"1.6", b"2.0"):
        yield good(f"version_{version.decode()}", signing.sign(base.replace(b"%PDF-1.7", b"%PDF-" + version), world.citizen))
    from . import revision
    from .attack_shadow import hybrid, loose

    earlier = revision.append(base, {5: bases.stream(bases.content("Truoc khi ky"))})
    yield good("updated_before", signing.sign(earlier, world.citizen))
    yield good("updated_by_stream_before", signing.sign(revision.append_stream(bases.packed(), {5: bases.stream(b"")}, 8), world.citizen))
    yield good("freed_before", signing.sign(revision.append(revision.append(base, {9: b"(x)"}), {}, freed=[9]), world.citizen))
    yield good("hybrid", signing.sign(hybrid(bases.parts()), world.citizen))
    yield good("hybrid_two", signing.sign(signing.sign(hybrid(bases.parts()), world.leader), world.seal))
    yield good("loose_table", signing.sign(loose(bases.parts()), world.citizen))
    yield good("dangling_honest", signing.sign(bases.classic(bases.parts(root=b"/Outlines 99 0 R")), world.citizen), "names an object that never was; as some writers do")
    yield good("dangling_honest_two", signing.sign(signing.sign(bases.classic(bases.parts(root=b"/Outlines 99 0 R")), world.leader), world.seal))
    yield good("crlf_lines", signing.sign(bases.classic(bases.parts(), header=b"%PDF-1.7\r\n%\xe2\xe3\xcf\xd3\r\n"), world.citizen))
    yield good("tagged", signing.sign(tagged(), world.citizen))
    yield good("tagged_two", signing.sign(signing.sign(tagged(), world.leader), world.seal))
    yield good("layers", signing.sign(bases.classic(bases.parts(root=b"/OCProperties << /OCGs [7 0 R] /D << /Order [7 0 R] >> >>", o7=b"<< /Type /OCG /Name (a) >>")), world.citizen))
    yield good("metadata", signing.sign(bases.classic(bases.parts(root=b"/Metadata 7 0 R", o7=bases.stream(b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/></x:xmpmeta>", b"/Type /Metadata /Subtype /XML"))), world.citizen))
    yield good("attachment", signing.sign(bases.classic(bases.parts(root=b"/Names << /EmbeddedFiles << /Names [(a.txt) << /Type /Filespec /F (a.txt) /EF << /F 7 0 R >> >>] >> >>", o7=bases.stream(b"hello", b"/Type /EmbeddedFile"))), world.citizen))
    yield good("says_eof_inside", signing.sign(bases.classic(bases.parts(drawing=bases.content() + b"\n%%EOF\n")), world.citizen))
    yield good("says_range_inside", signing.sign(bases.classic(bases.parts(drawing=bases.content("see /ByteRange [ in the text"))), world.citizen))
    yield good("big", signing.sign(bases.classic(bases.parts(o7=bases.stream(bytes(10_000_000)))), world.citizen))
    yield good("many_pages", signing.sign(bases.drawn(500), world.citizen))
    many = signing.sign(bases.drawn(500), world.leader, stamper=world.tsa.timestamper(), context=signing.context(world), use_pades_lta=True)
    yield good("many_pages_lta", many)
    yield good("many_pages_two", signing.sign(signing.sign(bases.drawn(500), world.leader), world.seal))
    twelve = bases.plain()
    for _number in range(12):
        twelve = signing.sign(twelve, world.citizen)
    yield good("twelve_signers", twelve)
    nested = bases.parts(root=b"/AcroForm << /Fields [7 0 R] /SigFlags 3 >>", o7=b"<< /T (form) /FT /Sig /Kids [8 0 R] >>", o8=b"<< /T (sig) /Parent 7 0 R /Type /Annot /Subtype /Widget /Rect [0 0 0 0] /P 3 0 R >>", page=b"/Annots [8 0 R]")
    yield good("nested_field", signing.sign(bases.classic(nested), world.citizen, field="form.sig"))


def tagged():
    tree = b"/StructTreeRoot 7 0 R /MarkInfo << /Marked true >> /Lang (vi)"
    return bases.classic(
        bases.parts(
            root=tree,
            page=b"/StructParents 0",
            drawing=b"/P << /MCID 0 >> BDC " + bases.content() + b" EMC",
            o7=b"<< /Type /StructTreeRoot /K [8 0 R] /ParentTree << /Nums [0 [8 0 R]] >> /ParentTreeNextKey 1 >>",
            o8=b"<< /Type /StructElem /S /P /P 7 0 R /Pg 3 0 R /K 0 >>",
        )
    )


@maker("good")
def rewritten(world):
    """PDFs that other tools wrote, signed by us once and twice."""
    for label, data in foreign_bases():
        one = signing.sign(data, world.leader)
        yield good(f"written_by_{label}", one)
        yield good(f"written_by_{label}_two", signing.sign(one, world.seal))
        yield good(f"written_by_{label}_lt", signing.sign(data, world.leader, stamper=world.tsa.timestamper(), context=signing.context(world), box=(10, 10, 90, 40)))


def foreign_bases():
    """Yield (name, bytes) of what the tools at hand write; a tool that is not there is passed over."""
    import pypdf

    writer = pypdf.PdfWriter(clone_from=io.BytesIO(bases.drawn(2)))
    sink = io.BytesIO()
    writer.write(sink)
    yield "pypdf", sink.getvalue()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in.pdf").write_bytes(bases.drawn(2))
        (folder / "in.html").write_text("<html><body><h1>Giấy xác nhận</h1><p>Phường</p></body></html>")
        runs = {
            "qpdf": ["qpdf", "in.pdf", "out.pdf"],
            "qpdf_linear": ["qpdf", "--linearize", "in.pdf", "out.pdf"],
            "qpdf_packed": ["qpdf", "--object-streams=generate", "in.pdf", "out.pdf"],
            "qpdf_linear_packed": ["qpdf", "--linearize", "--object-streams=generate", "in.pdf", "out.pdf"],
            "ghostscript": ["gs", "-q", "-dBATCH", "-dNOPAUSE", "-sDEVICE=pdfwrite", "-sOutputFile=out.pdf", "in.pdf"],
            "cairo": ["pdftocairo", "-pdf", "in.pdf", "out.pdf"],
            "mupdf": ["mutool", "clean", "in.pdf", "out.pdf"],
            "libreoffice": ["soffice", "--headless", f"-env:UserInstallation=file://{folder}/lo", "--convert-to", "pdf", "--outdir", ".", "in.html"],
            "chromium": ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--print-to-pdf=out.pdf", "in.html"],
        }
        for label, command in runs.items():
            if not shutil.which(command[0]):
                continue
            out = folder / ("in.pdf" if label == "libreoffice" else "out.pdf")
            if label != "libreoffice":
                out.unlink(missing_ok=True)
            run = subprocess.run(command, cwd=folder, capture_output=True, timeout=120, check=False)
            if run.returncode == 0 and out.exists():
                yield label, out.read_bytes()


@maker("good")
def long_term(world):
    """Good ones that are looked at when certificates have expired since, or lists have gone."""
    lists = {"crls": []}
    archived = signing.sign(bases.plain(), world.citizen, stamper=world.tsa.timestamper(), context=signing.context(world))
    yield Case("good.archived_no_lists", archived, GOOD, "the file brings its own", lists)
    lta = signing.sign(bases.plain(), world.citizen, stamper=world.tsa.timestamper(), context=signing.context(world), use_pades_lta=True)
    yield Case("good.lta_no_lists", lta, GOOD, "", lists)
    stamped = signing.sign(bases.plain(), world.expired, stamper=world.tsa.timestamper(NOW - 60 * DAY))
    yield Case("good.expired_since", stamped, GOOD)
    revoked = signing.sign(bases.plain(), world.revoked, stamper=world.tsa.timestamper(NOW - 60 * DAY))
    yield Case("good.revoked_since", revoked, GOOD)
    assert SIGNED and fields and generic and pdf_name
