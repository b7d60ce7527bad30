# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Signers whom one must not believe: forged, revoked, expired, or certified by those who may not."""

import asyncio
import hashlib
import io

from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.validation import DocumentSecurityStore

from . import bases, byhand, signing
from .case import REFUSED, Case, maker
from .pki import DAY, NOW, Authority, Person, name, new_key

UNTRUSTED = frozenset({"untrusted", "modified", "unknown", "unsupported"})
REVOKED = frozenset({"revoked"})


def store(data, crls=(), ocsps=(), certs=()):
    """Return the file with an archive of proofs in it, whatever they prove."""
    out = io.BytesIO(data)
    DocumentSecurityStore.add_dss(
        out,
        None,
        certs=[asn1_x509.Certificate.load(one) for one in certs],
        crls=[asn1_crl.CertificateList.load(one) for one in crls],
        ocsps=[asn1_ocsp.OCSPResponse.load(one) for one in ocsps],
    )
    return out.getvalue()


@maker("attack")
def stale_proof(world):
    """A revoked signer brings proof from before the revocation."""
    ca, person = world.citizen_ca, world.revoked
    base = signing.sign(bases.plain(), person)
    yield Case("trust.revoked", base, REVOKED)
    before = world.revoked_on - DAY
    old_crl = ca.crl(made=before, revoked={})
    old_ocsp = ca.ocsp(person, made=before)
    endless = ca.ocsp(person, made=before, until=None)
    for label, proof in {
        "old_crl": {"crls": [old_crl]},
        "old_ocsp": {"ocsps": [old_ocsp]},
        "endless_ocsp": {"ocsps": [endless]},
        "many_crls": {"crls": [old_crl] * 3, "ocsps": [old_ocsp]},
    }.items():
        yield Case(
            f"trust.revoked_{label}",
            store(base, **proof),
            REVOKED,
            "brings stale but unexpired proof of its good standing",
        )
        stamped = signing.sign(bases.plain(), person, stamper=world.tsa.timestamper())
        yield Case(f"trust.revoked_stamped_{label}", store(stamped, **proof), REVOKED)
    fresh = ca.ocsp(person, made=NOW - DAY / 24)
    yield Case(
        "trust.revoked_fresh_ocsp_good",
        store(base, ocsps=[fresh]),
        REFUSED,
        "CRL says revoked, a later OCSP answer of the CA itself says good",
    )
    others = {"crls": [world.citizen_root.crl(), world.stamp_root.crl()]}
    yield Case("trust.revoked_other_lists_only", base, REFUSED, "", others)


@maker("attack")
def forged_proof(world):
    """Proof of good standing that the authority did not make."""
    ca, person = world.citizen_ca, world.revoked
    base = signing.sign(bases.plain(), person)
    nothing = {"crls": [world.citizen_root.crl()]}
    helper = world.rogue_ca.person("OCSP", eku=[ExtendedKeyUsageOID.OCSP_SIGNING])
    lookalike = ca.person("OCSP", eku=[ExtendedKeyUsageOID.CLIENT_AUTH])
    expired = ca.person("OCSP old", eku=[ExtendedKeyUsageOID.OCSP_SIGNING], start=NOW - 300 * DAY, end=NOW - 60 * DAY)
    elsewhere = world.state_ca.person("OCSP", eku=[ExtendedKeyUsageOID.OCSP_SIGNING], ocsp_nocheck=True)
    forgeries = {
        "crl_rogue_key": {"crls": [ca.crl(by=world.rogue_ca.key, revoked={})]},
        "crl_rogue_ca": {"crls": [world.rogue_ca.crl(revoked={})], "certs": [world.rogue_ca.der]},
        "crl_self": {"crls": [ca.crl(by=person.key, revoked={})]},
        "ocsp_rogue_ca": {"ocsps": [world.rogue_ca.ocsp(person)]},
        "ocsp_rogue_responder": {"ocsps": [ca.ocsp(person, by=helper)]},
        "ocsp_without_usage": {"ocsps": [ca.ocsp(person, by=lookalike)]},
        "ocsp_by_citizen": {"ocsps": [ca.ocsp(person, by=world.other)]},
        "ocsp_by_self": {"ocsps": [ca.ocsp(person, by=person)]},
        "ocsp_expired_responder": {"ocsps": [ca.ocsp(person, by=expired)]},
        "ocsp_of_other_ca": {"ocsps": [ca.ocsp(person, by=elsewhere)]},
        "ocsp_for_other": {"ocsps": [ca.ocsp(world.other)]},
        "crl_without_number": {"crls": [world.state_ca.crl(revoked={})]},
    }
    for label, proof in forgeries.items():
        yield Case(f"trust.forged_{label}", store(base, **proof), REFUSED, "no honest list at hand", nothing)
        yield Case(f"trust.forged_{label}_listed", store(base, **proof), REVOKED)


