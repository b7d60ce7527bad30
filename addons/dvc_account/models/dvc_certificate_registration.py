# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64
import datetime

from odoo import api, fields, models
from odoo.tools.misc import consteq

from ..domain import certificate_states as states
from ..exceptions import Refusal
from ..signing import certificate_file
from ..signing.certificate_file import CertificateRefused

# A document signed before this is a copy that anybody may hold: it does not show who has the key now.
FRESH = datetime.timedelta(hours=24)
TOLERANCE = datetime.timedelta(minutes=5)
TRIES, TRIES_SECONDS = 20, 24 * 3600
CITIZENS_ANCHORS = ("citizen", "any")


class DvcCertificateRegistration(models.Model):
    """How a citizen's certificate gets in: by something its key has signed, or announced by its file first."""

    _inherit = "dvc.certificate"

    @api.model
    def _register_for(self, account_sudo, data: bytes, filename: str, replaced):
        """Register a certificate for an account; in sudo.

        :param data: a PDF signed with it, or its file (PEM, DER, P7B): that one then waits for the proof
        :param replaced: the certificate that it is to replace, or none
        :return: the certificate, in sudo
        :raise Refusal: certificate.*
        """
        account_sudo._check_can_submit()
        if not self.env["dvc.attempt"]._take("certificate_register", str(account_sudo.id), TRIES, TRIES_SECONDS):
            raise Refusal("certificate.too_many", self.env._("Too many tries for one day. Please go on tomorrow."))
        if b"%PDF-" in data[:1024]:
            return self._register_signed(account_sudo, data, filename, replaced)
        return self._announce(account_sudo, data)

    @api.model
    def _announce(self, account_sudo, data: bytes):
        """Take a certificate in that has proven nothing yet: whoever has a signed paper of somebody has it too."""
        try:
            der, beside = certificate_file.holders_certificate(data)
            certificate_file.check_usage(der)
            known, numbers = certificate_file.facts(der), certificate_file.numbers(der)
        except CertificateRefused as error:
            raise self._file_refusal(error.reason) from None
        self._check_owner(account_sudo, numbers)
        self._check_dates(known.valid_from, known.valid_to)
        trust = self.env["dvc.trust.anchor"]._store()
        anchor = certificate_file.leads_to(der, trust.intermediates + beside, trust.citizens + trust.anchors)
        anchor_sudo = self._citizens_anchor(anchor or "")
        known_sudo = self._known(account_sudo, known.fingerprint)
        return known_sudo or self._create_for(account_sudo, der, known.issuer, anchor_sudo, state=states.PENDING)

    @api.model
    def _register_signed(self, account_sudo, data: bytes, filename: str, replaced):
        challenge_sudo = self.env["dvc.certificate.challenge"]._in_file(account_sudo, data)
        answer, holders, check_sudo = self.env["dvc.signature"]._examine(data, filename, account_sudo, "registration")
        self._check_verdict(answer["verdict"])
        lines = list(zip(check_sudo.signatures, holders, strict=True))
        if len({line["fingerprint"] for line, _holder in lines}) != 1:
            raise Refusal(
                "certificate.several_signers",
                self.env._("Several persons have signed this document. Please sign one alone."),
            )
        line, holder = lines[-1]
        self._check_owner(account_sudo, holder["numbers"])
        if not line["good_now"]:
            raise Refusal("certificate.expired", self.env._("This certificate is not valid now."))
        if not challenge_sudo:
            self._check_fresh(line["signed_at"])
        anchor_sudo = self._citizens_anchor(line["anchor"])
        der = base64.b64decode(holder["certificate"])
        certificate_sudo = self._known(account_sudo, line["fingerprint"]) or self._create_for(
            account_sudo, der, certificate_file.facts(der).issuer, anchor_sudo, state=states.PENDING
        )
        self._check_dates(certificate_sudo.valid_from, certificate_sudo.valid_to)
        challenge_sudo.write({"used_at": fields.Datetime.now()})
        certificate_sudo._activate("challenge" if challenge_sudo else "document", check_sudo, replaced)
        return certificate_sudo

    def _activate(self, proof: str, check_sudo, replaced) -> None:
        """Take a proven certificate in use, the first one as the default, and let it replace another; in sudo."""
        self.ensure_one()
        first = not self._others_in_use()
        self._move(
            states.ACTIVE,
            activated_at=fields.Datetime.now(),
            proven_by=proof,
            proof_check_id=check_sudo.id,
        )
        self.flush_recordset()
        if replaced:
            replaced._end("replaced", replaced_by=self)
        elif first:
            self._make_default()
        self.env["dvc.certificate.application"]._after_registration(self)
        self._tell_holder("activated")

    # Checks

    @api.model
    def _check_verdict(self, verdict: str) -> None:
        if verdict == "valid":
            return
        if verdict == "unsigned":
            raise Refusal(
                "certificate.not_signed",
                self.env._("The document is not signed. Sign it in your provider's app, then choose the signed file."),
            )
        # Why is shown in the words that every file's check uses.
        labels = dict(self.env["dvc.signature.check"]._fields["verdict"]._description_selection(self.env))
        raise Refusal(
            "certificate.signature_invalid",
            self.env._("The signature of this document cannot be taken: %(verdict)s.", verdict=labels[verdict]),
        )

    @api.model
    def _check_owner(self, account_sudo, numbers: list[str]) -> None:
        """Check that a certificate is of the account's person; whose it is otherwise, is not told."""
        if not numbers:
            raise Refusal(
                "certificate.no_number",
                self.env._(
                    "This certificate does not name an identification number (CCCD), so it cannot be told whose it is."
                    " Please ask your provider for a personal certificate with the number."
                ),
            )
        digests = [account_sudo._citizen_hash(number) for number in numbers]
        if len(digests) != 1 or not consteq(digests[0], account_sudo.citizen_id_hash or ""):
            raise Refusal(
                "certificate.not_own",
                self.env._("This certificate is of another person. You can register your own only."),
            )

    @api.model
    def _check_dates(self, valid_from: datetime.datetime, valid_to: datetime.datetime) -> None:
        now = fields.Datetime.now()
        if valid_to <= now:
            raise Refusal("certificate.expired", self.env._("This certificate has expired."))
        if valid_from > now:
            raise Refusal("certificate.not_yet", self.env._("This certificate is not valid yet."))

    @api.model
    def _check_fresh(self, signed_at: str) -> None:
        """Check that another document than ours was signed just now; the time is part of what was signed."""
        moment, now = fields.Datetime.to_datetime(signed_at or False), fields.Datetime.now()
        if not moment or not now - FRESH <= moment <= now + TOLERANCE:
            raise Refusal(
                "certificate.proof_old",
                self.env._(
                    "This document was not signed within the last 24 hours. Please get the document of this page,"
                    " sign it and choose it again."
                ),
            )

    @api.model
    def _citizens_anchor(self, fingerprint: str):
        """Return the anchor of a path that may end there for citizens, in sudo.

        :raise Refusal: certificate.untrusted
        """
        # Everybody's certificates are held against the one store.
        anchors_sudo = self.env["dvc.trust.anchor"].sudo()
        domain = [("purpose", "in", CITIZENS_ANCHORS), ("is_intermediate", "=", False), ("active", "=", True)]
        anchor_sudo = anchors_sudo.search([*domain, ("fingerprint", "=", fingerprint or "-")], limit=1)
        if not anchor_sudo:
            raise Refusal(
                "certificate.untrusted",
                self.env._("This certificate was not issued by a licensed provider that is known here."),
            )
        return anchor_sudo

    @api.model
    def _known(self, account_sudo, fingerprint: str):
        """Return the same certificate where it waits for the account's proof, else an empty one; in sudo.

        :raise Refusal: certificate.registered_already, certificate.ended
        """
        # Another account's is seen too, and nothing is told of it; one put out of use stays so, archived or not.
        known_sudo = self.sudo().search(
            [
                ("fingerprint", "=", fingerprint),
                "|",
                ("active", "=", True),
                "&",
                ("active", "=", False),
                ("state", "in", (states.REPLACED, states.REVOKED)),
            ],
            order="active desc, id desc",
            limit=1,
        )
        if not known_sudo or (known_sudo.account_id == account_sudo and known_sudo.state == states.PENDING):
            return known_sudo
        if known_sudo.account_id == account_sudo and known_sudo.state in (states.REPLACED, states.REVOKED):
            raise Refusal(
                "certificate.ended",
                self.env._("This certificate was put out of use. Please ask your provider for a new one."),
            )
        raise Refusal("certificate.registered_already", self.env._("This certificate is registered already."))

    @api.model
    def _file_refusal(self, reason: str) -> Refusal:
        texts = {
            "size": self.env._("This file is too large for a certificate."),
            "key": self.env._(
                "This file holds a private key. Never hand your key to anybody: send the certificate alone."
            ),
            "several": self.env._("The file must hold exactly one personal certificate."),
            "usage": self.env._("This certificate is not for signing documents."),
        }
        text = texts.get(reason) or self.env._(
            "This is neither a signed PDF nor a certificate (.cer, .crt, .pem, .p7b)."
        )
        return Refusal("certificate.bad_file", text)

    @api.model
    def _create_for(self, account_sudo, der: bytes, issuer: str, anchor_sudo, **values):
        # The account is the caller's, and the checks above have passed.
        made_sudo = (
            self.sudo()
            ._in_flow()
            .create(
                {
                    "certificate": base64.b64encode(der).decode(),
                    "purpose": "citizen",
                    "account_id": account_sudo.id,
                    "provider_id": self.env["dvc.certificate.provider"]._of_issuer(issuer).id,
                    "is_sandbox": anchor_sudo.is_sandbox,
                    **values,
                }
            )
        )
        return made_sudo.with_context(dvc_flow=None)
