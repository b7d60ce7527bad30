# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from collections import defaultdict
from collections.abc import Iterator

from psycopg2.extras import execute_values

from odoo import api, models
from odoo.tools import SQL
from odoo.tools.misc import consteq

from ..domain.secret_box import BadSecret, SecretBox
from ..exceptions import Refusal
from .dvc_secret import CHECK, ROTATING, check_of, key_path

BATCH = 500


class DvcSecretRotation(models.AbstractModel):
    """The change of the master key: every sealed value and every keyed hash passes to the new one.

    It goes by batches and may be broken off at any moment: which key a value is under shows by
    opening it, a hash changes in the transaction of the value it is the hash of, and the database
    goes by the new key from the transaction of the last batch on. Nobody may work meanwhile.
    """

    _name = "dvc.secret.rotation"
    _description = "Change of the master key"

    @api.model
    def _steps(self, new_path: str, force: bool = False) -> Iterator[int]:
        """Change the key; the caller commits after each step.

        :param new_path: file of the new key, on the server; the old one is where it always is
        :param force: leave what cannot pass to the new key as it is; it is lost then
        :return: how many rows each step has gone through
        :raise Refusal: secret.key_missing, secret.key_mismatch, secret.rotating, secret.left_behind
        """
        boxes = self._boxes(new_path)
        if not boxes:
            return
        if not force:
            self._check(new_path)
        # Parameters are the administrator's; the change of the key runs on the server itself.
        parameters_sudo = self.env["ir.config_parameter"].sudo()
        parameters_sudo.set_param(ROTATING, check_of(boxes[1]))
        self.env.flush_all()
        count = 0
        for model, rows in self._batches():
            # The last batch is committed with what ends the change.
            yield count
            self._pass_on(model, rows, *boxes)
            count = len(rows)
        for model in self._models():
            model._forget_secrets()
        parameters_sudo.set_param(CHECK, check_of(boxes[1]))
        parameters_sudo.set_param(ROTATING, False)
        self.env.invalidate_all()
        self.env["dvc.journal"]._log("secret.rotated")
        self.env.flush_all()
        yield count

    @api.model
    def _check(self, new_path: str) -> None:
        """Check that everything can pass to the new key; nothing is changed.

        :raise Refusal: as ``_steps``
        """
        boxes = self._boxes(new_path)
        left = self._left_behind(*boxes) if boxes else []
        if left:
            text = ", ".join(f"{line['model']}.{line['column']}: {line['count']}" for line in left)
            message = self.env._("Some values cannot pass to the new key (%(values)s).", values=text)
            raise Refusal("secret.left_behind", message)

    @api.model
    def _boxes(self, new_path: str) -> tuple[SecretBox, SecretBox] | None:
        """Return the old and the new key's box; None where the database goes by the new key already."""
        # Parameters are the administrator's; the change of the key runs on the server itself.
        parameters_sudo = self.env["ir.config_parameter"].sudo()
        secrets, check = self.env["dvc.secret"], parameters_sudo.get_param(CHECK)
        new = secrets._read(new_path)
        if consteq(check_of(new), check or ""):
            return None
        old = secrets._read(key_path())
        if not consteq(check_of(old), check or ""):
            raise secrets._mismatch()
        begun = parameters_sudo.get_param(ROTATING)
        if begun and not consteq(begun, check_of(new)):
            message = self.env._("A change to another new key was begun: finish it with the file it was begun with.")
            raise Refusal("secret.rotating", message)
        return old, new

    @api.model
    def _models(self) -> list:
        """Return the models with columns under the key, in sudo."""
        return [
            # Most of these columns are closed to every user.
            self.env[name].sudo()
            for name, model in sorted(self.env.registry.items())
            if not model._abstract and issubclass(model, self.env.registry["dvc.sealed"])
        ]

    @api.model
    def _batches(self) -> Iterator[tuple]:
        """Yield each model that keeps sealed values and its rows ``{id, column: value}``, BATCH at a time."""
        for model in self._models():
            # What lies in an open dialog is dropped with it.
            columns = [] if model._transient else sorted({*model._sealed_fields, *model._hashed_fields})
            last = 0
            while columns:
                query = SQL(
                    "SELECT id, %s FROM %s WHERE id > %s AND num_nonnulls(%s) > 0 ORDER BY id LIMIT %s",
                    SQL(", ").join(map(SQL.identifier, columns)),
                    SQL.identifier(model._table),
                    last,
                    SQL(", ").join(map(SQL.identifier, columns)),
                    BATCH,
                )
                rows = self.env.execute_query_dict(query)
                if not rows:
                    break
                yield model, rows
                last = rows[-1]["id"]

    @api.model
    def _pass_on(self, model, rows: list[dict], old: SecretBox, new: SecretBox) -> None:
        """Bring rows, and the hashes that others keep of their values, under the new key."""
        moved = defaultdict(dict)
        for row in rows:
            texts = {}
            for column, label in model._sealed_fields.items():
                opened = _opened(row[column], label, old, new)
                if opened:
                    texts[column], is_new = opened
                    row[column] = row[column] if is_new else new.seal(texts[column], label)
            for column, source in model._hashed_fields.items():
                if source in texts and row[column]:
                    digest = new.digest(texts[source], model._sealed_fields[source])
                    moved[model._sealed_fields[source]][row[column]] = digest
                    row[column] = digest
        columns = [column for column in rows[0] if column != "id"]
        self._update(model, columns, [(row["id"], *(row[column] for column in columns)) for row in rows])
        self._pass_on_copies(moved)

    @api.model
    def _update(self, model, columns: list[str], values: list[tuple]) -> None:
        names = SQL(", ").join(map(SQL.identifier, columns))
        changes = SQL(", ").join(SQL("%s = v.%s", SQL.identifier(name), SQL.identifier(name)) for name in columns)
        table = SQL.identifier(model._table)
        statement = SQL("UPDATE %s t SET %s FROM (VALUES %%s) v (id, %s) WHERE t.id = v.id", table, changes, names)
        template = f"(%s, {', '.join(['%s::text'] * len(columns))})"
        self._execute_values(statement, values, template)

    @api.model
    def _pass_on_copies(self, moved: dict[str, dict[str, str]]) -> None:
        for model in self._models():
            for column, label in model._hash_copies.items():
                pairs = [pair for pair in moved[label].items() if pair[0] != pair[1]]
                if not pairs:
                    continue
                name, table = SQL.identifier(column), SQL.identifier(model._table)
                statement = SQL(
                    "UPDATE %s t SET %s = v.new FROM (VALUES %%s) v (old, new) WHERE t.%s = v.old", table, name, name
                )
                self._execute_values(statement, pairs, None)

    @api.model
    def _execute_values(self, statement: SQL, values: list[tuple], template: str | None) -> None:
        # The statement has no parameters of its own, only the place of the values.
        execute_values(self.env.cr._obj, statement.code.replace("%%s", "%s"), values, template, len(values))

    @api.model
    def _left_behind(self, old: SecretBox, new: SecretBox) -> list[dict]:
        """Return what cannot pass to the new key: spoilt values, and hashes of numbers that nobody keeps.

        :return: list of ``{model, column, count}``
        """
        counts = defaultdict(int)
        for model, rows in self._batches():
            for row in rows:
                broken = {
                    column
                    for column, label in model._sealed_fields.items()
                    if row[column] and not _opened(row[column], label, old, new)
                }
                # A hash without its value, too: it could not be made again.
                broken |= {column for column, source in model._hashed_fields.items() if row[column] and not row[source]}
                for column in broken:
                    counts[model._name, column] += 1
        for model in self._models():
            for column, label in model._hash_copies.items():
                counts[model._name, column] += self._count_unknown(model, column, label)
        return [{"model": name, "column": column, "count": count} for (name, column), count in counts.items() if count]

    @api.model
    def _count_unknown(self, model, column: str, label: str) -> int:
        """Return how many hashes of a column are those of no sealed value."""
        known = SQL(" ").join(
            SQL(
                "AND NOT EXISTS (SELECT 1 FROM %s s WHERE s.%s = t.%s)",
                SQL.identifier(source._table),
                SQL.identifier(hashed),
                SQL.identifier(column),
            )
            for source in self._models()
            for hashed, sealed in source._hashed_fields.items()
            if source._sealed_fields[sealed] == label
        )
        query = SQL(
            "SELECT count(*) FROM %s t WHERE t.%s IS NOT NULL %s",
            SQL.identifier(model._table),
            SQL.identifier(column),
            known,
        )
        return self.env.execute_query(query)[0][0]


def _opened(sealed: str | None, label: str, old: SecretBox, new: SecretBox) -> tuple[str, bool] | None:
    """Return a sealed value in clear and whether the new key seals it; None where neither key opens it."""
    if not sealed:
        return None
    for box, is_new in ((new, True), (old, False)):
        try:
            return box.open(sealed, label), is_new
        except BadSecret:
            continue
    return None
