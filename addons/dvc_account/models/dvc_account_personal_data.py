# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import datetime

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ..contract import has_role
from ..domain import phone as phones
from .dvc_account import REVEALERS

READ, EXPORTED = "personal_data.read", "personal_data.exported"
# Files are fetched in pieces and previewed again: one opening is one line.
SAME_READING = datetime.timedelta(minutes=10)


class DvcAccountPersonalData(models.Model):
    """What is kept about a person: who read it, and all of it for the person themself (Luật 91/2025/QH15)."""

    _inherit = "dvc.account"

    data_request_ids = fields.One2many(
        "dvc.data.request",
        "account_id",
        string="Requests about personal data",
        readonly=True,
        groups="dvc_account.group_officer,dvc_account.group_auditor",
    )

    def action_reveal(self) -> dict:
        """Ask what number and phone are needed for, then show them, once.

        :raise AccessError: neither an officer nor a specialist
        """
        self.ensure_one()
        self.check_access("read")
        if not self.env.su and not has_role(self.env, *REVEALERS):
            raise AccessError(self.env._("Your role does not allow this operation."))
        return self._dialog("dvc.account.reveal", self.env._("Show number and phone"))

    def _show_revealed(self, purpose: str, dossier_code: str | None = None) -> dict:
        """Return the notification that shows number and phone in clear.

        :param purpose: what they are needed for, shown to the citizen
        :param dossier_code: of the dossier from which they were asked for; the caller may read it
        """
        number, phone = self._reveal_citizen_id(purpose, dossier_code), self._reveal_phone(purpose, dossier_code)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "sticky": True,
                "title": self.env._("The citizen can see that you read this"),
                "message": f"{number} · {phones.national(phone) if phone else ''}",
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def action_file_data_request(self) -> dict:
        """Open the dialog that files a request about personal data at the desk."""
        self._check_desk()
        return self._dialog("dvc.data.request.filing", self.env._("File a request about personal data"))

    def _check_desk(self) -> None:
        """Check that the caller is an officer who may read the account.

        :raise AccessError: anybody else
        """
        self.check_access("read")
        if not self.env.su and not has_role(self.env, "officer"):
            raise AccessError(self.env._("Your role does not allow this operation."))

    # Who read it

    def _access_domain(self) -> Domain:
        """Hook: return the domain of the journal's lines that tell who read this person's data."""
        return Domain("event", "in", (READ, EXPORTED)) & Domain("account_id", "in", self._owner_accounts().ids)

    def _access_lines(self, limit: int, offset: int = 0):
        """Return the journal's lines on who read this person's data, latest first, in sudo."""
        # Citizens have no right on the journal, but this part of it is theirs.
        return self.env["dvc.journal"].sudo().search(self._access_domain(), limit=limit, offset=offset)

    def _access_count(self) -> int:
        # As above.
        return self.env["dvc.journal"].sudo().search_count(self._access_domain())

    def _access_links(self, codes: list[str]) -> dict[str, str]:
        """Hook: return the address of the citizen's page for those of the dossiers that are theirs, by code."""
        return {}

    def _usual_agency(self):
        """Hook: return the agency the person last dealt with, in sudo; empty where none is known."""
        # Agencies are public.
        return self.env["res.company"].sudo()

    @api.model
    def _what_was_read(self, line) -> str:
        """Return in words what a line of the journal says was read."""
        texts = {
            "citizen_id": self.env._("Identification number"),
            "phone": self.env._("Phone"),
            "file": self.env._("A file"),
            "list": self.env._("Your line of a list"),
            "all": self.env._("All data kept about you"),
        }
        return texts.get((line.detail or {}).get("what"), "")

    @api.model
    def _log_files_read(self, subjects: list[tuple]) -> None:
        """Write down that staff opened files with personal data; once for one opening.

        :param subjects: ``(record, account, dossier code, title)`` of each file
        """
        # Who opened what is asked of the journal, which only few may read.
        journal_sudo = self.env["dvc.journal"].sudo()
        ids = [record.id for record, *_rest in subjects]
        lately = Domain("at", ">", fields.Datetime.now() - SAME_READING) & Domain("user_id", "=", self.env.uid)
        known_sudo = journal_sudo.search(lately & Domain("event", "=", READ) & Domain("res_id", "in", ids))
        known = {(line.res_model, line.res_id) for line in known_sudo}
        for record, account, code, title in subjects:
            if (record._name, record.id) in known:
                continue
            known.add((record._name, record.id))
            purpose = account._speaking().env._("File opened: %(title)s", title=title)
            self.env["dvc.journal"]._log(
                READ, record=record, account=account, purpose=purpose, dossier_code=code, detail={"what": "file"}
            )

    def export_data(self, fields_to_export):
        self._log_exported()
        return super().export_data(fields_to_export)

    def _log_exported(self, dossier_code: str = "", record=None) -> None:
        """Write down for each of the persons that staff took a list with their data out of the system.

        :param dossier_code: of the dossier that stood in the list
        :param record: what stood in the list; by default the account itself
        """
        journal = self.env["dvc.journal"]
        for account in self:
            purpose = account._speaking().env._("Exported with a list")
            journal._log(
                READ,
                record=record or account,
                account=account,
                purpose=purpose,
                dossier_code=dossier_code,
                detail={"what": "list"},
            )

    # All of it, for the person themself

    def _personal_data(self) -> dict[str, list[dict]]:
        """Hook: return everything that is kept about this person.

        The person was checked by the caller. Nothing of others is in it: staff are told by their role.

        :return: by section, lists of flat dictionaries of texts, numbers and booleans, fit for JSON
        """
        accounts_sudo = self._owner_accounts()
        return {
            "accounts": [account_sudo._own_values() for account_sudo in accounts_sudo],
            "messages": self._message_values(accounts_sudo),
            "data_requests": [request_sudo._own_values() for request_sudo in accounts_sudo.data_request_ids],
            "access_log": self._access_values(),
            "journal": self._journal_values(accounts_sudo),
        }

    def _personal_data_labels(self) -> dict[str, str]:
        """Hook: return the words for the sections and keys of ``_personal_data``, for people."""
        _ = self.env._
        return {
            "accounts": _("Your account"),
            "messages": _("Messages sent to you"),
            "data_requests": _("Your requests about your data"),
            "access_log": _("Who read your data"),
            "journal": _("What happened to your account"),
            "name": _("Full name"),
            "state": _("State"),
            "citizen_id": _("Identification number"),
            "card_issued_on": _("Card issued on"),
            "phone": _("Phone"),
            "email": _("E-mail"),
            "birth_date": _("Date of birth"),
            "address": _("Address"),
            "login": _("Login name"),
            "external_ref": _("Key in another system"),
            "created_at": _("Opened on"),
            "standardized_at": _("Standardised on"),
            "lock_reason": _("Reason of the lock"),
            "at": _("Moment"),
            "event": _("Event"),
            "role": _("Role"),
            "agency": _("Agency"),
            "purpose": _("Purpose"),
            "dossier_code": _("Dossier code"),
            "what": _("What"),
            "channel": _("Channel"),
            "to": _("To"),
            "subject": _("Subject"),
            "text": _("Text"),
            "number": _("Number"),
            "type": _("Kind"),
            "answer": _("Answer"),
            "due_at": _("Due on"),
            "done_at": _("Done on"),
        }

    def _own_values(self) -> dict:
        """Return what is kept of one account, in sudo."""
        self.ensure_one()
        phone = self._open_phone()
        return {
            "name": self.name or "",
            "state": self.state,
            "citizen_id": self._open_citizen_id(),
            "card_issued_on": fields.Date.to_string(self.issue_date) or "",
            "phone": phones.national(phone) if phone else "",
            "email": self.email or "",
            "birth_date": fields.Date.to_string(self.birth_date) or "",
            "address": self.address or "",
            "login": self.user_id.login or "",
            "external_ref": self.external_ref or "",
            "created_at": self._local_text(self.create_date),
            "standardized_at": self._local_text(self.standardized_at),
            "lock_reason": self.lock_reason or "",
        }

    @api.model
    def _local_text(self, moment: datetime.datetime | bool) -> str:
        """Return a stored moment as ``YYYY-MM-DD HH:MM:SS+07:00`` in Vietnam's time; empty for none."""
        if not moment:
            return ""
        local = fields.Datetime.context_timestamp(self.with_context(tz="Asia/Ho_Chi_Minh"), moment)
        return local.isoformat(sep=" ", timespec="seconds")

    def _access_values(self) -> list[dict]:
        return [
            {
                "at": self._local_text(line.at),
                "role": line.role,
                "agency": line.company_id.name or "",
                "purpose": line.purpose or "",
                "dossier_code": line.dossier_code or "",
                "what": (line.detail or {}).get("what", ""),
            }
            for line in self._access_lines(limit=10_000)
        ]

    def _journal_values(self, accounts_sudo) -> list[dict]:
        domain = Domain("account_id", "in", accounts_sudo.ids) & Domain("event", "not in", (READ, EXPORTED))
        return [
            {
                "at": self._local_text(line.at),
                "event": line.event,
                "role": line.role,
                "agency": line.company_id.name or "",
                "purpose": line.purpose or "",
                "dossier_code": line.dossier_code or "",
            }
            for line in self.env["dvc.journal"].sudo().search(domain, limit=10_000)
        ]

    def _own_messages(self, accounts_sudo):
        """Hook: return the messages that were sent to the person, in sudo."""
        # The outbox is closed to citizens; these messages were for them.
        return (
            self.env["dvc.outbox"]
            .sudo()
            .search([("res_model", "=", self._name), ("res_id", "in", accounts_sudo.ids), ("channel", "!=", "webhook")])
        )

    def _message_values(self, accounts_sudo) -> list[dict]:
        return [
            {
                "at": self._local_text(message.sent_at or message.create_date),
                "channel": message.channel,
                "to": message.recipient_masked or "",
                "subject": message.subject or "",
                "text": message.body or "",
            }
            for message in self._own_messages(accounts_sudo)
        ]

    def _log_own_export(self) -> None:
        """Write down that the person took all of their data out."""
        purpose = self._speaking().env._("Downloaded from the page of the account")
        self.env["dvc.journal"]._log(EXPORTED, record=self, account=self, purpose=purpose, detail={"what": "all"})
