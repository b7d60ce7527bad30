# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Which files are taken, by what is in them."""

import io
import zipfile

import pytest
from conftest import load_package
from PIL import Image

file_kind = load_package("dvc_account", "signing", "file_kind")

BOMB = "<!DOCTYPE a [<!ENTITY b 'bbbb'><!ENTITY c '&b;&b;'>]><a>&c;</a>"


def docx(parts=None, **more) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {"[Content_Types].xml": "<Types/>", **(parts or {}), **more}.items():
            archive.writestr(name, text)
    return sink.getvalue()


def picture(kind: str, size=(20, 10)) -> bytes:
    sink = io.BytesIO()
    Image.new("RGB", size).save(sink, kind)
    return sink.getvalue()


def vast_jpeg() -> bytes:
    data = bytearray(picture("JPEG"))
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = b"\xff\xff\xff\xff"
    return bytes(data)


def vast_png() -> bytes:
    data = bytearray(picture("PNG"))
    data[16:24] = (60000).to_bytes(4, "big") * 2
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (b"%PDF-1.7\n", "a.pdf", "pdf"),
        (b"%PDF-1.7\n", "a", "pdf"),
        (picture("PNG"), "a.png", "png"),
        (picture("JPEG"), "A.JPEG", "jpg"),
        (docx(), "a.docx", "docx"),
        (b"<?xml version='1.0'?><a/>", "a.xml", "xml"),
        (b"\xef\xbb\xbf<?xml version='1.0' encoding='utf-8'?><a/>", "a.xml", "xml"),
        (bytes.fromhex("308006092a864886f70d010702"), "a.p7s", "p7s"),
    ],
)
def test_taken(data, name, kind):
    assert file_kind.inspect_file(data, name) == kind


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "a.pdf", "file.empty"),
        (b"%PDF-" + b"0" * (20 * 1024 * 1024), "a.pdf", "file.too_large"),
        (b"%PDF-1.7\n", "a.png", "file.type"),
        (b"MZ\x90\x00", "a.pdf", "file.type"),
        (b"<html><script>alert(1)</script></html>", "a.xml", "file.type"),
        (b"<?xml version='1.0'?><a>", "a.xml", "file.type"),
        (docx().replace(b"[Content_Types]", b"[Content_Typos]"), "a.docx", "file.type"),
        (f"<?xml version='1.0'?>{BOMB}".encode(), "a.xml", "file.hostile"),
        (b"<?xml version='1.0' encoding='UTF-7'?><a/>", "a.xml", "file.hostile"),
        (b"<?xml version='1.0'?>" + b"<a>" * 1000 + b"</a>" * 1000, "a.xml", "file.hostile"),
        (docx({"word/document.xml": BOMB}), "a.docx", "file.hostile"),
        (docx({"word/document.xml": BOMB.encode("utf-16")}), "a.docx", "file.hostile"),
        (docx({"../evil.txt": "x"}), "a.docx", "file.hostile"),
        (docx({"..\\evil.txt": "x"}), "a.docx", "file.hostile"),
        (docx({f"{number}.txt": "" for number in range(2001)}), "a.docx", "file.hostile"),
        (docx({"bomb.bin": b"\0" * (201 * 1024 * 1024)}), "a.docx", "file.hostile"),
        (docx()[:-10], "a.docx", "file.hostile"),
        (vast_png(), "a.png", "file.hostile"),
        (vast_jpeg(), "a.jpg", "file.hostile"),
    ],
)
def test_refused(data, name, code):
    with pytest.raises(file_kind.FileRefused) as refused:
        file_kind.inspect_file(data, name)
    assert refused.value.code == code
