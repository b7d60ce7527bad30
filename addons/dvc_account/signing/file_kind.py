# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What a file is, by its content; what cannot be taken is refused."""

import io
import zipfile
import zlib
from xml.parsers import expat

from .cms_envelope import is_signature

SIZE_MAX = 20 * 1024 * 1024
ARCHIVE_MEMBERS_MAX = 2000
ARCHIVE_BYTES_MAX = 200 * 1024 * 1024
PIXELS_MAX = 100_000_000
MAGIC = ((b"%PDF-", "pdf"), (b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpg"), (b"PK\x03\x04", "docx"))
EXTENSIONS = {
    "pdf": ("pdf",),
    "png": ("png",),
    "jpg": ("jpg", "jpeg"),
    "docx": ("docx",),
    "xml": ("xml",),
    "p7s": ("p7s", "p7m"),
}
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
XML_DEPTH_MAX = 200
XML_CHUNK = 64 * 1024
# Frames that hold the size of a JPEG.
JPEG_SIZES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})


class FileRefused(ValueError):
    """A file that is not taken; ``code`` is file.empty, file.too_large, file.type or file.hostile."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


def inspect_file(data: bytes, filename: str) -> str:
    """Return the kind of a file: pdf, png, jpg, docx, xml or p7s.

    :raise FileRefused: empty, too large, of another kind than its name says, or made to harm
    """
    if not data:
        raise FileRefused("file.empty")
    if len(data) > SIZE_MAX:
        raise FileRefused("file.too_large")
    kind = _kind(data)
    extension = filename.rpartition(".")[2].lower() if "." in filename else ""
    if not kind or (extension and extension not in EXTENSIONS[kind]):
        raise FileRefused("file.type")
    if kind == "docx":
        _check_archive(data)
    elif kind == "xml":
        _check_xml(io.BytesIO(data))
    elif kind in ("png", "jpg") and _pixels(data, kind) > PIXELS_MAX:
        raise FileRefused("file.hostile")
    return kind


def _kind(data: bytes) -> str | None:
    for magic, kind in MAGIC:
        if data.startswith(magic):
            return kind
    if data.removeprefix(BYTE_ORDER_MARK).lstrip()[:5] == b"<?xml":
        return "xml"
    return "p7s" if is_signature(data) else None


def _pixels(data: bytes, kind: str) -> int:
    if kind == "png":
        return int.from_bytes(data[16:20], "big") * int.from_bytes(data[20:24], "big")
    position = 2
    while position + 9 < len(data) and data[position] == 0xFF:
        marker, length = data[position + 1], int.from_bytes(data[position + 2 : position + 4], "big")
        if marker in JPEG_SIZES:
            height, width = data[position + 5 : position + 7], data[position + 7 : position + 9]
            return int.from_bytes(height, "big") * int.from_bytes(width, "big")
        position += 2 + length
    return 0


def _check_archive(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            _check_members(members)
            for member in members:
                if member.filename.endswith((".xml", ".rels")):
                    with archive.open(member) as part:
                        _check_xml(part)
    except (zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError, RuntimeError, EOFError) as error:
        if isinstance(error, FileRefused):
            raise
        raise FileRefused("file.hostile") from None


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    names = {member.filename for member in members}
    if len(members) > ARCHIVE_MEMBERS_MAX or sum(member.file_size for member in members) > ARCHIVE_BYTES_MAX:
        raise FileRefused("file.hostile")
    if any(name.startswith("/") or ".." in name.replace("\\", "/").split("/") for name in names):
        raise FileRefused("file.hostile")
    if "[Content_Types].xml" not in names:
        raise FileRefused("file.type")


def _check_xml(source) -> None:
    """Refuse document types, entities and deep nesting, whatever the encoding hides them in.

    :param source: a binary file
    :raise FileRefused: file.hostile, or file.type where it is no well-formed XML
    """
    parser, depth = expat.ParserCreate(), 0

    def refuse(*_args):
        raise FileRefused("file.hostile")

    def start(_name, _attributes):
        nonlocal depth
        depth += 1
        if depth > XML_DEPTH_MAX:
            refuse()

    def end(_name):
        nonlocal depth
        depth -= 1

    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        while chunk := source.read(XML_CHUNK):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except expat.ExpatError:
        raise FileRefused("file.type") from None
    except FileRefused:
        raise
    except (LookupError, ValueError):
        # An encoding that other readers may know, and read other things in.
        raise FileRefused("file.hostile") from None
