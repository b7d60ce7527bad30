# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What viewers show of a file: the judge of whether a change is displayed."""

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

VIEWERS = {
    "poppler": ["pdftoppm", "-r", "24", "file.pdf"],
    "poppler text": ["pdftotext", "file.pdf", "-"],
    "mupdf": ["mutool", "draw", "-q", "-r", "24", "-F", "pnm", "file.pdf"],
    "mupdf text": ["mutool", "draw", "-q", "-F", "txt", "file.pdf"],
    "ghostscript": ["gs", "-q", "-dBATCH", "-dNOPAUSE", "-dSAFER", "-sDEVICE=txtwrite", "-sOutputFile=-", "file.pdf"],
}


def shown(data: bytes) -> dict[str, str]:
    """Return a mark of what each viewer at hand shows; a viewer that fails shows ``failed``."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "file.pdf").write_bytes(data)
        for name, command in VIEWERS.items():
            if not shutil.which(command[0]):
                continue
            try:
                run = subprocess.run(command, cwd=folder, capture_output=True, timeout=20, check=False)
                found[name] = hashlib.sha256(run.stdout).hexdigest() if run.stdout and not run.returncode else "failed"
            except subprocess.TimeoutExpired:
                found[name] = "failed"
    return found


def differing(one: dict, other: dict) -> list[str]:
    """Return the viewers that show two files differently."""
    return [name for name in one if one[name] != other.get(name)]
