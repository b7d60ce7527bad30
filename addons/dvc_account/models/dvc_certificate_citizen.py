# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64
import os
from pathlib import Path

from odoo import api, fields, models
from odoo.tools.translate import LazyTranslate

from ..contract import constraint_refusal, has_role
from ..domain import certificate_states as states
from ..exceptions import Refusal
from ..signing import certificate_file
from .dvc_certificate import FOLDER_VARIABLE, certificate_der
from .dvc_certificate import DvcCertificate as Base
from .dvc_guarded import FLOW

_lt = LazyTranslate(__name__)

constraint_refusal(
    "dvc_certificate_fingerprint_uniq", "certificate.registered_already", _lt("This certificate is registered already.")
)
constraint_refusal(
    "dvc_certificate_default_uniq", "certificate.busy", _lt("Your certificates were just changed. Please try again.")
)

STATES = [
    (states.PENDING, "Waits for proof"),
    (states.ACTIVE, "In use"),
    (states.REPLACED, "Replaced"),
    (states.REVOKED, "Out of use"),
    (states.CANCELLED, "Cancelled"),
]


class DvcCertificateCitizen(models.Model):
    """A citizen's certificate: theirs by the number in it, in use once they proved to hold its key.

    The certificate names its holder's number, so it is kept encrypted, and its subject masked.
    """

    _inherit = "dvc.certificate"
    _guarded_fields = Base._guarded_fields | frozenset(
        """state certificate_secret is_default proven_by proof_check_id activated_at ended_at ended_cause ended_reason
        replaced_by_id reminded_days provider_id""".split()
    )

    certificate = fields.Text(required=False)
    certificate_secret = fields.Char(groups=fields.NO_ACCESS, copy=False)
    state = fields.Selection(
        STATES, compute="_compute_state", store=True, precompute=True, readonly=False, copy=False, index=True
    )
    is_default = fields.Boolean(string="Default", copy=False)
    provider_id = fields.Many2one("dvc.certificate.provider", string="Provider", index="btree_not_null", copy=False)
    proven_by = fields.Selection(
        [("challenge", "Our document, signed"), ("document", "Another document, signed")], string="Proof", copy=False
    )
    proof_check_id = fields.Many2one("dvc.signature.check", string="Check of the proof", copy=False)
    activated_at = fields.Datetime(string="In use since", copy=False)
    ended_at = fields.Datetime(string="Out of use since", copy=False)
    ended_cause = fields.Selection(
        [("lost", "Reported lost"), ("unused", "No longer used"), ("replaced", "Replaced")],
        string="Why out of use",
        copy=False,
    )
    ended_reason = fields.Char(string="Reason", copy=False)
    replaced_by_id = fields.Many2one("dvc.certificate", index="btree_not_null", copy=False)
    replaces_ids = fields.One2many("dvc.certificate", "replaced_by_id", string="Replaces")
    reminded_days = fields.Integer(default=0, copy=False)
    is_expired = fields.Boolean(string="Expired", compute="_compute_is_expired", search="_search_is_expired")

    _default_uniq = models.UniqueIndex("(account_id) WHERE is_default", "An account has one default certificate.")
    _citizens_sealed = models.Constraint(
        "CHECK ((purpose = 'citizen') = (certificate IS NULL))",
        "A citizen's certificate is kept encrypted, an agency's in clear.",
    )
    _default_is_active = models.Constraint(
        "CHECK (NOT is_default OR state = 'active')", "Only a certificate in use can be the default one."
    )
    _expiry_idx = models.Index("(valid_to) WHERE purpose = 'citizen' AND state = 'active'")

    @api.depends("purpose")
    def _compute_state(self):
        for certificate in self:
            certificate.state = certificate.state or (certificate.purpose == "citizen" and states.PENDING) or False

    @api.depends("valid_to")
    def _compute_is_expired(self):
        now = fields.Datetime.now()
        for certificate in self:
            certificate.is_expired = bool(certificate.valid_to and certificate.valid_to <= now)

    @api.model
    def _search_is_expired(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("valid_to", "<=" if True in value else ">", fields.Datetime.now())]

    @api.model_create_multi
    def create(self, vals_list):
        made = self.browse()
        for vals in vals_list:
            made += self._create_sealed(vals) if vals.get("purpose") == "citizen" else super().create([vals])
        return made

    @api.model
    def _create_sealed(self, vals: dict):
        """Create a citizen's certificate; who may not create any, may not this way."""
        self.check_access("create")
        if self.env.context.get("dvc_flow") is not FLOW:
            self._refuse_guarded(vals)
        # The sealed form is closed to every user.
        made_sudo = super(DvcCertificateCitizen, self.sudo()._in_flow()).create([self._sealed(vals)])
        return self.browse(made_sudo.id)

    @api.model
    def _sealed(self, vals: dict) -> dict:
        """Return a citizen's certificate as it is kept: encrypted."""
        try:
            der = certificate_der(vals.get("certificate") or "")
            known = certificate_file.facts(der)
        except ValueError:
            raise Refusal("input.invalid", self.env._("This is not a certificate in PEM or DER.")) from None
        return {
            "name": known.name,
            **vals,
            "certificate": False,
            "certificate_secret": self.env["dvc.secret"]._box().seal(base64.b64encode(der).decode(), "certificate"),
        }

    @api.depends("purpose", "certificate_secret")
    def _compute_facts(self):
        """Read what a citizen's certificate says from its sealed form, numbers masked."""
        sealed = self.filtered("certificate_secret")
        super(DvcCertificateCitizen, self - sealed)._compute_facts()
        box = self.env["dvc.secret"]._box()
        for certificate in sealed:
            known = certificate_file.facts(base64.b64decode(box.open(certificate.certificate_secret, "certificate")))
            for name in ("subject", "issuer", "serial", "fingerprint", "valid_from", "valid_to"):
                certificate[name] = getattr(known, name)

    # Moves

    def _move(self, target: str, reason: str = "", **values) -> None:
        """Bring citizens' certificates to another state; in sudo.

        :raise Refusal: certificate.bad_transition
        """
        for certificate in self:
            name = states.move(states.CERTIFICATE, certificate.state, target)
            if not name:
                raise Refusal(
                    "certificate.bad_transition",
                    self.env._("This certificate is not in use any more, or not yet. Please look at its page again."),
                )
            certificate._in_flow().write({"state": target, **values})
            self.env["dvc.journal"]._log(
                f"certificate.{name}",
                record=certificate,
                account=certificate.account_id,
                purpose=reason,
                detail={"fingerprint": certificate.fingerprint, "cause": certificate.ended_cause or ""},
            )

    def _end(self, cause: str, reason: str = "", replaced_by=None) -> None:
        """Put certificates that are in use out of use; the default passes on where there is no choice; in sudo."""
        for certificate in self:
            was_default = certificate.is_default
            certificate._move(
                states.REPLACED if cause == "replaced" else states.REVOKED,
                reason,
                is_default=False,
                ended_at=fields.Datetime.now(),
                ended_cause=cause,
                ended_reason=reason,
                replaced_by_id=replaced_by.id if replaced_by else False,
            )
            certificate.flush_recordset()
            others = certificate._others_in_use()
            heir = replaced_by or (others if len(others) == 1 else None)
            if was_default and heir:
                heir._in_flow().write({"is_default": True})

    def _others_in_use(self):
        """Return the account's other certificates that are good to sign with."""
        domain = [("account_id", "=", self.account_id.id), ("state", "=", states.ACTIVE), ("id", "!=", self.id)]
        return self.search(domain).filtered(lambda other: not other.is_expired)

    def _make_default(self) -> None:
        """Make this the account's default certificate; in sudo.

        :raise Refusal: certificate.bad_transition, certificate.expired
        """
        self.ensure_one()
        if self.state != states.ACTIVE:
            raise Refusal("certificate.bad_transition", self.env._("Only a certificate in use can be the default one."))
        if self.is_expired:
            raise Refusal("certificate.expired", self.env._("This certificate has expired."))
        if self.is_default:
            return
        old = self.search([("account_id", "=", self.account_id.id), ("is_default", "=", True)])
        old._in_flow().write({"is_default": False})
        # The old one first: the index allows one at any moment.
        old.flush_recordset()
        self._in_flow().write({"is_default": True})
        self.env["dvc.journal"]._log("certificate.default", record=self, account=self.account_id)

    # Buttons

    def action_report_lost(self) -> dict:
        """Ask for the reason, then put out of use as lost."""
        return self.env["dvc.certificate.decision"]._ask(self, "lost", self.env._("Report the certificate lost"))

    def action_stop_using(self) -> dict:
        """Ask for the reason, then put out of use."""
        return self.env["dvc.certificate.decision"]._ask(self, "unused", self.env._("Put the certificate out of use"))

    @api.model
    def _needs_reason(self, reason: str | None) -> str:
        """Return the reason; staff must give one, citizens need not.

        :raise Refusal: certificate.reason_required
        """
        text = (reason or "").strip()
        if not text and not self.env.su and has_role(self.env, "officer"):
            raise Refusal("certificate.reason_required", self.env._("Give the reason."))
        return text

    # The demonstration

    @api.model
    def _sandbox_citizens(self, logins: tuple[str, ...]) -> list:
        """Return the certificate file and the account of the demonstration's citizens who have both."""
        folder = Path(os.environ.get(FOLDER_VARIABLE) or ".")
        accounts = self.env["dvc.account"].search([("user_id.login", "in", logins), ("state", "=", "standardized")])
        pairs = [(folder / f"{account.user_id.login}.pem", account) for account in accounts]
        return [(path, account) for path, account in pairs if (folder / "made").is_file() and path.is_file()]

    @api.model
    def _load_sandbox_citizens(self, logins: tuple[str, ...] = ("citizen1",)) -> None:
        """Give citizens of the demonstration a certificate in use; the keys stay in the folder."""
        for path, account in self._sandbox_citizens(logins):
            certificate = self._in_flow().create(
                {
                    "certificate": path.read_text(),
                    "purpose": "citizen",
                    "account_id": account.id,
                    "key_reference": path.with_suffix(".p12").name,
                    "is_sandbox": True,
                    "state": states.ACTIVE,
                    "activated_at": fields.Datetime.now(),
                    "is_default": True,
                    "proven_by": "challenge",
                    "provider_id": self.env["dvc.certificate.provider"].search([("code", "=", "demo")]).id,
                }
            )
            self.env["dvc.journal"]._log("certificate.activated", record=certificate, account=account)
