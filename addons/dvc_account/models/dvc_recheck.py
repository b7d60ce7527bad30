# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..domain import retry
from ..exceptions import Refusal

_logger = logging.getLogger(__name__)

FIRST, LONGEST = timedelta(minutes=30), timedelta(days=1)
BATCH = 200
# What no list and no responder will ever settle.
FOR_GOOD = frozenset({"weak_digest", "weak_key"})


class DvcRecheck(models.AbstractModel):
    """Files whose signatures are open: judged again ever less often, at once where new revocation data comes.

    For models with ``verdict`` and ``check_id``.
    """

    _name = "dvc.recheck"
    _description = "Checked again"

    recheck_at = fields.Datetime(string="Checked again at", readonly=True, copy=False)
    recheck_since = fields.Datetime(string="Open since", readonly=True, copy=False)
    recheck_tries = fields.Integer(string="Checked again", readonly=True, copy=False)

    @api.model
    def _recheck_domain(self) -> Domain:
        """Return which records are open and of use to somebody; models extend it."""
        return Domain("verdict", "=", "unknown")

    def _recheck_one(self) -> None:
        """Judge a record's file again; models do it.

        :raise Refusal: it cannot be judged now
        """

    @api.model
    def _recheck_due(self) -> Domain:
        due = Domain("recheck_since", "=", False) | Domain("recheck_at", "<=", fields.Datetime.now())
        return self._recheck_domain() & due

    @api.model
    def _recheck_run(self, batch: int = BATCH) -> None:
        """Judge what is due, longest waiting first; one that fails comes again later, and holds up no other."""
        domain, progress = self._recheck_due(), self.env["ir.cron"]
        progress._commit_progress(remaining=self.search_count(domain))
        for record in self.search(domain, order="recheck_at NULLS FIRST, id", limit=batch):
            # Somebody else may be at it, or may have settled it meanwhile.
            if record.try_lock_for_update().filtered_domain(domain):
                record._recheck_guarded()
            if not progress._commit_progress(1):
                return

    def _recheck_guarded(self) -> None:
        try:
            with self.env.cr.savepoint():
                self._recheck_one()
        except Refusal as refusal:
            _logger.warning("%s %s was not checked again: %s", self._name, self.id, refusal.code)
        except Exception:  # whatever is wrong with one file, the others are judged
            _logger.exception("%s %s could not be checked again", self._name, self.id)
        self._recheck_note()

    def _recheck_note(self) -> None:
        """Write down when a record is judged next; never again where it was open for long, or is for good."""
        now = fields.Datetime.now()
        if self.verdict != "unknown":
            self._in_flow().write({"recheck_at": False, "recheck_since": self.recheck_since or now})
            return
        tries, since = self.recheck_tries + 1, self.recheck_since or now
        due = now + retry.wait(tries, FIRST, LONGEST)
        ended = self._is_open_for_good() or due > since + self.env["dvc.revocation.answer"]._longest()
        values = {"recheck_tries": tries, "recheck_since": since, "recheck_at": False if ended else due}
        self._in_flow().write(values)

    def _is_open_for_good(self) -> bool:
        # The evidence belongs to the agency; the job sees every one.
        lines = self.check_id.sudo().signatures or []
        reasons = {line.get("reason") for line in lines if line.get("verdict") == "unknown"}
        return bool(reasons) and reasons <= FOR_GOOD

    @api.model
    def _recheck_wake(self, keys: list[str], serial: str = "") -> bool:
        """Have open records judged at once where new revocation data may settle them.

        :param keys: see ``dvc.signature._new_revocation_data``
        :return: whether there are any
        """
        # Whoever uploads a list need not see the files that it settles.
        checks_sudo = self.env["dvc.signature.check"].sudo()._open_about(keys, serial)
        domain = self._recheck_domain() & Domain("check_id", "in", checks_sudo.ids)
        # As above.
        woken_sudo = self.sudo().search(domain) if checks_sudo else self.sudo().browse()
        now = fields.Datetime.now()
        woken_sudo._in_flow().write({"recheck_at": now})
        woken_sudo.filtered(lambda one: not one.recheck_since)._in_flow().write({"recheck_since": now})
        return bool(woken_sudo)
