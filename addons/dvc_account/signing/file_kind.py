# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What a file is, by its content; what cannot be taken is refused."""

import io
import zipfile

SIZE_MAX = 20 * 1024 * 1024
ARCHIVE_MEMBERS_MAX = 2000
ARCHIVE_BYTES_MAX = 200 * 1024 * 1024
PIXELS_MAX = 100_000_000
MAGIC = ((b"%PDF-", "pdf"), (b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpg"), (b"PK\x03\x04", "docx"))
EXTENSIONS = {"pdf": ("pdf",), "png": ("png",), "jpg": ("jpg", "jpeg"), "docx": ("docx",), "xml": ("xml",), "p7s": ("p7s",)}


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
        _check_xml(data)
    elif kind == "png" and len(data) >= 24 and _pixels(data) > PIXELS_MAX:
        raise FileRefused("file.hostile")
    return kind


def _kind(data: bytes) -> str | None:
    for magic, kind in MAGIC:
        if data.startswith(magic):
            return kind
    if data.lstrip()[:5] == b"<?xml":
        return "xml"
    # DER of a ContentInfo: a sequence that starts with the OID of signed data.
    if data[:1] == b"\x30" and b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02" in data[:32]:
        return "p7s"
    return None


def _pixels(data: bytes) -> int:
    return int.from_bytes(data[16:20], "big") * int.from_bytes(data[20:24], "big")


def _check_archive(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise FileRefused("file.hostile") from None
    names = {member.filename for member in members}
    if len(members) > ARCHIVE_MEMBERS_MAX or sum(member.file_size for member in members) > ARCHIVE_BYTES_MAX:
        raise FileRefused("file.hostile")
    if any(name.startswith("/") or ".." in name.split("/") for name in names):
        raise FileRefused("file.hostile")
    if "[Content_Types].xml" not in names:
        raise FileRefused("file.type")


def _check_xml(data: bytes) -> None:
    # Entities and document types have no place in what citizens hand in.
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise FileRefused("file.hostile")
