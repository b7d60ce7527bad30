# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import time

from odoo import fields, http
from odoo.http import request

from odoo.addons.dvc_account.controllers.code_page import page_asker, seconds_to_resend, shown_code
from odoo.addons.dvc_account.controllers.standardize import refusal_text
from odoo.addons.dvc_account.exceptions import Refusal

from .portal import LOOKS, DvcPortal

OPEN_SECONDS = 15 * 60


def _clean_code(text: str) -> str:
    """Return a dossier's code as it is kept; people type it in small letters and with spaces."""
    return "".join(text.split()).upper()[:60]


class DvcTrack(DvcPortal):
    """Tracking without an account: the dossier's code, and a one-time code to the phone on the dossier."""

    @http.route("/dvc/track", type="http", auth="public", methods=["GET"], website=True, sitemap=False)
    def dvc_track_form(self, code="", **_kwargs):
        """Ask for the dossier's code and the phone."""
        return self._dvc_track_page({"code": _clean_code(code)})

    @http.route("/dvc/track", type="http", auth="public", methods=["POST"], website=True, sitemap=False)
    def dvc_track(self, step="phone", code="", phone="", challenge="", otp="", sandbox_code="", **_kwargs):
        """Send the one-time code; then check it and open the dossier for a quarter of an hour."""
        typed = {"code": _clean_code(code), "phone": phone.strip()[:30], "challenge": challenge[:255]}
        try:
            if step == "otp":
                return self._dvc_track_verify(typed, otp.strip()[:20])
            return self._dvc_track_send(typed)
        except Refusal as refusal:
            if refusal.code not in ("otp.wrong", "otp.too_soon"):
                typed["challenge"] = ""
            # No message is coming, so the code stays on the page.
            typed["sandbox_code"] = shown_code(sandbox_code)
            return self._dvc_track_page({**typed, "error": refusal_text(refusal)})

    def _dvc_track_send(self, typed: dict):
        if not typed["code"]:
            return self._dvc_track_page({**typed, "error": request.env._("Enter the code of the dossier.")})
        # The public may not call the model. The answer is the same whether or not code and phone belong together.
        accounts_sudo = request.env["dvc.account"].sudo()
        number = accounts_sudo._parse_phone(typed["phone"])
        answer, sent = accounts_sudo._issue_code(number, "track", page_asker())
        again = {"again": bool(typed["challenge"]), "sandbox_code": shown_code(sent)}
        return self._dvc_track_page({**typed, "challenge": answer["challenge"], **again})

    def _dvc_track_verify(self, typed: dict, code: str):
        # The code that came back proves the phone; codes are closed to the public.
        otps_sudo = request.env["dvc.otp"].sudo()
        asker = page_asker()
        otp_sudo = otps_sudo._by_token(otps_sudo._verify(typed["challenge"], code, asker), "track", asker)
        otp_sudo._use_token()
        dossier_sudo = request.env["dvc.dossier"].sudo().search([("code", "=", typed["code"])], limit=1)
        if not dossier_sudo or dossier_sudo.account_id.phone_hash != otp_sudo.phone_hash:
            text = request.env._("No dossier has this code and this phone. Check both and try again.")
            return self._dvc_track_page({**typed, "challenge": "", "error": text})
        opened = {key: until for key, until in request.session.get("dvc_track", {}).items() if until > time.time()}
        request.session["dvc_track"] = {**opened, dossier_sudo.code: time.time() + OPEN_SECONDS}
        return request.redirect(f"/dvc/track/{dossier_sudo.code}")

    @http.route("/dvc/track/<string:code>", type="http", auth="public", website=True, sitemap=False, readonly=True)
    def dvc_track_dossier(self, code, **_kwargs):
        """Show where a dossier stands, without personal data, while the one-time code's proof holds."""
        if request.session.get("dvc_track", {}).get(code, 0) < time.time():
            return request.redirect(f"/dvc/track?code={code}")
        # The one-time code has proven the phone on this dossier.
        dossier_sudo = request.env["dvc.dossier"].sudo().search([("code", "=", code)], limit=1)
        tracking = dossier_sudo._tracking()
        for name in ("receive_deadline", "due_at"):
            tracking[name] = fields.Datetime.to_datetime(tracking[name])
        names = {component.code: component.name for component in dossier_sudo.procedure_id.component_ids}
        return self._dvc_render(
            "dvc_dossier.track_dossier",
            {
                "page_name": "dvc_track",
                "tracking": tracking,
                "procedure": dossier_sudo.procedure_id.name,
                "agency": dossier_sudo.company_id.name,
                "moments": [fields.Datetime.to_datetime(step["at"]) for step in tracking["timeline"]],
                "component_names": names,
                "fee_payable": self._dvc_fee_payable(dossier_sudo),
            },
        )

    def _dvc_track_page(self, values: dict):
        empty = {"page_name": "dvc_track", "error": "", "code": "", "phone": "", "challenge": "", "sandbox_code": ""}
        empty |= {"again": False, "resend_in": seconds_to_resend(values.get("challenge", ""))}
        status = 422 if values.get("error") else 200
        response = request.render("dvc_dossier.track", {**empty, "looks": LOOKS, **values}, status=status)
        response.headers["Cache-Control"] = "no-store"
        return response
