# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import http
from odoo.http import request

from .portal_submission import DvcSubmission

RESULTS_MAX = 100


class DvcProcedures(DvcSubmission):
    """The public catalogue: no account is needed to search it."""

    @http.route("/dvc/procedures", type="http", auth="public", website=True, readonly=True)
    def dvc_procedures(self, q="", field="", **_kwargs):
        """Search the catalogue; accents are optional."""
        words = q.strip()[:200]
        found = request.env["dvc.procedure"].search_catalogue(query=words, limit=RESULTS_MAX)
        by_field: dict[str, list[dict]] = {}
        for entry in found:
            by_field.setdefault(entry["category"], []).append(entry)
        shown = {name: entries for name, entries in by_field.items() if not field or name == field}
        return request.render(
            "dvc_dossier.procedures",
            {
                "page_name": "dvc_procedures",
                "q": words,
                "field": field if field in by_field else "",
                "fields_found": {name: len(entries) for name, entries in by_field.items()},
                "groups": shown or by_field,
                "total": len(found),
                "limit_text": self._dvc_limit_text,
                "fee_text": self._dvc_fee_text,
            },
        )

    @http.route("/dvc/procedures/<string:code>", type="http", auth="public", website=True, readonly=True)
    def dvc_procedure(self, code, **_kwargs):
        """Show a procedure: components, time, fee, legal basis."""
        procedure_sudo = request.env["dvc.procedure"]._by_code(code[:50])
        if not procedure_sudo:
            return request.redirect("/dvc/procedures")
        agencies_sudo = self._dvc_agencies(procedure_sudo)
        return request.render(
            "dvc_dossier.procedure",
            {
                "page_name": "dvc_procedure",
                "procedure": procedure_sudo,
                "entry": procedure_sudo._describe(agencies_sudo[:1]),
                "agencies": agencies_sudo,
                "delivery_labels": self._dvc_labels("delivery"),
                "paper_labels": self._dvc_labels("paper_rule", "dvc.procedure.component"),
                "level_labels": self._dvc_labels("online_level", "dvc.procedure"),
                "limit_text": self._dvc_limit_text,
                "money": self._dvc_money,
            },
        )

    def _dvc_limit_text(self, limit: dict) -> str:
        """Say a legal time limit in words."""
        value = limit["value"]
        if not value:
            return request.env._("Within the day")
        texts = {
            "working_hour": request.env._("%(value)s working hours", value=value),
            "working_day": request.env._("%(value)s working days", value=value),
            "day": request.env._("%(value)s days", value=value),
        }
        return texts[limit["unit"]]

    def _dvc_money(self, amount: float) -> str:
        """Write an amount in đồng as it is written in Vietnam."""
        return f"{amount:,.0f} đ".replace(",", ".")

    def _dvc_fee_text(self, fees: list[dict]) -> str:
        """Say the fees of a procedure in short."""
        amounts = sorted({fee["amount"] for fee in fees if fee["amount"]})
        if not amounts:
            return request.env._("Free of charge")
        if len(amounts) == 1:
            return self._dvc_money(amounts[0])
        return request.env._("from %(amount)s", amount=self._dvc_money(amounts[0]))
