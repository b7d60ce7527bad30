# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Authorities' certificates and fingerprints, as a manager looks at them before trusting."""

import pytest
from asn1crypto import pem
from conftest import load_package
from signing_lab import Lab, demo_pki

authority = load_package("dvc_account", "signing", "authority")
bundles = load_package("dvc_account", "signing", "certificate_file")
fingerprint = load_package("dvc_account", "domain", "fingerprint")
retry = load_package("dvc_account", "domain", "retry")

# Made by openssl: what is signed so is not made by cryptography any more.
WEAK = b"""-----BEGIN CERTIFICATE-----
MIICHDCCAYWgAwIBAgIUJ267EEvGMg7Z/rZHqVl2sOfVooUwDQYJKoZIhvcNAQEF
BQAwIDELMAkGA1UEBhMCVk4xETAPBgNVBAMMCE9MRCBSb290MB4XDTI2MTEyNDEz
MTgxNFoXDTM2MTEyMTEzMTgxNFowIDELMAkGA1UEBhMCVk4xETAPBgNVBAMMCE9M
RCBSb290MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCdpeIt7xSmhEHnWeNX
TA6ah3zR/8rsc5+v99DJHyM6uT7oVj8BIyTR1QHVaqiHFY73bGaRlV0KZDAtsRf+
wmy5SwZ99sJ7vsDP6f5gbVcV5E/1CWuujsrD286cjwpbmQrgnjOvhreQX8sBghpA
1+1sPlXqyOix2h6wqf0BEKjuzQIDAQABo1MwUTAdBgNVHQ4EFgQUfBtwyvn9JplH
BbMhVog6VfMDsTUwHwYDVR0jBBgwFoAUfBtwyvn9JplHBbMhVog6VfMDsTUwDwYD
VR0TAQH/BAUwAwEB/zANBgkqhkiG9w0BAQUFAAOBgQAhUUSSykso4sqJNmdNYmna
zcKVF7s0HZTbnCpl+fb1hv2Sy5HHuGEQ7zRIvzb6mxsJS4nXBYQpncCajpg6FBZw
V+zXSmLzHZf8NlTE4SCPhaj4Wpwng/zlkxu1G1tYZL2jAYu63suYOW7SQfiEApxy
cpAIp6hT6ECNCLlDHxfgsQ==
-----END CERTIFICATE-----
-----BEGIN CERTIFICATE-----
MIIDITCCAgmgAwIBAgIUUr58NOCdHTYCelWpeX42ypmZDkkwDQYJKoZIhvcNAQEE
BQAwIDELMAkGA1UEBhMCVk4xETAPBgNVBAMMCE1ENSBSb290MB4XDTI2MTEyNDEz
MTgxNFoXDTM2MTEyMTEzMTgxNFowIDELMAkGA1UEBhMCVk4xETAPBgNVBAMMCE1E
NSBSb290MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAspOFODwjg+5x
+ZRxEG9e1x6PqcGp11guquJXloviMnbDphAY9XwqIm940HcY5crrPrahTJwY4bFk
oAVCiIWb1vmn0FPjsSc0uFpG0Pdv1TZQX+jzNaBKgVTUqRV8pwiezHvRk8cyo5hZ
2MsZ14oK30FuJ0JV3q6qdF365QlBLhgSi3/p8NaF75RYfhgG8XkVok3BYSnAKerK
EcJW0MROCuJFk9CasYBvYcbl1EdzvSuIyp5QEmLh5YinysFrL0rrsVXx+AASRqBU
MSSweefJSj/fOUjSfGFKSr4Q1NkLEUrQjaGgsrv5C2TyjtBJmHjj9hez4VF3mBSM
IVqDcXwVEwIDAQABo1MwUTAdBgNVHQ4EFgQU8UiQFdlKnTgNfMGaZTfGVByaiZsw
HwYDVR0jBBgwFoAU8UiQFdlKnTgNfMGaZTfGVByaiZswDwYDVR0TAQH/BAUwAwEB
/zANBgkqhkiG9w0BAQQFAAOCAQEAQ9vdBL0lhgse+nS618TxGs7QJrcM13Kwp27E
jyL38q+pUMN1f/T+R0tJSzn6KHJBvKJKx4fP/N16YnrVQdxZOT1OtLspEqZKy5eu
wBwG880lFggARJ+7Z3rbVlvWL80tAYLdfxlxmfdm7xsOmmrUu+MC62omCzWe1trx
ABctJQb++VOI2igjUO83vdyiJvajQrmtCyqzi1h4b08bdN18OJwemTDToGBW8Bsm
YWziEgeBB3QfA3VLuDel5Gf5/yeB7kvq4E6u0ZiHrOJDMrBOPgXpvgc3MlmlBax4
oQDOZiRJCtSZa70pGAn6wL9ZxkH5wZU63uI0sElb701Wn4g8JQ==
-----END CERTIFICATE-----
"""
SHA256 = "bac8bf60" + "0123456789abcdef" * 3 + "0908e7ff"
SHA1 = "fe02babfc37757e347ebf1638f32c800d1bc4d8c"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    return Lab(tmp_path_factory.mktemp("lab"))


