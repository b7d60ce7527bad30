# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import re

from markupsafe import Markup, escape

from odoo import http
from odoo.http import request

from ..exceptions import Refusal
from .standardize import refusal_text

LINK = re.compile(r"https?://[^\s<>\"]+")


def _linked(text: str) -> Markup:
    """Return a message's text with its links to press, as a phone shows it."""
    parts, end = [], 0
    for found in LINK.finditer(text):
        parts += [escape(text[end : found.start()]), Markup('<a href="%s">%s</a>') % (found[0], found[0])]
        end = found.end()
    return Markup("").join([*parts, escape(text[end:])])


class DemoPhone(http.Controller):
    """The phone of a test environment: what a number would have received. Anywhere else there is no such page."""

    @http.route("/dvc/demo-phone", type="http", auth="public", methods=["GET", "POST"], website=True, sitemap=False)
    def demo_phone(self, phone="", **_kwargs):
        """Show the messages to a number."""
        # The public may not call the models.
        accounts_sudo = request.env["dvc.account"].sudo()
        if not accounts_sudo._is_sms_sandbox():
            raise request.not_found()
        values = {"phone": phone[:30], "messages": None, "error": "", "disable_database_manager": True}
        # By POST only: a number has no place in an address.
        if request.httprequest.method == "POST":
            try:
                shown = request.env["dvc.outbox"]._on_phone(accounts_sudo._parse_phone(values["phone"]))
                values["messages"] = [{"at": one["at"], "text": _linked(one["text"])} for one in shown]
            except Refusal as refusal:
                values["error"] = refusal_text(refusal)
        response = request.render("dvc_account.demo_phone", values)
        response.headers["Cache-Control"] = "no-store"
        return response
