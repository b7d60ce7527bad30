# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import dataclasses

from odoo import fields, models
from odoo.fields import Command

from ..domain import data_request, one_time_code
from ..exceptions import Refusal
from .dvc_account_standardize import NO_CHECK

# Of a contact.
CONTACT = ("email", "phone", "street", "street2", "city", "zip", "state_id", "vat", "function", "website", "comment")


@dataclasses.dataclass(frozen=True)
class Fate:
    """What a deletion does with one kind of data.

    :param what: in words
    :param count: how many; 0 is not shown
    :param goes: False: it stays
    :param why: why it stays, or what becomes of it
    """

    what: str
    count: int
    goes: bool
    why: str = ""


class DvcAccountErasure(models.Model):
    """Deletion at the person's request: what no law keeps goes for good, what must be kept stays, and is told.

    The account's row stays, locked for good: journal, ledger and dossiers point at it. Its number and
    name stay with it only while something that must be kept says whose it is.
    """

    _inherit = "dvc.account"

    lock_cause = fields.Selection(selection_add=[("erased", "Deleted at the citizen's request")])

    def _erasure_blockers(self) -> list[str]:
        """Hook: return, in words, what must be settled before these accounts' data can be deleted; in sudo."""
        return []

    def _kept_by_law(self) -> list[Fate]:
        """Hook: return what of these accounts must be kept by law, with its person; in sudo."""
        return []

    def _erasure_plan(self) -> list[Fate]:
        """Hook: return what a deletion takes away and what stays; in sudo."""
        kept, _ = self._kept_by_law(), self.env._
        journal = self.env["dvc.journal"].search_count([("account_id", "in", self.ids)])
        contact = sum(
            bool(account[name]) for account in self for name in ("email", "address", "birth_date", "phone_hash")
        )
        identity = sum(bool(account.citizen_id_hash or account.name) for account in self)
        return [
            Fate(_("Phone, e-mail, address, date of birth"), contact, True),
            Fate(
                _("Login, its sessions, keys and second factors"),
                len(self.with_context(active_test=False).user_id),
                True,
                _("The login is closed; nobody can sign in with it any more."),
            ),
            Fate(_("Notes on the account"), len(self.message_ids), True),
            Fate(_("Texts of messages sent, and to whom"), len(self._own_messages(self)), True),
            Fate(_("Signing certificates of the citizen"), len(self._own_certificates()), True),
            Fate(_("Evidence of unlocks and transfers"), len(self.case_ids.attachment_ids), True),
            Fate(
                _("Full name and identification number"),
                identity,
                not kept,
                _("They say whose the kept dossiers, receipts and papers are.") if kept else "",
            ),
            Fate(
                _("Audit journal"),
                journal,
                False,
                _("The law on personal data demands the log of processing; it holds no number."),
            ),
            *kept,
        ]

    def _erase_personal_data(self) -> None:
        """Hook: delete what may be deleted, in sudo; never to be called but by ``_erase``."""
        values = {
            "email": False,
            "address": False,
            "birth_date": False,
            "phone_secret": False,
            "phone_hash": False,
            "phone_masked": False,
            "external_ref": False,
            "oidc_subject_hash": False,
            **NO_CHECK,
        }
        anonymous = not self._kept_by_law()
        if anonymous:
            values |= {
                "name": False,
                "checked_name": False,
                "issue_date": False,
                "citizen_id_secret": False,
                "citizen_id_hash": False,
                "citizen_id_masked": False,
            }
        self._erase_messages()
        self._own_certificates().unlink()
        self.case_ids.attachment_ids.unlink()
        for account in self:
            account._erase_login(account.env._("Deleted account %s", account.id) if anonymous else account.name)
        # Tracking would write the old name down again.
        self.with_context(tracking_disable=True)._in_flow().write(values)

    def _erase(self, reason: str) -> None:
        """Delete the data of these accounts and lock them for good, in sudo.

        :param reason: in words the citizen may read
        :raise Refusal: account.not_erasable
        """
        blockers = self._erasure_blockers()
        if blockers:
            raise Refusal("account.not_erasable", "\n".join(blockers))
        for account in self:
            heir = account.merged_into_id
            # A locked duplicate stays that of its person; the others are closed now.
            account.with_context(tracking_disable=True)._lock("erased", reason, merged_into=heir or None)
        self._erase_personal_data()
        for account in self:
            self.env["dvc.journal"]._log("account.erased", record=account, account=account, purpose=reason)

    def _erase_messages(self) -> None:
        """Delete the notes on the accounts, and wipe what was sent to the person."""
        self.message_ids.unlink()
        self.message_follower_ids.unlink()
        self._own_messages(self)._wipe()

    def _own_certificates(self):
        """Return the citizens' certificates of these accounts, in sudo."""
        # Certificates are the leaders' and managers' to read.
        certificates_sudo = self.env["dvc.certificate"].sudo().with_context(active_test=False)
        return certificates_sudo.search([("account_id", "in", self.ids), ("purpose", "=", "citizen")])

    def _erase_login(self, name: str) -> None:
        """Close the login and empty its contact, in sudo."""
        user = self.with_context(active_test=False).user_id
        partner = (self.partner_id | user.partner_id).with_context(tracking_disable=True)
        if user:
            user._dvc_end_sessions()
            user.totp_trusted_device_ids.unlink()
            user.with_context(no_reset_password=True).write(
                {
                    "active": False,
                    # The login may be an address.
                    "login": f"deleted-{user.id}-{one_time_code.new_token()[:8]}",
                    "password": one_time_code.new_token(),
                    "totp_secret": False,
                    "signature": False,
                }
            )
        partner.message_ids.unlink()
        partner.write(
            {
                "name": name,
                "active": False,
                "signup_type": False,
                "image_1920": False,
                "category_id": [Command.clear()],
                **dict.fromkeys(CONTACT, False),
            }
        )

    def _check_may_unlock(self) -> None:
        """Check that the lock of an account can be ended at all.

        :raise Refusal: account.erased
        """
        if self.lock_cause == "erased":
            raise Refusal("account.erased", self.env._("The data of this account were deleted: it stays closed."))


