# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo.tools import SQL


def enable_always(cr, table: str) -> None:
    """Let a table's triggers fire under ``session_replication_role = replica`` too, which skips ordinary ones.

    A trigger that somebody has disabled stays so: the audit names it.
    """
    cr.execute(
        "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal AND tgenabled = 'O'", [table]
    )
    for (name,) in cr.fetchall():
        cr.execute(SQL("ALTER TABLE %s ENABLE ALWAYS TRIGGER %s", SQL.identifier(table), SQL.identifier(name)))