def described(one) -> authority.Authority:
    return authority.describe(one.certificate.public_bytes(demo_pki.serialization.Encoding.DER))


def test_root_and_intermediate(lab):
    root, below = described(lab.citizen_root), described(lab.citizen_ca)
    assert (root.is_root, below.is_root) == (True, False)
    assert root.is_ca and below.is_ca and not root.weak
    assert (root.name, root.key, root.digest) == ("LAB Root CA", "RSA 3072", "sha256")
    assert below.issuer == root.subject
    assert root.key_usage == ("key_cert_sign", "crl_sign")
    assert len(root.sha256) == 64 and len(root.sha1) == 40


def test_a_person_is_no_authority(lab):
    person = lab.citizen.signer().signing_cert.dump()
    found = authority.describe(person)
    assert not found.is_ca and not found.is_root


def test_what_is_below_names_the_key_of_what_is_above(lab):
    person = lab.citizen.signer().signing_cert
    assert person.authority_key_identifier.hex() == described(lab.citizen_ca).key_identifier


def test_weak_certificates_are_told(lab):
    ders = [der for _kind, _headers, der in pem.unarmor(WEAK, multiple=True)]
    short, old = (authority.describe(der) for der in ders)
    assert (short.weak, short.digest, short.key) == (("digest", "key"), "sha1", "RSA 1024")
    assert (old.weak, old.digest) == (("digest",), "md5")
    assert short.is_root and old.is_root


def test_the_demonstration_is_known_by_its_names(tmp_path):
    demo_pki.make(tmp_path)
    for label in ("citizen_root", "citizen_ca", "authority_root", "authority_ca", "timestamp_root"):
        (der,) = bundles.bundle((tmp_path / f"{label}.pem").read_bytes())
        assert authority.describe(der).is_demo, label
    (der,) = bundles.bundle((tmp_path / "citizen1.pem").read_bytes())
    assert not authority.describe(der).is_demo


def test_what_is_no_certificate():
    for data in (b"", b"0", b"\x30\x00", b"x" * 100):
        with pytest.raises(ValueError):
            authority.describe(data)


def test_bundles(lab):
    both = lab.citizen_root.certificate, lab.citizen_ca.certificate
    encoding, pkcs7 = demo_pki.serialization.Encoding, bundles.pkcs7
    ders = [one.public_bytes(encoding.DER) for one in both]
    pems = b"".join(one.public_bytes(encoding.PEM) for one in both)
    for data in (
        pems,
        b"subject=CN = x\r\n" + pems + pems,
        pkcs7.serialize_certificates(list(both), encoding.DER),
        pkcs7.serialize_certificates(list(both), encoding.PEM),
    ):
        assert sorted(bundles.bundle(data)) == sorted(ders)
    assert bundles.bundle(ders[0]) == ders[:1]
    for data, reason in (
        (pems + b"-----BEGIN PRIVATE KEY-----\n", "key"),
        (b"x" * (bundles.BUNDLE_MAX + 1), "size"),
        (b"", "form"),
        (b"%PDF-1.7", "form"),
        (pems * 60, None),
    ):
        if reason is None:
            assert len(bundles.bundle(data)) == 2
            continue
        with pytest.raises(bundles.CertificateRefused) as caught:
            bundles.bundle(data)
        assert caught.value.reason == reason


def test_fingerprints_in_groups():
    assert fingerprint.groups("abcdef01", 4) == "ABCD EF01"
    assert fingerprint.groups("") == ""


@pytest.mark.parametrize(
    "text",
    [
        SHA256,
        SHA256.upper(),
        fingerprint.groups(SHA256),
        fingerprint.groups(SHA256, 2).replace(" ", ":"),
        f"SHA256 Fingerprint={fingerprint.groups(SHA256, 2).replace(' ', ':')}",
        f"SHA-256: {fingerprint.groups(SHA256, 8)}\n",
        f" {SHA256[:16]} ",
        f"{SHA256[-20:]}",
        f"{SHA256[5:30]}",
        SHA1,
        f"SHA1 Fingerprint={fingerprint.groups(SHA1, 2).replace(' ', ':')}",
        f"thumbprint: {fingerprint.groups(SHA1, 2)}",
    ],
)
def test_whatever_the_grouping_the_digits_confirm(text):
    assert fingerprint.confirms(text, SHA256, SHA1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " : ",
        "ba",
        SHA256[:15],
        SHA1[:39],
        SHA1[:20],
        SHA256[:-1] + ("0" if SHA256[-1] != "0" else "1"),
        SHA256 + "0",
        SHA256[:8] + SHA256[-8:],
        SHA256.replace("a", "o"),
        "it is right",
        "0x" + SHA256,
    ],
)
def test_anything_else_does_not(text):
    assert not fingerprint.confirms(text, SHA256, SHA1)


def test_waits_grow_and_end():
    waits = [retry.wait(tries) for tries in range(1, 30)]
    assert waits[0] == 10 * retry.MINUTE and waits[1] == 20 * retry.MINUTE
    assert waits == sorted(waits) and waits[-1] == retry.DAY
    assert retry.wait(10**9) == retry.DAY and retry.wait(0) == waits[0]
