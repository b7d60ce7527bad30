# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import dataclasses
import logging
from collections import ChainMap
from collections.abc import Iterator, MutableMapping
from itertools import islice

from psycopg2 import errors

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..domain import account_row, account_sheet, person_name

_logger = logging.getLogger(__name__)

BATCH = 500
ANY = "any number or none"
TRIES = 5


@dataclasses.dataclass
class Line:
    """A line of the list on its way: what it says, and what becomes of it."""

    row: int
    entry: account_row.Entry
    citizen_hash: str
    phone_hash: str
    outcome: str = ""
    same_as_row: int = 0
    account_id: int = 0

    def marks(self) -> list[tuple]:
        """Return by what later lines find this one: the same that finds an account once it is there."""
        person = (self.phone_hash[:32], person_name.key(self.entry.name))
        number = self.citizen_hash[:32]
        found = [("phone", *person, number), ("phone", *person, ANY)]
        found += [("number", number)] if number else []
        return [*found, ("ref", self.entry.external_ref)] if self.entry.external_ref else found

    def looks_for(self) -> list[tuple]:
        """Return the marks of an earlier line that is the same account, as the import's rules go."""
        if self.entry.external_ref:
            return [("ref", self.entry.external_ref)]
        person = (self.phone_hash[:32], person_name.key(self.entry.name))
        if number := self.citizen_hash[:32]:
            return [("number", number), ("phone", *person, "")]
        return [("phone", *person, ANY)]


