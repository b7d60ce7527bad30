# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import datetime

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import TransactionCase

from ..signing import demo_pki
from ..signing.sign import sign_pdf
from .citizen_keys import NOW, CertificateCase


class TestMatch(CertificateCase, TransactionCase):
    def checked(self, key=None, **options):
        data = sign_pdf(self.page(), key or self.key, **options) if key is not False else self.page()
        _verdict, check = self.env["dvc.signature"].with_user(self.officer)._verdict_for(data, "a.pdf")
        return check

    def matches(self, check, account=None):
        owner = (account or self.citizen).sudo().citizen_id_hash
        return self.env["dvc.signature.check"]._match_signers([(check, owner)])[(check.id, owner)]

    def test_by_the_number_in_the_subject(self):
        own = self.checked()
        self.assertEqual([one.match for one in self.matches(own)], ["own"])
        self.assertEqual([one.match for one in self.matches(own, self.stranger)], ["other"])
        self.assertEqual(self.matches(self.checked(False)), [])

    def test_no_number_and_no_trust(self):
        self.assertEqual(self.matches(self.checked(self.issue("none")))[0].match, "untold")
        fake = self.issue("fake", f"CCCD:{self.CITIZEN_FACTS['citizen_id']}", issuer=self.fake_ca)
        self.assertEqual(self.matches(self.checked(fake))[0].match, "untold")

    def test_a_persons_tax_code(self):
        key = self.issue("trader", f"MST:{self.CITIZEN_FACTS['citizen_id']}")
        check = self.checked(key)
        self.assertEqual((self.matches(check)[0].match, self.matches(check, self.stranger)[0].match), ("own", "other"))
        self.assertEqual(check.signatures[0]["tax_id"], "")
        company = self.checked(self.issue("company", "MST:0100686209"))
        self.assertEqual(self.matches(company)[0].match, "untold")

    def test_by_the_registered_certificate(self):
        """The account counts that has registered the very certificate, even where no hash was kept."""
        self.registered()
        check = self.checked()
        self.env.cr.execute("ALTER TABLE dvc_signature_check DISABLE TRIGGER USER")
        self.env.cr.execute("UPDATE dvc_signature_check SET signer_hashes = NULL WHERE id = %s", [check.id])
        self.env.cr.execute("ALTER TABLE dvc_signature_check ENABLE TRIGGER USER")
        check.invalidate_recordset()
        self.assertEqual((self.matches(check)[0].match, self.matches(check, self.stranger)[0].match), ("own", "other"))

    def test_an_agency_is_no_other_person(self):
        root = demo_pki.Authority("agencies", "TEST Government Root CA", NOW - datetime.timedelta(days=9))
        self.trust(root, "authority")
        key = self.issue("office", "MNS:1047012", issuer=root)
        self.assertEqual(self.matches(self.checked(key))[0].match, "agency")

    def test_several_signers(self):
        check = self.env["dvc.signature"]._verdict_for(
            sign_pdf(sign_pdf(self.page(), self.key), self.strangers_key), "a.pdf"
        )[1]
        self.assertEqual([one.match for one in self.matches(check)], ["own", "other"])

    def test_a_lost_certificate_warns(self):
        certificate = self.registered()
        before, proven = self.checked(), self.checked(timestamper=self.timestamper())
        with freeze_time(fields.Datetime.now() + datetime.timedelta(hours=1)):
            certificate.with_user(self.citizen_user).report_lost()
        for check in (before, proven):
            check.invalidate_recordset()
        # Whoever has the key sets the clock: only a proven time shows that it was signed before.
        found = self.matches(before)[0]
        self.assertEqual((found.match, found.ended_at, found.lost), ("own", certificate.ended_at, True))
        self.assertFalse(self.matches(proven)[0].ended_at)

    def test_replaced_and_pending_do_not_warn(self):
        old = self.registered()
        check = self.checked()
        self.registered(self.second_key, replaces=old.id)
        self.assertFalse(self.matches(check)[0].ended_at)
        other = self.checked(self.issue("later", f"CCCD:{self.CITIZEN_FACTS['citizen_id']}"))
        self.register((self.keys / "later.pem").read_bytes())
        self.assertEqual(self.matches(other)[0].match, "own")

    def test_two_queries_however_many(self):
        self.registered()
        owner = self.citizen.sudo().citizen_id_hash
        checks = [self.checked() for _number in range(12)]
        model = self.env["dvc.signature.check"]
        model._match_signers([(checks[0], owner)])

        def count(some) -> int:
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            model._match_signers([(check, owner) for check in some])
            return self.cr.sql_log_count - before

        few = count(checks[:2])
        self.assertEqual(count(checks), few)
        self.assertLessEqual(few, 4)

    def test_hashes_are_closed(self):
        check = self.checked()
        for user in (self.officer, self.manager, self.auditor):
            with self.assertRaises(AccessError):
                check.with_user(user).read(["signer_hashes"])
