# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import models
from odoo.exceptions import AccessError

from ..contract import has_role
from ..domain import one_time_code
from ..exceptions import Refusal
from .dvc_otp import Asker


class DvcAccountRecovery(models.Model):
    """Recovery that the desk starts and the citizen completes on their own phone."""

    _inherit = "dvc.account"

    def action_start_recovery(self) -> dict:
        """Send the citizen a link and a code for a new password; the officer sees neither.

        :return: the notification that says where they went, masked
        :raise Refusal: account.locked, account.not_standardized, otp.too_many
        :raise AccessError: neither officer nor manager
        """
        self.ensure_one()
        if not self.env.su and not has_role(self.env, "officer"):
            raise AccessError(self.env._("Your role does not allow this operation."))
        self.check_access("read")
        self._check_recoverable()
        self._count(self._recovery_keys())
        # Officers may not read the phone or make codes; the role was checked.
        self.sudo()._send_recovery()
        self.env["dvc.journal"]._log("account.recovery_started", record=self, account=self)
        text = self.env._(
            "A link and a code went to %(phone)s. The citizen sets the new password on their own phone, "
            "within 5 minutes.",
            phone=self.phone_masked,
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "success", "sticky": True, "message": text},
        }

    def _check_recoverable(self) -> None:
        if self.state == "locked":
            text = self.env._(
                "The account is locked (%(reason)s), so it gets no new password. Have it unlocked first.",
                reason=self.lock_reason or "–",
            )
            raise Refusal("account.locked", text)
        if self.state != "standardized":
            text = self.env._("The account has no login yet: it must be standardised first.")
            raise Refusal("account.not_standardized", text)

    def _recovery_keys(self) -> list[tuple]:
        """Return the counters of a start: the desk's own, so that a stranger who asks for codes bars nobody here."""
        officer = one_time_code.DESK_OFFICER
        keys = [(officer, officer.scope, str(self.env.uid))]
        return keys + [(limit, limit.scope, str(self.id)) for limit in one_time_code.DESK_ACCOUNT]

    def _send_recovery(self) -> None:
        # Held by nobody yet: the first browser that answers from the link gets it.
        answer, code, otp = self.env["dvc.otp"]._make(self.phone_hash, "reset_password", Asker("", "desk"))
        text = self._speaking().env._(
            "One-stop desk: set a new password at %(link)s with the code %(code)s. "
            "Tell it to nobody, staff neither. It is good for 5 minutes.",
            link=f"{self.get_base_url()}/dvc/reset?link={answer['challenge']}",
            code=code,
        )
        self.env["dvc.outbox"]._queue_code(self._open_phone(), text, otp, known=True)
