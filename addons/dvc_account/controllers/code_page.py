# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What every page that waits for a one-time code has in common."""

from odoo.http import request

from ..domain import one_time_code
from ..models.dvc_otp import Asker

HOLDER = "dvc_code_holder"


def page_asker() -> Asker:
    """Return this browser session as the one who asks: a code is good in it only."""
    # Not the session's own id, which changes when somebody logs in.
    if HOLDER not in request.session:
        request.session[HOLDER] = one_time_code.new_token()
    return Asker(f"session:{request.session[HOLDER]}", "page", request.httprequest.remote_addr)


def seconds_to_resend(challenge: str) -> int:
    """Return how long the button for another code of this page waits."""
    # Codes are closed to the public; only a waiting time goes out.
    return request.env["dvc.otp"].sudo()._seconds_to_resend(challenge[:255]) if challenge else 0


def shown_code(code: str) -> str:
    """Return a code for the page to show: in the sandbox only, where no message is sent."""
    # The public may not call the model.
    return code[: one_time_code.DIGITS] if request.env["dvc.account"].sudo()._is_sms_sandbox() else ""
