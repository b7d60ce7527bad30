# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What a PDF does beyond showing pages is told, wherever it hides."""

import io

import pytest
from conftest import load_package
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer
from signing_lab import page

active_content = load_package("dvc_account", "signing", "active_content")


def dictionary(**entries):
    return generic.DictionaryObject({pdf_name(f"/{key}"): value for key, value in entries.items()})


def action(kind, **more):
    return dictionary(S=pdf_name(kind), **more)


SCRIPT = action("/JavaScript", JS=generic.TextStringObject("app.alert(1)"))
LINK = action("/URI", URI=generic.TextStringObject("https://example.vn"))


def at_opening(writer):
    writer.root["/OpenAction"] = SCRIPT


def at_closing(writer):
    writer.root["/AA"] = dictionary(WC=writer.add_object(SCRIPT))


def after_a_link(writer):
    link = action("/GoTo", D=generic.ArrayObject())
    link["/Next"] = generic.ArrayObject([action("/Launch", F=generic.TextStringObject("calc.exe"))])
    annotate(writer, Subtype=pdf_name("/Link"), A=link)


def by_name(writer):
    writer.root["/Names"] = dictionary(JavaScript=dictionary(Names=generic.ArrayObject()))


def carried(writer):
    writer.root["/Names"] = dictionary(EmbeddedFiles=dictionary(Names=generic.ArrayObject()))


def in_a_field(writer):
    field = dictionary(FT=pdf_name("/Tx"), AA=dictionary(K=action("/SubmitForm")))
    writer.root["/AcroForm"] = dictionary(Fields=generic.ArrayObject([writer.add_object(field)]))


def drawn_by_program(writer):
    writer.root["/AcroForm"] = dictionary(Fields=generic.ArrayObject(), XFA=generic.ArrayObject())


def film(writer):
    annotate(writer, Subtype=pdf_name("/RichMedia"))


def going_round(writer):
    first = writer.add_object(action("/URI"))
    first.get_object()["/Next"] = first
    writer.root["/OpenAction"] = first


def linked(writer):
    annotate(writer, Subtype=pdf_name("/Link"), A=LINK)


def annotate(writer, **entries):
    reference = writer.root["/Pages"]["/Kids"].raw_get(0)
    reference.get_object()["/Annots"] = generic.ArrayObject([writer.add_object(dictionary(**entries))])
    writer.mark_update(reference)


def written(change, packed):
    writer = IncrementalPdfFileWriter(io.BytesIO(page()))
    change(writer)
    writer.update_root()
    sink = io.BytesIO()
    writer.write(sink)
    if packed:
        writer = copy_into_new_writer(PdfFileReader(sink), {"stream_xrefs": True})
        sink = io.BytesIO()
        writer.write(sink)
    return sink


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("change", "found"),
    [
        (at_opening, ["javascript"]),
        (at_closing, ["javascript"]),
        (after_a_link, ["launch"]),
        (by_name, ["javascript"]),
        (carried, ["attachment"]),
        (in_a_field, ["submit"]),
        (drawn_by_program, ["xfa"]),
        (film, ["media"]),
        (going_round, []),
        (linked, []),
    ],
)
def test_what_a_file_does_is_told(change, found, packed):
    assert active_content.kinds(PdfFileReader(written(change, packed))) == found


def test_escaped_names_are_the_same_names():
    plain, escaped = b"/S /JavaScript", b"/S/J#61vaScript"
    data = written(at_opening, packed=False).getvalue()
    assert data.count(plain) == 1
    hidden = data.replace(plain, escaped.ljust(len(plain)))
    assert active_content.kinds(PdfFileReader(io.BytesIO(hidden), strict=False)) == ["javascript"]


def test_a_plain_page_does_nothing():
    assert active_content.kinds(PdfFileReader(io.BytesIO(page()))) == []
