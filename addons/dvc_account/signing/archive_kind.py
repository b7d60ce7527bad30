# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Whether an archive holds a signature: of an office document, or of a container; neither is checked here."""

import io
import re
import zipfile

# Office Open XML: signature parts, and those of macros. OpenDocument: signatures of the document, of macros, of
# the package.
OFFICE = re.compile(
    r"_xmlsignatures/|.*/vbaProjectSignature\w*\.bin|META-INF/(?:document|macro|package)signatures\.xml", re.IGNORECASE
)
# ETSI EN 319 162 (ASiC), and signed Java archives.
CONTAINER = re.compile(
    r"META-INF/(?:[^/]*signatures?[^/]*\.(?:xml|p7s)|[^/]*timestamp[^/]*\.tst|[^/]*evidencerecord[^/]*"
    r"|[^/]+\.(?:p7s|tst|rsa|dsa|ec))",
    re.IGNORECASE,
)
CONTAINER_TYPES = (b"application/vnd.etsi.asic-e+zip", b"application/vnd.etsi.asic-s+zip")
TYPE_MAX = 100


def archive_kind(data: bytes) -> str:
    """Return the reason of an archive's verdict: unsigned, office, container or damaged.

    :param data: a ZIP file
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [name.replace("\\", "/") for name in archive.namelist()]
            declared = _declared_type(archive)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, EOFError, OSError):
        return "damaged"
    if any(OFFICE.match(name) for name in names):
        return "office"
    if declared in CONTAINER_TYPES or any(CONTAINER.fullmatch(name) for name in names):
        return "container"
    return "unsigned"


def _declared_type(archive: zipfile.ZipFile) -> bytes:
    """Return what the archive says that it is, as OpenDocument and ASiC do."""
    if "mimetype" not in archive.namelist() or archive.getinfo("mimetype").file_size > TYPE_MAX:
        return b""
    # One that is not stored as the formats demand names no type.
    if archive.getinfo("mimetype").compress_type != zipfile.ZIP_STORED:
        return b""
    return archive.read("mimetype").strip()
