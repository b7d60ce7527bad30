# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.dvc_account.contract import own_transaction
from odoo.addons.dvc_account.exceptions import Refusal
from odoo.addons.dvc_account.models.ir_websocket import STAFF_CHANNEL
from odoo.addons.dvc_account.signing.checked_file import CheckedFile

# How many files one run of the job judges again.
CHECKED_AGAIN = 200
# How long a reception may wait for the checks of all its files, in seconds.
RECEPTION_SECONDS = 30.0


class DvcDossierComponent(models.Model):
    """When and how the files' signatures are checked: at once where that is quick, else by the jobs."""

    _inherit = "dvc.dossier.component"

    is_pending = fields.Boolean(
        string="Being checked", compute="_compute_is_pending", search="_search_is_pending", help="No verdict yet."
    )

    _open_idx = models.Index("(recheck_at) WHERE verdict = 'unknown' AND is_current")
    _pending_idx = models.Index("(dossier_id) WHERE is_current AND verdict IS NULL")

    @api.depends("verdict", "is_current")
    def _compute_is_pending(self):
        for file in self:
            file.is_pending = file.is_current and not file.verdict

    @api.model
    def _search_is_pending(self, operator, value):
        pending = Domain("is_current", "=", True) & Domain("verdict", "=", False)
        if operator != "in":
            return NotImplemented
        return Domain.OR([*([pending] if True in value else []), *([~pending] if False in value else [])])

    @api.model
    def _check_parts(self, parts: list[dict]) -> list[dict]:
        """Return the parts, each new file with its ``check``: done, or begun, within a request's share of time."""
        new = [part for part in parts if "data" in part and "check" not in part]
        files = [CheckedFile(part["data"], part["filename"], part.get("signature", b"")) for part in new]
        checks = self.env["dvc.signature"]._check_within(files)
        found = {id(part): check for part, check in zip(new, checks, strict=True)}
        return [{**part, "check": found[id(part)]} if id(part) in found else part for part in parts]

    @api.model
    def _verdict_of(self, part: dict, dossier):
        """Return verdict and evidence of a part whose check is done, else nothing."""
        answer = part["check"].answer
        # The checker did not answer: that is no finding about the file.
        if not answer or answer["reason"] == "not_checked":
            return False, self.env["dvc.signature.check"]
        answer, _holders, check = self.env["dvc.signature"]._examine(
            part["data"],
            part["filename"],
            dossier,
            signature=part.get("signature", b""),
            answer=answer,
            trust=part["check"].trust,
            cause="hand_in",
        )
        return answer["verdict"], check

    def _queue_unchecked(self, files, parts: list[dict]) -> None:
        """Leave to the jobs what has no verdict yet.

        :param parts: of the same files, in the same order
        """
        for begun in (True, False):
            left = [
                (file, part.get("check"))
                for file, part in zip(files, parts, strict=True)
                if not file.verdict and bool(part.get("check")) == begun
            ]
            queued = self.browse([file.id for file, _check in left])
            self.env["dvc.signature.task"]._queue(queued, [check for _file, check in left] if begun else [])

    # What the jobs ask

    def _signature_file(self):
        self.ensure_one()
        return CheckedFile(self.attachment_id.raw or b"", self.filename, self.signature_attachment_id.raw or b"")

    def _awaits_check(self):
        self.ensure_one()
        return not self.verdict

    def _settle_check(self, answer, cause=""):
        self.ensure_one()
        data, name, signature = self._signature_file()
        found, _holders, check = self.env["dvc.signature"]._examine(
            data,
            name,
            self.dossier_id,
            signature=signature,
            answer=answer,
            cause=cause or ("job" if self.check_id else "hand_in"),
            first=self.check_id,
        )
        self._in_flow().write({"verdict": found["verdict"], "check_id": check.id})
        return found["verdict"]

    def _tell_checked(self):
        """Tell the staff of the agency whose dossier has a new verdict: its id, no more."""
        for company, files in self.grouped("company_id").items():
            self.env["bus.bus"]._sendone(
                (company, STAFF_CHANNEL), "dvc_signature/checked", {"dossier_ids": files.dossier_id.ids}
            )

    # Before something is decided on them

    def _open_answers(self) -> dict:
        """Check now what has no verdict or an open one, all at once; in sudo, and nothing is written.

        :return: the verifier's answers by file; files whose check did not end are missing
        """
        files = self.filtered(lambda file: file.verdict in (False, "unknown"))
        contents = [file._signature_file() for file in files]
        checks = self.env["dvc.signature"]._check_within(contents, RECEPTION_SECONDS, patient=True)
        return {file: check.answer for file, check in zip(files, checks, strict=True) if check.answer}

    @api.model
    def _keep_answers(self, answers: dict, cause: str = "reception") -> None:
        """Keep what was found; in sudo.

        :param cause: why it was looked for, as the evidence has it
        """
        for file, answer in answers.items():
            file._settle_check(answer, cause)
        self.browse([file.id for file in answers])._tell_checked()

    @api.model
    def _keep_in_spite_of_refusal(self, answers: dict) -> None:
        """Keep what was found in a transaction of its own: the refusal that follows rolls everything else back."""
        if answers:
            with own_transaction(self.env) as env:
                there = {file.id: answer for file, answer in answers.items()}
                files = self.with_env(env).browse(there).exists()
                files._keep_answers({file: there[file.id] for file in files})

    def _complete_checks(self, cause: str = "reception") -> None:
        """Check the files whose signatures could not be judged when they came in; in sudo.

        :param cause: why, as the evidence has it
        """
        self._keep_answers(self._open_answers(), cause)

    def _require_verdicts(self) -> None:
        """Complete the pending checks before something is decided on them; in sudo.

        :raise Refusal: component.check_pending
        """
        pending = self.filtered("is_pending")
        answers = pending._open_answers()
        if len(answers) < len(pending):
            self._keep_in_spite_of_refusal(answers)
            raise self._check_pending()
        self._keep_answers(answers)

    @api.model
    def _check_pending(self) -> Refusal:
        return Refusal(
            "component.check_pending",
            self.env._("The signatures of some files are still being checked. Please try again in a minute."),
        )

    @api.model
    def _recheck_domain(self):
        return super()._recheck_domain() & Domain([("is_current", "=", True), ("dossier_id.closed_at", "=", False)])

    def _recheck_one(self) -> None:
        self._complete_checks("job")

    @api.model
    def _cron_complete_checks(self) -> None:
        """Judge again what could not be judged: a revocation list was not at hand; queue what was lost."""
        lost = Domain("verdict", "=", False) & Domain("is_current", "=", True)
        queued = self.env["dvc.signature.task"].search([("res_model", "=", self._name)]).mapped("res_id")
        self.env["dvc.signature.task"]._queue(self.search(lost & Domain("id", "not in", queued), limit=CHECKED_AGAIN))
        self._recheck_run(CHECKED_AGAIN)
