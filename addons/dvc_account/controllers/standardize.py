# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import http
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal

from ..domain.arguments import InvalidArgument
from ..exceptions import Refusal
from .code_page import page_asker, seconds_to_resend, shown_code

FACTS = ("full_name", "citizen_id", "issue_date", "phone")


def refusal_text(refusal: Refusal) -> str:
    """Return what a page says of a refusal: its text without the code."""
    return refusal.args[0].removeprefix(f"[{refusal.code}] ")


class StandardizePortal(CustomerPortal):
    """The citizen's standardisation: the four facts, then the code from the phone."""

    @http.route("/my/account-standardize", type="http", auth="user", methods=["GET"], website=True, sitemap=False)
    def dvc_standardize_form(self):
        return self._dvc_page({})

    @http.route("/my/account-standardize", type="http", auth="user", methods=["POST"], website=True, sitemap=False)
    def dvc_standardize(self, step="facts", challenge="", code="", sandbox_code="", **form):
        facts = {name: (form.get(name) or "").strip() for name in FACTS}
        account_sudo = request.env["dvc.account"]._open_for_user(request.env.user.ids)
        if account_sudo.state == "locked" or not request.env.user._is_portal():
            return self._dvc_page({})
        try:
            parsed = account_sudo._parse_facts(**facts)
            if step == "code":
                return self._dvc_confirm(account_sudo, facts, parsed, challenge, code)
            answer, sent = account_sudo._issue_code(parsed.phone, "standardize", page_asker())
        except InvalidArgument:
            return self._dvc_page({"facts": facts, "error": request.env._("Fill in all four.")})
        except Refusal as refusal:
            values = {"facts": facts, "error": refusal_text(refusal)}
            if challenge and refusal.code in ("otp.wrong", "otp.too_soon"):
                values["challenge"] = challenge[:255]
                # No message is coming: the code the page has shown stays on it.
                values["sandbox_code"] = shown_code(sandbox_code)
            return self._dvc_page(values)
        again = {"again": bool(challenge), "sandbox_code": shown_code(sent)}
        return self._dvc_page({"facts": facts, "challenge": answer["challenge"], **again})

    def _dvc_confirm(self, account_sudo, facts: dict, parsed, challenge: str, code: str):
        account_sudo._prove_phone(challenge, code.strip(), parsed.phone, page_asker())
        account = account_sudo.with_user(request.env.user)
        outcome = account.standardize(**parsed.as_dict())
        if outcome["state"] == "standardized":
            return request.redirect("/my")
        shown = {} if outcome["state"] == "pending" else facts
        return self._dvc_page({"facts": shown, "error": account_sudo._outcome_text(outcome)})

    def _dvc_page(self, values: dict):
        account_sudo = request.env["dvc.account"]._for_user(request.env.user)
        return request.render(
            "dvc_account.portal_standardize",
            {
                "page_name": "dvc_standardize",
                "account": {
                    "state": account_sudo.state or "unstandardized",
                    "lock_reason": account_sudo.lock_reason,
                    "name": account_sudo.name,
                    "citizen_id": account_sudo.citizen_id_masked,
                    "phone": account_sudo.phone_masked,
                },
                "identity_sandbox": request.env["dvc.identity.source"]._is_sandbox(),
                "facts": {},
                "error": "",
                "challenge": "",
                "sandbox_code": "",
                "again": False,
                "resend_in": seconds_to_resend(values.get("challenge", "")),
                **values,
            },
        )
