# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import models
from odoo.fields import Domain

from odoo.addons.dvc_account.models.dvc_account_erasure import Fate

from ..domain import states


class DvcAccountPersonalData(models.Model):
    """What dossiers and the vault keep about a person, and what of it a deletion leaves."""

    _inherit = "dvc.account"

    # Who read it

    def _access_domain(self):
        # Before the account was there its dossiers were, at the desk or digitised.
        filed = Domain("account_id", "=", False) & Domain("dossier_code", "in", self._own_dossiers().mapped("code"))
        return super()._access_domain() | Domain("event", "=", "personal_data.read") & filed

    def _access_links(self, codes):
        own = self._own_dossiers(Domain("code", "in", [code for code in codes if code]))
        return {dossier.code: dossier.access_url for dossier in own if dossier.account_id in self._owner_accounts()}

    def _usual_agency(self):
        latest = self._own_dossiers().sorted("id")[-1:]
        return latest.company_id or super()._usual_agency()

    def _own_dossiers(self, domain=Domain.TRUE):
        """Return the person's dossiers, in sudo; the account was checked by the caller."""
        # Those of any agency, whoever asks.
        dossiers_sudo = self.env["dvc.dossier"].sudo()
        return dossiers_sudo.search(dossiers_sudo._owner_domain(self.sudo()) & domain, order="id")

    def _own_documents(self, accounts):
        """Return the documents of the vaults of accounts, in sudo."""
        # Those that any agency brought in.
        return self.env["dvc.document"].sudo().search([("account_id", "in", accounts.ids)], order="id")

    # All of it, for the person themself

    def _personal_data(self):
        dossiers_sudo, documents_sudo = self._own_dossiers(), self._own_documents(self._owner_accounts())
        return {
            **super()._personal_data(),
            "dossiers": [self._dossier_values(dossier_sudo) for dossier_sudo in dossiers_sudo],
            "dossier_events": [
                {
                    "at": self._local_text(event.at),
                    "dossier_code": event.code,
                    "event": event.verb,
                    "state": event.to_state,
                    "role": event.role or "",
                    "text": event.reason or "",
                    "legal_basis": event.legal_basis or "",
                }
                for event in dossiers_sudo.event_ids.sorted("id")
            ],
            "dossier_files": [
                {
                    "dossier_code": file.dossier_id.code or "",
                    "code": file.code,
                    "title": file.name,
                    "filename": file.filename,
                    "version": file.version,
                    "sha256": file.sha256,
                    "verdict": file.verdict or "",
                }
                for file in dossiers_sudo.component_ids
            ],
            "documents": [
                {
                    "type": document.type_id.name,
                    "number": document.number or "",
                    "issuer": document.issuer or "",
                    "issue_date": str(document.issue_date or ""),
                    "valid_until": str(document.valid_until or ""),
                    "filename": document.attachment_id.name,
                    "sha256": document.sha256,
                    "verdict": document.verdict or "",
                }
                for document in documents_sudo
            ],
        }

    def _dossier_values(self, dossier_sudo) -> dict:
        """Return what is kept of one dossier; numbers of others that stand in its form stay masked."""
        form = dossier_sudo.form_data or {}
        return {
            "code": dossier_sudo.code or "",
            "procedure": dossier_sudo.procedure_id.name,
            "agency": dossier_sudo.company_id.name,
            "state": dossier_sudo.state,
            "applicant": dossier_sudo.applicant_name or "",
            "citizen_id_masked": dossier_sudo.applicant_citizen_masked or "",
            "phone_masked": dossier_sudo.applicant_phone_masked or "",
            "address": dossier_sudo.applicant_address or "",
            "channel": dossier_sudo.channel,
            "delivery": dossier_sudo.delivery,
            "copies": dossier_sudo.copies,
            "submitted_at": self._local_text(dossier_sudo.submitted_at),
            "received_at": self._local_text(dossier_sudo.received_at),
            "due_at": self._local_text(dossier_sudo.due_at),
            "done_at": self._local_text(dossier_sudo.done_at),
            "returned_at": self._local_text(dossier_sudo.returned_at),
            **{f"form.{name}": value for name, value in form.items() if isinstance(value, str | int | float)},
        }

    def _personal_data_labels(self):
        _ = self.env._
        return {
            **super()._personal_data_labels(),
            "dossiers": _("Your dossiers"),
            "dossier_events": _("What happened to your dossiers"),
            "dossier_files": _("Files you handed in"),
            "documents": _("Documents in your vault"),
            "code": _("Code"),
            "procedure": _("Procedure"),
            "applicant": _("Applicant"),
            "citizen_id_masked": _("CCCD number"),
            "phone_masked": _("Phone"),
            "delivery": _("Delivery"),
            "copies": _("Copies"),
            "submitted_at": _("Submitted on"),
            "received_at": _("Received on"),
            "returned_at": _("Returned on"),
            "legal_basis": _("Legal basis"),
            "title": _("Paper"),
            "filename": _("File"),
            "version": _("Version"),
            "sha256": _("Fingerprint of the file (SHA-256)"),
            "verdict": _("Signature"),
            "issuer": _("Issued by"),
            "issue_date": _("Issued on"),
            "valid_until": _("Valid until"),
        }

    def _own_messages(self, accounts_sudo):
        domain = Domain("res_model", "=", "dvc.dossier") & Domain("channel", "!=", "webhook")
        dossiers = self.env["dvc.dossier"].sudo().search([("account_id", "in", accounts_sudo.ids)])
        # The outbox is closed to citizens; these messages were for them.
        messages_sudo = self.env["dvc.outbox"].sudo().search(domain & Domain("res_id", "in", dossiers.ids))
        return super()._own_messages(accounts_sudo) | messages_sudo

    # Deletion

    def _dossiers_in(self, *wanted):
        return self.env["dvc.dossier"].search([("account_id", "in", self.ids), ("state", "in", wanted)])

    def _uploads(self):
        return self.env["dvc.dossier.upload"].search([("account_id", "in", self.ids)])

    def _free_documents(self):
        """Return the documents that the person put into the vault and that no dossier uses."""
        uploads = self.env["dvc.document"].search([("account_id", "in", self.ids), ("source", "=", "upload")])
        used = self.env["dvc.dossier.component"].search([("document_id", "in", uploads.ids)]).document_id
        referred = self.env["dvc.document"].search([("superseded_by_id", "in", uploads.ids)]).superseded_by_id
        return uploads - used - referred

    def _erasure_blockers(self):
        count = len(self._dossiers_in(*states.OPEN))
        blockers = super()._erasure_blockers()
        if count:
            blockers.append(self.env._("%(count)s dossiers are under way: finish or withdraw them first.", count=count))
        return blockers

    def _kept_by_law(self):
        filed = len(self._dossiers_in(*(set(states.STATES) - {states.DRAFT})))
        documents = len(self.env["dvc.document"].search([("account_id", "in", self.ids)]) - self._free_documents())
        why = self.env._("Dossiers of a procedure and their papers are kept by the law on archives (Luật Lưu trữ).")
        kept = [
            Fate(self.env._("Dossiers with their files and history"), filed, False, why),
            Fate(self.env._("Documents of dossiers and results"), documents, False, why),
        ]
        return super()._kept_by_law() + [fate for fate in kept if fate.count]

    def _erasure_plan(self):
        return [
            Fate(
                self.env._("Drafts, and files chosen but not submitted"),
                len(self._dossiers_in(states.DRAFT)) + len(self._uploads()),
                True,
            ),
            Fate(self.env._("Documents you put into the vault yourself"), len(self._free_documents()), True),
            *super()._erasure_plan(),
        ]

    def _erase_personal_data(self):
        drafts = self._dossiers_in(states.DRAFT)
        attachments = drafts.component_ids.attachment_id
        drafts.unlink()
        attachments.exists().unlink()
        self._uploads().unlink()
        documents = self._free_documents()
        attachments = documents.attachment_id
        documents.unlink()
        attachments.exists().unlink()
        super()._erase_personal_data()
