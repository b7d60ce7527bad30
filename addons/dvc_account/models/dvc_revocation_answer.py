# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64
import contextlib
import logging
import os
import time
from datetime import UTC, datetime, timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from ..domain import retry
from ..identity.revocation_client import NotFetched, ask_responder
from ..signing.responder import ANSWER_MAX, FRESH, AnswerRefused, question, read_answer
from .dvc_trust_anchor_list import FETCH_FAILURES

_lt = LazyTranslate(__name__)
_logger = logging.getLogger(__name__)

AT_CHECK = "dvc_account.ocsp_at_check"
DAYS = "dvc_account.recheck_days"
DAYS_DEFAULT = 30
ASK_FIRST, ASK_LONGEST = timedelta(minutes=5), timedelta(hours=12)
# A responder that failed so often within so many seconds is left alone until the failures are that old.
FAILURES_MAX, FAILURE_SECONDS = 5, 600
# How long a check may wait for responders, where it may at all.
CHECK_SECONDS = 3
BATCH = 200
REVOKED_MAX, GOOD_MAX = 1000, 500
REFUSALS = {
    "size": _lt("The answer is too large."),
    "form": _lt("The answer cannot be read."),
    "refused": _lt("The responder refused to answer."),
    "other": _lt("The answer is about another certificate."),
    "nonce": _lt("The answer was made for another question."),
    "responder": _lt("The answer is not signed by whom the authority appointed."),
    "signature": _lt("The signature of the answer is not good."),
    "weak": _lt("The answer is signed with MD5 or SHA-1, which proves nothing any more."),
    "future": _lt("The answer is from the future."),
    "old": _lt("The answer is out of date."),
}


