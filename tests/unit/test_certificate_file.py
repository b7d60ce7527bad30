# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Certificates as citizens upload them, and what the verifier tells of a signer for their registration."""

import base64

import pytest
from asn1crypto import x509 as asn1_x509
from conftest import load_package
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import NameOID
from signing_lab import DAY, NOW, UID, Lab

files = load_package("dvc_account", "signing", "certificate_file")
signer = load_package("dvc_account", "signing", "signer")
verify = load_package("dvc_account", "signing", "verify")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    return Lab(tmp_path_factory.mktemp("files"))


def certificate(key_file) -> x509.Certificate:
    return x509.load_der_x509_certificate(key_file.signer().signing_cert.dump())


@pytest.fixture(scope="module")
def mine(lab):
    return certificate(lab.citizen)


@pytest.fixture(scope="module")
def der(mine):
    return mine.public_bytes(Encoding.DER)


def refused(data: bytes) -> str:
    with pytest.raises(files.CertificateRefused) as caught:
        files.holders_certificate(data)
    return caught.value.reason


class TestForms:
    def test_each_form_gives_the_same(self, lab, mine, der):
        chain = [mine, lab.citizen_ca.certificate, lab.citizen_root.certificate]
        for data in (
            der,
            mine.public_bytes(Encoding.PEM),
            base64.b64encode(der),
            base64.encodebytes(der),
            b"\r\n" + mine.public_bytes(Encoding.PEM),
            b"".join(one.public_bytes(Encoding.PEM) for one in reversed(chain)),
            pkcs7.serialize_certificates(chain, Encoding.DER),
            pkcs7.serialize_certificates(chain, Encoding.PEM),
        ):
            assert files.holders_certificate(data)[0] == der
        assert len(files.holders_certificate(pkcs7.serialize_certificates(chain, Encoding.DER))[1]) == 2

    def test_what_is_none(self, lab):
        assert refused(b"x" * (files.SIZE_MAX + 1)) == "size"
        for data in (b"\x00", b"hello", b"\x30\x82\xff\xff", b"\x30\x80" * 20_000, b"MIIB!!", b"\xff" * 5000):
            assert refused(data) == "form"
        assert refused((lab.folder / "citizen.p12").read_bytes()) == "key"
        assert refused(b"-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n") == "form"

    def test_a_private_key_is_told_as_such(self, lab, mine):
        key = rsa.generate_private_key(65537, 2048).private_bytes(
            Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        assert refused(mine.public_bytes(Encoding.PEM) + key) == "key"

    def test_one_person(self, lab, mine):
        both = pkcs7.serialize_certificates([mine, certificate(lab.leader)], Encoding.DER)
        assert refused(both) == "several"
        assert refused(lab.citizen_ca.certificate.public_bytes(Encoding.DER)) == "several"

    def test_usage(self, lab, der):
        files.check_usage(der)
        with pytest.raises(files.CertificateRefused, match="usage"):
            files.check_usage(certificate(lab.plain).public_bytes(Encoding.DER))


class TestFacts:
    def test_numbers_are_masked_in_the_subject(self, der, mine):
        facts = files.facts(der)
        assert facts.name == "Nguyễn Văn An"
        assert "046*******01" in facts.subject
        assert "046090000001" not in facts.subject
        assert facts.fingerprint == mine.fingerprint(hashes.SHA256()).hex()
        assert facts.valid_from < facts.valid_to
        assert files.numbers(der) == ["046090000001"]

    @pytest.mark.parametrize(
        ("uids", "numbers", "masked", "tax_id"),
        [
            (["CCCD:046090000001"], ["046090000001"], "046*******01", ""),
            (["MST:0100686209", "CCCD:046090000001"], ["046090000001"], "046*******01", "0100686209"),
            # A person's tax code is their number; where both stand, the card's counts.
            (["MST:046090000001"], ["046090000001"], "046*******01", ""),
            (["CCCD:046090000001", "MST:046090000002"], ["046090000001"], "046*******01", ""),
            (["MST:0100686209-001"], [], "", "0100686209-001"),
            (["CMND:191234567"], [], "191****67", ""),
            (["CCCD:046090000001", "CCCD:046090000002"], ["046090000001", "046090000002"], "046*******01", ""),
            (["CCCD:04609000000"], [], "046******00", ""),
            (["cccd:046090000001"], [], "", ""),
            ([], [], "", ""),
        ],
    )
    def test_who_a_subject_names(self, lab, uids, numbers, masked, tax_id):
        key = lab.person("named", lab.citizen_ca, ("Ai Đó", *((UID, uid) for uid in uids)))
        found = key.signer().signing_cert
        assert files.numbers(found.dump()) == numbers
        identity = signer.identity(found)
        assert (identity.citizen_id_masked, identity.tax_id) == (masked, tax_id)

    def test_a_name_does_not_pose_as_a_number(self, lab):
        key = lab.person("posing", lab.citizen_ca, ("An, UID=CCCD:046090000001",))
        assert files.numbers(key.signer().signing_cert.dump()) == []


class TestPath:
    def anchors(self, lab):
        return [lab.citizen_root.certificate.public_bytes(Encoding.PEM)]

    def between(self, lab):
        return [lab.citizen_ca.certificate.public_bytes(Encoding.DER)]

    def test_good(self, lab, der):
        wanted = asn1_x509.Certificate.load(lab.citizen_root.certificate.public_bytes(Encoding.DER)).sha256.hex()
        assert files.leads_to(der, self.between(lab), self.anchors(lab)) == wanted

    def test_nothing_between_or_nobody_trusted(self, lab, der):
        assert files.leads_to(der, [], self.anchors(lab)) is None
        assert files.leads_to(der, self.between(lab), []) is None

    def test_the_names_alone_prove_nothing(self, lab):
        rogue = certificate(lab.rogue).public_bytes(Encoding.DER)
        fakes = [one.certificate.public_bytes(Encoding.DER) for one in lab.rogues]
        assert files.leads_to(rogue, self.between(lab) + fakes, self.anchors(lab)) is None

    def test_a_look_alike_of_the_anchor(self, lab):
        key = rsa.generate_private_key(65537, 2048)
        name = lab.citizen_root.certificate.subject
        fake = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(lab.citizen_root.certificate.serial_number)
            .not_valid_before(NOW - DAY)
            .not_valid_after(NOW + DAY)
            .sign(key, hashes.SHA256())
            .public_bytes(Encoding.DER)
        )
        assert files.leads_to(fake, self.between(lab) + [fake], self.anchors(lab)) is None

    def test_a_citizen_issues_no_certificates(self, lab):
        """The signature is sound, but the issuer is no authority."""
        own = lab.citizen.signer()
        issuer = x509.load_der_x509_certificate(own.signing_cert.dump())
        key = serialization.load_der_private_key(own.signing_key.dump(), None)
        made = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.USER_ID, "CCCD:046090000009")]))
            .issuer_name(issuer.subject)
            .public_key(rsa.generate_private_key(65537, 2048).public_key())
            .serial_number(5)
            .not_valid_before(NOW - DAY)
            .not_valid_after(NOW + DAY)
            .sign(key, hashes.SHA256())
            .public_bytes(Encoding.DER)
        )
        beside = self.between(lab) + [issuer.public_bytes(Encoding.DER)]
        assert files.leads_to(made, beside, self.anchors(lab)) is None


