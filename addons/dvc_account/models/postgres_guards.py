# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What PostgreSQL itself holds against changes, and whether it still does: a name alone proves nothing."""

from odoo.tools import SQL

# What the trigger of an append-only table does.
REFUSE_CHANGE = """
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation', CONSTRAINT = 'dvc_append_only';
END
"""
# pg_trigger.tgtype: before each updated or deleted row, before a truncate, after each inserted row.
BEFORE_CHANGE, BEFORE_TRUNCATE, AFTER_INSERT = 27, 34, 5


def enable_always(cr, table: str) -> None:
    """Let a table's triggers fire under ``session_replication_role = replica`` too, which skips ordinary ones.

    A trigger that somebody has disabled stays so: the audit names it.
    """
    cr.execute(
        "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal AND tgenabled = 'O'", [table]
    )
    for (name,) in cr.fetchall():
        cr.execute(SQL("ALTER TABLE %s ENABLE ALWAYS TRIGGER %s", SQL.identifier(table), SQL.identifier(name)))


def append_only_triggers(tables) -> dict:
    """Return the triggers of append-only tables, as ``broken_triggers`` takes them."""
    return {
        **{(table, "dvc_append_only_row"): ("dvc_refuse_change", BEFORE_CHANGE, False) for table in tables},
        **{(table, "dvc_append_only_table"): ("dvc_refuse_change", BEFORE_TRUNCATE, False) for table in tables},
    }


def broken_triggers(env, wanted: dict, closed: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """Return the triggers that were taken away, changed or, on closed tables, added.

    A whole one fires always, for each row that it is for (no WHEN, no columns, no arguments), with its function.

    :param wanted: ``(function, type, deferred)`` by ``(table, trigger)``
    :param closed: tables that have no other trigger: one that nobody knows could change what is written
    """
    rows = env.execute_query(
        SQL(
            "SELECT c.relname, t.tgname, p.proname, t.tgtype::integer, t.tginitdeferred,"
            " t.tgenabled = 'A' AND t.tgqual IS NULL AND t.tgattr::text = '' AND t.tgnargs = 0"
            " AND p.pronamespace = c.relnamespace"
            " FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid"
            " WHERE NOT t.tgisinternal AND c.relname = ANY(%s) AND c.relnamespace = current_schema()::regnamespace",
            sorted({*closed, *(table for table, _name in wanted)}),
        )
    )
    found = {(table, name): (*rest, plain) for table, name, *rest, plain in rows}
    strange = {key for key in found if key not in wanted and key[0] in closed}
    return sorted(strange | {key for key, value in wanted.items() if found.get(key) != (*value, True)})


def broken_functions(env, wanted: dict[str, str]) -> list[str]:
    """Return the trigger functions whose body is no longer the one given."""
    rows = env.execute_query(
        SQL(
            "SELECT p.proname, p.prosrc FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang"
            " WHERE p.proname = ANY(%s) AND p.pronamespace = current_schema()::regnamespace AND p.pronargs = 0"
            " AND l.lanname = 'plpgsql' AND p.proconfig IS NULL",
            list(wanted),
        )
    )
    found = {name: source.split() for name, source in rows}
    return sorted(name for name, source in wanted.items() if found.get(name) != source.split())
