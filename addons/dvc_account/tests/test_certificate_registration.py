# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import base64
import datetime
from unittest.mock import patch

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import TransactionCase

from ..exceptions import Refusal
from ..models import dvc_certificate_registration
from ..signing.sign import sign_pdf
from .citizen_keys import NOW, CertificateCase


class RegistrationCommon(CertificateCase, TransactionCase):
    pass


class TestProof(RegistrationCommon):
    def test_a_signed_challenge_takes_it_in_use(self):
        document = self.challenge()
        answer = self.register(sign_pdf(document, self.key))
        self.assertEqual((answer["state"], answer["is_default"]), ("active", True))
        made = self.env["dvc.certificate"].browse(answer["id"])
        self.assertEqual((made.account_id, made.purpose, made.provider_id), (self.citizen, "citizen", self.provider))
        self.assertEqual((made.proven_by, made.proof_check_id.verdict), ("challenge", "valid"))
        self.assertFalse(made.is_sandbox)
        print_ = self.certificate("mine").fingerprint(hashes.SHA256()).hex()
        self.assertEqual((answer["fingerprint"], made.proof_check_id.signatures[0]["fingerprint"]), (print_, print_))
        line = self.env["dvc.journal"].search([("event", "=", "certificate.activated")], limit=1)
        self.assertEqual((line.account_id, line.res_id, line.user_id), (self.citizen, made.id, self.citizen_user))
        self.assertIn(made.serial[-6:], self.messages(made).body)

    def test_any_document_signed_just_now(self):
        answer = self.register(sign_pdf(self.page(), self.key))
        self.assertEqual(answer["state"], "active")
        self.assertEqual(self.env["dvc.certificate"].browse(answer["id"]).proven_by, "document")

    def test_a_document_signed_long_ago_proves_nothing(self):
        signed = sign_pdf(self.page(), self.key)
        with freeze_time(NOW + datetime.timedelta(hours=25)):
            self.refused("certificate.proof_old", self.register, signed)
        with freeze_time(NOW - datetime.timedelta(hours=1)):
            self.refused("certificate.proof_old", self.register, signed)

    def test_nothing_readable_is_kept(self):
        made = self.registered()
        self.env.flush_all()
        self.env.cr.execute("SELECT * FROM dvc_certificate WHERE id = %s", [made.id])
        row = str(self.env.cr.fetchone())
        self.assertNotIn(self.CITIZEN_FACTS["citizen_id"], row)
        self.assertIn("046*******01", made.subject)
        raw = base64.b64encode(self.certificate("mine").public_bytes(Encoding.DER)).decode()
        self.assertNotIn(raw[100:200], row)
        sealed = self.env["dvc.secret"]._box().open(made.certificate_secret, "certificate")
        self.assertEqual(sealed, raw)
        self.env.cr.execute("SELECT signatures::text, signer_hashes::text FROM dvc_signature_check")
        self.assertNotIn(self.CITIZEN_FACTS["citizen_id"], str(self.env.cr.fetchall()))
        for name in ("certificate_secret",):
            with self.assertRaises(AccessError):
                made.with_user(self.citizen_user).read([name])

    def test_officer_and_integrator_on_behalf(self):
        self.assertEqual(self.register(sign_pdf(self.challenge(), self.key), user=self.officer)["state"], "active")
        signed = sign_pdf(self.challenge(), self.second_key)
        self.assertEqual(self.register(signed, user=self.integrator)["is_default"], False)

    def test_who_may_not(self):
        signed = sign_pdf(self.challenge(), self.key)
        for user in (self.stranger_user, self.leader, self.auditor, self.accountant, self.specialist):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.register(signed, user=user)
        with self.assertRaises(AccessError):
            self.challenge(user=self.stranger_user)

    def test_only_standardised_accounts(self):
        account = self._registered("+84914990055")
        self.refused("account.not_standardized", self.register, b"x", account, self.officer)
        self.citizen.with_user(self.officer).lock("x")
        self.refused("account.locked", self.certificates(self.officer).challenge, self.citizen.id)

    def test_tries_are_limited(self):
        with patch.object(dvc_certificate_registration, "TRIES", 2):
            # Without assertRaises and its savepoint: in a test the counter is on the connection that it rolls back.
            codes = []
            for _number in range(3):
                try:
                    self.register(b"nothing")
                except Refusal as refusal:
                    codes.append(refusal.code)
            self.assertEqual(codes, ["certificate.bad_file", "certificate.bad_file", "certificate.too_many"])


