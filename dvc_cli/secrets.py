# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What must never be in the database: the encryption key and the demo's signing keys."""

import base64
import datetime
import os
from pathlib import Path

from .settings import CHECKOUT, Settings
from .steps import Failure, call

PKI_PROGRAM = CHECKOUT / "addons" / "dvc_account" / "signing" / "demo_pki.py"


def environment(settings: Settings) -> dict[str, str]:
    """Return the variables that tell the server where its keys are."""
    return {"DVC_SECRET_KEY_FILE": str(_key_file(settings)), "DVC_PKI_DIR": str(_pki(settings))}


def _key_file(settings: Settings) -> Path:
    return settings.home / "secret.key"


def _pki(settings: Settings) -> Path:
    return settings.home / "pki"


def ensure(settings: Settings) -> None:
    """Have the encryption key and, for the demo and the tests, a PKI to sign with."""
    _make(_key_file(settings))
    call([settings.python, PKI_PROGRAM, _pki(settings)], "making the demo's signing keys", settings.log("pki"))


def _make(key: Path) -> None:
    """Write a new random key, readable by the owner only, unless there is one."""
    if not key.exists():
        part = key.with_name(f"{key.name}.part")
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        part.write_bytes(base64.b64encode(os.urandom(32)))
        part.rename(key)


def next_key(settings: Settings) -> tuple[Path, bool]:
    """Return the file of the key that is to follow, and whether it is that of a change that was broken off."""
    path = _next_file(settings)
    begun = path.exists()
    _make(path)
    return path, begun


def check_settled(settings: Settings) -> None:
    """Refuse to work while a change of the key is half done.

    :raise Failure: there is the file of a key that is to follow
    """
    if _next_file(settings).exists():
        raise Failure("A change of the encryption key was broken off: finish it by ./dvc rotate-key.")


def put_in_place(settings: Settings) -> Path:
    """Make the next key the key; return where the old one is kept. At no moment there is none."""
    key = _key_file(settings)
    old = key.with_name(f"{key.name}.old-{datetime.date.today().isoformat()}")
    if old.exists():
        old = key.with_name(f"{key.name}.old-{datetime.datetime.now():%Y-%m-%d-%H%M%S}")
    os.link(key, old)
    _next_file(settings).rename(key)
    return old


def _next_file(settings: Settings) -> Path:
    return settings.home / "secret.key.new"