class DvcRevocationAnswer(models.Model):
    """What an authority's responder (OCSP) says of one certificate: asked by a job, kept with its signature."""

    _name = "dvc.revocation.answer"
    _description = "Answer of a responder"
    _inherit = ["dvc.guarded"]
    _order = "id desc"
    _rec_name = "serial"

    _guarded_fields = frozenset(
        {
            "anchor_id",
            "serial",
            "state",
            "this_update",
            "next_update",
            "revoked_at",
            "response",
            "tries",
            "wanted_at",
            "due_at",
            "answered_at",
            "error",
        }
    )

    anchor_id = fields.Many2one(
        "dvc.trust.anchor", string="Authority", required=True, index=True, ondelete="cascade", readonly=True
    )
    serial = fields.Char(string="Serial number", required=True, readonly=True, index=True)
    state = fields.Selection(
        [
            ("waiting", "To be asked"),
            ("good", "Good"),
            ("revoked", "Revoked"),
            ("unknown", "Not known to the authority"),
            ("ended", "Given up"),
        ],
        required=True,
        default="waiting",
        readonly=True,
    )
    this_update = fields.Datetime(string="Answer of", readonly=True)
    next_update = fields.Datetime(string="Good until", readonly=True)
    revoked_at = fields.Datetime(readonly=True)
    response = fields.Binary(attachment=False, readonly=True, groups=fields.NO_ACCESS)
    tries = fields.Integer(string="Failures in a row", readonly=True)
    wanted_at = fields.Datetime(string="Wanted since", required=True, default=fields.Datetime.now, readonly=True)
    due_at = fields.Datetime(string="Next question", readonly=True)
    answered_at = fields.Datetime(readonly=True)
    error = fields.Char(string="Last error", readonly=True)

    _certificate_uniq = models.UniqueIndex("(anchor_id, serial)")
    _due_idx = models.Index("(due_at, id) WHERE due_at IS NOT NULL")

    # What checks get

    @api.model
    def _at_hand(self) -> list[bytes]:
        """Return the answers that every check gets, in DER: all of revoked certificates, and the latest of others."""
        trusted = self._of_trusted()
        revoked = self._responses(trusted & Domain("state", "=", "revoked"), REVOKED_MAX)
        return revoked + self._responses(trusted & Domain("state", "=", "good"), GOOD_MAX)

    @api.model
    def _of_trusted(self) -> Domain:
        """An authority that is out of the store answers for nobody."""
        anchors = self.env["dvc.trust.anchor"]
        return Domain("anchor_id", "any", anchors._trusted_domain()) & Domain("response", "!=", False)

    @api.model
    def _responses(self, domain: Domain, limit: int) -> list[bytes]:
        # Everybody's files are checked with the one store.
        found_sudo = self.sudo().with_context(bin_size=False, bin_size_response=False)
        rows_sudo = found_sudo.search_fetch(domain, ["response"], order="this_update desc, id desc", limit=limit)
        return [base64.b64decode(one.response) for one in rows_sudo]

    # What is to be asked

    @api.model
    def _wanted(self, lines: list[dict]):
        """Note the questions that open signatures of a check raise, where a responder is configured for them.

        :param lines: as kept by dvc.signature.check
        :return: the questions, in sudo
        """
        open_lines = {
            (line["authority_key"], line["serial"])
            for line in lines or []
            if line.get("verdict") == "unknown" and line.get("authority_key") and line.get("serial")
        }
        # Whose file is checked does not matter: responders are the store's.
        anchors_sudo = self.env["dvc.trust.anchor"].sudo()
        domain = [
            *anchors_sudo._trusted_domain(),
            ("key_identifier", "in", [key for key, _serial in open_lines]),
            ("ocsp_url", "!=", False),
        ]
        by_key = {anchor.key_identifier: anchor.id for anchor in anchors_sudo.search(domain)} if open_lines else {}
        pairs = sorted((by_key[key], serial) for key, serial in open_lines if key in by_key)
        if not pairs:
            # As where there are some: in sudo, as questions are the system's.
            return self.sudo().browse()
        self._note_questions(pairs)
        # Whoever has a file checked may not run jobs.
        self.env.ref("dvc_account.ir_cron_revocation_answers").sudo()._trigger()
        wanted = Domain.OR([("anchor_id", "=", anchor), ("serial", "=", serial)] for anchor, serial in pairs)
        # What is asked is nobody's own; the outcome counts for every file.
        return self.sudo().search(wanted)

    @api.model
    def _note_questions(self, pairs: list[tuple[int, str]]) -> None:
        """Write the questions down once, whoever else does so meanwhile; an old answer is asked for anew."""
        now = fields.Datetime.now()
        self.flush_model()
        self.env.cr.execute(
            SQL(
                "INSERT INTO dvc_revocation_answer"
                " (anchor_id, serial, state, tries, wanted_at, due_at, create_uid, create_date, write_uid, write_date)"
                " SELECT anchor, serial, 'waiting', 0, %(now)s, %(now)s, %(uid)s, %(now)s, %(uid)s, %(now)s"
                " FROM unnest(%(anchors)s::int[], %(serials)s::text[]) AS wanted (anchor, serial)"
                " ON CONFLICT (anchor_id, serial) DO UPDATE SET due_at = %(now)s, wanted_at = %(now)s, tries = 0,"
                " state = CASE WHEN dvc_revocation_answer.state = 'ended' THEN 'waiting'"
                " ELSE dvc_revocation_answer.state END"
                " WHERE dvc_revocation_answer.due_at IS NULL AND (dvc_revocation_answer.answered_at IS NULL"
                " OR dvc_revocation_answer.answered_at < %(stale)s)",
                now=now,
                stale=now - timedelta(hours=1),
                uid=self.env.uid,
                anchors=[anchor for anchor, _serial in pairs],
                serials=[serial for _anchor, serial in pairs],
            )
        )
        self.invalidate_model()

    # Asking

    @api.model
    def _cron_ask(self) -> None:
        """Ask the responders what is due, longest waiting first; one that is out of order holds up no other."""
        now = fields.Datetime.now()
        due = self.search([("due_at", "<=", now)], order="due_at, id", limit=BATCH)
        progress, silent = self.env["ir.cron"], set()
        progress._commit_progress(remaining=self.search_count([("due_at", "<=", now)]))
        for one in due:
            if one.anchor_id in silent or one._is_left_alone():
                silent.add(one.anchor_id)
                one._put_off(now + ASK_FIRST)
            elif one.try_lock_for_update():
                one._ask()
            if not progress._commit_progress(1):
                return

    def _ask_at_once(self, seconds: int = CHECK_SECONDS) -> bool:
        """Ask while somebody waits, within a small budget; what is not answered is left to the job.

        :return: whether something was answered
        """
        end, answered = time.monotonic() + seconds, False
        for one in self:
            if time.monotonic() < end and not one._is_left_alone():
                answered |= one._ask()
        return answered

    def _is_left_alone(self) -> bool:
        count = self.env["dvc.attempt"]._count("ocsp.failure", str(self.anchor_id.id), FAILURE_SECONDS)
        return count >= FAILURES_MAX

    def _put_off(self, moment: datetime) -> None:
        self._in_flow().write({"due_at": moment})

    def _ask(self) -> bool:
        """Ask the authority's responder about one certificate, and keep the answer once it was found good.

        :return: whether there is one
        """
        self.ensure_one()
        anchor, nonce = self.anchor_id, os.urandom(16)
        if not anchor.ocsp_url or not anchor.active:
            self._in_flow().write({"due_at": False, "state": self.state if self.response else "ended"})
            return False
        der, serial = anchor._der(), int(self.serial, 16)
        try:
            request = question(der, serial, nonce)
            data = ask_responder(anchor.ocsp_url, request, anchor._allowed_hosts(), ANSWER_MAX)
            answer = read_answer(data, der, serial, nonce, datetime.now(UTC))
        except NotFetched as failure:
            text = self.env._(FETCH_FAILURES[failure.reason])
            return self._failed(f"{text} (HTTP {failure.status})" if failure.status else text)
        except AnswerRefused as refused:
            return self._failed(self.env._(REFUSALS[refused.reason]))
        return self._keep(answer, data)

    def _keep(self, answer, data: bytes) -> bool:
        now, this_update = fields.Datetime.now(), _naive(answer.this_update)
        if self.this_update and this_update < self.this_update:
            return self._failed(self.env._(REFUSALS["old"]))
        changed = self.state != answer.status or not self.response
        values = {
            "state": answer.status,
            "this_update": this_update,
            "next_update": _naive(answer.next_update or answer.this_update + FRESH),
            "revoked_at": answer.revoked_at and _naive(answer.revoked_at),
            "response": base64.b64encode(data),
            "answered_at": now,
            "tries": 0,
            "error": False,
            # One that the authority does not know yet may be published later: asked again as others that are open.
            "due_at": self._next_try(now, 1) if answer.status == "unknown" else False,
        }
        self._in_flow().write(values)
        self.anchor_id._in_flow().write({"ocsp_answered_at": now, "ocsp_error": False})
        if changed and answer.status != "unknown":
            self.env["dvc.signature"]._new_revocation_data([self.anchor_id.key_identifier], self.serial)
        return True

    def _failed(self, text: str) -> bool:
        now, tries = fields.Datetime.now(), self.tries + 1
        _logger.warning("No answer of the responder of trust anchor %s: %s", self.anchor_id.id, text)
        self.env["dvc.attempt"]._take("ocsp.failure", str(self.anchor_id.id), FAILURES_MAX, FAILURE_SECONDS)
        due = self._next_try(now, tries)
        state = self.state if due or self.response else "ended"
        self._in_flow().write({"tries": tries, "error": text, "due_at": due, "state": state})
        self.anchor_id._in_flow().write({"ocsp_error": text, "ocsp_error_at": now})
        return False

    def _next_try(self, now: datetime, tries: int) -> datetime | bool:
        """Return when to ask again; False: it has been asked long enough."""
        due = now + retry.wait(tries, ASK_FIRST, ASK_LONGEST)
        return due if due <= self.wanted_at + self._longest() else False

    @api.model
    def _longest(self) -> timedelta:
        """Return how long what is open is taken up again."""
        # Parameters are not readable by those whose files are checked.
        text = self.env["ir.config_parameter"].sudo().get_param(DAYS)
        days = DAYS_DEFAULT
        with contextlib.suppress(TypeError, ValueError):
            days = max(int(text), 0) if text else days
        return timedelta(days=days)

    @api.model
    def _asks_at_check(self) -> bool:
        # As above.
        return (self.env["ir.config_parameter"].sudo().get_param(AT_CHECK) or "0") in ("1", "True", "true")

    def action_ask(self) -> dict:
        """Ask the responder again now, and tell what it says."""
        self.ensure_one()
        self.anchor_id.check_access("write")
        # Rows are written by the flow only; who may configure the responder may ask it.
        asked_sudo = self.sudo()
        if asked_sudo._ask():
            labels = dict(self._fields["state"]._description_selection(self.env))
            kind = "success" if asked_sudo.state == "good" else "warning"
            return self.anchor_id._tell(kind, labels[asked_sudo.state])
        return self.anchor_id._tell("danger", asked_sudo.error or self.env._("There is no responder to ask."))

    @api.autovacuum
    def _gc_old(self):
        """Forget what nobody wanted for a year: evidence of checks is kept with them."""
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=366)
        old = self.search([("wanted_at", "<", limit), ("due_at", "=", False)], limit=1000)
        old.unlink()
        return len(old), len(old) == 1000


def _naive(moment: datetime) -> datetime:
    """Return a moment as Odoo keeps it."""
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0)
