# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import functools
import logging
import threading
from datetime import timedelta

import psycopg2.errors

from odoo import SUPERUSER_ID, api, fields, models
from odoo.modules.registry import Registry

from ..signing.limited import SECONDS
from ..signing.pool import WAIT_SECONDS, Check

_logger = logging.getLogger(__name__)

JOB, QUICK_JOB = "dvc_account.ir_cron_signature_tasks", "dvc_account.ir_cron_signature_tasks_quick"
# After so many tries without an answer the checker itself is at fault.
TRIES_MAX = 5
RETRY = timedelta(seconds=20)
# A check that goes on where it was begun is left alone so long.
LEFT_ALONE = timedelta(seconds=SECONDS + 4)
# The second job does not stay with one file for longer.
QUICK_SECONDS = 3.0
# What is checked again for order's sake stands behind what citizens hand in within this time.
BEHIND = timedelta(hours=1)


class DvcSignatureTask(models.Model):
    """A file that the jobs have to check: handed in and not done within its request, or to be checked again."""

    _name = "dvc.signature.task"
    _description = "Signature check to do"
    _order = "due_at, id"
    _log_access = False

    res_model = fields.Char(string="Kind", required=True, readonly=True)
    res_id = fields.Many2oneReference(string="Record", model_field="res_model", required=True, readonly=True)
    company_id = fields.Many2one("res.company", string="Agency", readonly=True, index="btree_not_null")
    created_at = fields.Datetime(string="Since", required=True, default=fields.Datetime.now, readonly=True)
    due_at = fields.Datetime(string="Turn", required=True, readonly=True, help="The oldest is checked first.")
    not_before = fields.Datetime(required=True, readonly=True)
    tries = fields.Integer(default=0, readonly=True, help="How often a check was begun.")
    overran = fields.Boolean(string="Takes long", readonly=True, help="It was begun before and took too long.")
    line_id = fields.Many2one("dvc.signature.batch.line", readonly=True, index="btree_not_null", ondelete="cascade")

    _due_idx = models.Index("(due_at, id)")

    # What is left to the jobs

    @api.model
    def _queue(self, files, checks: list[Check] = ()) -> None:
        """Leave files to the jobs; what is checked already in this process hands its answer over itself.

        :param files: records of one model that inherits dvc.signature.file
        :param checks: of the same files, in the same order, where they were begun
        """
        if not files:
            return
        now = fields.Datetime.now()
        going_on = [check.overran and not check.done.is_set() for check in checks] or [False] * len(files)
        tasks_sudo = self._create_for(
            files,
            [
                {"due_at": now, "not_before": now + (LEFT_ALONE if goes_on else timedelta()), "overran": goes_on}
                for goes_on in going_on
            ],
        )
        for task, check, goes_on in zip(tasks_sudo, checks, going_on, strict=False):
            if goes_on:
                self.env.cr.postcommit.add(
                    functools.partial(check.then, functools.partial(_hand_over, self.env.cr.dbname, task.id))
                )
        self._wake(now)
        if any(going_on):
            self._wake(now + LEFT_ALONE)

    @api.model
    def _queue_again(self, lines) -> None:
        """Leave to the jobs what is to be checked once more.

        :param lines: dvc.signature.batch.line records
        """
        later = fields.Datetime.now() + BEHIND
        values = {"due_at": later, "not_before": fields.Datetime.now()}
        for model, of_model in lines.grouped("res_model").items():
            self._create_for(
                self.env[model].browse(of_model.mapped("res_id")), [{**values, "line_id": line.id} for line in of_model]
            )
        self._wake(fields.Datetime.now())

    @api.model
    def _create_for(self, files, values: list[dict]):
        # Whoever hands a file in leaves it to the jobs; nobody writes tasks.
        return self.sudo().create(
            [
                {"res_model": file._name, "res_id": file.id, "company_id": file._signature_agency().id, **more}
                for file, more in zip(files.sudo(), values, strict=True)
            ]
        )

    @api.model
    def _wake(self, at) -> None:
        """Have the jobs run, now or at a moment to come."""
        for name in (JOB, QUICK_JOB):
            # Whoever leaves something to the jobs may wake them.
            self.env.ref(name).sudo()._trigger(at)

    # The jobs

    @api.model
    def _cron_check(self, quick: bool = False) -> None:
        """Check what waits, the oldest first, each file in a transaction of its own.

        :param quick: pass over what is known to take long, and stay with no file for long
        """
        progress = self.env["ir.cron"]
        progress._commit_progress(remaining=self._count_due(quick))
        taken = False
        while task := self._claim(quick):
            taken = True
            task._do_guarded(quick)
            if not progress._commit_progress(1):
                break
        # What others are at is theirs: there is nothing left for this job.
        progress._commit_progress(remaining=self._count_due(quick) if taken else 0)
        self.env["dvc.signature.batch"]._finish_ended()

    @api.model
    def _due_domain(self, quick: bool) -> list:
        domain = [("not_before", "<=", fields.Datetime.now())]
        return [*domain, ("overran", "=", False)] if quick else domain

    @api.model
    def _count_due(self, quick: bool) -> int:
        return self.search_count(self._due_domain(quick), limit=1000)

    @api.model
    def _claim(self, quick: bool):
        """Take the next file, so that no other job has it, and count the try even if this process is killed.

        :return: the locked task, or an empty one
        """
        for _try in range(10):
            try:
                self._count_next_try(quick)
            except psycopg2.errors.SerializationFailure:
                self.env.cr.rollback()
                continue
            found = self.env.cr.fetchone()
            self.env["ir.cron"]._commit_progress()
            if not found:
                return self.browse()
            task = self.browse(found[0])
            task.invalidate_recordset()
            if task.try_lock_for_update():
                return task
        return self.browse()

    def _count_next_try(self, quick: bool) -> None:
        """Count the try of the next file, whose number the cursor then has.

        :raise psycopg2.errors.SerializationFailure: another job took it since this transaction began
        """
        self.env.cr.execute(
            """UPDATE dvc_signature_task SET tries = tries + 1 WHERE id = (
                SELECT id FROM dvc_signature_task WHERE not_before <= %s AND (NOT %s OR overran IS NOT TRUE)
                ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id""",
            [fields.Datetime.now(), quick],
            log_exceptions=False,
        )

    def _do_guarded(self, quick: bool) -> None:
        """Do one task; whatever hinders it is the next try's, and no other task's."""
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                self._do(quick)
        except psycopg2.errors.OperationalError as error:
            # Somebody settled the file meanwhile: seen at the next try.
            _logger.info("Signature check %s is tried again: %s", self.id, type(error).__name__)
        except Exception:
            _logger.exception("Signature check %s failed", self.id)
            self._put_off(RETRY)

    def _do(self, quick: bool) -> None:
        file = self._file()
        if not file or not (self.line_id or file._awaits_check()):
            self.unlink()
            return
        if self.tries > TRIES_MAX:
            self._give_up(file)
            return
        seconds = QUICK_SECONDS if quick else float(SECONDS + WAIT_SECONDS)
        (check,) = self.env["dvc.signature"]._check_within([file._signature_file()], seconds, not quick)
        if check.answer and check.answer["reason"] != "not_checked":
            self._settle(file, check.answer)
        elif check.overran and not check.not_started:
            # The other job gives it all the time a check may take.
            self._put_off(timedelta(), overran=True)
        else:
            self._put_off(RETRY)

    def _file(self):
        """Return the record of the task; empty where it is gone."""
        return self.env[self.res_model].browse(self.res_id).exists() if self.res_model in self.env else None

    def _settle(self, file, answer: dict) -> None:
        """Keep what a check found, and tell it; the task is done."""
        line, before = self.line_id, file._signature_verdict()
        verdict = file._settle_check(answer, "again" if line else "")
        self.unlink()
        line._note(before, verdict)
        file._tell_checked()

    def _put_off(self, wait: timedelta, **values) -> None:
        at = fields.Datetime.now() + wait
        self.write({"not_before": at, **values})
        self._wake(at)

    def _give_up(self, file) -> None:
        """Leave a file undecided: the checker does not answer. The administrator is told."""
        check = Check(*file._signature_file()[:2], None, b"", False)
        check.name()
        self._settle(file, check.nothing("not_checked"))
        message = self.env._(
            "Signatures cannot be checked: file %(model)s %(id)s was tried %(count)s times without an answer. See the"
            " server's log, and check the files of verdict “Not established yet” again.",
            model=file._name,
            id=file.id,
            count=TRIES_MAX,
        )
        _logger.error("Signature check given up: %s,%s", file._name, file.id)
        self.env["ir.cron"]._notify_admin(message)
        self.env["dvc.journal"]._log("signature.given_up", record=file)


def _hand_over(database: str, task_id: int, answer: dict | None) -> None:
    """Settle a file whose check ended in the process where it was begun, after its request."""
    threading.current_thread().dbname = database
    # The request's own cron trigger comes later: what fails here is not lost.
    try:
        with Registry(database).cursor() as cr:
            task = api.Environment(cr, SUPERUSER_ID, {})["dvc.signature.task"].browse(task_id)
            task = task.exists().try_lock_for_update()
            if not task:
                return
            file = task._file()
            if answer and answer["reason"] != "not_checked" and file and file._awaits_check():
                task._settle(file, answer)
            else:
                task._put_off(timedelta())
    except Exception as error:
        _logger.info("Signature check %s is left to the job: %s", task_id, type(error).__name__)
