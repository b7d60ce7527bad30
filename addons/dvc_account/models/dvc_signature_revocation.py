# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, models


class DvcSignature(models.AbstractModel):
    """What revocation data and the demonstration mean for checks."""

    _inherit = "dvc.signature"

    @api.model
    def _verify(self, *args, **kwargs) -> dict:
        answer = super()._verify(*args, **kwargs)
        answers = self.env["dvc.revocation.answer"]
        if answer["verdict"] == "unknown":
            wanted_sudo = answers._wanted(_lines(answer))
            if wanted_sudo and answers._asks_at_check() and wanted_sudo._ask_at_once():
                answer = super()._verify(*args, **kwargs)
        self._mark_sandbox(answer["evidence"])
        return answer

    @api.model
    def _mark_sandbox(self, evidence: list[dict]) -> None:
        """Mark the signatures whose path ends at an authority of the demonstration: ``sandbox``."""
        prints = {line.get("anchor") for line in evidence} - {None, ""}
        # Everybody's files are checked against the one store.
        anchors_sudo = self.env["dvc.trust.anchor"].sudo()
        marked = anchors_sudo.search([("fingerprint", "in", list(prints)), ("is_sandbox", "=", True)]) if prints else []
        known = {anchor.fingerprint for anchor in marked}
        for line in evidence:
            line["sandbox"] = line.get("anchor") in known

    @api.model
    def _new_revocation_data(self, keys: list[str], serial: str = "") -> None:
        """Take up again what is open, where new revocation data may settle it; addons with checked files extend this.

        :param keys: identifiers (hex) of the authorities' keys that the data tells of
        :param serial: of the one certificate it is about; empty: of any
        """


def _lines(answer: dict) -> list[dict]:
    return [one | line for one, line in zip(answer["signatures"], answer["evidence"], strict=True)]
