# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import http
from odoo.http import request

from ..exceptions import Refusal
from .code_page import page_asker, seconds_to_resend, shown_code
from .standardize import refusal_text

EMPTY = {
    "step": "phone",
    "error": "",
    "challenge": "",
    "token": "",
    "phone": "",
    "sandbox_code": "",
    "from_desk": False,
    "again": False,
}


class PasswordReset(http.Controller):
    """A new password by a code to the citizen's own phone."""

    @http.route("/dvc/reset", type="http", auth="public", methods=["GET"], website=True, sitemap=False)
    def form(self, link="", **_kwargs):
        """Ask for the phone; or, opened by the link in a message, for the code in it."""
        if not link:
            return self._page({})
        # Codes are closed to the public.
        if request.env["dvc.otp"].sudo()._is_open_to(page_asker(), link[:255]):
            return self._page({"step": "code", "challenge": link[:255], "from_desk": True})
        return self._page({"error": request.env._("This link is no longer good. Ask for a new code here.")})

    @http.route("/dvc/reset", type="http", auth="public", methods=["POST"], website=True, sitemap=False)
    def reset(self, step="phone", **form):
        """Go on from one of the steps: phone, code, password."""
        steps = {"phone": self._send, "code": self._verify, "password": self._set}
        if step not in steps:
            step = "phone"
        typed = {name: (form.get(name) or "")[:255] for name in ("phone", "challenge", "token")}
        try:
            values = steps[step](typed, form)
        except Refusal as refusal:
            values = {**typed, "step": step, "error": refusal_text(refusal)}
            if refusal.code in ("otp.expired", "otp.too_many"):
                values |= {"step": "phone", "challenge": ""}
            elif refusal.code == "otp.too_soon" and typed["challenge"]:
                values["step"] = "code"
            if values["step"] == "code":
                # No message is coming: the code the page has shown stays on it.
                values["sandbox_code"] = shown_code(form.get("sandbox_code") or "")
                values["from_desk"] = form.get("from_desk") == "1"
        return self._page(values)

    def _send(self, typed: dict, _form: dict) -> dict:
        # The public may not call the model; the code is the proof.
        accounts_sudo = request.env["dvc.account"].sudo()
        number = accounts_sudo._parse_phone(typed["phone"])
        answer, code = accounts_sudo._issue_code(number, "reset_password", page_asker())
        return {
            "step": "code",
            "challenge": answer["challenge"],
            "phone": typed["phone"],
            "sandbox_code": shown_code(code),
            "again": bool(typed["challenge"]),
        }

    def _verify(self, typed: dict, form: dict) -> dict:
        code = (form.get("code") or "").strip()[:255]
        # As above.
        return {
            "step": "password",
            # Codes are closed to every user; the code is the proof.
            "token": request.env["dvc.otp"].sudo()._verify(typed["challenge"], code, page_asker()),
        }

    def _set(self, typed: dict, form: dict) -> dict:
        new_password = (form.get("new_password") or "")[:255]
        if new_password != form.get("again"):
            raise Refusal("account.weak_password", request.env._("The two passwords are not the same."))
        # As above.
        request.env["dvc.account"].sudo()._set_password(typed["token"], new_password, page_asker())
        return {"step": "done"}

    def _page(self, values: dict):
        # The layout of the login page links to the manager of databases, which is none of the citizen's.
        qcontext = {**EMPTY, "disable_database_manager": True, **values}
        qcontext["resend_in"] = seconds_to_resend(qcontext["challenge"]) if qcontext["step"] == "code" else 0
        response = request.render("dvc_account.password_reset", qcontext)
        response.headers["Cache-Control"] = "no-store"
        # The link names a challenge.
        response.headers["Referrer-Policy"] = "no-referrer"
        return response
