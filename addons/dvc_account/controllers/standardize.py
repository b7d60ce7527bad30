# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64

from odoo import http
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal

from ..domain.arguments import InvalidArgument
from ..exceptions import Refusal
from .code_page import page_asker, seconds_to_resend, shown_code

FACTS = ("full_name", "citizen_id", "issue_date", "phone")
EVIDENCE_BYTES_MAX = 20 * 1024 * 1024
FACT_OF = {"account.bad_citizen_id": "citizen_id", "account.bad_phone": "phone", "account.bad_date": "issue_date"}


def refusal_text(refusal: Refusal) -> str:
    """Return what a page says of a refusal: its text without the code."""
    return refusal.args[0].removeprefix(f"[{refusal.code}] ")


class StandardizePortal(CustomerPortal):
    """The citizen's standardisation: the four facts, then the code from the phone."""

    @http.route("/my/account-standardize", type="http", auth="user", methods=["GET"], website=True, sitemap=False)
    def dvc_standardize_form(self, change="", **query):
        return self._dvc_page({"change": change == "1"})

    @http.route("/my/account-standardize", type="http", auth="user", methods=["POST"], website=True, sitemap=False)
    def dvc_standardize(self, step="facts", challenge="", code="", sandbox_code="", change="", **form):
        shown = {"change": change == "1"}
        facts = {name: (form.get(name) or "").strip() for name in FACTS}
        account_sudo = request.env["dvc.account"]._open_for_user(request.env.user.ids)
        if account_sudo.state == "locked" or not request.env.user._is_portal():
            return self._dvc_page({})
        shown["facts"] = facts
        typed = {**facts, "citizen_id": account_sudo._typed_number(facts["citizen_id"])}
        try:
            parsed = account_sudo._parse_facts(**typed)
            if step == "code":
                return self._dvc_confirm(account_sudo, shown, parsed, challenge, code)
            answer, sent = account_sudo._issue_code(parsed.phone, "standardize", page_asker())
        except InvalidArgument as error:
            return self._dvc_page({**shown, "wrong": error.name, "error": request.env._("Fill in all four.")})
        except Refusal as refusal:
            shown |= {"error": refusal_text(refusal), "wrong": FACT_OF.get(refusal.code, "")}
            if challenge and refusal.code in ("otp.wrong", "otp.too_soon"):
                shown["challenge"] = challenge[:255]
                # No message is coming: the code the page has shown stays on it.
                shown["sandbox_code"] = shown_code(sandbox_code)
            return self._dvc_page(shown)
        again = {"again": bool(challenge), "sandbox_code": shown_code(sent)}
        return self._dvc_page({**shown, "challenge": answer["challenge"], **again})

    def _dvc_confirm(self, account_sudo, shown: dict, parsed, challenge: str, code: str):
        account_sudo._prove_phone(challenge, code.strip(), parsed.phone, page_asker())
        account = account_sudo.with_user(request.env.user)
        outcome = account.standardize(**parsed.as_dict())
        if outcome["state"] == "standardized":
            return request.redirect("/my/account-standardize" if shown["change"] else "/my")
        if outcome["state"] == "pending":
            return self._dvc_page({})
        return self._dvc_page({**shown, "error": account_sudo._outcome_text(outcome)})

    @http.route("/my/account-unlock", type="http", auth="user", methods=["POST"], website=True, sitemap=False)
    def dvc_ask_unlock(self, reason="", evidence=None, **form):
        """Take a locked citizen's request to unlock the account; staff check it."""
        account_sudo = request.env["dvc.account"]._for_user(request.env.user)
        if account_sudo.state != "locked":
            return request.redirect("/my/account-standardize")
        try:
            account_sudo._ask_unlock(reason[:2000], self._dvc_evidence(evidence))
        except Refusal as refusal:
            return self._dvc_page({"error": refusal_text(refusal), "reason": reason[:2000]})
        return request.redirect("/my/account-standardize")

    def _dvc_evidence(self, evidence) -> list[tuple[str, bytes]]:
        if not evidence or not evidence.filename:
            return []
        content = base64.b64encode(evidence.read(EVIDENCE_BYTES_MAX + 1)).decode()
        data, name, _kind = request.env["dvc.signature"]._intake(content, evidence.filename[:255])
        return [(name, data)]

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
                    "check_waits": bool(account_sudo.check_next_at),
                    "unlock": account_sudo._unlock_standing(),
                },
                "change": False,
                "wrong": "",
                "reason": "",
                "identity_sandbox": request.env["dvc.identity.source"]._is_sandbox(),
                "facts": account_sudo._identity_facts(),
                "error": "",
                "challenge": "",
                "sandbox_code": "",
                "again": False,
                "resend_in": seconds_to_resend(values.get("challenge", "")),
                **values,
            },
        )
