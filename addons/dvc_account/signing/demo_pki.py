# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Make the keys of demonstrations and tests: ``python demo_pki.py FOLDER``; what is there and good is kept.

Two hierarchies, as in Vietnam: one for citizens, one for authorities, and a time-stamping root.
None of these certificates is worth anything outside of a demonstration.
"""

import datetime
import os
import secrets
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VERSION = "1"
YEARS = 5
RENEW_BEFORE = datetime.timedelta(days=90)
AGENCIES = {"000.12.29.H57": "UBND phường Hương Sơ", "000.13.29.H57": "UBND phường Hương An"}
LEADER = "Lê Văn Lãnh Đạo"
CITIZENS = {"citizen1": ("Nguyễn Văn An", "046090000001"), "citizen2": ("Trần Thị Bình", "046190000002")}
CRL_ADDRESS = "http://crl.demo.invalid/{}.crl"


def _name(common: str, *more: tuple) -> x509.Name:
    attributes = [x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    return x509.Name(attributes + [x509.NameAttribute(oid, value) for oid, value in more])


class Authority:
    """A certificate authority of the demonstration."""

    def __init__(self, label: str, common: str, start: datetime.datetime, issuer: "Authority | None" = None):
        self.label, self.start = label, start
        self.key = rsa.generate_private_key(65537, 3072)
        self.issuer = issuer or self
        self.name = _name(common)
        self.certificate = self.issuer.issue(self.name, self.key.public_key(), authority=True)

    def issue(self, subject: x509.Name, public_key, authority: bool = False, stamp: bool = False) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.start)
            .not_valid_after(self.start + datetime.timedelta(days=365 * YEARS))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
            .add_extension(
                x509.KeyUsage(
                    digital_signature=not authority,
                    content_commitment=not authority and not stamp,
                    key_encipherment=False,
                    data_encipherment=False,
                    key_agreement=False,
                    key_cert_sign=authority,
                    crl_sign=authority,
                    encipher_only=False,
                    decipher_only=False,
                ),
                critical=True,
            )
        )
        if subject != self.name:
            point = x509.DistributionPoint([x509.UniformResourceIdentifier(CRL_ADDRESS.format(self.label))], None, None, None)
            builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
        if stamp:
            builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        return builder.sign(self.key, hashes.SHA256())

    def crl(self) -> bytes:
        return (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.name)
            .last_update(self.start)
            .next_update(self.start + datetime.timedelta(days=365 * YEARS))
            .add_extension(x509.CRLNumber(1), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
            .sign(self.key, hashes.SHA256())
            .public_bytes(serialization.Encoding.DER)
        )


def _write(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as sink:
        sink.write(data)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _person(folder: Path, label: str, subject: x509.Name, issuer: Authority, password: bytes, stamp: bool = False) -> None:
    key = rsa.generate_private_key(65537, 2048)
    certificate = issuer.issue(subject, key.public_key(), stamp=stamp)
    bundle = pkcs12.serialize_key_and_certificates(
        label.encode(), key, certificate, [issuer.certificate], serialization.BestAvailableEncryption(password)
    )
    _write(folder / f"{label}.p12", bundle)
    _write(folder / f"{label}.pem", _pem(certificate))


def make(folder: Path, now: datetime.datetime | None = None) -> bool:
    """Make the keys where they are missing or about to expire; return whether they were made."""
    now = now or datetime.datetime.now(datetime.timezone.utc)
    stamp = folder / "made"
    if stamp.exists():
        version, made = stamp.read_text().split()
        end = datetime.datetime.fromisoformat(made) + datetime.timedelta(days=365 * YEARS)
        if version == VERSION and now < end - RENEW_BEFORE:
            return False
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    start = now.replace(microsecond=0) - datetime.timedelta(days=400)
    password = secrets.token_urlsafe(24).encode()
    _write(folder / "password", password)
    uid = NameOID.USER_ID
    for line, root_name, ca_name in (
        ("citizen", "DEMO National Root CA", "DEMO Citizens CA"),
        ("authority", "DEMO Government Root CA", "DEMO State Agencies CA"),
    ):
        root = Authority(f"{line}_root", root_name, start)
        issuing = Authority(f"{line}_ca", ca_name, start, root)
        for authority in (root, issuing):
            _write(folder / f"{authority.label}.pem", _pem(authority.certificate))
            _write(folder / f"{authority.label}.crl", authority.crl())
        if line == "citizen":
            for label, (name, number) in CITIZENS.items():
                _person(folder, label, _name(name, (uid, f"CCCD:{number}")), issuing, password)
            continue
        for code, agency in AGENCIES.items():
            marks = ((NameOID.ORGANIZATION_NAME, agency), (uid, f"MNS:{code.replace('.', '')}"))
            _person(folder, f"leader_{code}", _name(LEADER, *marks), issuing, password)
            _person(folder, f"seal_{code}", _name(agency, *marks), issuing, password)
    root = Authority("timestamp_root", "DEMO Time Stamp Root CA", start)
    _write(folder / "timestamp_root.pem", _pem(root.certificate))
    _write(folder / "timestamp_root.crl", root.crl())
    _person(folder, "timestamp", _name("DEMO Time Stamp Authority"), root, password, stamp=True)
    _write(stamp, f"{VERSION} {start.isoformat()}".encode())
    return True


if __name__ == "__main__":
    make(Path(sys.argv[1]))
