# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""CMS signatures in files of their own: what is good, what attackers do to them, and what OpenSSL makes of the same."""

import base64
import hashlib
import io
import subprocess
import time
import zipfile

import pytest
from asn1crypto import cms, core, crl, x509
from conftest import load_package
from cryptography.hazmat.primitives import serialization
from formats_lab import cms_merged, cms_signed, pem
from signing_lab import DAY, NOW, Lab, page

verify = load_package("dvc_account", "signing", "verify")
pools = load_package("dvc_account", "signing", "pool")
worker = load_package("dvc_account", "signing", "worker")
envelope = load_package("dvc_account", "signing", "cms_envelope")
cms_signature = load_package("dvc_account", "signing", "cms_signature")

# The limit of a check, and time for a new process on a busy machine.
ENOUGH = worker.SECONDS + 10
FILE = "Giấy chứng nhận số 12/2026\n".encode() * 40


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    return Lab(tmp_path_factory.mktemp("lab"))


@pytest.fixture(scope="module")
def good(lab):
    return cms_signed(lab.citizen, FILE)


@pytest.fixture
def check(lab):
    def run(data, signed=b"", trust=None, at=None):
        data = data if isinstance(data, bytes) else data.dump(force=True)
        return verify.verify_bytes(data, "", trust or lab.trust(), at, signed)

    return run


def outcome(answer) -> tuple:
    return answer["verdict"], answer["reason"]


class TestDetached:
    def test_with_its_file(self, check, good):
        answer = check(good, FILE)
        assert outcome(answer) == ("valid", "valid")
        assert answer["sha256"] == hashlib.sha256(good.dump()).hexdigest()
        (one,) = answer["signatures"]
        assert one["signer"] == "Nguyễn Văn An"
        assert one["citizen_id_masked"] == "046*******01"
        assert one["level"] == "CAdES B-B"
        assert one["intact"] and one["trusted"] and one["covers_whole_file"]
        assert not one["timestamped"]
        assert answer["evidence"][0]["covering"]
        assert answer["evidence"][0]["revocation"]["source"] == "crl"
        assert answer["holders"][0]["numbers"] == ["046090000001"]

    def test_without_its_file_it_is_not_called_unsigned(self, check, good):
        answer = check(good)
        assert outcome(answer) == ("unsupported", "content_missing")
        assert answer["signatures"][0]["signer"] == "Nguyễn Văn An"

    @pytest.mark.parametrize("other", [FILE + b" ", FILE[:-1], b"x", page()])
    def test_with_another_file(self, check, good, other):
        assert outcome(check(good, other)) == ("modified", "broken_hash")

    @pytest.mark.parametrize("label", ["PKCS7", "CMS", "PKCS #7 SIGNED DATA"])
    def test_wrapped(self, check, good, label):
        assert check(pem(good.dump(), label), FILE)["verdict"] == "valid"

    def test_as_bare_base64(self, check, good):
        assert check(base64.encodebytes(good.dump()), FILE)["verdict"] == "valid"
        assert check(b"\n" + base64.b64encode(good.dump()) + b"\r\n", FILE)["verdict"] == "valid"

    def test_of_a_signed_pdf_both_are_judged(self, lab, check):
        pdf = lab.signed(lab.seal)
        answer = check(cms_signed(lab.citizen, pdf), pdf)
        assert [one["signer"] for one in answer["signatures"]] == ["Nguyễn Văn An", "UBND phường Thử"]
        assert answer["verdict"] == "valid"

    def test_a_bad_pdf_does_not_get_good_by_it(self, lab, check):
        pdf = lab.signed(lab.seal).replace(b"Helvetica", b"Helvetico")
        answer = check(cms_signed(lab.citizen, pdf), pdf)
        assert [one["verdict"] for one in answer["signatures"]] == ["valid", "modified"]
        assert answer["verdict"] == "modified"

    def test_of_an_office_document_with_signatures_of_its_own(self, lab, check):
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w") as archive:
            archive.writestr("[Content_Types].xml", "<Types/>")
            archive.writestr("_xmlsignatures/sig1.xml", "<Signature/>")
        assert outcome(check(cms_signed(lab.citizen, sink.getvalue()), sink.getvalue())) == ("unsupported", "office")


