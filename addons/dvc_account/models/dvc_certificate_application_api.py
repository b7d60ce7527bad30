# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models

from ..contract import contract
from ..domain import certificate_states as states
from ..domain.arguments import InvalidArgument, LongText
from ..exceptions import Refusal
from .dvc_certificate_application import CONSENT_VERSION


class DvcCertificateApplicationApi(models.Model):
    """What citizens, the desk and providers call on applications."""

    _inherit = "dvc.certificate.application"

    @api.model
    @contract("citizen", "integrator", "officer")
    def prepare(self, account_id: int, provider_code: str) -> dict:
        """Start an application: nothing is sent before the citizen agrees.

        :param account_id: the citizen's
        :param provider_code: of dvc.certificate.provider
        :return: ``{id, reference, state, consent_version, consent_text}``
        :raise Refusal: account.*, certificate.provider_unknown, certificate.application_open
        """
        account_sudo = self.env["dvc.account"]._for_caller(account_id)
        account_sudo._check_can_submit()
        # Some callers may not read providers; one is looked up by its code.
        provider_sudo = self.env["dvc.certificate.provider"].sudo().search([("code", "=", provider_code)])
        if not provider_sudo:
            raise Refusal("certificate.provider_unknown", self.env._("There is no such provider."))
        # The account was checked; applications are written by the flow only.
        made_sudo = self.sudo()._in_flow().create({"account_id": account_sudo.id, "provider_id": provider_sudo.id})
        application_sudo = made_sudo.with_context(dvc_flow=None)
        application_sudo._event(False, states.DRAFT)
        return {
            "id": application_sudo.id,
            "reference": application_sudo.reference,
            "state": application_sudo.state,
            "consent_version": CONSENT_VERSION,
            "consent_text": self._consent_text(provider_sudo),
        }

    @contract("citizen", "integrator", "officer", unknown="certificate.application_unknown")
    def submit(self, consent: bool, consent_version: str) -> dict:
        """Hand the application to its provider.

        :param consent: the citizen has agreed to the text that ``prepare`` gave, by an act of their own
        :param consent_version: of that text
        :return: ``{id, reference, state}``
        :raise Refusal: certificate.consent_required, certificate.consent_changed, certificate.bad_transition, account.*
        """
        application_sudo = self._for_its_caller()
        if not consent:
            raise Refusal(
                "certificate.consent_required",
                self.env._("Please tick that you agree: without that, nothing may be handed to the provider."),
            )
        if consent_version != CONSENT_VERSION:
            raise Refusal(
                "certificate.consent_changed", self.env._("The text has changed. Please read it again, then agree.")
            )
        application_sudo.account_id._check_can_submit()
        now = fields.Datetime.now()
        application_sudo._move(
            states.SUBMITTED,
            submitted_at=now,
            consent_at=now,
            consent_version=consent_version,
            consent_text=self._consent_text(application_sudo.provider_id),
        )
        application_sudo._send("application.submitted")
        return application_sudo._brief()

    @contract("citizen", "integrator", "officer", unknown="certificate.application_unknown")
    def withdraw(self, reason: LongText | None = None) -> dict:
        """Withdraw the application; a provider who had it is told.

        :param reason: kept in the timeline
        :return: ``{id, reference, state}``
        :raise Refusal: certificate.bad_transition
        """
        application_sudo = self._for_its_caller()
        was_sent = application_sudo.state != states.DRAFT
        application_sudo._move(states.WITHDRAWN, (reason or "").strip())
        if was_sent:
            application_sudo._send("application.withdrawn")
        return application_sudo._brief()

    @contract("integrator", "officer", unknown="certificate.application_unknown")
    def update_status(self, status: str, reason: LongText | None = None, provider_reference: str | None = None) -> dict:
        """Report where an application stands with its provider; the same report twice changes nothing.

        :param status: ``accepted``, ``issued`` or ``refused``
        :param reason: of a refusal, shown to the citizen
        :param provider_reference: the provider's own number
        :return: ``{id, reference, state}``
        :raise Refusal: input.invalid, certificate.reason_required, certificate.bad_transition
        :raise AccessError: the provider has another login
        """
        if status not in states.REPORTED:
            raise InvalidArgument("status", "format")
        self._check_reporter()
        text = (reason or "").strip()
        if status == states.REFUSED and not text:
            raise Refusal("certificate.reason_required", self.env._("Give the reason."))
        # Role and provider were checked; applications are written by the flow only.
        application_sudo = self.sudo()
        if application_sudo.state != status:
            values = {"refusal_reason": text} if status == states.REFUSED else {}
            if provider_reference:
                values["provider_reference"] = provider_reference
            application_sudo._move(status, text, **values)
        return application_sudo._brief()

    @api.readonly
    @api.model
    @contract("integrator", "officer")
    def find_by_reference(self, reference: str) -> dict | bool:
        """Find an application by its reference, as the provider got it.

        :return: ``{id, reference, state}`` or False
        """
        found = self.search([("reference", "=", reference)], limit=1)
        return found._brief() if found else False

    def _for_its_caller(self):
        """Return the application in sudo, once the caller may act for its account."""
        self.env["dvc.account"]._for_caller(self.account_id.id)
        # The account was checked; applications are written by the flow only.
        return self.sudo()

    def _brief(self) -> dict:
        self.ensure_one()
        return {"id": self.id, "reference": self.reference, "state": self.state}
