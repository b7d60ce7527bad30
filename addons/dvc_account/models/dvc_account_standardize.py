# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import contextlib
import dataclasses
import datetime
import json
import logging

from psycopg2 import errors

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.fields import Domain

from ..contract import contract
from ..domain import arguments, person_name
from ..domain import citizen_id as citizen_ids
from ..domain.secret_box import BadSecret
from ..exceptions import Refusal
from ..identity.http_source import SourceUnavailable
from .res_users import LANGUAGE

_logger = logging.getLogger(__name__)

MISMATCHES_MAX = 5
DAY_SECONDS = 24 * 60 * 60
CHECK_MINUTES = 5
NO_CHECK = {"check_secret": False, "check_tries": 0, "check_next_at": False}
# How a name differs where all else is right; what stands here is told to the citizen.
HINTS = {"accents": "name_accents", "spelling": "name_accents", "order": "name_order", "other": "name"}


@dataclasses.dataclass(frozen=True)
class Facts:
    """The four facts of a standardisation, well formed."""

    full_name: str
    citizen_id: str
    issue_date: datetime.date
    phone: str

    def as_dict(self) -> dict:
        """Return the facts as the identity source takes them."""
        return {**dataclasses.asdict(self), "issue_date": self.issue_date.isoformat()}

    @classmethod
    def from_dict(cls, facts: dict) -> "Facts":
        """Return the facts again from ``as_dict``."""
        return cls(**{**facts, "issue_date": datetime.date.fromisoformat(facts["issue_date"])})