class TestAttached:
    def test_holds_its_content(self, lab, check):
        signed = cms_signed(lab.citizen, FILE, detached=False)
        assert outcome(check(signed)) == ("valid", "valid")
        assert outcome(check(signed, FILE)) == ("valid", "valid")

    def test_content_is_not_another_file(self, lab, check):
        signed = cms_signed(lab.citizen, FILE, detached=False)
        assert outcome(check(signed, FILE + b"x")) == ("modified", "broken_hash")

    def test_changed_content(self, lab, check):
        signed = cms_signed(lab.citizen, FILE, detached=False).dump().replace(b"12/2026", b"13/2026", 1)
        assert outcome(check(signed)) == ("modified", "broken_hash")

    def test_pdf_in_it_is_judged_too(self, lab, check):
        answer = check(cms_signed(lab.citizen, lab.signed(lab.revoked), detached=False))
        assert [one["verdict"] for one in answer["signatures"]] == ["valid", "revoked"]
        assert answer["verdict"] == "revoked"

    def test_signature_of_a_signature(self, lab, check, good):
        assert outcome(check(cms_signed(lab.citizen, good.dump(), detached=False))) == ("unsupported", "kind")


class TestSigners:
    @pytest.mark.parametrize(
        ("who", "expected"),
        [
            ("revoked", ("revoked", "revoked")),
            ("expired", ("expired", "expired")),
            ("rogue", ("untrusted", "no_path")),
        ],
    )
    def test_fates(self, lab, check, who, expected):
        assert outcome(check(cms_signed(getattr(lab, who), FILE), FILE)) == expected

    def test_certificate_that_binds_nobody(self, lab, check):
        assert check(cms_signed(lab.plain, FILE), FILE)["verdict"] == "untrusted"

    def test_nobody_is_trusted(self, lab, check, good):
        assert check(good, FILE, trust=lab.trust(citizens=[], authorities=[]))["verdict"] == "untrusted"

    def test_no_revocation_list(self, lab, check, good):
        assert outcome(check(good, FILE, trust=lab.trust(crls=[]))) == ("unknown", "revocation_unknown")

    def test_lists_that_the_signature_brings_along(self, lab, check, good):
        carried = good.copy()
        lists = [cms.RevocationInfoChoice("crl", _list(one)) for one in lab.authorities]
        carried["content"]["crls"] = lists
        assert check(carried, FILE, trust=lab.trust(crls=[]))["verdict"] == "valid"

    @pytest.mark.parametrize("digest", ["md5", "sha1"])
    def test_weak_digest(self, lab, check, digest):
        assert outcome(check(cms_signed(lab.citizen, FILE, digest=digest), FILE)) == ("unknown", "weak_digest")

    def test_several_each_judged(self, lab, check):
        merged = cms_merged(cms_signed(lab.citizen, FILE), cms_signed(lab.leader, FILE))
        answer = check(merged, FILE)
        assert [one["verdict"] for one in answer["signatures"]] == ["valid", "valid"]
        merged = cms_merged(cms_signed(lab.citizen, FILE), cms_signed(lab.revoked, FILE), cms_signed(lab.rogue, FILE))
        answer = check(merged, FILE)
        assert sorted(one["verdict"] for one in answer["signatures"]) == ["revoked", "untrusted", "valid"]
        assert answer["verdict"] == "revoked"

    def test_one_of_another_file_among_them(self, lab, check):
        merged = cms_merged(cms_signed(lab.citizen, FILE), cms_signed(lab.leader, b"another"))
        assert check(merged, FILE)["verdict"] == "modified"


