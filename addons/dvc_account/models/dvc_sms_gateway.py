# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import os

import requests

from odoo import api, models
from odoo.exceptions import UserError

from ..identity.transport import is_allowed_address

TIMEOUT = 10
# Besides these only a server's own faults (5xx) are worth another try.
RETRIED = (408, 425, 429)
WAIT_MAX = 60 * 60
TOKEN_FILE = "DVC_SMS_TOKEN_FILE"
# What Odoo's provider says of a number or an account that no repetition mends.
ODOO_FINAL = (
    "sms_number_missing",
    "sms_number_format",
    "sms_country_not_supported",
    "sms_registration_needed",
    "sms_acc",
    "sms_blacklist",
    "sms_optout",
)


class SendFailure(UserError):
    """A message was not taken; the text holds no personal data.

    :param final: sending it again would end the same way
    :param wait: seconds the other side asked to be left alone
    """

    def __init__(self, text: str, final: bool = False, wait: int = 0):
        super().__init__(text)
        self.final = final
        self.wait = wait


class DvcSmsGateway(models.AbstractModel):
    """The way text messages leave: an HTTP gateway, Odoo's own provider, or nowhere (sandbox)."""

    _name = "dvc.sms.gateway"
    _description = "SMS gateway"

    @api.model
    def _channel(self) -> str:
        # Parameters are not readable by those who use codes.
        return (self.env["ir.config_parameter"].sudo().get_param("dvc_account.sms_channel") or "gateway").strip()

    @api.model
    def _url(self) -> str:
        # As above.
        return (self.env["ir.config_parameter"].sudo().get_param("dvc_account.sms_gateway_url") or "").strip()

    @api.model
    def _is_sandbox(self) -> bool:
        """Tell whether text messages stay here, so that a page may show them."""
        return self._channel() == "gateway" and not self._url() and self.env["dvc.identity.source"]._has_demo_data()

    @api.model
    def _send(self, to: str, body: str, key: str, agency) -> str:
        """Send one text message.

        :param to: phone, E.164
        :param key: the same for every try of one message
        :param agency: whose account with Odoo's provider pays; may be empty
        :return: state of the message: ``sent`` or ``sandbox``
        :raise SendFailure: not taken
        """
        if self._is_sandbox():
            return "sandbox"
        channel = self._channel()
        if channel not in ("gateway", "odoo"):
            raise SendFailure(self.env._("The parameter dvc_account.sms_channel must be gateway or odoo."))
        if channel == "odoo":
            self.with_company(agency or self.env.company)._send_by_odoo(to, body)
        else:
            self._send_by_gateway(to, body, key)
        return "sent"

    @api.model
    def _send_by_gateway(self, to: str, body: str, key: str) -> None:
        url = self._url()
        if not url:
            raise SendFailure(self.env._("No SMS gateway is configured (dvc_account.sms_gateway_url)."))
        token = self._token()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._post(url, key, headers, json={"to": to, "text": body})

    @api.model
    def _token(self) -> str:
        """Return the gateway's bearer token, which lives in a file outside the database."""
        path = os.environ.get(TOKEN_FILE)
        if not path:
            return ""
        try:
            with open(path, encoding="ascii") as file:
                return file.read().strip()
        except (OSError, UnicodeDecodeError):
            raise SendFailure(self.env._("The file named by DVC_SMS_TOKEN_FILE cannot be read.")) from None

    @api.model
    def _post(self, url: str, key: str, headers: dict, **content) -> None:
        """Post something that may be posted again under the same key.

        :raise SendFailure: the other side did not take it
        """
        if not is_allowed_address(url):
            raise SendFailure(self.env._("The address must be https."))
        headers = {**headers, "Idempotency-Key": key}
        try:
            answer = requests.post(url, timeout=TIMEOUT, allow_redirects=False, headers=headers, **content)
        except requests.RequestException as error:
            # The class tells what happened; the text would name the address.
            raise SendFailure(type(error).__name__) from None
        status = answer.status_code
        if 200 <= status < 300:
            return
        final = status < 500 and status not in RETRIED
        wait = answer.headers.get("Retry-After", "")
        raise SendFailure(f"HTTP {status}", final, min(int(wait), WAIT_MAX) if wait.isdecimal() else 0)

    @api.model
    def _send_by_odoo(self, to: str, body: str) -> None:
        message = self.env["sms.sms"].create({"number": to, "body": body})
        message.send(unlink_failed=False, unlink_sent=False)
        taken = message.state in ("process", "pending", "sent")
        failure = message.failure_type
        # Its row would keep number and text readable; the outbox keeps what became of it.
        message.unlink()
        if not taken:
            labels = dict(message._fields["failure_type"]._description_selection(self.env))
            raise SendFailure(labels.get(failure) or failure or "sms", failure in ODOO_FINAL)
