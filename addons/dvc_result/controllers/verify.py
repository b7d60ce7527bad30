# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import http
from odoo.http import request

from odoo.addons.dvc_account.exceptions import Refusal

from ..domain import result_code


class DvcVerify(http.Controller):
    """The public page behind the QR code of a result: no login, no personal data."""

    @http.route(
        ["/dvc/verify", "/dvc/verify/<string:code>"],
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        readonly=True,
    )
    def dvc_verify(self, code="", **_kwargs):
        """Show the form, and for a code what it stands for."""
        typed = code.strip()[:100]
        answer = None
        if typed:
            try:
                answer = request.env["dvc.result"].verify(typed)
            except Refusal:
                answer = False
        values = {
            "typed": typed,
            "code": result_code.clean_code(typed) if answer else typed,
            "answer": answer,
            "sandbox": request.env["dvc.result"]._verified_in_sandbox(typed) if answer else False,
        }
        response = request.render("dvc_result.verify_page", values, status=404 if answer is False else 200)
        response.headers["Cache-Control"] = "no-store"
        return response
