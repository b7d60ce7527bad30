# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Keys, pictures, time stamps and their settings; against services and a token on this machine."""

import base64
import io
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from unittest.mock import patch

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12
from PIL import Image, ImageDraw

from odoo.exceptions import AccessError
from odoo.tests import Form
from odoo.tools import mute_logger

from ..exceptions import Refusal
from ..signing.key_file import KeyFile, local_timestamper
from ..signing.timestamp import forget_failures
from . import csc_server
from .test_signature import LEADER, SignatureCommon
from .tsa_server import TsaServer

SEAL = "seal_000.12.29.H57"
MODULE = "/usr/lib/softhsm/libsofthsm2.so"
LOG = "odoo.addons.dvc_account.models.dvc_signature_signing"


def drawn(ground=(0, 0, 0, 0), size=(300, 120)) -> str:
    """Return a picture in base64."""
    image = Image.new("RGBA", size, ground)
    ImageDraw.Draw(image).line((10, 10, size[0] - 10, size[1] - 10), fill=(0, 50, 160, 255), width=8)
    sink = io.BytesIO()
    image.save(sink, "PNG")
    return base64.b64encode(sink.getvalue()).decode()


class SigningCase(SignatureCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["dvc.trust.anchor"].search([]).active = False
        cls.env["dvc.trust.anchor"]._load_sandbox()
        # Files of this test's own beside the keys.
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        for path in cls.folder.iterdir():
            if path.is_file() and not path.name.startswith("."):
                shutil.copy(path, folder.name)
        cls.folder = Path(folder.name)
        environment = patch.dict(os.environ, {"DVC_PKI_DIR": folder.name})
        environment.start()
        cls.addClassCleanup(environment.stop)
        cls.signature = cls.env["dvc.signature"]

    def certificate(self, label=LEADER, **values):
        given = self.values(label, user_id=self.leader.id, key_reference=f"{label}.p12") | values
        return self.certificates.create(given)

    def opened(self, label=LEADER):
        password = (self.folder / "password").read_bytes().strip()
        return pkcs12.load_key_and_certificates((self.folder / f"{label}.p12").read_bytes(), password)

    def signed(self, certificate, **options):
        return self.signature._sign_pdf(self.signature._test_page(), certificate, "KQ", **options)

    def only(self, data):
        answer = self.signature._verify(data, "a.pdf")
        (one,) = answer["signatures"]
        return one

    def params(self, action):
        return action["params"]

    def failed(self, code, certificate, **options):
        """Check that signing is refused, and that this outlives the refusal; Odoo's assertRaises would roll it back."""
        lines = self.env["dvc.journal"].search_count([("event", "=", "signature.failed")])
        with mute_logger(LOG, "pyhanko.sign.signers.pdf_cms"):
            try:
                self.signed(certificate, **options)
            except Refusal as refusal:
                self.assertEqual(refusal.code, code)
            else:
                self.fail("signed")
        found = self.env["dvc.journal"].search([("event", "=", "signature.failed")])
        self.assertEqual(len(found), lines + 1)
        self.assertEqual(found[0].detail["code"], code)


class TestKeys(SigningCase):
    def test_where_the_key_is_is_read_from_what_is_named(self):
        certificate = self.certificate()
        self.assertEqual(certificate.key_source, "file")
        certificate.key_reference = "ward.token"
        self.assertEqual(certificate.key_source, "token")
        certificate.write({"key_reference": False, "csc_credential": "c-1"})
        self.assertEqual(certificate.key_source, "remote")
        self.assertRefused("input.invalid", certificate.write, {"key_reference": "x.p12"})
        certificate.csc_credential = False
        self.assertEqual(certificate.key_source, "elsewhere")
        events = self.env["dvc.journal"].search([("event", "=", "certificate.changed")], limit=4)
        self.assertEqual({event.user_id for event in events}, {self.manager})

    def test_private_keys_are_refused_and_not_kept(self):
        key, _certificate, _chain = self.opened()
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        traditional = key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        for content in ((self.folder / f"{LEADER}.p12").read_bytes(), pem, traditional):
            text = base64.b64encode(content).decode()
            with self.subTest(text[:20]):
                self.assertRefused("certificate.private_key", self.certificates.create, self.values(certificate=text))
        self.assertRefused("certificate.private_key", self.certificates.create, self.values(certificate=pem.decode()))
        with self.assertRaisesRegex(Refusal, "certificate.private_key"):
            with Form(self.certificates.with_context(default_company_id=self.agency.id)) as form:
                form.certificate_file = base64.b64encode((self.folder / f"{LEADER}.p12").read_bytes()).decode()

    def test_nothing_of_a_key_is_in_the_database(self):
        certificate = self.certificate()
        self.signed(certificate)
        self.env.flush_all()
        key, _certificate, _chain = self.opened()
        numbers = key.private_numbers()
        password = (self.folder / "password").read_text().strip()
        secrets = [password, f"{numbers.d:x}", f"{numbers.p:x}", str(numbers.d), "PRIVATE KEY"]
        self.env.cr.execute(
            """SELECT c.table_name, c.column_name FROM information_schema.columns c JOIN information_schema.tables t
               ON t.table_name = c.table_name AND t.table_schema = c.table_schema
               WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
               AND c.data_type IN ('text', 'character varying', 'jsonb', 'bytea')
               AND (c.table_name LIKE 'dvc_%' OR c.table_name IN ('ir_attachment', 'ir_config_parameter'))"""
        )
        columns = self.env.cr.fetchall()
        self.assertGreater(len(columns), 50)
        for table, column in columns:
            for secret in secrets:
                self.env.cr.execute(
                    f'SELECT count(*) FROM "{table}" WHERE position(%s in lower("{column}"::text)) > 0',
                    [secret.lower()],
                )
                self.assertEqual(self.env.cr.fetchone()[0], 0, (table, column))

    def test_the_file_s_key_must_be_the_certificate_s(self):
        certificate = self.certificate(key_reference=f"{SEAL}.p12")
        self.failed("signature.wrong_key", certificate)
        told = self.params(certificate.action_check_key())
        self.assertEqual(told["type"], "danger")
        self.assertIn("signature.wrong_key", told["message"])

    def test_a_file_that_cannot_be_opened(self):
        (self.folder / "spoilt.p12").write_bytes(b"\x30\x03\x02\x01\x03")
        self.failed("signature.no_key", self.certificate(key_reference="spoilt.p12"))

    def test_an_agency_s_certificate_must_be_valid_today(self):
        certificate = self.certificate()
        self.env.cr.execute(
            "UPDATE dvc_certificate SET valid_to = now() - interval '1 day' WHERE id = %s", [certificate.id]
        )
        certificate.invalidate_recordset()
        with mute_logger(LOG):
            self.assertRefused("signature.key_expired", self.signed, certificate)

    def test_what_is_no_pdf_is_told_plainly(self):
        with mute_logger(LOG):
            self.assertRefused("signature.failed", self.signature._sign_pdf, b"%PDF-1.4 junk", self.certificate(), "x")

    def test_check_and_test_signature_are_the_manager_s(self):
        certificate = self.certificate()
        self.assertEqual(self.params(certificate.action_check_key())["type"], "success")
        told = self.params(certificate.action_test_signature())
        self.assertEqual(told["type"], "success")
        self.assertIn("PAdES B-B", told["message"])
        line = self.env["dvc.journal"].search([("event", "=", "signature.made")], limit=1)
        self.assertEqual(line.detail, {"fingerprint": certificate.fingerprint, "key": "file"})
        for user in (self.leader, self.officer, self.auditor):
            for name in ("action_check_key", "action_test_signature"):
                with self.subTest(user=user.login, name=name), self.assertRaises(AccessError):
                    getattr(certificate.with_user(user), name)()

    def test_form_shows_where_the_key_is(self):
        with Form(self.certificate(), "dvc_account.dvc_certificate_view_form") as form:
            self.assertEqual(form.key_source, "file")
            form.key_reference = False
            form.csc_credential = "c-1"
            self.assertEqual(form.key_source, "remote")


class TestToken(SigningCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not Path(MODULE).is_file():
            raise AssertionError("softhsm2 is missing: ./dvc test installs it")
        (cls.folder / "tokens").mkdir()
        configuration = cls.folder / "softhsm2.conf"
        configuration.write_text(f"directories.tokendir = {cls.folder}/tokens\nobjectstore.backend = file\n")
        environment = patch.dict(os.environ, {"SOFTHSM2_CONF": str(configuration)})
        environment.start()
        cls.addClassCleanup(environment.stop)
        key = pkcs12.load_key_and_certificates(
            (cls.folder / f"{LEADER}.p12").read_bytes(), (cls.folder / "password").read_bytes().strip()
        )[0]
        plain = cls.folder / "plain.pem"
        plain.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        for words in (
            ("--init-token", "--free", "--label", "ward", "--pin", "1234", "--so-pin", "5678"),
            ("--import", str(plain), "--token", "ward", "--label", "leader", "--id", "01", "--pin", "1234"),
        ):
            subprocess.run(["softhsm2-util", *words], check=True, stdout=subprocess.DEVNULL)
        plain.unlink()
        (cls.folder / "ward.pin").write_text("1234")
        described = {"module": MODULE, "token": "ward", "pin_file": "ward.pin", "key_label": "leader"}
        (cls.folder / "ward.token").write_text(json.dumps(described))

    def test_a_token_signs(self):
        certificate = self.certificate(key_reference="ward.token")
        self.assertEqual(self.params(certificate.action_check_key())["type"], "success")
        self.assertEqual(self.only(self.signed(certificate))["verdict"], "valid")

    def test_settings_tell_of_tokens(self):
        settings = self.env["res.config.settings"].create({})
        self.assertEqual(settings.dvc_tokens, "ward.token")
        self.assertEqual(self.params(settings.action_dvc_check_tokens())["type"], "warning")
        certificate = self.certificate(key_reference="ward.token")
        self.assertEqual(self.params(settings.action_dvc_check_tokens())["type"], "success")
        (self.folder / "ward.pin").rename(self.folder / "away.pin")
        self.addCleanup((self.folder / "away.pin").rename, self.folder / "ward.pin")
        told = self.params(settings.action_dvc_check_tokens())
        self.assertEqual(told["type"], "danger")
        self.assertIn(certificate.name, told["message"])
        with self.assertRaises(AccessError):
            settings.with_user(self.manager).action_dvc_check_tokens()


class TestTimeStamps(SigningCase):
    def setUp(self):
        super().setUp()
        key = KeyFile(self.folder / "timestamp.p12", self.folder / "password")
        self.tsa = self.enterContext(TsaServer(local_timestamper(key)))
        self.env["ir.config_parameter"].set_param("dvc_account.tsa_url", self.tsa.url)
        forget_failures()
        self.addCleanup(forget_failures)

    def test_the_time_is_proven_and_the_proof_kept(self):
        one = self.only(self.signed(self.certificate()))
        self.assertEqual((one["level"], one["verdict"]), ("PAdES B-LT", "valid"))
        self.assertEqual(self.tsa.asked, 1)

    def test_an_outage_does_not_stop_signing(self):
        self.tsa.fault = "down"
        certificate = self.certificate()
        for _number in range(3):
            one = self.only(self.signed(certificate))
            self.assertEqual((one["level"], one["verdict"]), ("PAdES B-B", "valid"))
        self.assertEqual(self.tsa.asked, 1)

    def test_proof_is_added_later(self):
        self.tsa.fault = "down"
        data = self.signed(self.certificate())
        forget_failures()
        with mute_logger(LOG):
            self.assertEqual(self.signature._archive_pdf(data), data)
        self.tsa.fault = ""
        forget_failures()
        archived = self.signature._archive_pdf(data)
        self.assertGreater(len(archived), len(data))
        self.assertEqual(archived[: len(data)], data)
        self.assertEqual(self.signature._verify(archived, "a.pdf")["verdict"], "valid")

    def test_settings_check_the_authority(self):
        settings = self.env["res.config.settings"].create({})
        self.assertEqual(self.params(settings.action_dvc_check_tsa())["type"], "success")
        self.tsa.login = "ward:secret"
        self.assertEqual(self.params(settings.action_dvc_check_tsa())["type"], "danger")
        (self.folder / "tsa.json").write_text(json.dumps({"user": "ward", "password": "secret"}))
        self.addCleanup((self.folder / "tsa.json").unlink)
        self.assertEqual(self.params(settings.action_dvc_check_tsa())["type"], "success")
        self.env["dvc.trust.anchor"].search([("purpose", "=", "timestamp")]).active = False
        with mute_logger("pyhanko.sign.validation.generic_cms"):
            self.assertEqual(self.params(settings.action_dvc_check_tsa())["type"], "danger")
        self.env["ir.config_parameter"].set_param("dvc_account.tsa_url", False)
        self.assertEqual(self.params(settings.action_dvc_check_tsa())["type"], "warning")
        with self.assertRaises(AccessError):
            settings.with_user(self.manager).action_dvc_check_tsa()

    def test_the_address_is_checked(self):
        settings = self.env["res.config.settings"].create({"dvc_tsa_url": "http://tsa.example.vn"})
        self.assertRefused("setting.bad_address", settings.set_values)


class TestPictures(SigningCase):
    def dialog(self, user, certificate, picture):
        return (
            self.env["dvc.certificate.picture"]
            .with_user(user)
            .create({"certificate_id": certificate.id, "picture": picture})
        )

    def test_holders_and_managers_change_it(self):
        certificate = self.certificate()
        for user in (self.leader, self.manager):
            certificate.with_user(user).action_picture()
            self.dialog(user, certificate, drawn()).action_save()
            self.assertTrue(certificate._drawing().startswith(b"\x89PNG"))
        lines = self.env["dvc.journal"].search([("event", "=", "certificate.picture_changed")], limit=2)
        self.assertEqual(lines.user_id, self.leader | self.manager)
        self.dialog(self.leader, certificate, False).action_save()
        self.assertFalse(certificate._drawing())

    def test_nobody_else_does(self):
        certificate = self.certificate(user_id=False)
        leader2 = self._staff("leader", login="dvc_leader2")
        with self.assertRaises(AccessError):
            self.dialog(leader2, certificate, drawn()).action_save()
        with self.assertRaises(AccessError):
            certificate.with_user(leader2).action_picture()
        for user in (self.officer, self.specialist, self.auditor):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.dialog(user, certificate, drawn())
        self.assertRefused("field.guarded", certificate.write, {"picture": drawn()})

    def test_only_real_pictures(self):
        certificate = self.certificate()
        for picture in ("QUJD", drawn((255, 255, 255, 255)), drawn(size=(10, 10))):
            with self.subTest(picture[:20]):
                self.assertRefused("signature.bad_picture", self.dialog(self.leader, certificate, picture).action_save)

    def test_it_is_shown(self):
        certificate = self.certificate()
        words = self.signed(certificate)
        certificate._set_picture(drawn())
        drawing = self.signed(certificate)
        self.assertEqual(self.only(drawing)["verdict"], "valid")
        self.assertIn(b"/Subtype /Image", drawing)
        self.assertNotIn(b"/Subtype /Image", words)


class TestOrder(SigningCase):
    def test_leader_then_seal_then_nobody(self):
        leader = self.certificate()
        seal = self.certificate(SEAL, purpose="seal", user_id=False)
        page = self.signature._test_page()
        check = self.signature._check_order
        self.assertRefused("signature.leader_first", check, [], seal)
        first = self.signature._sign_pdf(page, leader, "KQ")
        _answer, _holders, evidence = self.signature._examine(first, "a.pdf")
        self.assertRefused("signature.already_signed", check, evidence.signatures, leader)
        check(evidence.signatures, seal)
        both = self.signature._sign_pdf(first, seal, "KQ")
        self.assertTrue(both.startswith(first))
        answer, _holders, evidence = self.signature._examine(both, "a.pdf")
        self.assertEqual([one["verdict"] for one in answer["signatures"]], ["valid", "valid"])
        self.assertRefused("signature.sealed", check, evidence.signatures, self.deputy())

    def deputy(self):
        """Return another leader's certificate of the agency."""
        return self.certificate("leader_000.13.29.H57", key_reference="leader_000.13.29.H57.p12")


class TestRemote(SigningCase):
    """The service's address is dvc_result's; here the hook is given one."""

    def setUp(self):
        super().setUp()
        self.csc = self.enterContext(csc_server.CscServer())
        key, certificate, chain = self.opened()
        self.csc.add("c-1", key, certificate, chain)
        (self.folder / "csc.json").write_text(json.dumps({"token": csc_server.TOKEN}))
        self.addCleanup((self.folder / "csc.json").unlink)
        self.patch(type(self.signature), "_remote_address", lambda _self: (self.csc.url, "v1"))
        self.remote = self.certificate(key_reference=False, csc_credential="c-1")

    def test_it_signs(self):
        self.assertEqual(self.params(self.remote.action_check_key())["type"], "success")
        self.assertEqual(self.remote.remote_asks, "none")
        self.assertEqual(self.only(self.signed(self.remote))["verdict"], "valid")
        self.assertEqual(len(self.csc.signed), 1)

    def test_a_request_that_runs_again_asks_once(self):
        page = self.signature._test_page()
        first = self.signature._sign_pdf(page, self.remote, "KQ")
        # As Odoo does where transactions collide: nothing was committed, and all runs anew.
        again = self.signature._sign_pdf(page, self.remote, "KQ")
        self.assertEqual(first, again)
        self.assertEqual(len(self.csc.signed), 1)
        self.env.cr.postcommit.run()
        self.assertNotEqual(self.signature._sign_pdf(page, self.remote, "KQ"), first)
        self.assertEqual(len(self.csc.signed), 2)

    def test_what_it_asks_for(self):
        self.csc.pin = self.csc.otp = True
        self.assertEqual(self.remote._asks_holder(), "both")
        self.remote.action_check_key()
        self.assertEqual(self.remote.remote_asks, "both")
        with mute_logger(LOG):
            self.assertRefused("signature.pin_required", self.signed, self.remote)
            with self.assertRaisesRegex(Refusal, "signature.otp_wrong"):
                self.signed(self.remote, pin=csc_server.PIN, otp="1")
        good = self.signed(self.remote, pin=csc_server.PIN, otp=csc_server.OTP)
        self.assertEqual(self.only(good)["verdict"], "valid")
        # A PIN that its holder left on the server.
        (self.folder / "csc.json").write_text(json.dumps({"token": csc_server.TOKEN, "pins": {"c-1": csc_server.PIN}}))
        good = self.signed(self.remote, otp=csc_server.OTP)
        self.assertEqual(self.only(good)["verdict"], "valid")
        self.remote._send_otp()
        self.assertEqual(self.csc.asked_otp, 1)

    def test_what_fails_is_told_and_journalled(self):
        key, certificate, chain = self.opened(SEAL)
        cases = [
            ("signature.unavailable", {"signatures/signHash": [503]}),
            ("signature.unavailable", {"credentials/authorize": ["drop"]}),
            ("signature.unavailable", {"signatures/signHash": [b"<html>"]}),
        ]
        for code, faults in cases:
            self.csc.faults = faults
            with self.subTest(faults=faults):
                self.failed(code, self.remote)
        self.csc.status = "expired"
        self.failed("signature.refused", self.remote)
        self.csc.status = "valid"
        self.csc.add("c-1", key, certificate, chain)
        self.failed("signature.wrong_key", self.remote)

    def test_without_a_service_there_is_no_key(self):
        self.patch(type(self.signature), "_remote_address", lambda _self: ("", "v1"))
        self.assertRefused("signature.no_key", self.signed, self.remote)
