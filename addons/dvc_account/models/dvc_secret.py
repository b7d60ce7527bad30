# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import contextlib
import functools
import os
import secrets

from odoo import models, tools

from ..domain.secret_box import KEY_BYTES, SecretBox


class DvcSecret(models.AbstractModel):
    """The way to the master key, which lives in a file outside the database."""

    _name = "dvc.secret"
    _description = "Secret key"

    def _box(self) -> SecretBox:
        """Return the box that seals and hashes under the server's key."""
        return _read_box(_key_path())


def _key_path() -> str:
    return os.environ.get("DVC_SECRET_KEY_FILE") or os.path.join(tools.config["data_dir"], "dvc_secret.key")


@functools.lru_cache(maxsize=4)
def _read_box(path: str) -> SecretBox:
    # The first process makes the key; O_EXCL lets one of several win.
    with contextlib.suppress(FileExistsError):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(KEY_BYTES))
    with open(path, "rb") as file:
        return SecretBox(file.read().strip())