class TestEvidence:
    def check(self, lab, data, at=None):
        return verify.verify_bytes(data, "a.pdf", lab.trust(), at)

    def test_anchor_and_holder(self, lab, der):
        answer = self.check(lab, lab.signed(lab.citizen))
        line, holder = answer["evidence"][0], answer["holders"][0]
        root = asn1_x509.Certificate.load(lab.citizen_root.certificate.public_bytes(Encoding.DER))
        assert (answer["verdict"], line["anchor"], line["good_now"]) == ("valid", root.sha256.hex(), True)
        assert (base64.b64decode(holder["certificate"]), holder["numbers"]) == (der, ["046090000001"])

    def test_good_once_is_not_good_now(self, lab):
        """A proven time keeps a signature valid; its certificate may have ended since."""
        for who, days in ((lab.expired, 60), (lab.revoked, 20)):
            answer = self.check(lab, lab.signed(who, timestamper=lab.timestamper(at=NOW - days * DAY)))
            assert (answer["verdict"], answer["evidence"][0]["good_now"]) == ("valid", False)
        rogue = self.check(lab, lab.signed(lab.rogue))
        assert (rogue["evidence"][0]["anchor"], rogue["evidence"][0]["good_now"]) == ("", False)

    def test_nothing_personal_in_what_is_answered_or_kept(self, lab):
        answer = self.check(lab, lab.signed(lab.citizen))
        assert "046090000001" not in str(answer["signatures"]) + str(answer["evidence"])
