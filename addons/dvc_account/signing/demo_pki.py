# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Make the keys of demonstrations and tests: ``python demo_pki.py FOLDER``; what is there and good is kept.

Two hierarchies, as in Vietnam: one for citizens, one for authorities, and a time-stamping root.
None of these certificates is worth anything outside of a demonstration.
"""

import contextlib
import datetime
import fcntl
import os
import secrets
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VERSION = "2"
LIFE = datetime.timedelta(days=365 * 5)
BACKDATED = datetime.timedelta(days=400)
RENEW_BEFORE = datetime.timedelta(days=90)
# Agency code: name, leader, code in the state budget.
AGENCIES = {
    "000.12.29.H57": ("UBND phường Hương Sơ", "Trần Quang Minh", "1047012"),
    "000.13.29.H57": ("UBND phường Hương An", "Lê Quang Vinh", "1047013"),
}
CITIZENS = {
    "citizen1": ("Nguyễn Thị An", "046185001001"),
    "citizen2": ("Trần Văn Bảo", "046079001002"),
    "citizen3": ("Lê Hoàng Cường", "046090001003"),
    "citizen4": ("Phạm Thị Dung", "046192001004"),
}
# Their certificates show what a desk must refuse.
EXPIRED, REVOKED = "citizen3", "citizen4"
# By these names the demonstration's authorities are known, wherever they turn up.
AUTHORITIES = frozenset(
    {
        "DEMO National Root CA",
        "DEMO Citizens CA",
        "DEMO Government Root CA",
        "DEMO State Agencies CA",
        "DEMO Time Stamp Root CA",
    }
)
CRL_ADDRESS = "http://crl.demo.invalid/{}.crl"


def subject(common: str, *more: tuple) -> x509.Name:
    """Return a name: country, common name, then ``(oid, value)`` pairs."""
    attributes = [x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    return x509.Name(attributes + [x509.NameAttribute(oid, value) for oid, value in more])


class Authority:
    """A certificate authority of the demonstration."""

    def __init__(self, label: str, common: str, start: datetime.datetime, issuer: "Authority | None" = None):
        self.label, self.start, self.end = label, start, start + LIFE
        self.key = rsa.generate_private_key(65537, 3072)
        self.issuer = issuer or self
        self.name = subject(common)
        self.certificate = self.issuer.issue(self.name, self.key.public_key(), authority=True)
        self._revoked: list[tuple[int, datetime.datetime]] = []

    def issue(
        self,
        name: x509.Name,
        public_key,
        authority: bool = False,
        stamp: bool = False,
        end: datetime.datetime | None = None,
    ) -> x509.Certificate:
        """Return a certificate for a name.

        :param authority: it may issue certificates itself
        :param stamp: for a time-stamping authority: its signatures bind nobody
        :param end: earlier than the authority's own
        """
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self.name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.start)
            .not_valid_after(end or self.end)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
            .add_extension(_key_usage(authority, stamp), critical=True)
        )
        if name != self.name:
            address = x509.UniformResourceIdentifier(CRL_ADDRESS.format(self.label))
            point = x509.DistributionPoint([address], None, None, None)
            builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
        if stamp:
            builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        return builder.sign(self.key, hashes.SHA256())

    def revoke(self, serial: int, on: datetime.datetime) -> None:
        """Have a certificate on the lists that are made from now on."""
        self._revoked.append((serial, on))

    def crl(self, made: datetime.datetime | None = None, until: datetime.datetime | None = None) -> bytes:
        """Return the revocation list, in DER, good from ``made`` (the start) to ``until`` (the end)."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.name)
            .last_update(made or self.start)
            .next_update(until or self.end)
            .add_extension(x509.CRLNumber(1), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
        )
        for serial, on in self._revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(on)
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _key_usage(authority: bool, stamp: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=not authority and not stamp,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


class Folder:
    """Where the keys are; each file is there whole or not at all, and for its owner only."""

    def __init__(self, path: Path, password: bytes):
        self.path, self.password = path, password

    def keep(self, name: str, data: bytes) -> None:
        part = self.path / f".{name}.{os.getpid()}"
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as sink:
            sink.write(data)
        os.replace(part, self.path / name)

    def authority(self, authority: Authority) -> None:
        self.keep(f"{authority.label}.pem", authority.certificate.public_bytes(serialization.Encoding.PEM))
        self.keep(f"{authority.label}.crl", authority.crl())

    def person(self, label: str, name: x509.Name, issuer: Authority, **options) -> x509.Certificate:
        """Make a key and its certificate, and keep them as PKCS#12."""
        key = rsa.generate_private_key(65537, 2048)
        certificate = issuer.issue(name, key.public_key(), **options)
        bundle = pkcs12.serialize_key_and_certificates(
            label.encode(),
            key,
            certificate,
            [issuer.certificate],
            serialization.BestAvailableEncryption(self.password),
        )
        self.keep(f"{label}.p12", bundle)
        self.keep(f"{label}.pem", certificate.public_bytes(serialization.Encoding.PEM))
        return certificate


def make(folder: Path, now: datetime.datetime | None = None) -> bool:
    """Make the keys where they are missing or about to expire; return whether they were made.

    :param folder: made where it is missing
    :param now: aware
    """
    now = now or datetime.datetime.now(datetime.UTC)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(folder / ".lock", os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(handle, "w") as lock:
        # Two set-ups at once make the keys once.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _is_good(folder, now):
            return False
        (folder / "made").unlink(missing_ok=True)
        start = now.replace(microsecond=0) - BACKDATED
        target = Folder(folder, secrets.token_urlsafe(24).encode())
        target.keep("password", target.password)
        _make_citizens(target, start, now)
        _make_agencies(target, start)
        _make_time_stamps(target, start)
        target.keep("made", f"{VERSION} {start.isoformat()}".encode())
    return True


def _is_good(folder: Path, now: datetime.datetime) -> bool:
    with contextlib.suppress(OSError, ValueError):
        version, start = (folder / "made").read_text().split()
        return version == VERSION and now < datetime.datetime.fromisoformat(start) + LIFE - RENEW_BEFORE
    return False


def _make_citizens(folder: Folder, start: datetime.datetime, now: datetime.datetime) -> None:
    root = Authority("citizen_root", "DEMO National Root CA", start)
    issuing = Authority("citizen_ca", "DEMO Citizens CA", start, root)
    for label, (name, number) in CITIZENS.items():
        end = start + datetime.timedelta(days=365) if label == EXPIRED else None
        certificate = folder.person(label, subject(name, (NameOID.USER_ID, f"CCCD:{number}")), issuing, end=end)
        if label == REVOKED:
            issuing.revoke(certificate.serial_number, now.replace(microsecond=0) - datetime.timedelta(days=30))
    folder.authority(root)
    folder.authority(issuing)


def _make_agencies(folder: Folder, start: datetime.datetime) -> None:
    root = Authority("authority_root", "DEMO Government Root CA", start)
    issuing = Authority("authority_ca", "DEMO State Agencies CA", start, root)
    for code, (agency, leader, budget_code) in AGENCIES.items():
        marks = ((NameOID.ORGANIZATION_NAME, agency), (NameOID.USER_ID, f"MNS:{budget_code}"))
        folder.person(f"leader_{code}", subject(leader, *marks), issuing)
        folder.person(f"seal_{code}", subject(agency, *marks), issuing)
    folder.authority(root)
    folder.authority(issuing)


def _make_time_stamps(folder: Folder, start: datetime.datetime) -> None:
    root = Authority("timestamp_root", "DEMO Time Stamp Root CA", start)
    folder.person("timestamp", subject("DEMO Time Stamp Authority"), root, stamp=True)
    folder.authority(root)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