@maker("attack")
def lists_too_old(world):
    """Only lists that have expired, or are of the future."""
    base = signing.sign(bases.plain(), world.citizen)
    for label, options in {
        "old": {"made": NOW - 60 * DAY, "until": NOW - 20 * DAY},
        "future": {"made": NOW + 20 * DAY, "until": NOW + 60 * DAY},
    }.items():
        lists = [one.crl(**options) for one in world.lists]
        yield Case(f"trust.lists_{label}", base, frozenset({"unknown"}), "", {"crls": lists})
    yield Case("trust.lists_none", base, frozenset({"unknown"}), "", {"crls": []})
    yield Case("trust.lists_rubbish", base, frozenset({"unknown"}), "", {"crls": [b"x", b"", b"\x30\x80"]})
    fallen = Authority("CORPUS Fallen CA", world.citizen_root)
    person = fallen.person("Sau khi sụp đổ")
    world.citizen_root.revoked[fallen.certificate.serial_number] = NOW - 20 * DAY
    lists = [one.crl() for one in (*world.lists, fallen)]
    yield Case(
        "trust.revoked_ca",
        signing.sign(bases.plain(), person),
        frozenset({"revoked", "unknown", "untrusted"}),
        "",
        {"crls": lists},
    )
    del world.citizen_root.revoked[fallen.certificate.serial_number]


@maker("attack")
def forged_chains(world):
    """Certificates of those who may not certify, or may not sign."""
    root, ca = world.citizen_root, world.citizen_ca
    issuers = {}

    def by(label, issuer, lists=None, expected=UNTRUSTED, **options):
        person = issuer.person("Nguyễn Thị Ánh", (NameOID.USER_ID, "CCCD:046185001001"), **options)
        crls = [one.crl() for one in (*world.lists, *(lists or [issuer]))]
        for pack in ("pades", "cms"):
            kind = signing.PADES if pack == "pades" else signing.CMS
            yield Case(
                f"trust.{label}_{pack}", signing.sign(bases.plain(), person, kind=kind), expected, "", {"crls": crls}
            )

    yield from by("rogue_root_same_name", world.rogue_ca, [world.rogue_root, world.rogue_ca])
    yield from by(
        "rogue_ca_with_real_key_id",
        Authority(ca.name.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value, world.rogue_root),
        [world.rogue_root],
    )
    no_ca = Authority("Citizen as CA", ca, ca=False)
    yield from by("issuer_no_ca", no_ca)
    issuers["no_basic"] = Authority("No basic", ca, basic=False)
    yield from by("issuer_no_basic", issuers["no_basic"])
    no_sign = Authority("No cert sign", ca, usage={"digital_signature"})
    yield from by("issuer_no_cert_sign", no_sign)
    short = Authority("Short path", root, path_length=0)
    yield from by("path_too_long", *below(short))
    narrow_name = x509.DirectoryName(name("nobody"))
    narrow = Authority("Narrow", root, constraints=x509.NameConstraints([narrow_name], None))
    yield from by("name_constraints", narrow)
    yield from by(
        "issuer_expired",
        Authority("Old CA", root, start=NOW - 300 * DAY, end=NOW - 10 * DAY),
        expected=UNTRUSTED | {"expired"},
    )
    yield Case("trust.md5_certificate", signing.sign(bases.plain(), weakly_certified(world)), UNTRUSTED)
    yield Case(
        "trust.sha1_certificate",
        signing.sign(bases.plain(), weakly_certified(world, "sha1_rsa", hashes.SHA1())),
        UNTRUSTED,
    )
    yield from by("control_good_ca", Authority("Third CA", ca), expected=frozenset({"valid"}))
    deep = Authority("Third CA", Authority("Second CA", root))
    yield from by("control_deep_ca", deep, [deep.parent, deep], expected=frozenset({"valid"}))
    yield from by("rsa1024", ca, kind="rsa1024", expected=UNTRUSTED)
    yield from by("no_usage", ca, usage=None, expected=UNTRUSTED | {"valid"})
    yield from by("only_digital_signature", ca, usage={"digital_signature"})
    yield from by("only_encipherment", ca, usage={"key_encipherment"})
    yield from by("eku_server", ca, eku=[ExtendedKeyUsageOID.SERVER_AUTH], expected=UNTRUSTED | {"valid"})
    yield from by("eku_stamps", ca, eku=[ExtendedKeyUsageOID.TIME_STAMPING], usage={"digital_signature"})
    yield from by(
        "eku_stamps_and_repudiation", ca, eku=[ExtendedKeyUsageOID.TIME_STAMPING], expected=UNTRUSTED | {"valid"}
    )
    yield from by("not_yet", ca, start=NOW + 5 * DAY, expected=frozenset({"expired", "untrusted", "unknown"}))
    yield from by("expired", ca, end=NOW - 5 * DAY, expected=frozenset({"expired"}))
    yield from by("issued_by_other_key", ca, by=world.rogue_ca.key)
    yield from by("under_stamp_root", world.stamp_root, [])
    alone = Authority("Tự ký")
    yield Case("trust.self_signed", signing.sign(bases.plain(), Person(alone.key, alone.certificate)), UNTRUSTED)
    key = new_key()
    own = Person(key, ca.issue(name("Tự ký"), key.public_key(), by=key, issuer_name=name("Tự ký")))
    yield Case("trust.self_signed_leaf", signing.sign(bases.plain(), own), UNTRUSTED)
    yield Case(
        "trust.ca_signs", signing.sign(bases.plain(), Person(ca.key, ca.certificate, [root.certificate])), UNTRUSTED
    )
    yield Case("trust.root_signs", signing.sign(bases.plain(), Person(root.key, root.certificate)), UNTRUSTED)
    yield Case("trust.tsa_signs", signing.sign(bases.plain(), world.tsa), UNTRUSTED)
    yield Case("trust.nobody", signing.sign(bases.plain(), world.citizen), UNTRUSTED, "", {"citizens": []})


