# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import datetime
import logging

import requests

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import html2plaintext

from ..contract import has_role
from ..domain import masking
from .dvc_identity_source import is_allowed_address

_logger = logging.getLogger(__name__)

TIMEOUT = (3, 10)
TRIES_MAX = 8
KEEP_DAYS = 30
GC_BATCH = 10_000
CHANNELS = [("sms", "Text message"), ("mail", "E-mail"), ("webhook", "Webhook")]


class DvcOutbox(models.Model):
    """Messages that leave with the transaction that caused them, sent by a job."""

    _name = "dvc.outbox"
    _description = "Outgoing message"
    _inherit = ["dvc.sealed"]
    _order = "id desc"
    _sealed_fields = {"recipient_secret": "outbox", "body_secret": "outbox"}
    _rec_name = "subject"

    channel = fields.Selection(CHANNELS, required=True)
    recipient_masked = fields.Char(string="To", readonly=True)
    recipient_secret = fields.Char(groups=fields.NO_ACCESS, help="Empty once it is wiped.")
    subject = fields.Char()
    body = fields.Text(help="Empty where the message is secret.")
    body_secret = fields.Char(groups=fields.NO_ACCESS)
    is_secret = fields.Boolean(string="Secret")
    dedup_key = fields.Char(required=True, groups=fields.NO_ACCESS)
    state = fields.Selection(
        [("queued", "Queued"), ("sent", "Sent"), ("sandbox", "Sandbox"), ("failed", "Failed")],
        default="queued",
        required=True,
        help="Sandbox: nothing was sent, this is a test environment.",
    )
    tries = fields.Integer(default=0)
    next_try_at = fields.Datetime(required=True, default=fields.Datetime.now)
    error = fields.Char()
    sent_at = fields.Datetime()
    res_model = fields.Char(string="Model")
    res_id = fields.Many2oneReference(string="Record", model_field="res_model")
    attachment_ids = fields.Many2many("ir.attachment")
    company_id = fields.Many2one(
        "res.company", string="Agency", index="btree_not_null", help="Empty: of no agency, such as one-time codes."
    )

    _dedup_uniq = models.UniqueIndex("(dedup_key)", "This message is queued already.")
    _waiting_idx = models.Index("(next_try_at, id) WHERE state = 'queued'")

    @api.model
    def _queue(self, channel, to, subject, body, dedup_key, record=None, secret=False, attachments=()):
        """Queue a message in the running transaction; the same key queues once.

        :param channel: sms, mail or webhook
        :param to: phone (E.164), address or URL
        :param subject: of an e-mail
        :param body: text, or the JSON text of a webhook
        :param dedup_key: what makes the message one
        :param record: what it is about
        :param secret: the body is for the recipient alone: encrypted, wiped after sending
        :param attachments: ir.attachment records
        :return: the message, in sudo
        """
        # Whoever causes a message may queue it; reading it is another matter.
        outbox_sudo = self.sudo()
        known_sudo = outbox_sudo.search([("dedup_key", "=", dedup_key)], limit=1)
        if known_sudo:
            return known_sudo
        box = self.env["dvc.secret"]._box()
        message_sudo = outbox_sudo.create(
            {
                "channel": channel,
                "recipient_masked": self._masked(channel, to),
                "recipient_secret": box.seal(to, "outbox"),
                "subject": subject,
                "body": False if secret else body,
                "body_secret": box.seal(body, "outbox") if secret else False,
                "is_secret": secret,
                "dedup_key": dedup_key,
                "res_model": record._name if record else False,
                "res_id": record.id if record else False,
                "company_id": self.env["dvc.journal"]._agency_of(record).id,
                "attachment_ids": [fields.Command.set([attachment.id for attachment in attachments])],
            }
        )
        outbox_sudo.env.ref("dvc_account.ir_cron_outbox")._trigger()
        return message_sudo

    @api.model
    def _queue_paper(self, kind, template, record, account, attachment, about=None):
        """Queue the e-mail that brings a paper to its citizen; one of a kind and record is sent once.

        :param kind: of paper, e.g. form_01
        :param template: mail.template of the record's model
        :param record: what the template tells of
        :param account: whose paper it is; without an address nothing is sent
        :param about: what the message is about, where that is not the record
        """
        if not account.email:
            return
        self._queue(
            "mail",
            account.email,
            template._render_field("subject", record.ids, compute_lang=True)[record.id],
            html2plaintext(template._render_field("body_html", record.ids, compute_lang=True)[record.id]),
            f"{kind}:{record.id}",
            record=about or record,
            attachments=attachment,
        )

    @api.model
    def _masked(self, channel: str, to: str) -> str:
        if channel == "sms":
            return masking.phone(f"0{to[3:]}")
        return masking.email(to) if channel == "mail" else to

    @api.model
    def _cron_send(self) -> None:
        """Send what is due."""
        domain = [("state", "=", "queued"), ("next_try_at", "<=", fields.Datetime.now())]
        progress = self.env["ir.cron"]
        progress._commit_progress(remaining=self.search_count(domain))
        for message in self.search(domain, order="next_try_at, id", limit=200):
            message = message.try_lock_for_update().filtered_domain(domain)
            if message:
                message._send_guarded()
            if not progress._commit_progress(1):
                return

    def _send_guarded(self) -> None:
        """Send one message; a failure is kept and tried again later."""
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                self._send_one()
        except Exception as error:
            _logger.warning("Message %s was not sent: %s", self.id, type(error).__name__)
            self._retry_later(error)

    def _send_one(self) -> None:
        box = self.env["dvc.secret"]._box()
        to = box.open(self.recipient_secret, "outbox")
        body = box.open(self.body_secret, "outbox") if self.is_secret else self.body or ""
        state = getattr(self, f"_send_{self.channel}")(to, body)
        self.write({"state": state, "sent_at": fields.Datetime.now(), "body_secret": False, "error": False})

    def _send_sms(self, to: str, body: str) -> str:
        url = (self.env["ir.config_parameter"].get_param("dvc_account.sms_gateway_url") or "").strip()
        if not url:
            if self.env["dvc.identity.source"]._has_demo_data():
                return "sandbox"
            raise UserError(self.env._("No SMS gateway is configured (dvc_account.sms_gateway_url)."))
        self._post(url, json={"to": to, "text": body})
        return "sent"

    def _send_mail(self, to: str, body: str) -> str:
        if (
            not self.env["ir.mail_server"].search_count([], limit=1)
            and self.env["dvc.identity.source"]._has_demo_data()
        ):
            return "sandbox"
        mail = self.env["mail.mail"].create(
            {
                "email_to": to,
                "subject": self.subject,
                "body_html": self.env["ir.qweb"]._render("dvc_account.outbox_mail", {"lines": body.splitlines()}),
                "attachment_ids": [fields.Command.set(self.attachment_ids.ids)],
                "auto_delete": True,
            }
        )
        mail.send(raise_exception=True)
        return "sent"

    def _send_webhook(self, to: str, body: str) -> str:
        self._post(to, data=body.encode(), headers={"Content-Type": "application/json"})
        return "sent"

    def _post(self, url: str, **content) -> None:
        if not is_allowed_address(url):
            raise UserError(self.env._("The address must be https."))
        requests.post(url, timeout=TIMEOUT, allow_redirects=False, **content).raise_for_status()

    def _retry_later(self, error: Exception) -> None:
        tries = self.tries + 1
        values = {"tries": tries, "error": str(error) if isinstance(error, UserError) else type(error).__name__}
        if tries >= TRIES_MAX:
            values |= {"state": "failed", "body_secret": False}
        else:
            values["next_try_at"] = fields.Datetime.now() + datetime.timedelta(minutes=2 ** (tries - 1))
        self.write(values)

    def action_resend(self) -> bool:
        """Queue failed messages again; those whose text is wiped cannot be."""
        if not self.env.su and not has_role(self.env, "manager"):
            raise AccessError(self.env._("Your role does not allow this operation."))
        self.check_access("read")
        # Nobody may write messages; the role was checked.
        again_sudo = self.sudo().filtered(lambda message: message.state == "failed" and message.body)
        again_sudo.write({"state": "queued", "tries": 0, "next_try_at": fields.Datetime.now(), "error": False})
        again_sudo.env.ref("dvc_account.ir_cron_outbox")._trigger()
        return True

    @api.autovacuum
    def _gc_bodies(self):
        """Wipe what messages said to whom, once they have left or failed long enough ago."""
        days = self.env["ir.config_parameter"].get_param("dvc_account.outbox_keep_days")
        kept = datetime.timedelta(days=int(days) if (days or "").isdecimal() else KEEP_DAYS)
        moment = fields.Datetime.now() - kept
        full = ["|", ("body", "!=", False), ("recipient_secret", "!=", False)]
        old = [*full, ("state", "!=", "queued"), ("create_date", "<", moment)]
        messages = self.search(old, order="id", limit=GC_BATCH)
        messages._wipe()
        return len(messages), len(messages) == GC_BATCH

    def _wipe(self) -> None:
        """Forget what messages said to whom; those that still wait are sent first."""
        left = self.filtered(lambda message: message.state != "queued")
        left.write(
            {
                "recipient_secret": False,
                "body": False,
                "body_secret": False,
                "attachment_ids": [fields.Command.clear()],
            }
        )
