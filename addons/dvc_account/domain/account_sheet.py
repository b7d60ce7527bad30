# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The workbook of a list of old accounts: read line by line, never evaluated, within limits."""

import hashlib
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator

import openpyxl

from .account_row import Formula, text_of

FILE_MAX = 15 * 2**20
# What the archive says it unpacks to; Python reads no more of a part than it says.
UNPACKED_MAX = 250 * 2**20
# Texts of the sheet are kept in memory by the reader, so they have a limit of their own.
STRINGS_MAX = 40 * 2**20
PARTS_MAX = 500
ROWS_MAX = 100_000
COLUMNS_MAX = 40
HEAD_ROWS = 15
_CHUNK = 2**20
_HEADS = {
    "name": "ho va ten|ho ten|ho va ten dem|ho ten cong dan|full name",
    "phone": "so dien thoai|dien thoai|sdt|so dt|di dong|so di dong|dien thoai di dong|phone",
    "citizen_id": (
        "so cccd|cccd|so can cuoc|so can cuoc cong dan|so dinh danh|so dinh danh ca nhan|so cccd so dinh danh"
    ),
    "issue_date": "ngay cap|ngay cap cccd|ngay cap the|ngay cap can cuoc",
    "email": "thu dien tu|email|e mail|dia chi email|hop thu",
    "external_ref": "ma tai khoan cu|ma tai khoan|ma cu|ma tham chieu|external ref",
}
HEADS = {head: column for column, heads in _HEADS.items() for head in heads.split("|")}


class BadSheet(ValueError):
    """A file that cannot be taken; ``problem`` is one of PROBLEMS."""

    PROBLEMS = ("too_large", "unreadable", "hostile", "no_head", "twice_head", "too_many", "empty")

    def __init__(self, problem: str):
        super().__init__(problem)
        self.problem = problem


def fold(text: str) -> str:
    """Return a heading for comparing: small letters without accents, single spaces, no signs."""
    decomposed = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", plain).split())


def check_archive(content: bytes) -> None:
    """Check a file before its first part is unpacked.

    :raise BadSheet: too large, no workbook, a bomb, or a part with entities of its own
    """
    if len(content) > FILE_MAX:
        raise BadSheet("too_large")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > PARTS_MAX or sum(part.file_size for part in parts) > UNPACKED_MAX:
                raise BadSheet("hostile")
            for part in parts:
                if part.filename.endswith("sharedStrings.xml") and part.file_size > STRINGS_MAX:
                    raise BadSheet("hostile")
                if part.filename.endswith((".xml", ".rels", ".vml")):
                    _check_part(archive, part)
    except BadSheet:
        raise
    except Exception:  # noqa: BLE001  # whatever a broken archive raises, it is only a file that cannot be read
        raise BadSheet("unreadable") from None


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Refuse a part that declares a document type: workbooks have none, attacks by entities need one."""
    tail = b""
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            # Zero bytes go, so that UTF-16 hides nothing.
            text = tail + chunk.replace(b"\x00", b"")
            if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
                raise BadSheet("hostile")
            tail = text[-16:]


def rows(content: bytes) -> Iterator[tuple[int, dict[str, object]]]:
    """Give the lines below the headings: their number in the sheet and the cells by column.

    Empty lines are left out. Nothing but the line at hand and the sheet's table of texts is kept.

    :raise BadSheet: see PROBLEMS; also half-way, where the file is broken further down
    """
    check_archive(content)
    try:
        # External links are not followed, formulas come as formulas.
        workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        try:
            yield from _rows(workbook)
        finally:
            workbook.close()
    except (BadSheet, GeneratorExit):
        raise
    except Exception:  # noqa: BLE001  # openpyxl lets through whatever a malformed part makes its parsers raise
        raise BadSheet("unreadable") from None


def _rows(workbook) -> Iterator[tuple[int, dict[str, object]]]:
    sheet = workbook.worksheets[0] if workbook.worksheets else None
    if sheet is None:
        raise BadSheet("empty")
    columns: dict[int, str] = {}
    found = 0
    lines = sheet.iter_rows(max_row=ROWS_MAX + HEAD_ROWS + 1, max_col=COLUMNS_MAX)
    for number, cells in enumerate(lines, start=1):
        if not columns:
            columns = _head(cells)
            if not columns and number >= HEAD_ROWS:
                raise BadSheet("no_head")
            continue
        line = {name: _value(cells[index]) for index, name in columns.items() if index < len(cells)}
        if not any(isinstance(value, Formula) or text_of(value) for value in line.values()):
            continue
        found += 1
        if found > ROWS_MAX:
            raise BadSheet("too_many")
        yield number, line
    if not columns:
        raise BadSheet("no_head")
    if not found:
        raise BadSheet("empty")


def _head(cells) -> dict[int, str]:
    """Return the column names by position, where the line names at least the phone and one more."""
    named = [(index, HEADS.get(fold(text_of(cell.value)))) for index, cell in enumerate(cells)]
    columns = {index: name for index, name in named if name}
    if "phone" not in columns.values() or len(columns) < 2:
        return {}
    if len(set(columns.values())) < len(columns):
        raise BadSheet("twice_head")
    return columns


def _value(cell) -> object:
    if cell.data_type == "f":
        return Formula()
    # An error such as #N/A says nothing.
    return None if cell.data_type == "e" else cell.value


def digest(content: bytes) -> str:
    """Return the SHA-256 of a file, hex."""
    return hashlib.sha256(content).hexdigest()
