# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What the environment asks for, and where things are kept."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from .steps import Failure

ADDONS = ("dvc_account", "dvc_dossier", "dvc_wallet", "dvc_result")
CHECKOUT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Settings:
    home: Path
    port: int
    database: str
    demo: bool
    workers: int
    odoo_path: Path | None
    pg_host: str | None

    @property
    def gevent_port(self) -> int:
        return self.port + 3

    @property
    def key(self) -> str:
        """A short name for this home, to tell copies apart outside of it."""
        return hashlib.sha256(str(self.home).encode()).hexdigest()[:12]

    @property
    def venv(self) -> Path:
        return self.home / "venv"

    @property
    def python(self) -> Path:
        return self.venv / "bin" / "python"

    @property
    def odoo(self) -> tuple[Path, Path]:
        """The command ``odoo``: by its interpreter, as a path with a space cannot stand in a script's first line."""
        return self.python, self.venv / "bin" / "odoo"

    @property
    def conf(self) -> Path:
        return self.home / "odoo.conf"

    @property
    def pid_file(self) -> Path:
        return self.home / f"server-{self.port}.pid"

    @property
    def keys_file(self) -> Path:
        return self.home / "api_keys.json"

    def log(self, name: str) -> Path:
        folder = self.home / "log"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{name}.log"


def _number(name: str, default: str, low: int, high: int) -> int:
    value = os.environ.get(name, default)
    if not value.isdigit() or not low <= int(value) <= high:
        raise Failure(f"{name} must be a number from {low} to {high}, not {value!r}.")
    return int(value)


def read() -> Settings:
    """Return the settings of the environment.

    :raise Failure: a value that cannot be used
    """
    odoo_path = os.environ.get("ODOO_PATH")
    if odoo_path and not (Path(odoo_path) / "odoo" / "release.py").exists():
        raise Failure(f"ODOO_PATH={odoo_path} is not an Odoo source tree (odoo/release.py is missing).")
    database = os.environ.get("DVC_DB", "dvc")
    if not database.replace("_", "a").replace("-", "a").isalnum():
        raise Failure(f"DVC_DB={database!r} is not a database name: letters, digits, - and _ only.")
    return Settings(
        home=Path(os.environ.get("DVC_HOME", CHECKOUT / ".dvc")).absolute(),
        port=_number("DVC_PORT", "8069", 1024, 65000),
        database=database,
        demo=_number("DVC_DEMO", "1", 0, 1) == 1,
        workers=_number("DVC_WORKERS", "0", 0, 64),
        odoo_path=Path(odoo_path).absolute() if odoo_path else None,
        pg_host=os.environ.get("PGHOST"),
    )
