# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import models

from ..signing.checked_file import CheckedFile


class DvcSignatureFile(models.AbstractModel):
    """A record with a file whose signatures are checked, at once or by the job; each model says how."""

    _name = "dvc.signature.file"
    _description = "File with signatures"

    def _signature_file(self) -> CheckedFile:
        """Return the file."""
        raise NotImplementedError

    def _awaits_check(self) -> bool:
        """Tell whether the file was never checked and still has to be."""
        raise NotImplementedError

    def _settle_check(self, answer: dict, cause: str = "") -> str:
        """Keep what a check found.

        :param answer: the verifier's
        :param cause: why it was checked, of dvc_signature_check_evidence.CAUSES; empty: what is usual
        :return: the verdict
        """
        raise NotImplementedError

    def _tell_checked(self) -> None:
        """Hook: tell those who look at the record; ids only, for whoever may see them."""

    def _signature_agency(self):
        """Return the agency whose file it is."""
        return self.company_id if "company_id" in self._fields else self.env["res.company"]

    def _signature_verdict(self) -> str:
        """Return the verdict that stands; empty: not checked."""
        return self.verdict or ""
