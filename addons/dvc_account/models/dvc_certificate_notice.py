# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import datetime

from odoo import api, fields, models

from ..domain import certificate_states as states

REMINDERS = (30, 7)
BATCH = 500


class DvcCertificateNotice(models.Model):
    """What citizens are told of their certificates."""

    _inherit = "dvc.certificate"

    def _tell_holder(self, event: str) -> None:
        """Tell the citizen what happened to a certificate: whoever did not do it must hear of it; in sudo."""
        text = self.with_context(lang=self._holder()._speaking().env.lang)._notice(event)
        self._holder()._tell(text, f"certificate:{self.id}:{event}", self)

    def _holder(self):
        return self.account_id

    def _notice(self, event: str) -> str:
        """Return the text of a notice; no personal data, it travels by SMS."""
        serial = (self.serial or "")[-6:]
        day = self.valid_to and fields.Date.to_string(self.valid_to.date())
        texts = {
            "activated": self.env._(
                "A signing certificate (…%(serial)s) was registered to your account of the one-stop desk. Was it not"
                " you? Report it on the page of your certificates, or call the desk.",
                serial=serial,
            ),
            "lost": self.env._(
                "Your signing certificate (…%(serial)s) was reported lost here. Please tell its provider too: only the"
                " provider can revoke it.",
                serial=serial,
            ),
            "unused": self.env._(
                "Your signing certificate (…%(serial)s) was put out of use here. The provider goes on until you tell"
                " them.",
                serial=serial,
            ),
            "expiring": self.env._(
                "Your signing certificate (…%(serial)s) is valid until %(day)s. Please have it renewed, then register"
                " the new one.",
                serial=serial,
                day=day and datetime.date.fromisoformat(day).strftime("%d/%m/%Y"),
            ),
        }
        return texts[event]

    @api.model
    def _cron_remind(self) -> None:
        """Remind citizens 30 and 7 days before a certificate's end, once each."""
        now = fields.Datetime.now()
        limit = now + datetime.timedelta(days=max(REMINDERS) + 1)
        domain = [
            ("purpose", "=", "citizen"),
            ("state", "=", states.ACTIVE),
            ("valid_to", ">", now),
            ("valid_to", "<=", limit),
            "|",
            ("reminded_days", "=", 0),
            ("reminded_days", ">", min(REMINDERS)),
        ]
        progress = self.env["ir.cron"]
        progress._commit_progress(remaining=self.search_count(domain))
        for certificate in self.search(domain, order="valid_to, id", limit=BATCH):
            certificate = certificate.try_lock_for_update().filtered_domain(domain)
            if certificate:
                certificate._remind(now)
            if not progress._commit_progress(1):
                return

    def _remind(self, now: datetime.datetime) -> None:
        due = states.reminder_due((self.valid_to - now).days, self.reminded_days, REMINDERS)
        if not due:
            return
        self._in_flow().write({"reminded_days": due})
        text = self.with_context(lang=self._holder()._speaking().env.lang)._notice("expiring")
        self._holder()._tell(text, f"certificate:{self.id}:expiring:{due}", self)
