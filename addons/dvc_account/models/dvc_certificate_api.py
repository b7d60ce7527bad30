# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64

from odoo import api, fields, models

from ..contract import contract
from ..domain import certificate_states as states
from ..domain.arguments import Content, LongText
from ..exceptions import Refusal


class DvcCertificateApi(models.Model):
    """What integrators, screens and citizens call on citizens' certificates."""

    _inherit = "dvc.certificate"

    @api.readonly
    @api.model
    @contract("citizen", "integrator", "officer", "auditor")
    def list_for(self, account_id: int) -> list[dict]:
        """List the certificates of an account.

        :param account_id: the citizen's
        :return: list of ``{id, state, is_default, is_expired, holder, issuer, serial, fingerprint, valid_from,
            valid_to, provider, ended_at, is_sandbox}``, latest first
        :raise Refusal: account.unknown
        """
        account_sudo = self.env["dvc.account"]._for_caller(account_id)
        # The account was checked.
        found_sudo = self.sudo().search(
            [("account_id", "=", account_sudo.id), ("purpose", "=", "citizen")], order="id desc"
        )
        return [certificate._brief() for certificate in found_sudo]

    @api.model
    @contract("citizen", "integrator", "officer")
    def challenge(self, account_id: int) -> dict:
        """Make the document that a citizen signs to prove the key of a certificate.

        :param account_id: the citizen's
        :return: ``{filename, content, expires_at}``, the PDF in base64; good once, for 24 hours
        :raise Refusal: account.unknown, account.locked, account.not_standardized, certificate.too_many
        """
        account_sudo = self.env["dvc.account"]._for_caller(account_id)
        account_sudo._check_can_submit()
        data, filename, ends = self.env["dvc.certificate.challenge"]._issue(account_sudo)
        return {
            "filename": filename,
            "content": base64.b64encode(data).decode(),
            "expires_at": fields.Datetime.to_string(ends),
        }

    @api.model
    @contract("citizen", "integrator", "officer")
    def register(
        self, account_id: int, content: Content, filename: str | None = None, replaces: int | None = None
    ) -> dict:
        """Register a citizen's signing certificate.

        :param account_id: the citizen's
        :param content: base64 of a PDF signed with it (the challenge's, or any signed within 24 hours): it is in use at
            once; or of the certificate itself (PEM, DER, P7B): it waits for such a PDF
        :param filename: kept with the check
        :param replaces: id of the certificate in use that it replaces
        :return: as ``list_for``, of the one
        :raise Refusal: account.*, file.too_large, certificate.not_own, certificate.no_number, certificate.not_signed,
            certificate.signature_invalid, certificate.several_signers, certificate.untrusted, certificate.expired,
            certificate.not_yet, certificate.proof_old, certificate.challenge_used, certificate.challenge_over,
            certificate.challenge_changed, certificate.registered_already, certificate.ended, certificate.bad_file,
            certificate.too_many, certificate.unknown, certificate.bad_transition
        """
        account_sudo = self.env["dvc.account"]._for_caller(account_id)
        data = self.env["dvc.signature"]._decode(content)
        # The account was checked; citizens and officers write no certificates otherwise.
        certificates_sudo = self.sudo()
        replaced = certificates_sudo._to_replace(account_sudo, replaces)
        return certificates_sudo._register_for(account_sudo, data, filename or "", replaced)._brief()

    @contract("citizen", "integrator", "officer", unknown="certificate.unknown")
    def set_default(self) -> dict:
        """Make a certificate in use the account's default one.

        :return: as ``list_for``, of the one
        :raise Refusal: certificate.bad_transition, certificate.expired
        """
        certificate_sudo = self._citizens_own()
        certificate_sudo._make_default()
        return certificate_sudo._brief()

    @contract("citizen", "integrator", "officer", unknown="certificate.unknown")
    def report_lost(self, reason: LongText | None = None) -> dict:
        """Put a certificate out of use at once: its key may be in somebody else's hands.

        :param reason: staff must give one
        :return: as ``list_for``, of the one
        :raise Refusal: certificate.reason_required, certificate.bad_transition
        """
        return self._put_away("lost", reason)

    @contract("citizen", "integrator", "officer", unknown="certificate.unknown")
    def stop_using(self, reason: LongText | None = None) -> dict:
        """Put a certificate out of use, or cancel one that was never proven.

        :param reason: staff must give one
        :return: as ``list_for``, of the one
        :raise Refusal: certificate.reason_required, certificate.bad_transition
        """
        return self._put_away("unused", reason)

    def _put_away(self, cause: str, reason: str | None) -> dict:
        text, certificate_sudo = self._needs_reason(reason), self._citizens_own()
        if certificate_sudo.state == states.PENDING:
            certificate_sudo._move(states.CANCELLED, text, active=False)
            return certificate_sudo._brief()
        certificate_sudo._end(cause, text)
        certificate_sudo._tell_holder(cause)
        return certificate_sudo._brief()

    def _citizens_own(self):
        """Return a citizen's certificate in sudo, once the caller may act for its account.

        :raise Refusal: certificate.unknown
        :raise AccessError: another citizen's
        """
        if self.purpose != "citizen" or not self.account_id:
            raise Refusal("certificate.unknown", self.env._("This record does not exist."))
        self.env["dvc.account"]._for_caller(self.account_id.id)
        # The account was checked; certificates are written by the flow only.
        return self.sudo()

    @api.model
    def _to_replace(self, account_sudo, certificate_id: int | None):
        """Return the account's certificate in use that is to be replaced, in sudo; empty: none.

        :raise Refusal: certificate.unknown, certificate.bad_transition
        """
        if not certificate_id:
            return self.browse()
        old = self.browse(certificate_id).exists() if certificate_id > 0 else self.browse()
        if not old or old.account_id != account_sudo or old.purpose != "citizen":
            raise Refusal("certificate.unknown", self.env._("This record does not exist."))
        if old.state != states.ACTIVE:
            raise Refusal("certificate.bad_transition", self.env._("Only a certificate in use can be replaced."))
        return old

    def _brief(self) -> dict:
        self.ensure_one()
        return {
            "id": self.id,
            "state": self.state,
            "is_default": self.is_default,
            "is_expired": self.is_expired,
            "holder": self.name or "",
            "issuer": self.issuer or "",
            "serial": self.serial or "",
            "fingerprint": self.fingerprint or "",
            "valid_from": fields.Datetime.to_string(self.valid_from) or False,
            "valid_to": fields.Datetime.to_string(self.valid_to) or False,
            "provider": self.provider_id.name or "",
            "ended_at": fields.Datetime.to_string(self.ended_at) or False,
            "is_sandbox": self.is_sandbox,
        }