class TestTime:
    def test_stamped_while_the_certificate_was_good(self, lab, check):
        stamped = cms_signed(lab.expired, FILE, timestamper=lab.timestamper(at=NOW - 60 * DAY))
        answer = check(stamped, FILE)
        (one,) = answer["signatures"]
        assert answer["verdict"] == "valid"
        assert one["timestamped"] and one["level"] == "CAdES B-T"
        assert one["signed_at"] == (NOW - 60 * DAY).strftime("%Y-%m-%d %H:%M:%S")
        assert "LAB TSA" in answer["evidence"][0]["stamp_authority"]

    def test_stamped_too_late(self, lab, check):
        stamped = cms_signed(lab.expired, FILE, timestamper=lab.timestamper())
        assert check(stamped, FILE)["verdict"] == "expired"

    def test_stamp_of_a_rogue_authority_proves_nothing(self, lab, check):
        stamper = lab.timestamper(lab.rogue_tsa, NOW - 60 * DAY)
        answer = check(cms_signed(lab.expired, FILE, timestamper=stamper), FILE)
        assert answer["verdict"] == "expired"
        assert not answer["signatures"][0]["timestamped"]

    def test_stamp_of_another_signature_proves_nothing(self, lab, check):
        other = cms_signed(lab.expired, b"other", timestamper=lab.timestamper(at=NOW - 60 * DAY))
        mine = cms_signed(lab.expired, FILE)
        (signer,), (stamped,) = mine["content"]["signer_infos"], other["content"]["signer_infos"]
        signer["unsigned_attrs"] = stamped["unsigned_attrs"]
        assert check(mine, FILE)["verdict"] == "expired"

    def test_revoked_before_and_after_the_stamp(self, lab, check):
        before = cms_signed(lab.revoked, FILE, timestamper=lab.timestamper(at=NOW - 20 * DAY))
        after = cms_signed(lab.revoked, FILE, timestamper=lab.timestamper(at=NOW - 5 * DAY))
        assert check(before, FILE)["verdict"] == "valid"
        assert check(after, FILE)["verdict"] == "revoked"

    def test_archival_attributes_are_tolerated(self, lab, check):
        stamped = cms_signed(lab.citizen, FILE, timestamper=lab.timestamper())
        (signer,) = stamped["content"]["signer_infos"]
        kept = [one.native for one in signer["unsigned_attrs"][0]["values"]]
        assert len(kept) == 1
        # id-aa-ets-archiveTimestampV3, and one that nobody knows.
        for number in ("0.4.0.1733.2.4", "1.2.3.4.5.6"):
            signer["unsigned_attrs"].append(
                cms.CMSAttribute({"type": number, "values": [core.OctetString(b"archive")]})
            )
        answer = check(stamped, FILE)
        assert answer["verdict"] == "valid"
        assert answer["signatures"][0]["timestamped"]