class DvcAccountStandardize(models.Model):
    """Standardisation (chuẩn hóa tài khoản): one true account per person."""

    _inherit = "dvc.account"

    @contract("citizen", "integrator", "officer", unknown="account.unknown")
    def standardize(self, full_name: str, citizen_id: str, issue_date: str, phone: str) -> dict:
        """Check the four facts with the identity source and make the account the person's one.

        :param full_name: as on the card
        :param citizen_id: identification number, 12 digits
        :param issue_date: of the card, ``YYYY-MM-DD``
        :param phone: proven to be the citizen's by the caller
        :return: ``{state, reason, locked_ids}``; ``state`` standardized, rejected, locked or pending;
            ``reason`` False, identity_mismatch, duplicate, too_many_attempts, source_unavailable; and ``hint``
            where only the name differs from the card's: name_accents, name_order or name
        :raise Refusal: account.bad_citizen_id, account.bad_phone, account.bad_date, account.locked
        """
        self._check_own_or_staff()
        # The caller may act for this account; its fields are set by nobody directly.
        account_sudo = self.sudo()
        if account_sudo.state == "locked":
            raise Refusal("account.locked", self.env._("The account is locked. Ask at the one-stop desk."))
        facts = self._parse_facts(full_name, citizen_id, issue_date, phone)
        return account_sudo._standardize(facts)

    @api.model
    def _parse_facts(self, full_name: str, citizen_id: str, issue_date: str, phone: str) -> Facts:
        """Return the facts as one form, or refuse what cannot be one."""
        name = person_name.clean(full_name)
        if not name:
            raise arguments.InvalidArgument("full_name", "missing")
        today = self._today()
        citizen = self._parse_citizen_id(citizen_id)
        number = self._parse_phone(phone)
        try:
            issued = arguments.parse_day(issue_date, "issue_date")
            citizen_ids.check_issue_date(issued, citizen, today)
        except (arguments.InvalidArgument, citizen_ids.InvalidIssueDate):
            raise Refusal("account.bad_date", self.env._("The card cannot have been issued on this day.")) from None
        return Facts(name, citizen.number, issued, number)

    def _standardize(self, facts: Facts) -> dict:
        self.ensure_one()
        # A call that meets another one at this account runs again: it must not have counted an attempt by then.
        self.env.cr.execute("SELECT 1 FROM dvc_account WHERE id = %s FOR UPDATE", [self.id], log_exceptions=False)
        keys = (f"account:{self.id}", f"citizen:{self._citizen_hash(facts.citizen_id)}")
        attempts = self.env["dvc.attempt"]
        limits = [("standardize", key, MISMATCHES_MAX, DAY_SECONDS) for key in sorted(keys)]
        if attempts._take_all(limits) is not None:
            return self._outcome("rejected", "too_many_attempts")
        # An account stays the person's it was once proven to be: another number is no correction of it.
        if self.standardized_at and self.citizen_id_hash != self._citizen_hash(facts.citizen_id):
            return self._reject(facts)
        try:
            answer = self.env["dvc.identity.source"]._match(facts.as_dict())
        except SourceUnavailable as error:
            attempts._give_back("standardize", *keys)
            return self._keep_pending(facts, error)
        if not answer["match"]:
            return self._reject(facts, HINTS.get(answer["name"], ""))
        attempts._give_back("standardize", *keys)
        try:
            return self._accept(facts)
        except SourceUnavailable as error:
            return self._keep_pending(facts, error)

    def _keep_pending(self, facts: Facts, error: SourceUnavailable) -> dict:
        # The journal and the list of those who wait tell of it; an outage is no fault of this server.
        _logger.info("Identity source unavailable for account %s: %s", self.id, error)
        values = self._queued(facts)
        if self.state != "standardized":
            values |= {"state": "pending", **self._claims(facts)}
        self._in_flow().write(values)
        self.env.ref("dvc_account.ir_cron_standardize")._trigger(values["check_next_at"])
        self.env["dvc.journal"]._log("account.standardize_pending", record=self, account=self)
        return self._outcome("pending", "source_unavailable")

    def _queued(self, facts: Facts) -> dict:
        """Return the values that have a check done later: each failure doubles the wait, up to an hour."""
        wait = min(CHECK_MINUTES * 2**self.check_tries, 60)
        return {
            "check_secret": self.env["dvc.secret"]._box().seal(json.dumps(facts.as_dict()), "facts"),
            "check_tries": self.check_tries + 1,
            "check_next_at": fields.Datetime.now() + datetime.timedelta(minutes=wait),
        }

    def _reject(self, facts: Facts, hint: str = "") -> dict:
        # What an account claims decides later whether it is locked as somebody's duplicate; of one
        # that was proven once, only that counts, or a slip of the pen would give its dossiers away.
        values = dict(NO_CHECK)
        if not self.standardized_at:
            values |= {"state": "unstandardized", **self._claims(facts)}
        elif self.state == "pending":
            values["state"] = "unstandardized"
        self._in_flow().write(values)
        self.env["dvc.journal"]._log("account.identity_mismatch", record=self, account=self)
        outcome = self._outcome("rejected", "identity_mismatch")
        return {**outcome, "hint": hint} if hint else outcome

    def _accept(self, facts: Facts) -> dict:
        rivals = self._rivals(facts)
        self.env.cr.execute(
            "SELECT id FROM dvc_account WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [sorted((self | rivals).ids)]
        )
        if any(rival._keeps_its_place(facts) for rival in rivals if rival.state == "standardized"):
            return self._lose(facts, rivals)
        try:
            with self.env.cr.savepoint():
                self._win(facts, rivals)
        except errors.UniqueViolation:
            # Somebody won since this transaction began and is not seen in it; the rerun sees who.
            raise ConcurrencyError("standardize") from None
        duplicates = rivals | self._take_over()
        self._after_standardize(duplicates)
        duplicates._ask_for_transfers(self)
        self.env["dvc.journal"]._log("account.standardized", record=self, account=self, detail={"locked": rivals.ids})
        return self._outcome("standardized", locked=rivals)

    def _rivals(self, facts: Facts):
        """Return the other open accounts that claim the same number or the same phone."""
        same = Domain("citizen_id_hash", "=", self._citizen_hash(facts.citizen_id)) | Domain(
            "phone_hash", "=", self._phone_hash(facts.phone)
        )
        return self.search(Domain("id", "!=", self.id) & Domain("state", "!=", "locked") & same, order="id")

    def _keeps_its_place(self, facts: Facts) -> bool:
        """Tell whether this standardised account bars another one with these facts.

        :raise SourceUnavailable: which of the two is right cannot be told now
        """
        if self.citizen_id_hash == self._citizen_hash(facts.citizen_id):
            return True
        own = self._claimed_facts()
        if not own:
            raise SourceUnavailable(f"account {self.id} cannot be compared")
        return self.env["dvc.identity.source"]._match(own.as_dict())["match"]

    def _claimed_facts(self) -> Facts | None:
        """Return the facts the account stands for; None where they cannot be read."""
        number, phone = self._open_citizen_id(), self._open_phone()
        if not number or not phone:
            return None
        return Facts(self.checked_name or self.name, number, self.issue_date, phone)

    def _win(self, facts: Facts, rivals) -> None:
        same_person = rivals.filtered(lambda account: account.citizen_id_hash == self._citizen_hash(facts.citizen_id))
        for rival in rivals:
            reason = rival._speaking().env._("Another account of this person or phone was standardised.")
            rival._lock("duplicate", reason, merged_into=self if rival in same_person else None)
        self.env.flush_all()
        claims = self._claims(facts)
        # First in SQL that is not logged: an ORM write that meets the unique index logs the person's name.
        self.env.cr.execute(
            "UPDATE dvc_account SET state = 'standardized', citizen_id_hash = %s, phone_hash = %s WHERE id = %s",
            [claims["citizen_id_hash"], claims["phone_hash"], self.id],
            log_exceptions=False,
        )
        values = {"state": "standardized", "name": facts.full_name, "merged_into_id": False, **claims, **NO_CHECK}
        if not self.standardized_at:
            values["standardized_at"] = fields.Datetime.now()
        self._in_flow().write(values)
        if self.partner_id.name != facts.full_name and self.partner_id:
            self.partner_id.with_context(tracking_disable=True).name = facts.full_name
        self.env.flush_all()

    def _take_over(self):
        """Have the person's accounts that were locked earlier pass to this one.

        :return: those that did, each with what it held before
        """
        # A mere claim is not enough here: only an account once proven to be this person's, and what passed to it.
        locked = Domain("state", "=", "locked") & Domain("merged_into_id", "!=", self.id)
        proven = Domain("citizen_id_hash", "=", self.citizen_id_hash) & Domain("standardized_at", "!=", False)
        elders = self.search(locked & proven)
        elders |= self.search(locked & Domain("merged_into_id", "in", elders.ids))
        elders._in_flow().write({"merged_into_id": self.id})
        return elders

    def _lose(self, facts: Facts, rivals) -> dict:
        if self.state == "standardized":
            # It keeps its own standing; only the wanted change is refused.
            return self._outcome("rejected", "duplicate")
        digest = self._citizen_hash(facts.citizen_id)
        holder = self.search([("citizen_id_hash", "=", digest), ("state", "=", "standardized")], limit=1)
        self._in_flow().write(self._claims(facts))
        reason = self._speaking().env._("This person or phone has a standardised account already.")
        self._lock("duplicate", reason, holder)
        if holder:
            duplicates = self | holder._take_over()
            holder._after_standardize(duplicates)
            duplicates._ask_for_transfers(holder)
        return self._outcome("locked", "duplicate")

    def _speaking(self):
        """Return the account with the citizen's language, for texts that are kept for or sent to them."""
        # Whoever locks or checks it may speak another one.
        language = self.partner_id.lang or LANGUAGE
        known = self.env["res.lang"]._get_data(code=language)
        return self.with_context(lang=language) if known else self

    def _claims(self, facts: Facts) -> dict:
        return {
            "checked_name": facts.full_name,
            "issue_date": facts.issue_date,
            **self._citizen_values(facts.citizen_id),
            **self._phone_values(facts.phone),
        }

    def _outcome(self, state: str, reason: str | bool = False, locked=None) -> dict:
        return {"state": state, "reason": reason, "locked_ids": locked.ids if locked else []}

    @api.model
    def _outcome_text(self, outcome: dict) -> str:
        """Return what a screen says about the answer of ``standardize``."""
        texts = {
            "identity_mismatch": self.env._(
                "The data do not match those of the identity card. Compare each of the four with the card."
            ),
            "duplicate": self.env._("This person or phone has a standardised account already. This account is locked."),
            "too_many_attempts": self.env._("Too many wrong attempts. Try again after 24 hours, or ask at the desk."),
            "source_unavailable": self.env._(
                "The identity source does not answer now. The check is queued and completed later."
            ),
        }
        text = texts.get(outcome["reason"]) or self.env._("The account is standardised.")
        hints = {
            "name_accents": self.env._("Only the accents or the spelling of the name differ from the card."),
            "name_order": self.env._("Only the order of the words in the name differs from the card."),
            "name": self.env._("Only the name differs from the card: compare its accents and the order of its words."),
        }
        return f"{text} {hints[outcome['hint']]}" if "hint" in outcome else text

    @api.model
    def _cron_standardize(self) -> None:
        """Complete the standardisations that waited for the identity source."""
        domain = [("check_next_at", "<=", fields.Datetime.now()), ("state", "!=", "locked")]
        progress = self.env["ir.cron"]
        progress._commit_progress(remaining=self.search_count(domain))
        for account in self.search(domain, order="check_next_at, id", limit=200):
            account = account.try_lock_for_update().filtered_domain(domain)
            # One that meets a concurrent winner stays queued: the next run sees whom.
            with contextlib.suppress(ConcurrencyError), self.env.cr.savepoint():
                account._complete_check()
            if not progress._commit_progress(1):
                return

    def _complete_check(self) -> None:
        facts = self._queued_facts() if self else None
        if not facts:
            return
        outcome = self._standardize(facts)
        if outcome["state"] == "pending":
            return
        if outcome["reason"] == "too_many_attempts":
            # Somebody used up the attempts meanwhile; this one is not lost for it.
            self._in_flow().write(self._queued(facts))
            return
        self.env["dvc.outbox"]._queue(
            "sms",
            facts.phone,
            "",
            self._speaking()._result_text(outcome["state"]),
            f"account.pending:{self.id}:{self.write_date}",
            record=self,
        )

    def _queued_facts(self) -> Facts | None:
        """Return the facts whose check waits; None where they cannot be read."""
        try:
            opened = self.env["dvc.secret"]._box().open(self.check_secret or "", "facts")
        except BadSecret:
            _logger.warning("The queued facts of account %s cannot be opened", self.id)
            self._in_flow().write(NO_CHECK)
            return None
        return Facts.from_dict(json.loads(opened))

    def _result_text(self, state: str) -> str:
        if state == "standardized":
            return self.env._("Your account of the one-stop desk is standardised.")
        return self.env._("Your account could not be standardised. Check your data or ask at the one-stop desk.")
