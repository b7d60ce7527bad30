# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""A throw-away world of authorities and people, good ones and those of every kind of evil."""

import datetime
import itertools
from dataclasses import dataclass, field

from asn1crypto import x509 as asn1_x509
from asn1crypto.keys import PrivateKeyInfo
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign import signers
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

NOW = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
DAY = datetime.timedelta(days=1)
START, END = NOW - 400 * DAY, NOW + 1400 * DAY
UID = NameOID.USER_ID
DER = serialization.Encoding.DER
_SERIALS = itertools.count(1001)


def new_key(kind="p256"):
    """Return a fresh key: rsa512 to rsa3072, p256, p384."""
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind[3:]))
    return ec.generate_private_key({"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p521": ec.SECP521R1()}[kind])


def name(common, *more):
    """Return a subject."""
    parts = [(NameOID.COUNTRY_NAME, "VN"), *more, (NameOID.COMMON_NAME, common)]
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


@dataclass
class Person:
    """A key with its certificate."""

    key: object
    certificate: x509.Certificate
    chain: list = field(default_factory=list)

    @property
    def asn1(self):
        return asn1_x509.Certificate.load(self.certificate.public_bytes(DER))

    def asn1_key(self):
        return PrivateKeyInfo.load(
            self.key.private_bytes(DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )

    def signer(self, **options):
        """Return pyHanko's signer."""
        store = SimpleCertificateStore()
        for one in self.chain:
            store.register(asn1_x509.Certificate.load(one.public_bytes(DER)))
        return signers.SimpleSigner(signing_cert=self.asn1, signing_key=self.asn1_key(), cert_registry=store, **options)

    def timestamper(self, at=None, **options):
        """Return a time-stamping authority of this key."""
        store = SimpleCertificateStore()
        for one in self.chain:
            store.register(asn1_x509.Certificate.load(one.public_bytes(DER)))
        return DummyTimeStamper(self.asn1, self.asn1_key(), certs_to_embed=store, fixed_dt=at, **options)


class Authority:
    """A certificate authority that does what it is told, lawful or not."""

    def __init__(self, common, issuer=None, kind="p256", start=START, end=END, key=None, **options):
        self.name, self.key = name(common), key or new_key(kind)
        self.parent = issuer
        self.revoked: dict[int, datetime.datetime] = {}
        self.certificate = (issuer or self).issue(
            self.name, self.key.public_key(), ca=options.pop("ca", True), start=start, end=end, **options
        )

    @property
    def der(self):
        return self.certificate.public_bytes(DER)

    @property
    def chain(self):
        """Return the certificates from here up to the root."""
        return [self.certificate, *(self.parent.chain if self.parent else [])]

    def issue(self, subject, public_key, ca=False, start=START, end=END, **options):
        """Return a certificate.

        :param options: usage (set of key usages), eku (list of OIDs), path_length, constraints (NameConstraints),
            digest, no_crl, key_id (issuer's key identifier), serial, by (another key that signs), policies
        """
        signing_key = options.get("by", self.key)
        usage = options.get(
            "usage", {"key_cert_sign", "crl_sign"} if ca else {"digital_signature", "content_commitment"}
        )
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(options.get("issuer_name", self.name))
            .public_key(public_key)
            .serial_number(options.get("serial") or next(_SERIALS))
            .not_valid_before(start)
            .not_valid_after(end)
        )
        if options.get("basic", True):
            constraint = x509.BasicConstraints(ca=ca, path_length=options.get("path_length") if ca else None)
            builder = builder.add_extension(constraint, critical=True)
        if usage is not None:
            builder = builder.add_extension(_usage(usage), critical=True)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        identifier = options.get("key_id") or x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = builder.add_extension(identifier, critical=False)
        if options.get("eku"):
            builder = builder.add_extension(
                x509.ExtendedKeyUsage(options["eku"]), critical=options.get("eku_critical", True)
            )
        if options.get("constraints"):
            builder = builder.add_extension(options["constraints"], critical=True)
        if options.get("ocsp_nocheck"):
            builder = builder.add_extension(x509.OCSPNoCheck(), critical=False)
        return builder.sign(signing_key, options.get("digest", hashes.SHA256()))

    def person(self, common, *more, kind="p256", key=None, **options):
        """Return somebody new, certified here."""
        key = key or new_key(kind)
        return Person(key, self.issue(name(common, *more), key.public_key(), **options), self.chain)

    def stamper(self, common="TSA", **options):
        """Return a time-stamping authority, certified here."""
        options = {"usage": {"digital_signature"}, "kind": "rsa2048", **options}
        return self.person(common, eku=[ExtendedKeyUsageOID.TIME_STAMPING], **options)

    def crl(self, made=NOW - DAY, until=NOW + 30 * DAY, by=None, revoked=None, digest=None, key_id=None, **_more):
        """Return a revocation list in DER.

        :param by: another key that signs it
        :param revoked: serial → moment, in place of the authority's own
        """
        key = by or self.key
        identifier = key_id or x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.name)
            .last_update(made)
            .next_update(until)
            .add_extension(x509.CRLNumber(int(made.timestamp())), critical=False)
            .add_extension(identifier, critical=False)
        )
        for serial, moment in (self.revoked if revoked is None else revoked).items():
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(moment)
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(key, digest or hashes.SHA256()).public_bytes(DER)

    def ocsp(self, person, made=NOW - DAY, until=NOW + 30 * DAY, revoked_at=None, by=None, certificate=None):
        """Return an OCSP answer in DER on a person of this authority.

        :param by: a Person that answers in place of the authority
        """
        status = ocsp.OCSPCertStatus.REVOKED if revoked_at else ocsp.OCSPCertStatus.GOOD
        builder = ocsp.OCSPResponseBuilder().add_response(
            cert=certificate or person.certificate,
            issuer=self.certificate,
            algorithm=hashes.SHA1(),
            cert_status=status,
            this_update=made,
            next_update=until,
            revocation_time=revoked_at,
            revocation_reason=None,
        )
        responder = by.certificate if by else self.certificate
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, responder)
        if by:
            builder = builder.certificates([by.certificate])
        return builder.sign(by.key if by else self.key, hashes.SHA256()).public_bytes(DER)


