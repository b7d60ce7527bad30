# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import contextlib

from odoo import api, models

from ..signing.checked_file import CheckedFile
from ..signing.limited import SECONDS
from ..signing.pool import WORKER, Check

# How long all files of one request may be checked before the rest is left to the job, in seconds.
SECONDS_PARAMETER = "dvc_account.signature_seconds"
SECONDS_DEFAULT = 1.5


class DvcSignature(models.AbstractModel):
    """Checks that nobody waits for longer than they can."""

    _inherit = "dvc.signature"

    @api.model
    def _request_seconds(self) -> float:
        """Return how many seconds of a request are for checking; what a manager has typed wrongly counts as unset."""
        # A figure that everybody's requests go by.
        typed = self.env["ir.config_parameter"].sudo().get_param(SECONDS_PARAMETER)
        with contextlib.suppress(TypeError, ValueError):
            return min(max(float(typed), 0.0), float(SECONDS))
        return SECONDS_DEFAULT

    @api.model
    def _check_within(
        self, files: list[CheckedFile], seconds: float | None = None, patient: bool = False
    ) -> list[Check]:
        """Check files at once, as far as that is done in time.

        :param seconds: for all of them; not given: the share of a request
        :param patient: let those in a hurry go first
        :return: the checks in the same order; one without ``answer`` is not done
        """
        messages = [file.message for file in files]
        limit = self._request_seconds() if seconds is None else seconds
        if not files or limit <= 0:
            return [Check(data, name, None, signed, False) for data, name, signed in messages]
        trust = self.env["dvc.trust.anchor"]._store()
        return WORKER.verify_within(messages, trust, limit, patient)