def below(issuer):
    """Return an authority under another, and those whose lists are needed."""
    found = Authority("Below", issuer)
    return found, [issuer, found]


def weakly_certified(world, algorithm="md5_rsa", digest=None):
    """Return a person whose certificate is signed over MD5, as those that were once forged."""
    from asn1crypto.x509 import Certificate
    from cryptography.hazmat.primitives.asymmetric import padding

    person = world.citizen_ca.person("Yếu")
    certificate = Certificate.load(person.asn1.dump())
    certificate["tbs_certificate"]["signature"]["algorithm"] = algorithm
    certificate["signature_algorithm"]["algorithm"] = algorithm
    body = certificate["tbs_certificate"].dump(force=True)
    certificate["signature_value"] = world.citizen_ca.key.sign(body, padding.PKCS1v15(), digest or hashes.MD5())
    found = Person(person.key, person.certificate, person.chain)
    found.__class__ = type(
        "Weak", (Person,), {"asn1": property(lambda _self: Certificate.load(certificate.dump(force=True)))}
    )
    return found


@maker("attack")
def stamps(world):
    """An expired signer, and stamps that prove nothing."""
    person = world.expired
    then = NOW - 100 * DAY
    expected = frozenset({"expired", "unknown", "untrusted", "modified"})
    yield Case("trust.expired_claimed_time", byhand.sign(bases.plain(), byhand.plain(person, moment=then)), expected)
    under_citizens = world.citizen_ca.stamper("CORPUS TSA")
    revoked_tsa = world.stamp_root.stamper("Fallen TSA")
    world.stamp_root.revoked[revoked_tsa.certificate.serial_number] = NOW - 200 * DAY
    no_eku = world.stamp_root.person("No EKU", usage={"digital_signature"}, kind="rsa2048")
    late_tsa = world.stamp_root.stamper("Late TSA", start=NOW - 10 * DAY)
    bad = {
        "rogue_tsa": world.rogue_tsa,
        "citizens_tsa": under_citizens,
        "revoked_tsa": revoked_tsa,
        "tsa_without_usage": no_eku,
        "tsa_not_yet": late_tsa,
        "citizen_as_tsa": world.citizen,
        "leader_as_tsa": world.leader,
    }
    for label, authority in bad.items():
        data = signing.sign(bases.plain(), person, stamper=authority.timestamper(then))
        yield Case(f"trust.stamp_{label}", data, expected)
    for label, moment in {
        "after_end": NOW - 5 * DAY,
        "before_start": NOW - 800 * DAY,
        "future": NOW + 100 * DAY,
    }.items():
        data = signing.sign(bases.plain(), person, stamper=world.tsa.timestamper(moment))
        yield Case(f"trust.stamp_{label}", data, expected)
    good = signing.sign(bases.plain(), person, stamper=world.tsa.timestamper(then))
    yield Case("trust.stamp_good", good, frozenset({"valid"}))
    yield from borrowed_stamps(world, person, then, expected)
    soon = world.citizen_ca.person("Chưa tới", start=NOW + 5 * DAY)
    data = signing.sign(bases.plain(), soon, stamper=world.tsa.timestamper(NOW + 20 * DAY))
    yield Case("trust.stamp_future_not_yet", data, expected)
    revoked = signing.sign(bases.plain(), world.revoked, stamper=world.tsa.timestamper(NOW - 2 * DAY))
    yield Case("trust.revoked_stamped_after", revoked, REVOKED)
    revoked = signing.sign(bases.plain(), world.revoked, stamper=world.tsa.timestamper(NOW - 50 * DAY))
    yield Case("trust.revoked_stamped_before", revoked, frozenset({"valid"}), "good when signed, proven")
    revoked = signing.sign(bases.plain(), world.revoked, stamper=world.rogue_tsa.timestamper(NOW - 50 * DAY))
    yield Case("trust.revoked_stamped_before_rogue", revoked, REVOKED)


