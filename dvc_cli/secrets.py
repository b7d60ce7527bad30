# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What must never be in the database: the encryption key and the demo's signing keys."""

import base64
import os
from pathlib import Path

from .settings import CHECKOUT, Settings
from .steps import call

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
    key = _key_file(settings)
    if not key.exists():
        part = key.with_suffix(".part")
        part.touch(mode=0o600)
        part.write_bytes(base64.b64encode(os.urandom(32)))
        part.rename(key)
    call([settings.python, PKI_PROGRAM, _pki(settings)], "making the demo's signing keys", settings.log("pki"))
