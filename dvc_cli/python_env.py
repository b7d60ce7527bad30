# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The virtual environments: one for Odoo and its tests, one for the linters."""

import sys
from pathlib import Path

from . import odoo_source
from .settings import CHECKOUT, Settings
from .steps import Failure, Stamp, call, digest, timed

PYTHON_MAX = (3, 13)
ODOO_COMMAND = "#!{python}\nimport odoo.cli\n\nodoo.cli.main()\n"
# Lets pip see that `odoo` is there, without the requirements of Debian's own metadata.
ODOO_METADATA = "Metadata-Version: 2.1\nName: odoo\nVersion: 19.0\n"


def _check_python() -> None:
    if sys.version_info[:2] > PYTHON_MAX:
        here = ".".join(str(part) for part in sys.version_info[:2])
        last = ".".join(str(part) for part in PYTHON_MAX)
        raise Failure(f"Odoo 19 does not run on Python {here}; take one from 3.11 to {last}: python{last} ./dvc run")


def ensure(settings: Settings) -> None:
    """Have Odoo's environment, made from the lock file."""
    lock = CHECKOUT / "requirements.txt"
    source = odoo_source.python_path(settings)
    stamp = Stamp(settings.home, "venv", digest(lock.read_bytes(), str(source), sys.version))
    if stamp.fresh() and settings.python.exists():
        return
    _check_python()
    stamp.clear()
    log = settings.log("venv")
    with timed("installing Python packages"):
        call([sys.executable, "-m", "venv", "--clear", settings.venv], "making the virtual environment", log)
        call([settings.python, "-m", "pip", "install", "-r", lock], "pip install -r requirements.txt", log)
        packages = next((settings.venv / "lib").glob("python3*/site-packages"))
        (packages / "odoo_source.pth").write_text(f"{source}\n")
        metadata = packages / "odoo-19.0.dist-info"
        metadata.mkdir(exist_ok=True)
        (metadata / "METADATA").write_text(ODOO_METADATA)
        (metadata / "INSTALLER").write_text("dvc\n")
        (metadata / "RECORD").write_text("")
        command = settings.venv / "bin" / "odoo"
        command.write_text(ODOO_COMMAND.format(python=settings.python))
        command.chmod(0o755)
    stamp.set()


def ensure_lint(settings: Settings) -> Path:
    """Have the linters' environment; return its folder of commands."""
    lock = CHECKOUT / "requirements-lint.txt"
    venv = settings.home / "venv-lint"
    stamp = Stamp(settings.home, "venv-lint", digest(lock.read_bytes(), sys.version))
    if not stamp.fresh() or not (venv / "bin" / "ruff").exists():
        stamp.clear()
        log = settings.log("venv-lint")
        with timed("installing the linters"):
            call([sys.executable, "-m", "venv", "--clear", venv], "making the linters' environment", log)
            call([venv / "bin" / "python", "-m", "pip", "install", "-r", lock], "pip install", log)
        stamp.set()
    return venv / "bin"
