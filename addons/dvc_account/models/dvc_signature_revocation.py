# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from psycopg2.extras import Json

from odoo import api, models
from odoo.tools import SQL


class DvcSignature(models.AbstractModel):
    """What revocation data means for checks."""

    _inherit = "dvc.signature"

    @api.model
    def _verify(self, data: bytes, filename: str, signed: bytes = b"", trust=None) -> dict:
        answer = super()._verify(data, filename, signed, trust)
        answers = self.env["dvc.revocation.answer"]
        if answer["verdict"] == "unknown" and answers._asks_at_check():
            lines = [one | line for one, line in zip(answer["signatures"], answer["evidence"], strict=True)]
            if answers._wanted(lines)._ask_at_once():
                # With what the responders have answered now.
                answer = super()._verify(data, filename, signed)
        return answer

    @api.model
    def _new_revocation_data(self, keys: list[str], serial: str = "") -> None:
        """Take up again what is open, where new revocation data may settle it; addons with checked files extend this.

        :param keys: identifiers (hex) of the authorities' keys that the data tells of
        :param serial: of the one certificate it is about; empty: of any
        """


class DvcSignatureCheck(models.Model):
    """What a check's evidence says of the demonstration, and what it leaves to be asked."""

    _inherit = "dvc.signature.check"

    _open_idx = models.Index("USING gin (signatures jsonb_path_ops) WHERE verdict = 'unknown'")

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [vals | {"signatures": self._marked(vals.get("signatures") or [])} for vals in vals_list]
        checks = super().create(vals_list)
        for check in checks.filtered(lambda check: check.verdict == "unknown"):
            self.env["dvc.revocation.answer"]._wanted(check.signatures)
        return checks

    @api.model
    def _marked(self, lines: list[dict]) -> list[dict]:
        """Return the lines of a check, those marked whose path ends at an authority of the demonstration."""
        prints = {line.get("anchor") for line in lines} - {None, ""}
        # Everybody's files are checked against the one store.
        anchors_sudo = self.env["dvc.trust.anchor"].sudo()
        marked = anchors_sudo.search([("fingerprint", "in", list(prints)), ("is_sandbox", "=", True)]) if prints else []
        known = {anchor.fingerprint for anchor in marked}
        return [line | {"sandbox": line.get("anchor", "") in known} for line in lines]

    @api.model
    def _open_about(self, keys: list[str], serial: str = ""):
        """Return the checks that are open for want of revocation data.

        :param keys: identifiers (hex) of the authorities' keys that there is new data of
        :param serial: of the one certificate it is about; empty: of any
        """
        common = {"verdict": "unknown"} | ({"serial": serial} if serial else {})
        wanted = [Json([common | {"authority_key": key}]) for key in keys]
        if not wanted:
            return self.browse()
        self.flush_model()
        matches = SQL(" OR ").join(SQL("signatures @> %s", one) for one in wanted)
        rows = self.env.execute_query(
            SQL("SELECT id FROM dvc_signature_check WHERE verdict = 'unknown' AND (%s)", matches)
        )
        return self.browse([row[0] for row in rows])
