# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import fields, models
from odoo.fields import Domain

from ..contract import contract
from ..domain.arguments import LongText
from ..exceptions import Refusal
from .dvc_account_case import PENDING

REQUESTS_MAX, DAY_SECONDS = 3, 24 * 60 * 60


class DvcAccountLock(models.Model):
    """Locks, unlocks by two persons, and what passes from a locked duplicate to the person's one account."""

    _inherit = "dvc.account"

    @contract("officer", "manager", unknown="account.unknown")
    def lock(self, reason: LongText) -> dict:
        """Lock the account and end its sessions.

        :param reason: kept and shown to staff and the citizen
        :return: ``{state}``
        :raise Refusal: account.reason_required, account.own
        """
        self._require_reason(reason)
        # Officers may not write accounts; the role was checked.
        account_sudo = self.sudo()
        account_sudo._check_not_own(self.env.user)
        if account_sudo.state != "locked":
            account_sudo._lock("staff", reason.strip())
        return {"state": "locked"}

    @contract("officer", "manager", unknown="account.unknown")
    def unlock(self, reason: LongText) -> dict:
        """Ask for an unlock; called by a second officer or a manager, complete it.

        :param reason: why the lock is to end
        :return: ``{state}``: ``requested``, or the account's state once unlocked
        :raise Refusal: account.reason_required, account.not_locked, account.own, account.erased
        """
        self._require_reason(reason)
        # Officers may not write accounts and cases; the role was checked.
        account_sudo = self.sudo()
        if account_sudo.state != "locked":
            raise Refusal("account.not_locked", self.env._("The account is not locked."))
        account_sudo._check_not_own(self.env.user)
        account_sudo._check_may_unlock()
        case_sudo = self.env["dvc.account.case"]._open_case(
            "unlock", account_sudo, origin="staff", reason=reason.strip()
        )
        if case_sudo.state == "open" or case_sudo.requested_by_id == self.env.user:
            case_sudo._check(reason)
            return {"state": "requested"}
        case_sudo._complete(reason)
        return {"state": account_sudo.state}

    def action_lock(self) -> dict:
        """Ask for the reason, then lock."""
        return self._dialog("dvc.account.decision", self.env._("Lock the account"), verb="lock")

    def action_unlock(self) -> dict:
        """Ask for reason and evidence, then ask for or complete the unlock."""
        return self._dialog("dvc.account.decision", self.env._("Unlock the account"), verb="unlock")

    def action_transfer(self) -> dict:
        """Ask to whom a locked account's holdings pass, with reason and evidence."""
        return self._dialog("dvc.account.decision", self.env._("Transfer to the standardised account"), verb="transfer")

    def _ask_unlock(self, reason: str, evidence=()) -> None:
        """Take the citizen's own request to unlock; in sudo, for the caller's account.

        :param evidence: list of ``(filename, bytes)``, checked
        :raise Refusal: account.reason_required, account.too_many_requests, case.closed
        """
        self._require_reason(reason)
        if self._unlock_standing() == "pending":
            raise Refusal("case.closed", self.env._("Your request is with the one-stop desk already."))
        if not self.env["dvc.attempt"]._take("unlock", f"account:{self.id}", REQUESTS_MAX, DAY_SECONDS):
            raise Refusal(
                "account.too_many_requests",
                self.env._("You have asked several times today. Come to the one-stop desk."),
            )
        self.env["dvc.account.case"]._open_case("unlock", self, None, "citizen", reason.strip(), evidence)

    def _unlock_standing(self) -> str:
        """Return how the latest unlock of a locked account stands for its citizen: pending, refused or nothing."""
        if self.state != "locked":
            return ""
        latest = self.env["dvc.account.case"].search(
            [("account_id", "=", self.id), ("kind", "=", "unlock"), ("asked_at", ">=", self.locked_at)], limit=1
        )
        if latest.state in PENDING:
            return "pending"
        return "refused" if latest.state == "refused" else ""

    def _require_reason(self, reason: str) -> None:
        if not reason.strip():
            raise Refusal("account.reason_required", self.env._("Give the reason."))

    def _check_not_own(self, user) -> None:
        """Check that staff do not lock or unlock themselves as citizens; in sudo.

        :raise Refusal: account.own
        """
        if self.user_id == user or (self.partner_id and self.partner_id == user.partner_id):
            raise Refusal("account.own", self.env._("This is your own account: a colleague does this."))

    def _lock(self, cause: str, reason: str, merged_into=None) -> None:
        """Lock accounts, keep why, end their sessions."""
        for account in self:
            account._in_flow().write(
                {
                    "locked_from": account.state,
                    "state": "locked",
                    "lock_cause": cause,
                    "lock_reason": reason,
                    "locked_at": fields.Datetime.now(),
                    "merged_into_id": merged_into.id if merged_into else False,
                }
            )
            self.env["dvc.journal"]._log(
                "account.locked", record=account, account=account, purpose=reason, detail={"cause": cause}
            )
        self.user_id._dvc_end_sessions()

    def _unlock(self, reason: str) -> None:
        self.ensure_one()
        state = "standardized" if self._may_be_standardized_again() else "unstandardized"
        self._in_flow().write(
            {
                "state": state,
                "lock_cause": False,
                "lock_reason": False,
                "locked_at": False,
                "locked_from": False,
                "merged_into_id": False,
            }
        )
        self.env["dvc.journal"]._log(
            "account.unlocked", record=self, account=self, purpose=reason, detail={"state": state}
        )
        # A transfer that waited for a decision has nothing to decide any more.
        for case in self.env["dvc.account.case"]._pending(self, "transfer"):
            case._close("withdrawn", self.env._("The account was unlocked."))

    def _may_be_standardized_again(self) -> bool:
        if self.locked_from != "standardized":
            return False
        rival = Domain("citizen_id_hash", "=", self.citizen_id_hash) | Domain("phone_hash", "=", self.phone_hash)
        return not self.search_count(Domain("state", "=", "standardized") & rival, limit=1)

    # What passes on

    def _holdings(self) -> dict[int, dict[str, str]]:
        """Return what accounts hold, in words, by account id and kind of thing; in sudo.

        Dossiers, documents and money extend it.
        """
        return {account_id: {} for account_id in self.ids}

    def _ask_for_transfers(self, heir) -> None:
        """Have staff check what locked duplicates of a standardised account are to pass on; in sudo."""
        duplicates = self.filtered(lambda account: account.merged_into_id == heir)
        holdings = duplicates._holdings() if duplicates else {}
        for account in duplicates.filtered(lambda account: any(holdings[account.id].values())):
            self.env["dvc.account.case"]._open_case("transfer", account, heir)

    def _pass_on_to(self, heir) -> None:
        """Give what a locked account holds to its person's standardised account; in sudo.

        Dossiers, documents and money extend it. Two persons have decided it.

        :param heir: a standardised account of the same person
        """
        self.ensure_one()
        self._in_flow().merged_into_id = heir
        self.env["dvc.outbox"]._queue(
            "sms",
            heir._open_phone(),
            "",
            heir._speaking().env._(
                "What your earlier account at the one-stop desk held has passed to your standardised account."
            ),
            f"account.transferred:{self.id}:{heir.id}",
            record=heir,
        )
