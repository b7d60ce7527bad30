# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Revocation lists: what is taken in, and how lists of any size are looked up."""

import datetime
import hashlib
import time

import pytest
from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from conftest import load_package
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from pyhanko_certvalidator.revinfo import validate_crl
from signing_lab import DAY, NOW, Lab

lists = load_package("dvc_account", "signing", "revocation_list")
verify = load_package("dvc_account", "signing", "verify")
pools = load_package("dvc_account", "signing", "pool")
trust = load_package("dvc_account", "signing", "trust")

MANY = 300_000


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    return Lab(tmp_path_factory.mktemp("lab"))


def der(certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def made(ca, serials=(), key=None, name=None, extensions=(), update=NOW - DAY, until=NOW + DAY, reason=None):
    """Return a list of an authority, or of whoever poses as it."""
    builder = (
        x509.CertificateRevocationListBuilder().issuer_name(name or ca.name).last_update(update).next_update(until)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    rows = []
    for serial in serials:
        row = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(NOW - 20 * DAY)
        rows.append((row.add_extension(x509.CRLReason(reason), False) if reason else row).build())
    # The builder's own way looks through all rows for each one.
    builder._revoked_certificates = rows
    return builder.sign(key or ca.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def refused(data, ca, now=NOW):
    with pytest.raises(lists.ListRefused) as caught:
        lists.read_list(data, der(ca.certificate), now)
    return caught.value.reason


def kept(data, reads=None):
    def read():
        if reads is not None:
            reads.append(1)
        return data

    return trust.KeptList(hashlib.sha256(data).hexdigest(), lists.head(data), read)


# Intake


def test_a_list_tells_what_it_says(lab):
    data = made(lab.citizen_ca, [11, 12, 13], extensions=[(x509.CRLNumber(7), False)])
    pem = x509.load_der_x509_crl(data).public_bytes(serialization.Encoding.PEM)
    for form in (data, pem):
        found = lists.read_list(form, der(lab.citizen_ca.certificate), NOW)
        assert (found.number, found.entries, found.der) == ("7", 3, data)
        assert (found.this_update, found.next_update) == (NOW - DAY, NOW + DAY)
        assert found.digest == hashlib.sha256(data).hexdigest()


def test_forged_lists_are_refused(lab):
    ca = lab.citizen_ca
    assert refused(made(ca, key=lab.rogue_ca.key), ca) == "signature"
    assert refused(lab.citizen_root.crl(), ca) == "issuer"
    assert refused(lab.authority_ca.crl(), ca) == "issuer"
    # The same name, another key.
    assert refused(lab.rogue_ca.crl(), ca) == "signature"
    broken = bytearray(made(ca, [5]))
    broken[-300] ^= 1
    assert refused(bytes(broken), ca) in ("signature", "form")
    # sha256WithRSAEncryption turned into sha1WithRSAEncryption.
    weak = made(ca).replace(bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d010105"))
    assert refused(weak, ca) == "weak"


def test_lists_that_do_not_tell_everything_are_refused(lab):
    ca = lab.citizen_ca
    delta = [(x509.DeltaCRLIndicator(3), True)]
    assert refused(made(ca, extensions=delta), ca) == "delta"
    point = dict(
        full_name=None,
        relative_name=None,
        only_contains_user_certs=False,
        only_contains_ca_certs=False,
        only_some_reasons=None,
        indirect_crl=False,
        only_contains_attribute_certs=False,
    )
    indirect = x509.IssuingDistributionPoint(**point | {"indirect_crl": True})
    some = x509.IssuingDistributionPoint(**point | {"only_some_reasons": frozenset([x509.ReasonFlags.key_compromise])})
    users = x509.IssuingDistributionPoint(**point | {"only_contains_user_certs": True})
    assert refused(made(ca, extensions=[(indirect, True)]), ca) == "indirect"
    assert refused(made(ca, extensions=[(some, True)]), ca) == "partial"
    assert lists.read_list(made(ca, extensions=[(users, True)]), der(ca.certificate), NOW)
    unheard_of = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    assert refused(made(ca, extensions=[(unheard_of, True)]), ca) == "form"


def test_an_entry_of_another_authority_makes_a_list_indirect(lab):
    row = x509.RevokedCertificateBuilder().serial_number(9).revocation_date(NOW - DAY)
    other = x509.CertificateIssuer([x509.DirectoryName(lab.authority_ca.name)])
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(lab.citizen_ca.name)
        .last_update(NOW - DAY)
        .next_update(NOW + DAY)
        .add_revoked_certificate(row.add_extension(other, True).build())
    )
    data = builder.sign(lab.citizen_ca.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    assert refused(data, lab.citizen_ca) == "indirect"


@pytest.mark.parametrize("data", [b"", b"0", b"\x30\x80", b"-----BEGIN X509 CRL-----\nQUJD\n-----END X509 CRL-----\n"])
def test_what_is_no_list_is_refused(lab, data):
    assert refused(data, lab.citizen_ca) == "form"
    assert refused(data + b"x" * 50, lab.citizen_ca) == "form"


def test_times_and_size(lab, monkeypatch):
    ca = lab.citizen_ca
    assert refused(made(ca, update=NOW + DAY, until=NOW + 2 * DAY), ca) == "future"
    # Out of date, yet the authority's own: it tells of the past.
    assert lists.read_list(made(ca, update=NOW - 9 * DAY, until=NOW - 5 * DAY), der(ca.certificate), NOW)
    monkeypatch.setattr(lists, "SIZE_MAX", 100)
    assert refused(made(ca), ca) == "size"


# The look-up


def found_in(data, serial, ca, plain=False):
    """Return what pyHanko hears of a serial number: by its own way, or by ours."""
    template = asn1_x509.Certificate.load(der(ca.certificate))
    certificate = asn1_x509.Certificate.load(der(ca.certificate))
    certificate["tbs_certificate"]["serial_number"] = serial
    one = asn1_crl.CertificateList.load(data)
    if plain:
        return lists._find_in_whole_list(certificate, template.subject, one, template.subject)
    stored = lists.StoredList.of(lists.head(data), hashlib.sha256(data).hexdigest(), lambda: data)
    return validate_crl.find_cert_in_list(certificate, template.subject, stored, template.subject)


def told(answer):
    moment, reason = answer
    return moment, reason and reason.native


@pytest.mark.parametrize("reason", [None, x509.ReasonFlags.key_compromise, x509.ReasonFlags.certificate_hold])
def test_the_fast_way_hears_what_the_slow_one_hears(lab, reason):
    serials = [1, 127, 128, 255, 256, 2**63, 2**64 - 1, 2**158 + 3]
    data = made(lab.citizen_root, serials, reason=reason)
    for serial in [*serials, 2, 129, 2**64, 2**158 + 2]:
        slow, fast = found_in(data, serial, lab.citizen_root, plain=True), found_in(data, serial, lab.citizen_root)
        assert told(fast) == told(slow), serial
        assert (fast[0] is not None) is (serial in serials)


def test_an_unknown_critical_entry_leaves_the_list_unused(lab):
    unheard_of = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    row = x509.RevokedCertificateBuilder().serial_number(9).revocation_date(NOW - DAY).add_extension(unheard_of, True)
    builder = x509.CertificateRevocationListBuilder().issuer_name(lab.citizen_root.name)
    builder = builder.last_update(NOW - DAY).next_update(NOW + DAY).add_revoked_certificate(row.build())
    data = builder.sign(lab.citizen_root.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    for plain in (True, False):
        with pytest.raises(NotImplementedError):
            found_in(data, 9, lab.citizen_root, plain)


def test_a_stored_list_is_never_an_empty_one(lab):
    """Should pyHanko ever read entries another way, nobody must be taken for good."""
    data = made(lab.citizen_root, [9])
    stored = lists.StoredList.of(lists.head(data), hashlib.sha256(data).hexdigest(), lambda: data)
    with pytest.raises(NotImplementedError):
        stored["tbs_cert_list"]["revoked_certificates"]


def test_another_list_than_the_one_named_is_not_used(lab):
    stored = lists.StoredList.of(lists.head(made(lab.citizen_root, [9])), "0" * 64, lambda: made(lab.citizen_root))
    with pytest.raises(ValueError, match="another list"):
        stored["tbs_cert_list"].dump()


def test_the_head_is_the_list_without_its_entries(lab):
    for extensions in ([], [(x509.CRLNumber(7), False)]):
        full, empty = (
            made(lab.citizen_root, [1, 2, 3], extensions=extensions),
            made(lab.citizen_root, [], extensions=extensions),
        )
        assert lists._children(lists._contents(lists.head(full)))[0] == lists._children(lists._contents(empty))[0]
        assert len(lists.head(full)) < len(full)
    with pytest.raises(ValueError):
        lists.head(b"\x30\x03\x02\x05\x00")


def test_verdicts_with_kept_lists(lab):
    """Revoked, good, and revoked by the newer list only: the same as with lists that are handed over whole."""
    good, bad = lab.signed(lab.citizen), lab.signed(lab.revoked)
    serial = lab.serial(lab.revoked)
    with_it = made(lab.citizen_ca, [5, serial, 7])
    without = made(lab.citizen_ca, [5, 7], update=NOW - 2 * DAY)
    root = lab.citizen_root.crl()
    for data, kept_lists, inline, wanted in (
        (good, [with_it], [], "valid"),
        (bad, [with_it], [], "revoked"),
        (bad, [without], [], "valid"),
        (bad, [without, with_it], [], "revoked"),
        (bad, [with_it], [without], "revoked"),
        (good, [], [], "unknown"),
    ):
        rules = lab.trust(crls=[root, *inline], kept=[kept(one) for one in kept_lists])
        assert verify.verify_bytes(data, trust=rules)["verdict"] == wanted


def test_a_forged_kept_list_changes_nothing(lab):
    forged = made(lab.citizen_ca, [lab.serial(lab.citizen)], key=lab.rogue_ca.key)
    rules = lab.trust(crls=[lab.citizen_root.crl()], kept=[kept(forged)])
    assert verify.verify_bytes(lab.signed(lab.citizen), trust=rules)["verdict"] == "unknown"
    rules = lab.trust(kept=[kept(forged)])
    assert verify.verify_bytes(lab.signed(lab.citizen), trust=rules)["verdict"] == "valid"


def test_lists_in_the_file_are_looked_up_too(lab):
    archived = lab.archived(lab.citizen)
    rules = lab.trust(crls=[])
    assert verify.verify_bytes(archived, trust=rules)["verdict"] == "valid"


def test_300_000_entries_in_the_limited_process(lab):
    serials = [x509.random_serial_number() for _number in range(MANY)] + [lab.serial(lab.revoked)]
    data = made(lab.citizen_ca, serials)
    assert len(data) > 9_000_000
    start = time.monotonic()
    assert lists.read_list(data, der(lab.citizen_ca.certificate), NOW).entries == MANY + 1
    assert time.monotonic() - start < 2
    reads, pool = [], pools.Pool(1)
    rules = lab.trust(crls=[lab.citizen_root.crl()], kept=[kept(data, reads)])
    good, bad = lab.signed(lab.citizen), lab.signed(lab.revoked)
    try:
        assert pool.verify(good, "a.pdf", rules)["verdict"] == "valid"
        start = time.monotonic()
        for _number in range(3):
            assert pool.verify(bad, "a.pdf", rules)["verdict"] == "revoked"
            assert pool.verify(good, "a.pdf", rules)["verdict"] == "valid"
        # pyHanko alone takes 4 s for one.
        assert time.monotonic() - start < 6
        # It was sent once, and the process has room for many such.
        assert reads == [1]
        assert _peak_mb(pool) < 200
    finally:
        pool.stop()


def _peak_mb(pool) -> int:
    status = open(f"/proc/{pool._idle[0]._process.pid}/status").read()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def test_a_list_that_is_gone_leaves_the_signature_open(lab):
    def gone():
        raise FileNotFoundError

    data, pool = made(lab.citizen_ca, [5]), pools.Pool(1)
    missing = trust.KeptList(hashlib.sha256(data).hexdigest(), lists.head(data), gone)
    try:
        rules = lab.trust(crls=[lab.citizen_root.crl()], kept=[missing])
        answer = pool.verify(lab.signed(lab.citizen), "a.pdf", rules)
        assert (answer["verdict"], answer["reason"]) == ("unknown", "revocation_unknown")
    finally:
        pool.stop()


def test_out_of_date_lists_settle_nothing(lab):
    old = made(lab.citizen_ca, update=NOW - 9 * DAY, until=NOW - datetime.timedelta(days=5))
    rules = lab.trust(crls=[lab.citizen_root.crl()], kept=[kept(old)])
    assert verify.verify_bytes(lab.signed(lab.citizen), trust=rules)["verdict"] == "unknown"
