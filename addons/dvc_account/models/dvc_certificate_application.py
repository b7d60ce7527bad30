# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import json
import secrets

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools.translate import LazyTranslate

from ..contract import constraint_refusal, has_role
from ..domain import certificate_states as states
from ..exceptions import Refusal

_lt = LazyTranslate(__name__)

constraint_refusal(
    "dvc_certificate_application_open_uniq",
    "certificate.application_open",
    _lt("You have an application under way. Withdraw it first, or wait for its outcome."),
)

STATES = [
    (states.DRAFT, "Draft"),
    (states.SUBMITTED, "Submitted"),
    (states.ACCEPTED, "Taken up"),
    (states.ISSUED, "Issued"),
    (states.REFUSED, "Refused"),
    (states.WITHDRAWN, "Withdrawn"),
]
# Of the text that the citizen agrees to; raised whenever what it says changes.
CONSENT_VERSION = "2026-1"


class DvcCertificateApplication(models.Model):
    """A citizen's wish for a signing certificate, passed on to the provider they chose."""

    _name = "dvc.certificate.application"
    _description = "Application for a signing certificate"
    _inherit = ["dvc.guarded"]
    _order = "id desc"
    _rec_name = "reference"
    _guarded_fields = frozenset(
        """reference account_id provider_id state consent_version consent_at consent_text submitted_at closed_at
        refusal_reason provider_reference certificate_id""".split()
    )

    reference = fields.Char(required=True, index=True, copy=False, default=lambda self: self._new_reference())
    account_id = fields.Many2one("dvc.account", required=True, ondelete="restrict", index=True)
    provider_id = fields.Many2one("dvc.certificate.provider", required=True, ondelete="restrict", index=True)
    state = fields.Selection(STATES, required=True, default=states.DRAFT, copy=False, index=True)
    consent_version = fields.Char(string="Version of the text", copy=False)
    consent_text = fields.Text(copy=False, help="What the citizen agreed to, as it was shown.")
    consent_at = fields.Datetime(string="Agreed on", copy=False)
    submitted_at = fields.Datetime(string="Submitted on", copy=False)
    closed_at = fields.Datetime(string="Closed on", copy=False)
    refusal_reason = fields.Char(string="Reason of the refusal", copy=False)
    provider_reference = fields.Char(string="Number with the provider", copy=False)
    certificate_id = fields.Many2one("dvc.certificate", string="Registered as", copy=False, index="btree_not_null")
    event_ids = fields.One2many("dvc.certificate.application.event", "application_id", string="Timeline")
    delivery = fields.Selection(related="provider_id.delivery")
    message_state = fields.Selection(
        lambda self: self.env["dvc.outbox"]._fields["state"]._description_selection(self.env),
        string="Sent to the provider",
        compute="_compute_message_state",
        compute_sudo=True,
    )

    _reference_uniq = models.UniqueIndex("(reference)", "Another application has this reference.")
    _open_uniq = models.UniqueIndex(
        "(account_id) WHERE state IN ('draft', 'submitted', 'accepted')", "One application at a time."
    )
    _consented = models.Constraint(
        "CHECK (submitted_at IS NULL OR (consent_at IS NOT NULL AND consent_version IS NOT NULL))",
        "Nothing goes to a provider without the citizen's consent.",
    )

    @api.model
    def _new_reference(self) -> str:
        """Return a name that says nothing about the citizen and cannot be guessed."""
        return f"CKS-{secrets.token_hex(5).upper()}"

    def _compute_message_state(self):
        messages = self.env["dvc.outbox"].search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids), ("channel", "=", "webhook")], order="id"
        )
        latest = {message.res_id: message.state for message in messages}
        for application in self:
            application.message_state = latest.get(application.id, False)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise Refusal("record.append_only", self.env._("This record is kept as it is: it cannot be deleted."))

    @api.model
    def _consent_text(self, provider) -> str:
        """Return what a citizen agrees to; a change of it needs another CONSENT_VERSION."""
        return self.env._(
            "I agree that my full name, identification number and phone are handed to %(provider)s, for the one purpose"
            " of issuing me a signing certificate. I can withdraw as long as it has not been issued.",
            provider=provider.name,
        )

    def _move(self, target: str, reason: str = "", **values) -> None:
        """Bring an application to another state, write its timeline and tell the citizen; in sudo.

        :raise Refusal: certificate.bad_transition
        """
        self.ensure_one()
        source, name = self.state, states.move(states.APPLICATION, self.state, target)
        if not name:
            raise Refusal(
                "certificate.bad_transition",
                self.env._("The application is not where this could be done. Please look at its page again."),
            )
        if target not in states.OPEN:
            values["closed_at"] = fields.Datetime.now()
        self._in_flow().write({"state": target, **values})
        self._event(source, target, reason)
        self.env["dvc.journal"]._log(
            f"certificate.application_{name}",
            record=self,
            account=self.account_id,
            purpose=reason,
            detail={"provider": self.provider_id.code, "consent": self.consent_version or ""},
        )
        self._tell_applicant(target)

    def _event(self, source: str | bool, target: str, note: str = "") -> None:
        self.env["dvc.certificate.application.event"].create(
            {
                "application_id": self.id,
                "user_id": self.env.uid,
                "role": self.env["dvc.journal"]._role(),
                "from_state": source,
                "to_state": target,
                "note": note,
            }
        )

    def _tell_applicant(self, state: str) -> None:
        holder = self.account_id
        text = self.with_context(lang=holder._speaking().env.lang)._notice(state)
        if text:
            holder._tell(text, f"certificate.application:{self.id}:{state}", self)

    def _notice(self, state: str) -> str:
        """Return the text of a notice, empty where there is none; no personal data, it travels by SMS."""
        named = {"reference": self.reference, "provider": self.provider_id.name}
        texts = {
            states.SUBMITTED: self.env._(
                "Your application %(reference)s for a signing certificate was handed in for %(provider)s.", **named
            ),
            states.ACCEPTED: self.env._(
                "%(provider)s has taken up your application %(reference)s. They will call you to go on.", **named
            ),
            states.ISSUED: self.env._(
                "Your signing certificate was issued (%(reference)s, %(provider)s). Please register it on the page of"
                " your certificates.",
                **named,
            ),
            states.REFUSED: self.env._(
                "Your application %(reference)s for a signing certificate was refused: please open it to read why.",
                **named,
            ),
            states.WITHDRAWN: self.env._("Your application %(reference)s was withdrawn.", **named),
        }
        return texts.get(state, "")

    # To the provider

    def _send(self, event: str) -> None:
        """Send an application, or that it is withdrawn, to a provider who takes them electronically; in sudo."""
        provider = self.provider_id
        if provider.delivery != "webhook":
            return
        message = {"event": event, "reference": self.reference}
        if event == "application.submitted":
            # What the provider needs to issue one, and the citizen has agreed to, no more.
            message |= {
                "full_name": self.account_id.name or "",
                "citizen_id": self.account_id._open_citizen_id(),
                "phone": self.account_id._open_phone(),
                "consent": {"version": self.consent_version, "at": fields.Datetime.to_string(self.consent_at)},
            }
        self.env["dvc.outbox"]._queue(
            "webhook",
            provider.webhook_url.strip(),
            self.reference,
            json.dumps(message, ensure_ascii=False),
            f"certificate.application:{self.id}:{event}",
            record=self,
            secret=True,
        )

    @api.model
    def _after_registration(self, certificate) -> None:
        """Tie a newly registered certificate to the application it came from; in sudo."""
        domain = [("account_id", "=", certificate.account_id.id), ("certificate_id", "=", False)]
        issued = self.search([*domain, ("state", "=", states.ISSUED)], order="id desc")
        provider = certificate.provider_id
        fitting = issued.filtered(lambda one: not provider or one.provider_id == provider)[:1]
        fitting._in_flow().write({"certificate_id": certificate.id})

    # Buttons

    def action_accept(self) -> bool:
        """Note that the provider has taken the application up."""
        self.update_status(states.ACCEPTED)
        return True

    def action_issue(self) -> bool:
        """Note that the provider has issued the certificate."""
        self.update_status(states.ISSUED)
        return True

    def action_refuse(self) -> dict:
        """Ask for the reason, then refuse."""
        return self.env["dvc.certificate.decision"]._ask(self, "refuse", self.env._("Refuse the application"))

    def action_withdraw(self) -> dict:
        """Ask for the reason, then withdraw on the citizen's behalf."""
        return self.env["dvc.certificate.decision"]._ask(self, "withdraw", self.env._("Withdraw the application"))

    def _check_reporter(self) -> None:
        """Check that an integrator may report for the application's provider.

        :raise AccessError: the provider has a login of its own, and it is another one
        """
        # The login is closed to all but managers.
        login = self.sudo().provider_id.user_id
        if not self.env.su and login and login != self.env.user and not has_role(self.env, "officer"):
            raise AccessError(self.env._("This application is with another provider."))

    # The demonstration

    @api.model
    def _load_sandbox(self) -> None:
        """Have two citizens of the demonstration apply: one waits for the desk, one was taken up."""
        provider = self.env["dvc.certificate.provider"].search([("code", "=", "vnpt-smartca")])
        for login, taken_up in (("citizen2", True), ("citizen5", False)):
            account = self.env["dvc.account"].search([("user_id.login", "=", login), ("state", "=", "standardized")])
            if not account:
                continue
            theirs = self.with_user(account.user_id)
            application = theirs.browse(theirs.prepare(account.id, provider.code)["id"])
            application.submit(True, CONSENT_VERSION)
            if taken_up:
                # Its channel took it up; nobody writes applications directly.
                application.sudo().update_status(states.ACCEPTED)