def _usage(names):
    all_names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{one: one in names for one in all_names})


class World:
    """Two hierarchies and a time-stamping root as in Vietnam, and those who imitate them."""

    def __init__(self):
        usual = {"kind": "rsa2048"}
        self.citizen_root = Authority("CORPUS National Root CA", **usual)
        self.citizen_ca = Authority("CORPUS Citizens CA", self.citizen_root, **usual)
        self.state_root = Authority("CORPUS Government Root CA", **usual)
        self.state_ca = Authority("CORPUS Agencies CA", self.state_root, **usual)
        self.stamp_root = Authority("CORPUS Time Stamp Root CA", **usual)
        self.citizen = self.citizen_ca.person("Nguyễn Thị Ánh", (UID, "CCCD:046185001001"), **usual)
        self.other = self.citizen_ca.person("Trần Văn Bảo", (UID, "CCCD:046079001002"), **usual)
        ward = ((NameOID.ORGANIZATION_NAME, "UBND phường Thử"), (UID, "MNS:1047001"))
        elsewhere = ((NameOID.ORGANIZATION_NAME, "UBND phường Khác"), (UID, "MNS:1047002"))
        self.leader = self.state_ca.person("Lê Lãnh Đạo", *ward, **usual)
        self.seal = self.state_ca.person("UBND phường Thử", *ward, **usual)
        self.other_seal = self.state_ca.person("UBND phường Khác", *elsewhere)
        self.tsa = self.stamp_root.stamper("CORPUS TSA", **usual)
        self.rogue_root = Authority("CORPUS National Root CA")
        self.rogue_ca = Authority("CORPUS Citizens CA", self.rogue_root)
        self.rogue = self.rogue_ca.person("Nguyễn Thị Ánh", (UID, "CCCD:046185001001"))
        self.rogue_state = Authority("CORPUS Government Root CA")
        self.rogue_seal = self.rogue_state.person("UBND phường Thử", *ward)
        self.rogue_tsa = Authority("CORPUS Time Stamp Root CA").stamper("CORPUS TSA")
        self.revoked_on = NOW - 10 * DAY
        self.revoked = self.citizen_ca.person("Lê Bị Thu Hồi", (UID, "CCCD:046090001003"))
        self.citizen_ca.revoked[self.revoked.certificate.serial_number] = self.revoked_on
        self.expired = self.citizen_ca.person("Phạm Hết Hạn", end=NOW - 30 * DAY)

    @property
    def lists(self):
        """Return who publishes lists of revoked certificates."""
        return [self.citizen_root, self.citizen_ca, self.state_root, self.state_ca, self.stamp_root]

    def trust(self, module, **changes):
        """Return the verifier's Trust (of its module ``signing.trust``)."""
        lists = {
            "citizens": [self.citizen_root.der],
            "authorities": [self.state_root.der],
            "timestamps": [self.stamp_root.der],
            "intermediates": [self.citizen_ca.der, self.state_ca.der],
            "crls": [one.crl() for one in self.lists],
        }
        return module.Trust(**{**lists, **changes})