class DvcDataRequestErasure(models.Model):
    """The two steps of a deletion: a manager reads what goes and what stays, then deletes."""

    _inherit = "dvc.data.request"

    def _prepare_erasure(self) -> None:
        """Keep that the plan of a deletion was read and found right.

        :raise Refusal: account.not_erasable, data_request.bad_step
        """
        self._check_role("manager")
        accounts_sudo = self._erased_accounts()
        blockers = accounts_sudo._erasure_blockers()
        if self.type != "deletion" or blockers:
            raise Refusal("account.not_erasable", "\n".join(blockers) or self.env._("This is no request of deletion."))
        self._step("prepare", erasure_prepared_at=fields.Datetime.now(), erasure_prepared_by_id=self.env.uid)

    def _erase(self, number: str) -> None:
        """Delete, once prepared.

        :param number: the request's, typed in as a confirmation
        :raise Refusal: data_request.not_prepared, data_request.wrong_number, data_request.bad_step,
            account.not_erasable
        """
        self._check_role("manager")
        if not self.erasure_prepared_at or self.type != "deletion":
            raise Refusal("data_request.not_prepared", self.env._("Prepare the deletion first."))
        if (number or "").strip().upper() != self.name:
            raise Refusal("data_request.wrong_number", self.env._("Type the number of the request to confirm."))
        if not data_request.may("erase", self.state):
            raise Refusal(
                "data_request.bad_step", self.env._("The request is no longer in this step: reload the page.")
            )
        accounts_sudo = self._erased_accounts()
        kept = [fate.what for fate in accounts_sudo._erasure_plan() if fate.count and not fate.goes]
        # Staff need not read the citizen's contact; only its language is used.
        citizens = self.sudo()._speaking()
        # Told while there is a phone to tell it to.
        citizens._tell(
            citizens.env._("Your account and data were deleted as you asked (%(number)s).", number=self.name)
        )
        self.env.flush_all()
        text = self.env._("Deleted. Kept by law: %(kept)s.", kept="; ".join(kept))
        self._step("erase", text, answer=text, decided_by_id=self.env.uid)
        accounts_sudo._erase(citizens.env._("Deleted at the request %(number)s of the citizen.", number=self.name))

    def _erased_accounts(self):
        """Return the accounts a deletion is about: the person's own and what passed to it, in sudo."""
        # The flow of a deletion reaches what the manager may not write.
        return self.account_id.sudo()._owner_accounts()
