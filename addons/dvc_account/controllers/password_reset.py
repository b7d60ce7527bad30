# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import http
from odoo.http import request

from ..exceptions import Refusal
from .standardize import refusal_text


class PasswordReset(http.Controller):
    """A new password by a code to the citizen's own phone."""

    @http.route("/dvc/reset", type="http", auth="public", methods=["GET"], website=True, sitemap=False)
    def form(self):
        return self._page({"step": "phone"})

    @http.route("/dvc/reset", type="http", auth="public", methods=["POST"], website=True, sitemap=False)
    def reset(self, step="phone", phone="", challenge="", code="", token="", new_password="", again="", **form):
        # The public may not call the model; the code is the proof.
        accounts_sudo = request.env["dvc.account"].sudo()
        steps = {
            "phone": lambda: self._send(accounts_sudo, phone),
            "code": lambda: self._verify(accounts_sudo, challenge, code),
            "password": lambda: self._set(accounts_sudo, token, new_password, again),
        }
        if step not in steps:
            step = "phone"
        try:
            values = steps[step]()
        except Refusal as refusal:
            again_from = "phone" if refusal.code in ("otp.expired", "otp.too_many") else step
            values = {
                "step": again_from,
                "error": refusal_text(refusal),
                "challenge": challenge,
                "token": token,
                "phone": phone,
                "sandbox_code": form.get("sandbox_code", "")[:6] if accounts_sudo._is_sms_sandbox() else "",
            }
        return self._page(values)

    def _send(self, accounts_sudo, phone: str) -> dict:
        number = accounts_sudo._parse_phone(phone)
        answer, code = accounts_sudo._issue_code(number, "reset_password", request.httprequest.remote_addr)
        shown = code if accounts_sudo._is_sms_sandbox() else ""
        return {"step": "code", "challenge": answer["challenge"], "sandbox_code": shown}

    def _verify(self, accounts_sudo, challenge: str, code: str) -> dict:
        return {"step": "password", "token": accounts_sudo.verify_otp(challenge[:255], code.strip()[:255])["token"]}

    def _set(self, accounts_sudo, token: str, new_password: str, again: str) -> dict:
        if new_password != again:
            raise Refusal("account.weak_password", request.env._("The two passwords are not the same."))
        accounts_sudo.reset_password(token[:255], new_password[:255])
        return {"step": "done"}

    def _page(self, values: dict):
        empty = {"error": "", "challenge": "", "token": "", "phone": "", "sandbox_code": ""}
        # The layout of the login page links to the manager of databases, which is none of the citizen's.
        empty["disable_database_manager"] = True
        response = request.render("dvc_account.password_reset", {**empty, **values})
        response.headers["Cache-Control"] = "no-store"
        return response