def borrowed_stamps(world, person, then, expected):
    """A good stamp of another signature, or over other data."""

    def over(data):
        digest = hashlib.sha256(data).digest()
        return asyncio.run(world.tsa.timestamper(then).async_timestamp(digest, "sha256"))

    def stamped(tokens):
        def unsigned(signature):
            return [byhand.attribute("signature_time_stamp_token", *tokens(signature))]

        return byhand.sign(bases.plain(), byhand.plain(person, unsigned=unsigned))

    yield Case("trust.stamp_over_other_data", stamped(lambda _signature: [over(b"other")]), expected)
    yield Case("trust.stamp_over_nothing", stamped(lambda _signature: [over(b"")]), expected)
    both = stamped(lambda signature: [over(b"x"), over(signature)])
    yield Case("trust.stamp_bad_and_good", both, expected | {"valid"})


@maker("attack")
def archives(world):
    """Document time stamps that do not stand behind the signature they are to prove."""
    expected = frozenset({"expired", "revoked", "unknown", "untrusted", "modified"})
    early = signing.stamp(bases.plain(), world.tsa, at=NOW - 100 * DAY)
    for label in ("expired", "revoked"):
        person = getattr(world, label)
        signed = signing.sign(early, person)
        yield Case(f"trust.archive_before_{label}", signed, expected)
        yield Case(
            f"trust.archive_around_{label}",
            signing.stamp(signed, world.tsa, at=NOW),
            expected,
            "an old stamp before the signature, a new one after",
        )
        yield Case(
            f"trust.archive_around_dss_{label}",
            signing.stamp(store(signed, crls=[one.crl() for one in world.lists]), world.tsa, at=NOW),
            expected,
        )
        for when, moment in {"then": NOW - 100 * DAY, "now": NOW, "future": NOW + 90 * DAY}.items():
            for who in ("rogue_tsa", "tsa"):
                data = signing.stamp(signing.sign(bases.plain(), person), getattr(world, who), at=moment)
                data_dss = signing.stamp(
                    store(
                        signing.sign(bases.plain(), person),
                        crls=[one.crl(made=NOW - 101 * DAY, revoked={}) for one in world.lists],
                        certs=[world.tsa.asn1.dump()],
                    ),
                    getattr(world, who),
                    at=moment,
                )
                good = who == "tsa" and when == "then"
                yield Case(f"trust.archive_{label}_{who}_{when}", data, expected | ({"valid"} if good else set()))
                yield Case(
                    f"trust.archive_dss_{label}_{who}_{when}", data_dss, expected | ({"valid"} if good else set())
                )
        rogue = signing.stamp(signing.sign(bases.plain(), person), world.rogue_tsa, at=NOW - 100 * DAY)
        yield Case(
            f"trust.archive_rogue_then_good_{label}",
            signing.stamp(rogue, world.tsa),
            expected,
            "a rogue stamp of old, a good one of today over it",
        )