class DvcAccountImportRun(models.Model):
    """The run over a list: the check and the import are one walk, so that the report is what will happen."""

    _inherit = "dvc.account.import"

    @api.model
    def _cron_import(self) -> None:
        """Check or import what waits; one list after the other, and so no two at once."""
        progress = self.env["ir.cron"]
        waiting = self.search([("state", "in", ("checking", "running"))], order="id")
        progress._commit_progress(remaining=len(waiting) and sum(waiting.mapped("row_count")) + len(waiting))
        for record in waiting:
            if not record._process_guarded(progress):
                return

    def _process_guarded(self, progress) -> bool:
        """Walk over the list; a failure stops it after the last whole batch and is shown.

        :param progress: ir.cron, to commit after each batch; None: within the caller's transaction
        :return: False where the job's time is over
        """
        self.ensure_one()
        try:
            return self._process(progress)
        except account_sheet.BadSheet as bad:
            problem = bad.problem
        except Exception as error:
            if progress is None:
                raise
            _logger.exception("Import %s stopped: %s", self.id, type(error).__name__)
            problem = "error"
        # The job is the system; a manager who waits passed the gate, and the file is closed to users.
        stopped_sudo = self.sudo()
        stopped_sudo._in_flow().write({"state": "failed", "problem": problem, "problem_row": self.done_rows})
        if problem != "error":
            stopped_sudo._in_flow().write({"sealed_file": False})
        self.env["dvc.journal"]._log("account.import_failed", record=self, detail={"problem": problem})
        if progress is not None:
            progress._commit_progress(0)
        return True

    def _process(self, progress) -> bool:
        seen: dict[tuple, int] = {}
        lines = self._lines()
        for line in islice(lines, self.done_rows):
            # Dealt with in an earlier run of the job; only what it makes of later lines is needed.
            self._mark_seen(line, seen)
        done = self.done_rows
        while batch := list(islice(lines, BATCH)):
            if not self._take_batch(batch, seen, done, progress):
                return True
            done += len(batch)
            if progress is not None and not progress._commit_progress(len(batch)):
                return False
        self._finish()
        if progress is not None:
            progress._commit_progress(1)
        return True

    def _lines(self) -> Iterator[Line]:
        accounts, today = self.env["dvc.account"], self.env["dvc.account"]._today()
        for row, cells in account_sheet.rows(self._open_file()):
            entry = account_row.read(cells, today)
            yield Line(
                row,
                entry,
                accounts._citizen_hash(entry.citizen_id) if entry.citizen_id else "",
                accounts._phone_hash(entry.phone) if entry.phone else "",
            )

    def _take_batch(self, batch: list[Line], seen: dict, done: int, progress) -> bool:
        """Deal with a batch as a whole, again where somebody registered one of its accounts meanwhile.

        :return: False where the import was given up meanwhile
        """
        for attempt in range(TRIES):
            record = self.try_lock_for_update() if progress is not None else self
            if record.state not in ("checking", "running"):
                return False
            try:
                with self.env.cr.savepoint():
                    if record.state == "checking" or self._claim_references(batch):
                        # What this try marks is forgotten where the batch is taken again.
                        record._decide(batch, ChainMap({}, seen))
                        record._keep_batch(batch, done)
                        break
            except errors.UniqueViolation:
                if attempt == TRIES - 1:
                    raise
            if progress is not None:
                # A new transaction sees who was first.
                progress._commit_progress(0)
        else:
            raise RuntimeError("references are being registered all the time")
        for line in batch:
            self._mark_seen(line, seen)
        return True

    @api.model
    def _mark_seen(self, line: Line, seen: MutableMapping) -> None:
        if not line.entry.problems:
            for key in line.marks():
                seen.setdefault(key, line.row)

    @api.model
    def _claim_references(self, batch: list[Line]) -> bool:
        """Take the batch's external references for this transaction, as ``register`` does with one."""
        keys = [f"dvc.account:{line.entry.external_ref}" for line in batch if line.entry.external_ref]
        rows = self.env.execute_query(
            SQL("SELECT bool_and(pg_try_advisory_xact_lock(hashtext(key))) FROM unnest(%s::text[]) key", keys)
        )
        return rows[0][0] is not False

    # What becomes of a line

    def _decide(self, batch: list[Line], seen: MutableMapping) -> None:
        known = self._known(batch)
        for line in batch:
            line.outcome, line.same_as_row, line.account_id = "new", 0, 0
            if line.entry.problems:
                line.outcome = "error"
            elif earlier := next((seen[key] for key in line.looks_for() if key in seen), None):
                line.outcome, line.same_as_row = "repeated", earlier
            else:
                found = known(line)
                if found:
                    line.outcome, line.account_id = found
            self._mark_seen(line, seen)

    def _known(self, batch: list[Line]):
        """Return the function that finds the account a line means, from three queries for the whole batch."""
        # Hashes are closed to users; only ids and outcomes go out.
        accounts_sudo = self.env["dvc.account"].sudo()
        fields_read = ["external_ref", "citizen_id_hash", "phone_hash", "name", "state"]

        def found(column: str, values: set) -> list:
            domain = Domain(column, "in", list(values - {""}))
            accounts = accounts_sudo.search_fetch(domain, fields_read, order="id")
            # The standardised one is the person's; of several others the oldest.
            return sorted(accounts, key=lambda account: (account.state != "standardized", account.id))

        by_ref = {a.external_ref: a for a in found("external_ref", {line.entry.external_ref for line in batch})}
        numbers = found("citizen_id_hash", {line.citizen_hash for line in batch if not line.entry.external_ref})
        # Reversed, so that the one to prefer is written last and stays.
        by_number = {a.citizen_id_hash: a for a in reversed(numbers)}
        by_phone: dict[tuple, list] = {}
        for account in found("phone_hash", {line.phone_hash for line in batch if not line.entry.external_ref}):
            by_phone.setdefault((account.phone_hash, person_name.key(account.name or "")), []).append(account)

        def known(line: Line) -> tuple[str, int] | None:
            if line.entry.external_ref:
                account = by_ref.get(line.entry.external_ref)
                return ("known_ref", account.id) if account else None
            if account := by_number.get(line.citizen_hash):
                return "known_number", account.id
            same = by_phone.get((line.phone_hash, person_name.key(line.entry.name)), ())
            # Another number is another person, whatever phone and name they share.
            fitting = [a for a in same if not (line.citizen_hash and a.citizen_id_hash)]
            return ("known_phone", fitting[0].id) if fitting else None

        return known

    def _keep_batch(self, batch: list[Line], done: int) -> None:
        # The job is the system; a manager who waits passed the gate.
        record_sudo = self.sudo()
        if self.state == "running":
            record_sudo._create_accounts([line for line in batch if line.outcome == "new"])
            record_sudo._point_at_earlier([line for line in batch if line.outcome == "repeated"], batch)
        record_sudo.env["dvc.account.import.line"]._in_flow().create([record_sudo._line_values(line) for line in batch])
        if self.state == "running" and self.campaign_id:
            ids = [line.account_id for line in batch if line.account_id]
            record_sudo.campaign_id._add_accounts(SQL("SELECT unnest(%s::int[])", ids))
        values = {"done_rows": done + len(batch)}
        if self.state == "checking":
            values["row_count"] = done + len(batch)
        record_sudo._in_flow().write(values)
        self.env.flush_all()

    def _create_accounts(self, lines: list[Line]) -> None:
        """Create accounts as ``register`` does: claims without proof, not standardised, without a login."""
        accounts = self.env["dvc.account"].with_context(tracking_disable=True, mail_create_nolog=True)
        created = accounts._in_flow().create([self._account_values(line.entry) for line in lines])
        for line, account in zip(lines, created, strict=True):
            line.account_id = account.id
        if created:
            self.env["dvc.journal"]._log_accounts("account.registered", created, self)

    def _account_values(self, entry: account_row.Entry) -> dict:
        accounts = self.env["dvc.account"]
        return {
            "name": entry.name or False,
            "email": entry.email or False,
            "external_ref": entry.external_ref or False,
            "issue_date": entry.issue_date,
            **accounts._phone_values(entry.phone),
            **(accounts._citizen_values(entry.citizen_id) if entry.citizen_id else {}),
        }

    def _point_at_earlier(self, repeated: list[Line], batch: list[Line]) -> None:
        """Name the account of lines that say the same as an earlier one."""
        ids = {line.row: line.account_id for line in batch}
        earlier = {line.same_as_row for line in repeated} - set(ids)
        for line in self.env["dvc.account.import.line"].search(
            [("import_id", "=", self.id), ("row", "in", list(earlier))]
        ):
            ids[line.row] = line.account_id.id
        for line in repeated:
            # A repeated line may be what a third one repeats.
            ids[line.row] = line.account_id = ids.get(line.same_as_row, 0)

    def _line_values(self, line: Line) -> dict:
        masked = line.entry.masked()
        return {
            "import_id": self.id,
            "row": line.row,
            "outcome": line.outcome,
            "same_as_row": line.same_as_row,
            "notes": ",".join([*line.entry.problems, *line.entry.repairs]),
            "account_id": line.account_id or False,
            "external_ref": masked.pop("external_ref"),
            **{f"{name}_masked": value for name, value in masked.items()},
        }

    def _finish(self) -> None:
        # As in _keep_batch.
        record_sudo = self.sudo()
        now = fields.Datetime.now()
        if self.state == "checking":
            record_sudo._in_flow().write({"state": "checked", "checked_at": now})
            return
        record_sudo._in_flow().write({"state": "done", "finished_at": now, "sealed_file": False})
        counts = {kind: self[f"{kind}_count"] for kind in ("new", "known", "repeated", "error")}
        self.env["dvc.journal"]._log("account.imported", record=self, detail={**counts, "sha256": self.file_sha256})
