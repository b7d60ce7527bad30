# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64
import binascii
import os
from pathlib import Path

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..contract import has_role
from ..exceptions import Refusal
from ..signing.confirmed import ConfirmedService
from ..signing.csc import RemoteKey
from ..signing.failure import SigningFailed
from ..signing.key_file import KeyFile
from ..signing.picture import PictureRefused, checked
from ..signing.token_key import SUFFIX, TokenKey
from .dvc_certificate import DvcCertificate as Base
from .dvc_certificate import certificate_der
from .dvc_certificate_citizen import DvcCertificateCitizen as Citizen

PASSWORD_FILE = "password"


class DvcCertificateKey(models.Model):
    """Where the key of an agency's certificate is kept, and what its signature shows."""

    _inherit = "dvc.certificate"
    _guarded_fields = Base._guarded_fields | Citizen._guarded_fields | frozenset({"remote_asks", "picture"})

    key_source = fields.Selection(
        [
            ("elsewhere", "With its holder: files are signed outside"),
            ("file", "Key file on this server"),
            ("token", "Token or HSM at this server"),
            ("remote", "Remote signing service"),
        ],
        string="Key",
        compute="_compute_key_source",
        store=True,
        precompute=True,
        help="Read from the two fields below: a .p12 or a .token file of the key folder, or the service's identifier.",
    )
    csc_credential = fields.Char(
        string="Credential", help="Its identifier at the remote signing service. Not a secret.", copy=False
    )
    remote_asks = fields.Selection(
        [("none", "Nothing more"), ("pin", "A PIN"), ("otp", "A one-time code"), ("both", "A PIN and a one-time code")],
        string="The service asks for",
        readonly=True,
        copy=False,
        help="As the service told when the key was last checked.",
    )
    picture = fields.Binary(
        string="Picture of the signature or seal",
        attachment=True,
        copy=False,
        groups="dvc_account.group_leader,dvc_account.group_manager",
        help="Shown where the holder signs: PNG with a transparent ground.",
    )
    seal_size = fields.Float(
        string="Diameter in mm", default=36.0, help="The seal is shown in real size.", digits=(5, 1)
    )

    @api.depends("key_reference", "csc_credential")
    def _compute_key_source(self):
        for record in self:
            name = (record.key_reference or "").lower()
            record.key_source = (
                "remote"
                if record.csc_credential
                else "token"
                if name.endswith(SUFFIX)
                else "file"
                if name
                else "elsewhere"
            )

    @api.constrains("key_reference", "csc_credential", "seal_size")
    def _check_one_key(self):
        for record in self:
            if record.key_reference and record.csc_credential:
                raise Refusal(
                    "input.invalid",
                    self.env._("A key is kept in one place: name its file or its credential, not both."),
                )
            if not 10 <= record.seal_size <= 60:
                raise Refusal("input.invalid", self.env._("A seal has a diameter between 10 and 60 mm."))

    def _key(self, pin: str = "", otp: str = ""):
        """Return the key's source: anything with ``signer()``.

        :param pin: typed by the holder
        :param otp: typed by the holder
        :raise Refusal: signature.no_key
        """
        self.ensure_one()
        # Signers need not read certificates; they sign with their own.
        certificate_sudo = self.sudo()
        if certificate_sudo.key_source == "remote":
            return certificate_sudo._remote_key(pin, otp)
        path = certificate_sudo._key_path()
        if certificate_sudo.key_source == "token":
            return TokenKey(path, certificate_der(certificate_sudo.certificate), certificate_sudo._chain())
        return KeyFile(path, path.parent / PASSWORD_FILE, certificate_sudo.fingerprint)

    def _remote_key(self, pin: str, otp: str) -> RemoteKey:
        service, secrets = self.env["dvc.signature"]._remote_service()
        if not service:
            raise Refusal("signature.no_key", self.env._("No remote signing service is configured."))
        return RemoteKey(
            service,
            self.csc_credential,
            certificate_der(self.certificate),
            self._chain(),
            pin or secrets.pins.get(self.csc_credential, ""),
            otp,
        )

    def _asks_holder(self) -> str:
        """Return what the key's place asks its holder for: ``pin``, ``otp``, ``both`` or nothing.

        A service that was not asked yet may want both.
        """
        # Signers need not read certificates; they sign with their own.
        certificate_sudo = self.sudo()
        if certificate_sudo.key_source != "remote" or certificate_sudo.remote_asks == "none" or self._is_confirmed():
            return ""
        return certificate_sudo.remote_asks or "both"

    def _is_confirmed(self) -> bool:
        """Tell whether the key's holder confirms each signature on the phone, minutes later."""
        # As above.
        if self.sudo().key_source != "remote":
            return False
        service, _secrets = self.env["dvc.signature"]._remote_service()
        return isinstance(service, ConfirmedService)

    def _send_otp(self) -> None:
        """Have the remote signing service send the holder a one-time code.

        :raise Refusal: signature.*
        """
        # As above.
        certificate_sudo = self.sudo()
        if certificate_sudo.key_source != "remote":
            raise Refusal("signature.no_key", self.env._("This key asks for no code."))
        service, _secrets = self.env["dvc.signature"]._remote_service()
        if not service:
            raise Refusal("signature.no_key", self.env._("No remote signing service is configured."))
        try:
            service.send_otp(certificate_sudo.csc_credential)
        except SigningFailed as error:
            raise self.env["dvc.signature"]._failure(error) from None

    def _chain(self) -> tuple[bytes, ...]:
        """Return the authorities' certificates that may stand between this one and an anchor, in DER."""
        trust = self.env["dvc.trust.anchor"]._store()
        return tuple(certificate_der(one.decode()) if one[:1] == b"-" else one for one in trust.intermediates)

    def _check_in_time(self) -> None:
        """Check that an agency's certificate is valid now; with a citizen's only demonstrations sign here.

        :raise SigningFailed: signature.key_expired
        """
        now = fields.Datetime.now()
        if self.purpose != "citizen" and not self.valid_from <= now < self.valid_to:
            raise SigningFailed("signature.key_expired")

    def _set_picture(self, content: str | bytes | bool) -> None:
        """Keep the picture that the holder's signature shows, or take it away.

        :param content: PNG in base64; False: none
        :raise Refusal: signature.bad_picture
        """
        self.ensure_one()
        picture = False
        if content:
            try:
                picture = base64.b64encode(checked(base64.b64decode(content, validate=True)))
            except binascii.Error:
                raise self._bad_picture("form") from None
            except PictureRefused as error:
                raise self._bad_picture(error.reason) from None
        self._in_flow().write({"picture": picture})
        self._note("certificate.picture_changed")

    @api.model
    def _bad_picture(self, reason: str) -> Refusal:
        texts = {
            "size": self.env._("A picture has at most 512 kB."),
            "form": self.env._("This is not a PNG picture."),
            "pixels": self.env._("A picture has between 32 and 2400 pixels on each side."),
            "ground": self.env._("The picture's ground must be transparent: it would hide the document."),
        }
        return Refusal("signature.bad_picture", texts[reason])

    def _drawing(self) -> bytes:
        """Return the picture's bytes; empty where there is none."""
        # The picture goes onto what its holder signs, whoever may see it alone.
        return base64.b64decode(self.sudo().with_context(bin_size=False).picture or b"")

    def action_picture(self) -> dict:
        """Open the dialog that changes the picture."""
        self.ensure_one()
        self._check_may_draw()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Picture of the signature"),
            "res_model": "dvc.certificate.picture",
            "view_mode": "form",
            "target": "new",
            "context": {"default_certificate_id": self.id},
        }

    def _check_may_draw(self) -> None:
        """Holders change their own picture, managers those of their agencies.

        :raise AccessError: neither
        """
        self.check_access("read")
        if self.purpose == "citizen" or not (
            has_role(self.env, "manager") or (has_role(self.env, "leader") and self.user_id == self.env.user)
        ):
            raise AccessError(self.env._("The picture is changed by the certificate's holder or a manager."))

    def action_check_key(self) -> dict:
        """Look whether the key is at hand and is the certificate's, without signing, and tell.

        :raise AccessError: no manager
        """
        self._check_manager()
        try:
            found = self._look_at_key()
        except SigningFailed as error:
            return self._tell_key("danger", self.env["dvc.signature"]._failure(error).args[0])
        except Refusal as refusal:
            return self._tell_key("danger", refusal.args[0])
        if found is not None:
            asks = {(False, False): "none", (True, False): "pin", (False, True): "otp", (True, True): "both"}
            self._in_flow().write({"remote_asks": asks[found.pin, found.otp]})
        return self._tell_key("success", self.env._("The key is at hand, and it is the certificate's."))

    def _look_at_key(self):
        key = self._key()
        if self.key_source == "remote":
            return key.check()
        if self.key_source == "token":
            return key.check()
        key.signer()
        return None

    def action_test_signature(self) -> dict:
        """Sign a page that says it is a test, verify it and tell what came out; the page is not kept.

        :raise AccessError: no manager
        """
        self._check_manager()
        signature = self.env["dvc.signature"]
        try:
            data = signature._sign_pdf(signature._test_page(), self, self.env._("Test of the signature"))
        except Refusal as refusal:
            return self._tell_key("danger", refusal.args[0])
        answer = signature._verify(data, "test.pdf")
        (one,) = answer["signatures"]
        labels = dict(self.env["dvc.signature.check"]._fields["verdict"]._description_selection(self.env))
        good = answer["verdict"] == "valid"
        message = self.env._(
            "It signs at level %(level)s: %(verdict)s.", level=one["level"], verdict=labels[answer["verdict"]]
        )
        return self._tell_key("success" if good else "danger", message)

    def _check_manager(self) -> None:
        self.ensure_one()
        self.check_access("write")
        if not has_role(self.env, "manager"):
            raise AccessError(self.env._("Your role does not allow this operation."))

    @api.model
    def _tell_key(self, kind: str, text: str) -> dict:
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kind,
                "message": text,
                "sticky": kind == "danger",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def _tokens(self) -> list[str]:
        """Return the names of the token files in the key folder."""
        folder = os.environ.get("DVC_PKI_DIR", "")
        return sorted(path.name for path in Path(folder).glob(f"*{SUFFIX}")) if folder else []