class TestHostile(RegistrationCommon):
    def test_a_stolen_certificate_without_its_key(self):
        """Whoever has a paper of mine has my certificate: announced it counts for nothing."""
        stolen = (self.keys / "mine.pem").read_bytes()
        answer = self.register(stolen)
        self.assertEqual((answer["state"], answer["is_default"]), ("pending", False))
        certificate = self.certificates().browse(answer["id"])
        self.refused("certificate.bad_transition", certificate.set_default)
        # Somebody else's signature does not prove it.
        self.refused("certificate.not_own", self.register, sign_pdf(self.challenge(), self.strangers_key))
        self.assertEqual(certificate.state, "pending")
        # Its own does, and it stays the same record.
        self.assertEqual(self.register(sign_pdf(self.challenge(), self.key))["id"], answer["id"])
        self.assertEqual(certificate.state, "active")

    def test_another_persons(self):
        signed = sign_pdf(self.page(), self.strangers_key)
        refusal = self.refused("certificate.not_own", self.register, signed)
        self.assertNotIn("Trần", str(refusal))
        self.refused("certificate.not_own", self.register, (self.keys / "strangers.pem").read_bytes())

    def test_without_a_number(self):
        for label, uids in (("none", ()), ("company", ("MST:0100686209",)), ("old", ("CMND:191234567",))):
            key = self.issue(label, *uids)
            self.refused("certificate.no_number", self.register, sign_pdf(self.page(), key))
            self.refused("certificate.no_number", self.register, (self.keys / f"{label}.pem").read_bytes())

    def test_two_persons_in_one_subject(self):
        numbers = [f"CCCD:{facts['citizen_id']}" for facts in (self.CITIZEN_FACTS, self.STRANGER_FACTS)]
        self.refused("certificate.not_own", self.register, sign_pdf(self.page(), self.issue("two", *numbers)))

    def test_staff_of_an_organisation_and_a_persons_tax_code(self):
        number = self.CITIZEN_FACTS["citizen_id"]
        for label, uids in (("staff", ("MST:0100686209", f"CCCD:{number}")), ("trader", (f"MST:{number}",))):
            self.assertEqual(self.register(sign_pdf(self.page(), self.issue(label, *uids)))["state"], "active")

    def test_replayed_challenge(self):
        document = self.challenge()
        signed = sign_pdf(document, self.key)
        self.register(signed)
        self.refused("certificate.challenge_used", self.register, signed)
        self.refused("certificate.challenge_used", self.register, sign_pdf(document, self.second_key))

    def test_challenge_of_another_account_too_old_or_made_up(self):
        theirs = self.challenge(self.stranger)
        self.refused("certificate.challenge_over", self.register, sign_pdf(theirs, self.key))
        mine = sign_pdf(self.challenge(), self.key)
        with freeze_time(NOW + datetime.timedelta(hours=25)):
            self.refused("certificate.challenge_over", self.register, mine)
        sheet = self.challenge()
        made_up = sheet.replace(sheet[sheet.index(b"DVC-CHALLENGE:") + 14 :][:32], b"0" * 32)
        self.refused("certificate.challenge_over", self.register, sign_pdf(made_up, self.key))

    def test_changed_challenge(self):
        document = self.challenge()
        changed = document.replace(b"/Creator (DVC)", b"/Creator (XXX)")
        self.assertNotEqual(document, changed)
        self.refused("certificate.challenge_changed", self.register, sign_pdf(changed, self.key))

    def test_unsigned_changed_and_several(self):
        self.refused("certificate.not_signed", self.register, self.challenge())
        signed = bytearray(sign_pdf(self.page(), self.key))
        place = signed.index(b"/MediaBox")
        signed[place + 12 : place + 13] = b"1"
        self.refused("certificate.signature_invalid", self.register, bytes(signed))
        both = sign_pdf(sign_pdf(self.challenge(), self.strangers_key), self.key)
        self.refused("certificate.several_signers", self.register, both)

    def test_not_a_certificate(self):
        for data in (b"\x00", b"<html/>", b"\x30\x82\x01\x00" + b"\xff" * 256, b"x" * 70_000, b"%PDF-1.4 nothing"):
            with self.assertRaises(Exception) as caught:
                self.register(data)
            self.assertIn(caught.exception.code, ("certificate.bad_file", "certificate.signature_invalid"))
        self.refused("input.invalid", self.certificates().register, self.citizen.id, "not base64!")
        self.refused("file.too_large", self.register, b"%PDF-" + b"0" * (20 * 1024 * 1024))
        self.refused("certificate.bad_file", self.register, (self.keys / "mine.p12").read_bytes())

    def test_a_private_key_is_not_taken(self):
        text = (self.keys / "mine.pem").read_text() + "-----BEGIN PRIVATE KEY-----\nQUJD\n-----END PRIVATE KEY-----\n"
        refusal = self.refused("certificate.bad_file", self.register, text.encode())
        self.assertIn("private key", str(refusal))

    def test_expired_and_revoked(self):
        uid = f"CCCD:{self.CITIZEN_FACTS['citizen_id']}"
        key = self.issue("over", uid, end=NOW - datetime.timedelta(days=1))
        self.refused("certificate.signature_invalid", self.register, sign_pdf(self.page(), key))
        self.refused("certificate.expired", self.register, (self.keys / "over.pem").read_bytes())
        self.refused("certificate.signature_invalid", self.register, sign_pdf(self.challenge(), self.revoked_key))

    def test_not_for_signing(self):
        key = self.issue("plain", f"CCCD:{self.CITIZEN_FACTS['citizen_id']}", stamp=True)
        self.refused("certificate.signature_invalid", self.register, sign_pdf(self.page(), key))
        self.refused("certificate.bad_file", self.register, (self.keys / "plain.pem").read_bytes())

    def test_a_self_signed_look_alike_of_the_anchor(self):
        uid = f"CCCD:{self.CITIZEN_FACTS['citizen_id']}"
        key = self.issue("impostor", uid, issuer=self.fake_ca)
        self.refused("certificate.signature_invalid", self.register, sign_pdf(self.challenge(), key))
        chain = [self.certificate("impostor"), self.fake_ca.certificate, self.fake_root.certificate]
        for data in (
            (self.keys / "impostor.pem").read_bytes(),
            pkcs7.serialize_certificates(chain, Encoding.DER),
            self._self_signed(),
        ):
            self.refused("certificate.untrusted", self.register, data)

    def _self_signed(self) -> bytes:
        """Return a certificate that names me, in the anchor's name, signed by nobody but itself."""
        key = rsa.generate_private_key(65537, 2048)
        subject = self.certificate("mine").subject
        made = x509.CertificateBuilder().subject_name(subject).issuer_name(self.root.certificate.subject)
        made = made.public_key(key.public_key()).serial_number(self.root.certificate.serial_number)
        made = made.not_valid_before(NOW - datetime.timedelta(days=1)).not_valid_after(NOW + datetime.timedelta(days=9))
        return made.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)

    def test_an_anchor_of_authorities_makes_no_citizen(self):
        """An authority's root is trusted for results; it issues to officials, not to citizens."""
        self.anchor.write({"purpose": "authority"})
        self.refused("certificate.untrusted", self.register, sign_pdf(self.challenge(), self.key))
        self.refused("certificate.untrusted", self.register, (self.keys / "mine.pem").read_bytes())
        self.anchor.write({"purpose": "any"})
        self.assertEqual(self.register(sign_pdf(self.challenge(), self.key))["state"], "active")

    def test_an_anchor_put_away_or_between(self):
        self.anchor.active = False
        self.refused("certificate.untrusted", self.register, (self.keys / "mine.pem").read_bytes())
        self.refused("certificate.signature_invalid", self.register, sign_pdf(self.challenge(), self.key))

    def test_a_proven_time_does_not_revive_an_ended_certificate(self):
        """Signed with a time stamp while it was good: valid for ever, and no certificate to use any more."""
        document = sign_pdf(self.page(), self.key, timestamper=self.timestamper())
        self.provider_ca.revoke(self.certificate("mine").serial_number, NOW + datetime.timedelta(seconds=1))
        middle = self.env["dvc.trust.anchor"].search([("is_intermediate", "=", True), ("active", "=", True)])
        fresh = self.provider_ca.crl(made=NOW, until=NOW + datetime.timedelta(days=9))
        middle.crl = base64.b64encode(fresh)
        with self.assertRaises(Exception) as caught:
            self.register(document)
        self.assertIn(caught.exception.code, ("certificate.expired", "certificate.signature_invalid"))

    def test_one_registration_of_a_certificate(self):
        self.registered()
        self.refused("certificate.registered_already", self.register, sign_pdf(self.challenge(), self.key))
        self.refused("certificate.registered_already", self.register, (self.keys / "mine.pem").read_bytes())
        self.refused(
            "certificate.not_own", self.register, sign_pdf(self.challenge(self.stranger), self.key), self.stranger
        )

    def test_the_database_holds_one(self):
        certificate = self.registered()
        self.env.cr.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'dvc_certificate_fingerprint_uniq'")
        self.assertIn("UNIQUE", self.env.cr.fetchone()[0])
        with patch.object(type(self.env["dvc.certificate"]), "_known", lambda records, *_args: records.browse()):
            self.refused("certificate.registered_already", self.register, sign_pdf(self.challenge(), self.key))
        self.assertEqual(certificate.state, "active")
