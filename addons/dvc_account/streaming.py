# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Reading more rows than memory holds."""

from collections.abc import Iterator

from odoo.tools import SQL


def stream(cr, query: SQL, cursor: str, size: int = 1000) -> Iterator[dict]:
    """Yield the rows of a query through a cursor in the server, a slice at a time.

    :param cursor: its name: one of a name at a time in a transaction
    :param size: rows fetched at once
    """
    name = SQL.identifier(cursor)
    cr.execute(SQL("DECLARE %s NO SCROLL CURSOR FOR %s", name, query))
    try:
        while True:
            cr.execute(SQL("FETCH %s FROM %s", size, name))
            rows = cr.dictfetchall()
            yield from rows
            if len(rows) < size:
                return
    finally:
        # Who has seen enough closes us early.
        cr.execute(SQL("CLOSE %s", name))