class TestAttacks:
    def test_certificate_taken_out(self, check, good):
        bare = good.copy()
        bare["content"]["certificates"] = []
        assert outcome(check(bare, FILE)) == ("modified", "no_certificate")

    def test_signers_taken_out(self, check, good):
        bare = good.copy()
        bare["content"]["signer_infos"] = []
        assert outcome(check(bare, FILE)) == ("modified", "removed")

    def test_certificate_of_somebody_else(self, lab, check, good):
        swapped = good.copy()
        other = _certificate(lab.leader)
        swapped["content"]["certificates"] = [other]
        (signer,) = swapped["content"]["signer_infos"]
        signer["sid"] = cms.SignerIdentifier(
            "issuer_and_serial_number",
            cms.IssuerAndSerialNumber({"issuer": other.issuer, "serial_number": other.serial_number}),
        )
        assert check(swapped, FILE)["verdict"] == "modified"

    def test_certificate_of_a_rogue_with_the_same_name_and_number(self, lab, check, good):
        swapped = good.copy()
        fake = _certificate(lab.rogue).copy()
        mine = _certificate(lab.citizen)
        fake["tbs_certificate"]["serial_number"] = mine.serial_number
        swapped["content"]["certificates"] = [x509.Certificate.load(fake.dump(force=True))]
        assert check(swapped, FILE)["verdict"] == "modified"

    def test_signed_attributes_changed(self, check, good):
        (signer,) = good["content"]["signer_infos"]
        moment = next(
            one["values"][0].chosen.contents for one in signer["signed_attrs"] if one["type"].native == "signing_time"
        )
        changed = good.dump().replace(moment, moment[:-2] + (b"1Z" if moment[-2:] != b"1Z" else b"2Z"))
        assert changed != good.dump()
        assert check(changed, FILE)["verdict"] == "modified"

    def test_signature_value_changed(self, check, good):
        (signer,) = good["content"]["signer_infos"]
        value = signer["signature"].native
        changed = good.dump().replace(value, bytes([value[0] ^ 1]) + value[1:])
        assert check(changed, FILE)["verdict"] == "modified"

    def test_attributes_do_not_pass_for_a_document(self, lab, check, good):
        (signer,) = good["content"]["signer_infos"]
        attributes = signer["signed_attrs"].untag().dump()
        forged = good.copy()
        (copy,) = forged["content"]["signer_infos"]
        del copy["signed_attrs"]
        forged["content"]["signer_infos"] = [cms.SignerInfo.load(copy.dump(force=True))]
        assert check(forged, attributes)["verdict"] == "modified"

    @pytest.mark.parametrize("behind", [b"\x00", b"\n", b"%PDF-1.7 another"])
    def test_something_behind_the_end(self, check, good, behind):
        assert outcome(check(good.dump() + behind, FILE)) == ("modified", "trailing_data")

    def test_something_around_the_armour(self, check, good):
        for data in (pem(good.dump()) + b"more", pem(good.dump()) * 2, pem(good.dump())[:-30]):
            assert check(data, FILE)["verdict"] == "modified"

    def test_pdf_hidden_beside_what_is_signed(self, lab, check):
        signed = cms_signed(lab.citizen, b"agreed", detached=False)
        signed["content"]["certificates"].append(
            cms.CertificateChoices(
                "other",
                cms.OtherCertificateFormat(
                    {"other_cert_format": "1.2.3", "other_cert": core.OctetString(b"%PDF-1.7 not agreed")}
                ),
            )
        )
        data = signed.dump(force=True)
        # The readers of PDFs look for a start within so many bytes.
        start = data.index(b"%PDF-")
        assert check(data)["verdict"] == ("modified" if start < 1024 else "valid")
        moved = data[:start].count(b"%PDF-")
        assert not moved

    def test_encrypted_mail(self, check):
        assert outcome(check(_content_info("1.2.840.113549.1.7.3"))) == ("unreadable", "encrypted")
        assert outcome(check(_content_info("1.2.840.113549.1.7.5"))) == ("unsupported", "kind")

    def test_time_stamp_is_nobodys_signature(self, lab, check):
        stamped = cms_signed(lab.citizen, FILE, timestamper=lab.timestamper())
        (signer,) = stamped["content"]["signer_infos"]
        assert outcome(check(signer["unsigned_attrs"][0]["values"][0].dump())) == ("unsupported", "kind")

    def test_unknown_digest(self, check, good):
        # SHA-256 becomes an algorithm that does not exist.
        changed = good.dump().replace(bytes.fromhex("0609608648016503040201"), bytes.fromhex("060960864801650304027f"))
        assert check(changed, FILE)["verdict"] in ("unsupported", "modified")

    def test_too_many_signers(self, check, good):
        (signer,) = good["content"]["signer_infos"]
        assert check(_by_hand(good, signer.dump() * 2), FILE)["verdict"] == "valid"
        assert outcome(check(_by_hand(good, signer.dump() * 65), FILE)) == ("unreadable", "too_many")


