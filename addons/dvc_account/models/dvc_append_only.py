# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, models
from odoo.tools import SQL

from ..exceptions import Refusal
from .postgres_guards import REFUSE_CHANGE, enable_always


class DvcAppendOnly(models.AbstractModel):
    """Rows that PostgreSQL itself refuses to change, delete or truncate."""

    _name = "dvc.append.only"
    _description = "Append-only table"

    def init(self):
        super().init()
        if self._abstract:
            return
        self.env.cr.execute("SELECT 1 FROM pg_proc WHERE proname = 'dvc_refuse_change'")
        if not self.env.cr.rowcount:
            self.env.cr.execute(
                "CREATE FUNCTION dvc_refuse_change() RETURNS trigger LANGUAGE plpgsql AS %s", [REFUSE_CHANGE]
            )
        self.env.cr.execute(
            "SELECT 1 FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname = 'dvc_append_only_row'", [self._table]
        )
        if self.env.cr.rowcount:
            enable_always(self.env.cr, self._table)
            return
        table = SQL.identifier(self._table)
        self.env.cr.execute(
            SQL(
                "CREATE TRIGGER dvc_append_only_row BEFORE UPDATE OR DELETE ON %s"
                " FOR EACH ROW EXECUTE FUNCTION dvc_refuse_change()",
                table,
            )
        )
        self.env.cr.execute(
            SQL(
                "CREATE TRIGGER dvc_append_only_table BEFORE TRUNCATE ON %s"
                " FOR EACH STATEMENT EXECUTE FUNCTION dvc_refuse_change()",
                table,
            )
        )
        enable_always(self.env.cr, self._table)

    def write(self, vals):  # pylint: disable=method-required-super
        raise Refusal("record.append_only", self.env._("This record is kept as it is: it cannot be changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise Refusal("record.append_only", self.env._("This record is kept as it is: it cannot be deleted."))
