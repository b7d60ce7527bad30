# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import functools
import logging
import threading

from odoo import SUPERUSER_ID, api, fields, models
from odoo.modules.registry import Registry

from .dvc_outbox import SANDBOX_SHOWN

_logger = logging.getLogger(__name__)

# Several at once, in each process; what finds no place is left to the job.
_places = threading.BoundedSemaphore(4)
# Stands for the number where nobody is written to: nothing of an unknown phone is kept.
NOBODY = "+84000000000"


class DvcOutboxUrgent(models.Model):
    """Messages that may not wait for the job, first of all one-time codes."""

    _inherit = "dvc.outbox"

    @api.model
    def _queue_code(self, number: str, text: str, otp, known: bool) -> None:
        """Queue the message that brings a code, with the same work where the phone is nobody's.

        :param number: phone, E.164
        :param otp: dvc.otp record, in sudo
        :param known: whether it is sent; else it is dropped unsent, and does not hold the code
        """
        # Nothing in the dropped one leads to the code or to whose phone it is.
        to, body = (number, text) if known else (NOBODY, "0" * len(text.encode()))
        self._queue(
            "sms", to, "", body, otp._message_key(), secret=True, urgent=True, decoy=not known, until=otp.expires_at
        )

    def _send_after_commit(self) -> None:
        """Send this message as soon as the transaction that queued it is over.

        The job would come to it within seconds, but behind everything else that it and the other jobs do.
        """
        self.env.cr.postcommit.add(functools.partial(_start_sending, self.env.cr.dbname, self.id))

    @api.model
    def _wipe_shown(self) -> None:
        """Wipe the codes that the sandbox's phone has shown long enough."""
        old = [
            ("body_secret", "!=", False),
            ("state", "=", "sandbox"),
            ("sent_at", "<", fields.Datetime.now() - SANDBOX_SHOWN),
        ]
        self.search(old).write({"body_secret": False})

    @api.model
    def _on_phone(self, number: str) -> list[dict]:
        """Return what the sandbox's phone of a number shows, the latest first.

        :param number: phone, E.164
        :return: list of ``{at, text}``
        """
        # The page stands for the citizen's own phone; there is none but in the sandbox.
        found_sudo = self.sudo().search(
            [
                ("recipient_hash", "=", self.env["dvc.account"]._phone_hash(number)),
                ("channel", "=", "sms"),
                ("state", "=", "sandbox"),
            ],
            limit=20,
        )
        box = self.env["dvc.secret"]._box()
        since = fields.Datetime.now() - SANDBOX_SHOWN
        shown = []
        for message_sudo in found_sudo:
            if message_sudo.is_secret:
                readable = message_sudo.body_secret and message_sudo.sent_at >= since
                text = box.open(message_sudo.body_secret, "outbox") if readable else ""
            else:
                text = message_sudo.body or ""
            shown.append({"at": message_sudo.sent_at, "text": text})
        return shown


def _start_sending(database: str, message_id: int) -> None:
    if not _places.acquire(blocking=False):
        return
    threading.Thread(target=_send, args=(database, message_id), name=f"dvc.outbox.{message_id}", daemon=True).start()


def _send(database: str, message_id: int) -> None:
    threading.current_thread().dbname = database
    try:
        with Registry(database).cursor() as cr:
            message = api.Environment(cr, SUPERUSER_ID, {})["dvc.outbox"].browse(message_id)
            # Where the job holds it, it is in good hands.
            message = message.try_lock_for_update().filtered(lambda one: one.state == "queued")
            if message:
                message._send_guarded()
    except Exception as error:
        # The message stays queued and the job takes it.
        _logger.info("Message %s is left to the job: %s", message_id, type(error).__name__)
    finally:
        _places.release()
