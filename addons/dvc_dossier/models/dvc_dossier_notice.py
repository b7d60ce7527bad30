# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import models

from ..domain import states

NOTICE_LANGUAGE = "vi_VN"


class DvcDossier(models.Model):
    """What the citizen and the desk are told of a dossier's events."""

    _inherit = "dvc.dossier"

    def _notify_citizen(self, event) -> None:
        """Tell the citizen by SMS, and by e-mail where they gave an address, once per event; in sudo."""
        dossier = self
        if self.env["res.lang"]._get_data(code=NOTICE_LANGUAGE):
            dossier = self.with_context(lang=NOTICE_LANGUAGE)
        text = dossier._notice_text(event)
        account = self.account_id
        if not text or not account:
            return
        outbox = self.env["dvc.outbox"]
        phone = account._open_phone()
        if phone:
            outbox._queue("sms", phone, "", text, f"dossier.event:{event.id}:sms", record=self)
        if account.email:
            outbox._queue("mail", account.email, self.code, text, f"dossier.event:{event.id}:mail", record=self)

    def _notice_text(self, event) -> str:
        """Return the notice of an event; empty: none. No personal data: it travels by SMS."""
        code = self.code
        if event.verb == "postpone":
            return self.env._(
                "Dossier %(code)s is late, we apologise. New date of the result: %(date)s.",
                code=code,
                date=self._local(self.due_at).strftime("%H:%M %d/%m/%Y"),
            )
        texts = {
            "submit": self.env._("Dossier %(code)s was submitted and waits to be checked.", code=code),
            "receive": self._received_text(),
            "pay": self._received_text(),
            "request_supplement": self.env._(
                "Dossier %(code)s needs corrections: please open it and follow the guidance.", code=code
            ),
            "supplement": self.env._("Your corrections of dossier %(code)s have arrived.", code=code),
            "refuse": self.env._("Dossier %(code)s was refused: please open it to read why.", code=code),
            "finish": self.env._("The result of dossier %(code)s is ready.", code=code),
            "return": self.env._("The result of dossier %(code)s was returned.", code=code),
            "withdraw": self.env._("Dossier %(code)s was withdrawn.", code=code),
            "stop": self.env._("Dossier %(code)s was stopped: please open it to read why.", code=code),
        }
        return texts.get(event.verb, "")

    def _received_text(self) -> str:
        if self.state == states.PAYMENT:
            return self.env._("Dossier %(code)s is complete: please pay its fee.", code=self.code)
        if not self.due_at:
            return ""
        return self.env._(
            "Dossier %(code)s was received. Date of the result: %(date)s.",
            code=self.code,
            date=self._local(self.due_at).strftime("%H:%M %d/%m/%Y"),
        )

    def _notify_desk(self, event) -> None:
        """Tell the one-stop officers of what a specialist asked in their name; in sudo."""
        officers = self.env.ref("dvc_account.group_officer").all_user_ids.filtered(
            lambda user: user.active and self.company_id in user.company_ids and user != event.user_id
        )
        if officers:
            self.message_notify(
                partner_ids=officers.partner_id.ids,
                subject=self.env._("Supplement request of %(code)s", code=self.code),
                body=self.env._("A specialist has asked for corrections of dossier %(code)s.", code=self.code),
            )
