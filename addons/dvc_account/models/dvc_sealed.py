# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import models
from odoo.tools import SQL


class DvcSealed(models.AbstractModel):
    """Says which columns of a model stand under the master key, so that a new key finds them all.

    Every model that keeps sealed values or keyed hashes inherits it; a test holds the columns named
    ``*_secret``, ``*_sealed`` and ``*_hash`` against what is declared.
    """

    _name = "dvc.sealed"
    _description = "Columns under the master key"

    # Sealed column: its label.
    _sealed_fields: dict[str, str] = {}
    # Keyed hash: the sealed column of the same row that it is the hash of, under the same label.
    _hashed_fields: dict[str, str] = {}
    # Keyed hash of a text that only other models keep sealed: the label.
    _hash_copies: dict[str, str] = {}
    # Keyed hashes of texts kept nowhere: with the key their use ends.
    _forgotten_fields: frozenset[str] = frozenset()

    def _forget_secrets(self) -> None:
        """Hook: end what cannot be told again under another key; dialogs that are open are dropped."""
        if self._transient:
            self.env.cr.execute(SQL("DELETE FROM %s", SQL.identifier(self._table)))