class TestHostile:
    """In the limited process, as the server does it: each ends in a verdict, within the time of one check."""

    HEAD = bytes.fromhex("308006092a864886f70d010702a080")

    @pytest.fixture(scope="class")
    def pool(self):
        pool = pools.Pool(1)
        yield pool
        pool.stop()

    @pytest.mark.parametrize(
        "data",
        [
            HEAD,
            HEAD + b"\x30\x80" * 2_000_000,
            HEAD + b"\x30\x80\x02\x01\x01\x31\x00" + b"\x24\x80" * 500_000,
            HEAD + b"\x30\x84\xff\xff\xff\xff",
            HEAD + b"\x30\x89" + b"\xff" * 9,
            HEAD + b"\x00" * 10_000_000,
            HEAD + b"\xff" * 10_000_000,
            HEAD + b"\x30\x80\x02\x01\x01" + b"\x31\x00" * 4_000_000,
            b"-----BEGIN PKCS7-----\n" + b"A" * 15_000_000,
            b"-----BEGIN PKCS7-----\n" + b"MIAGCSqGSIb3DQEHAqCA" * 900_000 + b"\n-----END PKCS7-----\n",
            b"MI" + b"A" * 15_000_000 + b"!",
        ],
        ids=lambda data: f"{data[:6].hex()}-{len(data)}",
    )
    def test_ends_in_a_verdict(self, pool, lab, data):
        start = time.monotonic()
        answer = pool.verify(data, "a.p7s", lab.trust(), FILE)
        assert answer["verdict"] in ("modified", "unreadable", "unsupported")
        assert time.monotonic() - start < ENOUGH

    def test_a_million_attributes(self, pool, lab, good):
        (signer,) = good["content"]["signer_infos"]
        one = cms.CMSAttribute({"type": "1.2.3.4", "values": [core.OctetString(b"x")]}).dump()
        data = _by_hand(good, _with_unsigned(signer, one * 1_000_000))
        start = time.monotonic()
        assert pool.verify(data, "a.p7s", lab.trust(), FILE)["verdict"] in ("valid", "modified", "unreadable")
        assert time.monotonic() - start < ENOUGH

    def test_the_next_is_checked(self, pool, lab, good):
        assert pool.verify(good.dump(), "a.p7s", lab.trust(), FILE)["verdict"] == "valid"


