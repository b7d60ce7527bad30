# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64
import binascii
import datetime

from odoo import api, fields, models

from ..contract import contract
from ..domain import account_sheet
from ..exceptions import Refusal

# A list this small is checked while the manager waits; the job takes the others.
AT_ONCE_BYTES = 150_000
KEEP_DAYS = 7
GC_BATCH = 100
COUNTED = ("new", "known", "repeated", "error")
LABEL = "account.import"


class DvcAccountImport(models.Model):
    """A list of old accounts: checked line by line first, then taken over as claims, never as proof.

    The file holds personal data of many: it is kept sealed until the run is over, then deleted.
    """

    _name = "dvc.account.import"
    _description = "Import of old accounts"
    _inherit = ["dvc.guarded", "dvc.sealed"]
    _order = "id desc"
    _rec_name = "filename"
    _check_company_auto = True
    _guarded_fields = frozenset(
        "state sealed_file file_sha256 row_count done_rows problem problem_row checked_at finished_at".split()
    )

    filename = fields.Char(string="File name")
    file = fields.Binary(
        string="Workbook (XLSX)",
        compute="_compute_file",
        inverse="_inverse_file",
        help="Kept encrypted until the import is over, then deleted; it cannot be downloaded again.",
    )
    sealed_file = fields.Binary(attachment=True, copy=False, groups=fields.NO_ACCESS)
    has_file = fields.Boolean(compute="_compute_has_file", compute_sudo=True)
    file_sha256 = fields.Char(string="SHA-256 of the file", readonly=True, copy=False)
    company_id = fields.Many2one(
        "res.company", string="Agency", required=True, index=True, default=lambda self: self.env.company
    )
    campaign_id = fields.Many2one(
        "dvc.campaign",
        string="Campaign",
        index="btree_not_null",
        check_company=True,
        help="The list's accounts that are not standardised are added to it.",
    )
    state = fields.Selection(
        [
            ("draft", "No file yet"),
            ("ready", "To check"),
            ("checking", "Being checked"),
            ("checked", "Checked"),
            ("running", "Being imported"),
            ("done", "Imported"),
            ("failed", "Stopped"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
    )
    row_count = fields.Integer(string="Lines", readonly=True, copy=False)
    done_rows = fields.Integer(string="Lines dealt with", readonly=True, copy=False)
    progress = fields.Float(compute="_compute_progress")
    problem = fields.Selection(
        [
            ("too_large", "The file is too large"),
            ("unreadable", "The file is no XLSX workbook that can be read"),
            ("hostile", "The file unpacks to too much or holds what no list holds"),
            ("no_head", "No line of headings was found"),
            ("twice_head", "A heading stands there twice"),
            ("too_many", "The list has too many lines"),
            ("empty", "The list has no line"),
            ("error", "An error of the system"),
        ],
        readonly=True,
        copy=False,
    )
    problem_row = fields.Integer(string="Stopped after line", readonly=True, copy=False)
    checked_at = fields.Datetime(string="Checked on", readonly=True, copy=False)
    finished_at = fields.Datetime(string="Imported on", readonly=True, copy=False)
    line_ids = fields.One2many("dvc.account.import.line", "import_id", string="Report", readonly=True)
    new_count = fields.Integer(string="New", compute="_compute_counts")
    known_count = fields.Integer(string="Known", compute="_compute_counts")
    repeated_count = fields.Integer(string="Repeated", compute="_compute_counts")
    error_count = fields.Integer(string="Errors", compute="_compute_counts")

    def _compute_file(self):
        # It goes in and never comes out.
        self.file = False

    def _inverse_file(self):
        for record in self:
            if record.file:
                record._keep_file(record.file)
        self.invalidate_recordset(["file"], flush=False)

    @api.depends("sealed_file")
    def _compute_has_file(self):
        for record in self:
            record.has_file = bool(record.with_context(bin_size=True).sealed_file)

    @api.depends("row_count", "done_rows")
    def _compute_progress(self):
        for record in self:
            record.progress = 100 * record.done_rows / record.row_count if record.row_count else 0

    def _compute_counts(self):
        groups = self.env["dvc.account.import.line"]._read_group(
            [("import_id", "in", self.ids)], ["import_id", "outcome"], ["__count"]
        )
        for record in self:
            mine = {outcome: count for owner, outcome, count in groups if owner == record._origin}
            for kind in COUNTED:
                record[f"{kind}_count"] = sum(count for outcome, count in mine.items() if outcome.startswith(kind))

    def _keep_file(self, content: bytes | str) -> None:
        """Take a new file in, sealed; what was reported of an earlier one is forgotten.

        :raise Refusal: import.bad_state, import.too_large, import.unreadable
        """
        if self.state not in ("draft", "ready", "checked", "failed"):
            raise Refusal("import.bad_state", self.env._("The import is not in a state for this."))
        if len(content) > account_sheet.FILE_MAX * 4 // 3 + 4:
            raise self._refusal_of("too_large")
        try:
            raw = base64.b64decode(content, validate=True)
        except (binascii.Error, ValueError):
            raise self._refusal_of("unreadable") from None
        if not raw.startswith(b"PK"):
            raise self._refusal_of("unreadable")
        box = self.env["dvc.secret"]._box()
        sealed = box.seal(base64.b64encode(raw).decode(), LABEL)
        # The field is closed to every user.
        self.sudo()._in_flow().write(
            {
                "sealed_file": base64.b64encode(sealed.encode()),
                "file_sha256": account_sheet.digest(raw),
                "state": "ready",
                **self._nothing_done(),
            }
        )
        # Lines are written by the import only.
        self.sudo().line_ids._forget()

    @api.model
    def _nothing_done(self) -> dict:
        return {
            "row_count": 0,
            "done_rows": 0,
            "problem": False,
            "problem_row": 0,
            "checked_at": False,
            "finished_at": False,
        }

    @api.model
    def _refusal_of(self, problem: str) -> Refusal:
        labels = dict(self._fields["problem"]._description_selection(self.env))
        return Refusal(f"import.{problem}", f"{labels[problem]}.")

    def _forget_secrets(self):
        # A file that waits is uploaded again: it is somebody's workbook, and sealed under the old key.
        # The field is closed to every user.
        waiting = self.sudo().search([("sealed_file", "!=", False)])
        waiting._in_flow().write({"sealed_file": False, "state": "draft", **self._nothing_done()})
        super()._forget_secrets()

    def _open_file(self) -> bytes:
        # The field is closed to every user.
        sealed = self.sudo().with_context(bin_size=False).sealed_file
        text = self.env["dvc.secret"]._box().open(base64.b64decode(sealed or b"").decode(), LABEL)
        return base64.b64decode(text)

    # Buttons

    @contract("manager", unknown="import.unknown")
    def action_check(self) -> bool:
        """Check every line without changing anything; a long list is checked by a job soon after.

        :raise Refusal: import.bad_state
        """
        self.check_access("write")
        if not self.has_file or self.state not in ("ready", "checked", "failed"):
            raise Refusal("import.bad_state", self.env._("Choose the workbook first."))
        self.line_ids._forget()
        self._in_flow().write({"state": "checking", **self._nothing_done()})
        if len(self._open_file()) <= AT_ONCE_BYTES:
            self._process_guarded(None)
        else:
            self._wake()
        return True

    @contract("manager", unknown="import.unknown")
    def action_import(self) -> bool:
        """Take the checked lines over; a job does it, list after list.

        :raise Refusal: import.bad_state
        """
        self.check_access("write")
        if self.state != "checked":
            raise Refusal("import.bad_state", self.env._("Check the list first."))
        if self.campaign_id:
            self.campaign_id._check_may_add()
        self.line_ids._forget()
        self._in_flow().write({"state": "running", "done_rows": 0, "problem": False, "problem_row": 0})
        self._wake()
        return True

    @contract("manager", unknown="import.unknown")
    def action_delete_file(self) -> bool:
        """Give the import up and delete the file now.

        :raise Refusal: import.bad_state: it is being imported
        """
        self.check_access("write")
        if self.state in ("running", "done"):
            raise Refusal("import.bad_state", self.env._("The import is not in a state for this."))
        # The field is closed to every user.
        self.sudo()._in_flow().write({"sealed_file": False, "state": "draft"})
        return True

    @contract("manager", "auditor", unknown="import.unknown")
    def action_download_report(self) -> dict:
        """Download the report of every line, masked."""
        return {"type": "ir.actions.act_url", "url": f"/dvc/account-import/{self.id}/report", "target": "download"}

    @api.readonly
    @api.model
    @contract("manager")
    def action_download_template(self) -> dict:
        """Download an empty workbook with the headings."""
        return {"type": "ir.actions.act_url", "url": "/dvc/account-import/template", "target": "download"}

    def _wake(self) -> None:
        # The job's record is closed to managers.
        self.env.ref("dvc_account.ir_cron_account_import").sudo()._trigger()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise Refusal("import.kept", self.env._("Imports are kept: delete the file instead."))

    @api.autovacuum
    def _gc_files(self):
        """Delete the files of imports that nobody finished."""
        old = fields.Datetime.now() - datetime.timedelta(days=KEEP_DAYS)
        waiting = [("state", "in", ("ready", "checked", "failed")), ("write_date", "<", old)]
        forgotten = self.search(waiting, order="id", limit=GC_BATCH).filtered("has_file")
        forgotten._in_flow().write({"sealed_file": False, "state": "draft"})
        return len(forgotten), 0
