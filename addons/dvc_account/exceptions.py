# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo.exceptions import UserError


class Refusal(UserError):
    """A business refusal: its text starts with a stable code in brackets.

    Integrators branch on the code, people read the text, so the code is never translated and
    never reused for another meaning. XML-RPC answers fault 2, JSON-2 status 422.

    :param str code: stable, dotted, e.g. ``account.locked``
    :param str message: translated text: what happened and what to do; no personal data
    """

    def __init__(self, code: str, message: str):
        super().__init__(f"[{code}] {message}")
        self.code = code
