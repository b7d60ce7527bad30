# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Odd but honest shapes of files, and PDFs that other tools wrote, all signed with our own tools."""

import io
import shutil
import subprocess
import tempfile
from pathlib import Path

import pypdf

from . import bases, revision, signing
from .attack_shadow import hybrid, loose
from .case import maker
from .good_own import good

XMP = (
    b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>"
    b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/></x:xmpmeta>"
)


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
        yield good(
            f"version_{version.decode()}", signing.sign(base.replace(b"%PDF-1.7", b"%PDF-" + version), world.citizen)
        )
    earlier = revision.append(base, {5: bases.stream(bases.content("Truoc khi ky"))})
    yield good("updated_before", signing.sign(earlier, world.citizen))
    yield good(
        "updated_by_stream_before",
        signing.sign(revision.append_stream(bases.packed(), {5: bases.stream(b"")}, 8), world.citizen),
    )
    yield good(
        "freed_before", signing.sign(revision.append(revision.append(base, {9: b"(x)"}), {}, freed=[9]), world.citizen)
    )
    yield good("hybrid", signing.sign(hybrid(bases.parts()), world.citizen))
    yield good("hybrid_two", signing.sign(signing.sign(hybrid(bases.parts()), world.leader), world.seal))
    yield good("loose_table", signing.sign(loose(bases.parts()), world.citizen))
    yield good(
        "dangling_honest",
        signing.sign(bases.classic(bases.parts(root=b"/Outlines 99 0 R")), world.citizen),
        "names an object that never was; as some writers do",
    )
    yield good(
        "dangling_honest_two",
        signing.sign(signing.sign(bases.classic(bases.parts(root=b"/Outlines 99 0 R")), world.leader), world.seal),
    )
    yield good(
        "crlf_lines",
        signing.sign(bases.classic(bases.parts(), header=b"%PDF-1.7\r\n%\xe2\xe3\xcf\xd3\r\n"), world.citizen),
    )
    yield good("tagged", signing.sign(tagged(), world.citizen))
    yield good("tagged_two", signing.sign(signing.sign(tagged(), world.leader), world.seal))
    yield good(
        "layers",
        signing.sign(
            bases.classic(
                bases.parts(
                    root=b"/OCProperties << /OCGs [7 0 R] /D << /Order [7 0 R] >> >>", o7=b"<< /Type /OCG /Name (a) >>"
                )
            ),
            world.citizen,
        ),
    )
    yield good(
        "metadata",
        signing.sign(
            bases.classic(
                bases.parts(
                    root=b"/Metadata 7 0 R",
                    o7=bases.stream(
                        XMP,
                        b"/Type /Metadata /Subtype /XML",
                    ),
                )
            ),
            world.citizen,
        ),
    )
    yield good(
        "attachment",
        signing.sign(
            bases.classic(
                bases.parts(
                    root=b"/Names << /EmbeddedFiles << /Names [(a.txt) 8 0 R] >> >>",
                    o8=b"<< /Type /Filespec /F (a.txt) /EF << /F 7 0 R >> >>",
                    o7=bases.stream(b"hello", b"/Type /EmbeddedFile"),
                )
            ),
            world.citizen,
        ),
    )
    yield good(
        "says_eof_inside",
        signing.sign(bases.classic(bases.parts(drawing=bases.content() + b"\n%%EOF\n")), world.citizen),
    )
    yield good(
        "says_range_inside",
        signing.sign(bases.classic(bases.parts(drawing=bases.content("see /ByteRange [ in the text"))), world.citizen),
    )
    yield good("big", signing.sign(bases.classic(bases.parts(o7=bases.stream(bytes(10_000_000)))), world.citizen))
    yield good("many_pages", signing.sign(bases.drawn(500), world.citizen))
    many = signing.sign(
        bases.drawn(500),
        world.leader,
        stamper=world.tsa.timestamper(),
        context=signing.context(world),
        use_pades_lta=True,
    )
    yield good("many_pages_lta", many)
    yield good("many_pages_two", signing.sign(signing.sign(bases.drawn(500), world.leader), world.seal))
    twelve = bases.plain()
    for _number in range(12):
        twelve = signing.sign(twelve, world.citizen)
    yield good("twelve_signers", twelve)
    nested = bases.parts(
        root=b"/AcroForm << /Fields [7 0 R] /SigFlags 3 >>",
        o7=b"<< /T (form) /FT /Sig /Kids [8 0 R] >>",
        o8=b"<< /T (sig) /Parent 7 0 R /Type /Annot /Subtype /Widget /Rect [0 0 0 0] /P 3 0 R >>",
        page=b"/Annots [8 0 R]",
    )
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
        yield good(
            f"written_by_{label}_lt",
            signing.sign(
                data,
                world.leader,
                stamper=world.tsa.timestamper(),
                context=signing.context(world),
                box=(10, 10, 90, 40),
            ),
        )


def foreign_bases():
    """Yield (name, bytes) of what the tools at hand write; a tool that is not there is passed over."""
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
            "libreoffice": [
                "soffice",
                "--headless",
                f"-env:UserInstallation=file://{folder}/lo",
                "--convert-to",
                "pdf",
                "--outdir",
                ".",
                "in.html",
            ],
            "chromium": [
                "chromium",
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--print-to-pdf=out.pdf",
                "in.html",
            ],
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
