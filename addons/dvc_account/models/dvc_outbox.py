# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import contextlib
import datetime
import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import html2plaintext

from ..contract import has_role
from ..domain import masking
from ..domain import phone as phones

_logger = logging.getLogger(__name__)

TRIES_MAX = 8
KEEP_DAYS = 30
GC_BATCH = 10_000
# An urgent message is tried again after so many seconds at first; the job's clock ticks by the minute.
URGENT_SECONDS = 15
# How long the job leaves an urgent message to the one who queued it.
URGENT_GRACE = datetime.timedelta(seconds=20)
# How long the sandbox's phone shows a code.
SANDBOX_SHOWN = datetime.timedelta(minutes=10)
CHANNELS = [("sms", "Text message"), ("mail", "E-mail"), ("webhook", "Webhook")]
STATES = [
    ("queued", "Queued"),
    ("sent", "Sent"),
    ("sandbox", "Sandbox"),
    ("failed", "Failed"),
    ("expired", "Expired"),
]


class DvcOutbox(models.Model):
    """Messages that leave with the transaction that caused them, sent by a job."""

    _name = "dvc.outbox"
    _description = "Outgoing message"
    _inherit = ["dvc.sealed"]
    _order = "id desc"
    _sealed_fields = {"recipient_secret": "outbox", "body_secret": "outbox"}
    _forgotten_fields = frozenset({"recipient_hash"})
    _rec_name = "subject"

    channel = fields.Selection(CHANNELS, required=True)
    recipient_masked = fields.Char(string="To", readonly=True)
    recipient_secret = fields.Char(groups=fields.NO_ACCESS, help="Empty once it is wiped.")
    recipient_hash = fields.Char(index="btree_not_null", groups=fields.NO_ACCESS)
    subject = fields.Char()
    body = fields.Text(help="Empty where the message is secret.")
    body_secret = fields.Char(groups=fields.NO_ACCESS)
    is_secret = fields.Boolean(string="Secret")
    dedup_key = fields.Char(required=True, groups=fields.NO_ACCESS)
    state = fields.Selection(
        STATES,
        default="queued",
        required=True,
        help="Sandbox: nothing was sent, this is a test environment. Expired: its time passed before it could leave.",
    )
    is_urgent = fields.Boolean(string="Urgent", help="Sent at once, not by the job.")
    is_decoy = fields.Boolean(groups=fields.NO_ACCESS, help="Dropped unsent: it stands for one to a known phone.")
    valid_until = fields.Datetime(string="Valid until", help="It is not sent after this moment.")
    rounds = fields.Integer(default=0, groups=fields.NO_ACCESS, help="How often it was sent again by hand.")
    can_resend = fields.Boolean(compute="_compute_can_resend")
    tries = fields.Integer(default=0)
    next_try_at = fields.Datetime(string="Next try", required=True, default=fields.Datetime.now)
    error = fields.Char(string="Why not sent")
    sent_at = fields.Datetime(string="Sent on")
    res_model = fields.Char(string="Model")
    res_id = fields.Many2oneReference(string="Record", model_field="res_model")
    attachment_ids = fields.Many2many("ir.attachment")
    company_id = fields.Many2one(
        "res.company", string="Agency", index="btree_not_null", help="Empty: of no agency, such as one-time codes."
    )

    _dedup_uniq = models.UniqueIndex("(dedup_key)", "This message is queued already.")
    _waiting_idx = models.Index("(next_try_at, id) WHERE state = 'queued'")

    @api.depends("subject", "channel", "recipient_masked")
    def _compute_display_name(self):
        labels = dict(self._fields["channel"]._description_selection(self.env))
        for message in self:
            # A text message has no subject.
            name = f"{labels.get(message.channel, '')} → {message.recipient_masked or ''}"
            message.display_name = message.subject or name

    @api.depends("state", "is_secret")
    def _compute_can_resend(self):
        for message in self:
            message.can_resend = message.state == "failed" and bool(message.body)

    @api.model
    def _search_display_name(self, operator, value):
        """Find messages by subject, or by the whole phone number or address they went to."""
        domain = super()._search_display_name(operator, value)
        if not isinstance(value, str) or not value.strip():
            return domain
        # The hash is closed to every user; the ids found still pass the record rules.
        found_sudo = self.sudo().search([("recipient_hash", "=", self._recipient_hash(value))])
        return Domain.OR([domain, Domain("id", "in", found_sudo.ids)])

    @api.model
    def _recipient_hash(self, to: str) -> str:
        with contextlib.suppress(phones.InvalidPhone):
            return self.env["dvc.account"]._phone_hash(phones.to_e164(to))
        return self.env["dvc.secret"]._box().digest(to.strip().lower(), "recipient")

    @api.model
    def _queue(
        self,
        channel,
        to,
        subject,
        body,
        dedup_key,
        record=None,
        secret=False,
        attachments=(),
        urgent=False,
        until=False,
        decoy=False,
    ):
        """Queue a message in the running transaction; the same key queues once.

        :param channel: sms, mail or webhook
        :param to: phone (E.164), address or URL
        :param subject: of an e-mail
        :param body: text, or the JSON text of a webhook
        :param dedup_key: what makes the message one
        :param record: what it is about
        :param secret: the body is for the recipient alone: encrypted, wiped after sending
        :param attachments: ir.attachment records
        :param urgent: sent as soon as the transaction is over, not by the job
        :param until: moment after which it is not sent any more
        :param decoy: it is dropped unsent; queueing it only takes as long as queueing another
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
                "recipient_hash": self._recipient_hash(to),
                "subject": subject,
                "body": False if secret else body,
                "body_secret": box.seal(body, "outbox") if secret else False,
                "is_secret": secret,
                "dedup_key": dedup_key,
                "res_model": record._name if record else False,
                "res_id": record.id if record else False,
                "company_id": self.env["dvc.journal"]._agency_of(record).id,
                "attachment_ids": [fields.Command.set([attachment.id for attachment in attachments])],
                "is_urgent": urgent,
                "is_decoy": decoy,
                "valid_until": until,
                "next_try_at": fields.Datetime.now() + (URGENT_GRACE if urgent else datetime.timedelta()),
            }
        )
        if urgent:
            message_sudo._send_after_commit()
        message_sudo._wake_job()
        return message_sudo

    def _wake_job(self) -> None:
        """Have the job run when this message is due."""
        # Whoever causes a message may wake the job.
        self.env.ref("dvc_account.ir_cron_outbox").sudo()._trigger(max(self.next_try_at, fields.Datetime.now()))

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
        self._wipe_shown()
        domain = [("state", "=", "queued"), ("next_try_at", "<=", fields.Datetime.now())]
        progress = self.env["ir.cron"]
        progress._commit_progress(remaining=self.search_count(domain))
        due = self.search(domain, order="is_urgent DESC, next_try_at, id", limit=200)
        # From here on each is locked in a transaction that sees what others have done meanwhile.
        progress._commit_progress()
        for message in due:
            message = message.try_lock_for_update().filtered_domain(domain)
            if message:
                message._send_guarded()
            if not progress._commit_progress(1):
                return

    def _send_guarded(self) -> None:
        """Send one message; a failure is kept and tried again later where that may help."""
        self.ensure_one()
        if self.is_decoy:
            self.unlink()
            return
        if self._is_expired():
            self._expire()
            return
        try:
            with self.env.cr.savepoint():
                self._send_one()
        except Exception as error:
            _logger.warning("Message %s was not sent: %s", self.id, type(error).__name__)
            self._retry_later(error)

    def _is_expired(self) -> bool:
        return bool(self.valid_until) and self.valid_until < fields.Datetime.now()

    def _expire(self) -> None:
        """Give up a message whose time has passed; why it had not left stays."""
        self.write({"state": "expired", "body_secret": False})

    def _send_one(self) -> None:
        box = self.env["dvc.secret"]._box()
        to = box.open(self.recipient_secret, "outbox")
        body = box.open(self.body_secret, "outbox") if self.is_secret else self.body or ""
        state = getattr(self, f"_send_{self.channel}")(to, body)
        values = {"state": state, "sent_at": fields.Datetime.now(), "error": False}
        if state == "sandbox" and self.channel == "sms":
            # Shown on the sandbox's phone for a while, then wiped by the job.
            self.env.ref("dvc_account.ir_cron_outbox")._trigger(fields.Datetime.now() + SANDBOX_SHOWN)
        else:
            values["body_secret"] = False
        self.write(values)

    def _idempotency_key(self) -> str:
        """Return the name of this message for the other side: the same however often it is tried."""
        return self.env["dvc.secret"]._box().digest(f"{self.dedup_key}:{self.rounds}", "idempotency")[:40]

    def _send_sms(self, to: str, body: str) -> str:
        return self.env["dvc.sms.gateway"]._send(to, body, self._idempotency_key(), self.company_id)

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
        headers = {"Content-Type": "application/json"}
        self.env["dvc.sms.gateway"]._post(to, self._idempotency_key(), headers, data=body.encode())
        return "sent"

    def _retry_later(self, error: Exception) -> None:
        tries = self.tries + 1
        values = {"tries": tries, "error": str(error) if isinstance(error, UserError) else type(error).__name__}
        if tries >= TRIES_MAX or getattr(error, "final", False):
            self.write({**values, "state": "failed", "body_secret": False})
            return
        first = URGENT_SECONDS if self.is_urgent else 60
        seconds = max(first * 2 ** (tries - 1), getattr(error, "wait", 0))
        self.write({**values, "next_try_at": fields.Datetime.now() + datetime.timedelta(seconds=seconds)})
        if self.valid_until and self.next_try_at > self.valid_until:
            self._expire()
        else:
            self._wake_job()

    def action_resend(self) -> bool:
        """Queue failed messages again; those whose text is wiped cannot be."""
        if not self.env.su and not has_role(self.env, "manager"):
            raise AccessError(self.env._("Your role does not allow this operation."))
        self.check_access("read")
        # Nobody may write messages; the role was checked.
        again_sudo = self.sudo().filtered("can_resend")
        if not again_sudo:
            raise UserError(
                self.env._("Only failed messages whose text is still kept can be sent again; codes are asked for anew.")
            )
        for message_sudo in again_sudo:
            # Another key: the other side may remember that it refused this one.
            message_sudo.write(
                {
                    "state": "queued",
                    "tries": 0,
                    "next_try_at": fields.Datetime.now(),
                    "error": False,
                    "rounds": message_sudo.rounds + 1,
                }
            )
        again_sudo[0]._wake_job()
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

    def _forget_secrets(self):
        # Messages sent under the old key are no longer found by their recipient.
        self.env.cr.execute("UPDATE dvc_outbox SET recipient_hash = NULL WHERE recipient_hash IS NOT NULL")
        super()._forget_secrets()

    def _wipe(self) -> None:
        """Forget what messages said to whom; those that still wait are sent first."""
        left = self.filtered(lambda message: message.state != "queued")
        left.write(
            {
                "recipient_secret": False,
                "recipient_hash": False,
                "body": False,
                "body_secret": False,
                "attachment_ids": [fields.Command.clear()],
            }
        )
