# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import contextlib
import os
import secrets

from odoo import api, models, tools
from odoo.tools.misc import consteq

from ..contract import own_transaction
from ..domain.secret_box import KEY_BYTES, BadSecret, SecretBox
from ..exceptions import Refusal

# A keyed hash of nothing secret: it tells whether the file's key is this database's.
CHECK = "dvc_account.secret_check"
# The same of the key that a change was begun to: until it is finished nobody works.
ROTATING = "dvc_account.secret_rotating"


class DvcSecret(models.AbstractModel):
    """The way to the master key, which lives in a file outside the database."""

    _name = "dvc.secret"
    _description = "Secret key"

    @api.model
    def _box(self) -> SecretBox:
        """Return the box that seals and hashes under the server's key.

        :raise Refusal: secret.key_missing, secret.key_mismatch, secret.rotating: under another key nobody
            would be found again and every person could get a second account
        """
        return self._checked_box(key_path())

    @api.model
    @tools.ormcache("path")
    def _checked_box(self, path: str) -> SecretBox:
        # Parameters are not readable by those who need the key's work.
        parameters_sudo = self.env["ir.config_parameter"].sudo()
        if parameters_sudo.get_param(ROTATING):
            message = self.env._("The change of the master key is not finished: run ./dvc rotate-key again.")
            raise Refusal("secret.rotating", message)
        check = parameters_sudo.get_param(CHECK)
        if not check:
            return self._adopt(path)
        box = self._read(path)
        if not consteq(check_of(box), check):
            raise self._mismatch()
        return box

    @api.model
    def _adopt(self, path: str) -> SecretBox:
        """Note whose key the database goes by; only one without any sealed value gets a new key."""
        with own_transaction(self.env) as env:
            env["dvc.account"].flush_model(["phone_secret"])
            env.cr.execute("SELECT phone_secret FROM dvc_account WHERE phone_secret IS NOT NULL LIMIT 1")
            sealed = env.cr.fetchone()
            if not sealed:
                _create(path)
            box = self._read(path)
            if sealed:
                try:
                    box.open(sealed[0], "phone")
                except BadSecret:
                    raise self._mismatch() from None
            # As above.
            env["ir.config_parameter"].sudo().set_param(CHECK, check_of(box))
        return box

    @api.model
    def _read(self, path: str) -> SecretBox:
        try:
            with open(path, "rb") as file:
                return SecretBox(file.read().strip())
        except FileNotFoundError:
            message = self.env._(
                "The master key of this database is missing. Restore its file where DVC_SECRET_KEY_FILE names it."
            )
            raise Refusal("secret.key_missing", message) from None

    @api.model
    def _mismatch(self) -> Refusal:
        message = self.env._(
            "The master key is not the one of this database. Restore the right file where DVC_SECRET_KEY_FILE names it."
        )
        return Refusal("secret.key_mismatch", message)


def key_path() -> str:
    """Return where the key's file is."""
    return os.environ.get("DVC_SECRET_KEY_FILE") or os.path.join(tools.config["data_dir"], "dvc_secret.key")


def check_of(box: SecretBox) -> str:
    """Return what a database keeps of a box to know its key by."""
    return box.digest("dvc", "check")


def _create(path: str) -> None:
    # O_EXCL lets one of several processes win.
    with contextlib.suppress(FileExistsError):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(KEY_BYTES))