class TestOpenssl:
    """What another implementation signs verifies here, in each of the forms it writes."""

    @pytest.fixture(scope="class")
    def keys(self, lab, tmp_path_factory):
        folder = tmp_path_factory.mktemp("openssl")
        signer = lab.citizen.signer()
        key = serialization.load_der_private_key(signer.signing_key.dump(), None)
        (folder / "key.pem").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        (folder / "cert.pem").write_bytes(_armoured(signer.signing_cert))
        (folder / "file").write_bytes(FILE)
        return folder

    def run(self, folder, *options) -> bytes:
        command = ["openssl", "cms", "-sign", "-binary", "-in", "file", "-signer", "cert.pem", "-inkey", "key.pem"]
        done = subprocess.run([*command, "-out", "out", *options], cwd=folder, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        return (folder / "out").read_bytes()

    @pytest.mark.parametrize(
        "options",
        [
            ("-outform", "DER"),
            ("-outform", "PEM"),
            ("-outform", "DER", "-noattr"),
            ("-outform", "DER", "-cades"),
            ("-outform", "DER", "-md", "sha512"),
            ("-outform", "DER", "-keyid"),
            ("-outform", "DER", "-keyopt", "rsa_padding_mode:pss"),
        ],
        ids=" ".join,
    )
    def test_detached(self, keys, check, options):
        signed = self.run(keys, *options)
        assert outcome(check(signed, FILE)) == ("valid", "valid")
        assert check(signed, FILE + b"x")["verdict"] == "modified"
        assert check(signed)["verdict"] == "unsupported"

    @pytest.mark.parametrize(
        "options", [(), ("-noattr",), ("-stream",), ("-cades",)], ids=lambda options: " ".join(options) or "plain"
    )
    def test_attached(self, keys, check, options):
        signed = self.run(keys, "-outform", "DER", "-nodetach", *options)
        assert outcome(check(signed)) == ("valid", "valid")
        changed = signed.replace(b"12/2026", b"13/2026", 1)
        assert changed != signed
        assert check(changed)["verdict"] == "modified"

    def test_without_certificate(self, keys, check):
        assert outcome(check(self.run(keys, "-outform", "DER", "-nocerts"), FILE)) == ("modified", "no_certificate")

    def test_weak(self, keys, check):
        assert outcome(check(self.run(keys, "-outform", "DER", "-md", "sha1"), FILE)) == ("unknown", "weak_digest")

    def test_agrees_on_what_is_signed_here(self, lab, keys, good):
        (keys / "ours").write_bytes(good.dump())
        (keys / "roots.pem").write_bytes(b"".join([lab.trust().citizens[0], *lab.trust().intermediates]))
        command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "ours", "-content", "file"]
        command += ["-CAfile", "roots.pem", "-purpose", "any", "-out", "verified"]
        done = subprocess.run(command, cwd=keys, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr


class TestEnvelope:
    def test_kinds(self, good):
        assert envelope.is_signature(good.dump())
        assert envelope.is_signature(pem(good.dump()))
        assert envelope.is_signature(base64.b64encode(good.dump()))
        for data in (
            b"",
            b"x",
            page(),
            b"-----BEGIN CERTIFICATE-----\n",
            b"MIIC not base64",
            b"MIIC",
            _content_info("1.2.840.113549.1.7.3").dump(),
        ):
            assert not envelope.is_signature(data)


class TestArchives:
    @pytest.mark.parametrize(
        ("names", "expected"),
        [
            (["[Content_Types].xml", "word/document.xml"], ("unsigned", "unsigned")),
            (
                ["[Content_Types].xml", "_xmlsignatures/origin.sigs", "_xmlsignatures/sig1.xml"],
                ("unsupported", "office"),
            ),
            (["[Content_Types].xml", "_XMLSIGNATURES/sig1.xml"], ("unsupported", "office")),
            (["[Content_Types].xml", "word/vbaProjectSignature.bin"], ("unsupported", "office")),
            (["mimetype", "content.xml"], ("unsigned", "unsigned")),
            (["mimetype", "content.xml", "META-INF/documentsignatures.xml"], ("unsupported", "office")),
            (["mimetype", "a.pdf", "META-INF/signatures.xml"], ("unsupported", "container")),
            (["mimetype", "a.pdf", "META-INF/signature001.p7s"], ("unsupported", "container")),
            (["a.pdf", "META-INF/timestamp.tst"], ("unsupported", "container")),
            (["A.class", "META-INF/MANIFEST.MF", "META-INF/ME.RSA"], ("unsupported", "container")),
        ],
    )
    def test_told_apart(self, check, names, expected):
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w") as archive:
            for name in names:
                archive.writestr(name, "x")
        assert outcome(check(sink.getvalue())) == expected

    def test_container_says_so_itself(self, check):
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w") as archive:
            archive.writestr("mimetype", "application/vnd.etsi.asic-e+zip")
            archive.writestr("a.txt", "x")
        assert outcome(check(sink.getvalue())) == ("unsupported", "container")

    def test_old_word_file(self, check):
        assert outcome(check(bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600)) == ("unreadable", "format")


def _certificate(key) -> x509.Certificate:
    return key.signer().signing_cert


def _armoured(certificate) -> bytes:
    return b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(certificate.dump()) + b"-----END CERTIFICATE-----\n"


def _list(authority):
    return crl.CertificateList.load(authority.crl())


def _content_info(kind: str):
    return _Raw(kind)


class _Raw:
    """A CMS file of another kind, with nothing in it."""

    def __init__(self, kind: str):
        self.kind = kind

    def dump(self, force=False) -> bytes:
        inner = core.ObjectIdentifier(self.kind).dump() + bytes.fromhex("a0023000")
        return b"\x30" + bytes([len(inner)]) + inner


def _by_hand(info, signers: bytes) -> bytes:
    """Return the file with other signers, in indefinite lengths: encoding them anew would take its time."""
    data, end = info["content"], b"\x00\x00"
    parts = [data[name].dump() for name in ("version", "digest_algorithms", "encap_content_info", "certificates")]
    head = bytes.fromhex("308006092a864886f70d010702a0803080")
    return head + b"".join(parts) + b"\x31\x80" + signers + end * 4


def _with_unsigned(signer_info, attributes: bytes) -> bytes:
    return _tagged(b"\x30", signer_info.contents + _tagged(b"\xa1", attributes))


def _tagged(tag: bytes, body: bytes) -> bytes:
    return tag + b"\x84" + len(body).to_bytes(4, "big") + body
