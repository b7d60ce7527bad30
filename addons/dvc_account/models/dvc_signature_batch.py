# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import psycopg2.errors

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..contract import has_role
from ..exceptions import Refusal
from .dvc_signature_check import VERDICTS

FILES_MAX = 5000


class DvcSignatureBatch(models.Model):
    """Files that a manager has had checked again, and what came of it."""

    _name = "dvc.signature.batch"
    _description = "Signatures checked again"
    _order = "id desc"
    _log_access = False

    at = fields.Datetime(string="Asked on", required=True, default=fields.Datetime.now, readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Asked by", required=True, readonly=True, default=lambda self: self.env.uid
    )
    company_id = fields.Many2one("res.company", string="Agency", required=True, readonly=True, index=True)
    ended_at = fields.Datetime(string="Finished on", readonly=True)
    line_ids = fields.One2many("dvc.signature.batch.line", "batch_id", string="Files", readonly=True)
    total = fields.Integer(string="Files to check", readonly=True)
    done = fields.Integer(string="Checked", compute="_compute_progress")
    changed = fields.Integer(string="Verdicts changed", compute="_compute_progress")
    progress = fields.Float(compute="_compute_progress")

    @api.depends("line_ids.done_at", "line_ids.is_changed", "total")
    def _compute_progress(self):
        lines = self.env["dvc.signature.batch.line"]
        counts = lines._read_group(
            [("batch_id", "in", self.ids), ("done_at", "!=", False)], ["batch_id", "is_changed"], ["__count"]
        )
        for batch in self:
            own = {changed: count for of_batch, changed, count in counts if of_batch == batch}
            batch.done, batch.changed = sum(own.values()), own.get(True, 0)
            batch.progress = 100.0 * batch.done / batch.total if batch.total else 100.0

    @api.depends("at", "total")
    def _compute_display_name(self):
        for batch in self:
            batch.display_name = self.env._("Check of %(count)s files", count=batch.total)

    @api.model
    def _check_again(self, files) -> dict:
        """Have the signatures of files checked again by the jobs.

        :param files: records of models that inherit dvc.signature.file; their reading is checked here
        :return: the action that shows the progress
        :raise AccessError: not a manager, or a record of another agency
        :raise Refusal: input.invalid
        """
        if not has_role(self.env, "manager"):
            raise AccessError(self.env._("Your role does not allow this operation."))
        total = sum(len(of_model) for of_model in files)
        if not total:
            raise Refusal("input.invalid", self.env._("There is no file to check here."))
        if total > FILES_MAX:
            raise Refusal("input.invalid", self.env._("Choose fewer records: at most 5,000 files at once."))
        for of_model in files:
            of_model.check_access("read")
        # Role and agency were checked; nobody writes these records.
        batch_sudo = self.sudo().create({"company_id": self.env.company.id, "user_id": self.env.uid, "total": total})
        lines_sudo = batch_sudo.line_ids.create(
            [
                {"batch_id": batch_sudo.id, "res_model": file._name, "res_id": file.id, "name": file.display_name}
                for of_model in files
                for file in of_model
            ]
        )
        self.env["dvc.signature.task"]._queue_again(lines_sudo)
        self.env["dvc.journal"]._log("signature.checked_again", record=batch_sudo, detail={"files": total})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Signatures are being checked again"),
            "res_model": self._name,
            "res_id": batch_sudo.id,
            "views": [(False, "form")],
        }

    @api.model
    def _finish_ended(self) -> None:
        """Tell who asked, once nothing of their batch is left; two jobs that end it at once tell it once."""
        waiting = self.search([("ended_at", "=", False)])
        for batch in waiting.filtered(lambda batch: batch.done >= batch.total):
            try:
                with self.env.cr.savepoint():
                    batch.ended_at = fields.Datetime.now()
                    batch.flush_recordset()
            except psycopg2.errors.SerializationFailure:
                # The other job has told it.
                continue
            batch._tell_finished()

    def _tell_finished(self) -> None:
        asker = self.with_context(lang=self.user_id.lang)
        self.user_id._bus_send(
            "simple_notification",
            {
                "type": "warning" if self.changed else "success",
                "sticky": True,
                "title": asker.env._("Signatures were checked again"),
                "message": asker.env._(
                    "%(count)s files, %(changed)s verdicts changed.", count=self.total, changed=self.changed
                ),
            },
        )


class DvcSignatureBatchLine(models.Model):
    """One file of those that are checked again."""

    _name = "dvc.signature.batch.line"
    _description = "File checked again"
    _order = "is_changed desc, id"
    _log_access = False

    batch_id = fields.Many2one("dvc.signature.batch", required=True, ondelete="cascade", index=True, readonly=True)
    company_id = fields.Many2one(related="batch_id.company_id", store=True, precompute=True)
    name = fields.Char(string="File", required=True, readonly=True)
    res_model = fields.Char(string="Kind", required=True, readonly=True)
    res_id = fields.Many2oneReference(string="Record", model_field="res_model", required=True, readonly=True)
    before = fields.Selection(VERDICTS, readonly=True)
    after = fields.Selection(VERDICTS, string="Now", readonly=True)
    done_at = fields.Datetime(string="Checked on", readonly=True)
    is_changed = fields.Boolean(string="Changed", readonly=True, default=False)

    _open_idx = models.Index("(batch_id) WHERE done_at IS NULL")

    def _note(self, before: str, after: str) -> None:
        """Keep what came of the check of this file; in sudo."""
        for line in self:
            line.write(
                {
                    "before": before,
                    "after": after,
                    "done_at": fields.Datetime.now(),
                    "is_changed": before != after,
                }
            )
            line.batch_id.user_id._bus_send("dvc_signature/batch", {"batch_id": line.batch_id.id})

    def action_open_record(self):
        """Open the record whose file it is."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }
