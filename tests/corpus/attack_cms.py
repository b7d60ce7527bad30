# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Signatures whose cryptographic part is not what it should be."""

import hashlib

from asn1crypto import cms, tsp
from asn1crypto import x509 as asn1_x509

from . import bases, byhand, revision, signing
from .case import TAMPERED, Case, maker
from .pki import DER

BAD = TAMPERED | {"unsupported", "unknown", "untrusted"}


@maker("attack")
def attributes(world):
    """Signed attributes that are missing, doubled or wrong; each signed by a good key."""

    def own(label, expected=BAD, person=world.citizen, kind=b"/adbe.pkcs7.detached", **options):
        data = byhand.sign(bases.plain(), byhand.plain(person, **options), kind=kind)
        return Case(f"cms.{label}", data, expected)

    fine = frozenset({"valid"})
    yield own("control", fine)
    yield own("control_pades", fine, kind=b"/ETSI.CAdES.detached", drop={"signing_time"})
    yield own("control_pss", fine, scheme="pss")
    yield own("control_sha512", fine, digest="sha512")
    yield own("no_attributes", fine | BAD, with_attributes=False)
    yield own("no_attributes_pades", fine | BAD, with_attributes=False, kind=b"/ETSI.CAdES.detached")
    yield own("wrong_content_type", content_type="enveloped_data")
    yield own("tst_content_type", content_type="tst_info")
    yield own("no_content_type", drop={"content_type"})
    yield own("no_message_digest", drop={"message_digest"})
    yield own("wrong_message_digest", message_digest=hashlib.sha256(b"other").digest())
    yield own("empty_message_digest", message_digest=b"")
    twice = byhand.attribute("message_digest", hashlib.sha256(b"x").digest())
    yield own("two_message_digests", attributes=[twice])
    both = byhand.attribute("message_digest", hashlib.sha256(b"x").digest(), hashlib.sha256(b"y").digest())
    yield own("two_values", attributes=[both], drop={"message_digest"})
    yield own("two_content_types", attributes=[byhand.attribute("content_type", "data")])
    yield own("no_ess_pades", BAD | {"modified"}, ess=False, kind=b"/ETSI.CAdES.detached")
    yield own("no_ess_cms", fine, ess=False)
    for digest in ("sha1", "md5"):
        yield own(f"weak_{digest}", digest=digest, ess=False)
        yield own(f"weak_{digest}_pss", digest=digest, scheme="pss")
    yield own("digest_told_stronger", digest="sha1", claimed_digest="sha256")
    yield own("digest_told_weaker", digest="sha256", claimed_digest="sha1")
    yield own("algorithm_mismatch", scheme="sha1_rsa")
    yield own("no_certificates", certificates=[])
    yield own("only_issuers", certificates=[asn1_x509.Certificate.load(world.citizen_ca.der)])
    yield own("encapsulated", BAD | fine, encapsulated=b"other content")
    yield own("encapsulated_digest", BAD, encapsulated=b"other", message_digest=hashlib.sha256(b"other").digest())
    yield own(
        "sha1_ess",
        fine | BAD,
        ess=False,
        attributes=[
            byhand.attribute(
                "signing_certificate",
                tsp.SigningCertificate(
                    {"certs": [tsp.ESSCertID({"cert_hash": hashlib.sha1(world.citizen.asn1.dump()).digest()})]}
                ),
            )
        ],
    )
    wrong = tsp.SigningCertificateV2({"certs": [tsp.ESSCertIDv2({"cert_hash": hashlib.sha256(b"no").digest()})]})
    yield own("wrong_ess", ess=False, attributes=[byhand.attribute("signing_certificate_v2", wrong)])
    yield own("two_ess", fine | BAD, attributes=[byhand.attribute("signing_certificate_v2", wrong)])
    yield own("two_signers", signer_infos=lambda infos: infos + infos)
    yield own("no_signers", BAD | {"unsigned"}, signer_infos=lambda _infos: [])
    yield own("duplicate_certificates", fine | BAD, certificates=[world.citizen.asn1] * 3)

    def version(found):
        found["version"] = "v5"

    yield own("odd_version", fine | BAD, tamper=version)
    for kind in ("rsa1024",):
        weak = world.citizen_ca.person("Khóa yếu", kind=kind)
        yield own(f"key_{kind}", person=weak)
    for curve in ("p256", "p384", "p521"):
        person = world.citizen_ca.person("Đường cong", kind=curve)
        yield own(
            f"control_{curve}", fine, person=person, scheme="ecdsa", digest="sha256" if curve == "p256" else "sha512"
        )


@maker("attack")
def swapped(world):
    """Another certificate in the bag than the one that signed."""

    def tampered(signed_person, shown, pades=False, ess=False, keep_sid=False):
        def build(content):
            der = byhand.signed_data(content, signed_person, ess=ess)
            info = cms.ContentInfo.load(der)
            data = info["content"]
            certificate = shown.asn1
            data["certificates"] = [
                cms.CertificateChoices("certificate", one)
                for one in (certificate, *(asn1_x509.Certificate.load(c.public_bytes(DER)) for c in shown.chain))
            ]
            if not keep_sid:
                data["signer_infos"][0]["sid"] = cms.SignerIdentifier(
                    {
                        "issuer_and_serial_number": cms.IssuerAndSerialNumber(
                            {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
                        )
                    }
                )
            return cms.ContentInfo({"content_type": "signed_data", "content": data.copy()}).dump(force=True)

        return byhand.sign(bases.plain(), build, kind=b"/ETSI.CAdES.detached" if pades else b"/adbe.pkcs7.detached")

    for pades in (False, True):
        for ess in (False, True):
            mark = f"{'pades' if pades else 'cms'}_{'ess' if ess else 'bare'}"
            yield Case(f"cms.swapped_citizen_{mark}", tampered(world.other, world.leader, pades, ess), BAD)
            yield Case(f"cms.swapped_rogue_{mark}", tampered(world.rogue, world.citizen, pades, ess), BAD)
            yield Case(f"cms.swapped_keep_sid_{mark}", tampered(world.rogue, world.citizen, pades, ess, True), BAD)
    same_key = world.leader.key
    twin = world.citizen_ca.person("Kẻ song sinh", key=same_key)
    yield Case(
        "cms.twin_ess",
        tampered(world.leader, twin, ess=True),
        BAD,
        "another certificate for the very key; ESS names the first",
    )
    yield Case("cms.twin_pades_bare", tampered(world.leader, twin, pades=True), BAD, "PAdES demands the attribute")
    # Two certificates of the same issuer and serial, one of them good.
    serial = world.citizen.certificate.serial_number
    clone = world.rogue_ca.person("Nguyễn Thị Ánh", serial=serial)
    for label, order in {"good_first": (world.citizen, clone), "good_last": (clone, world.citizen)}.items():
        listed = [one.asn1 for one in order] + [asn1_x509.Certificate.load(world.citizen_ca.der)]
        yield Case(
            f"cms.same_serial_{label}",
            byhand.sign(bases.plain(), byhand.plain(clone, certificates=listed, ess=False)),
            BAD,
        )


@maker("attack")
def encodings(world):
    """BER, trailing bytes, cut and spoilt DER."""

    def build(change):
        return lambda content: change(byhand.signed_data(content, world.citizen))

    def indefinite(der):
        head = 4 if der[1] == 0x82 else 2
        return b"\x30\x80" + der[head:] + b"\x00\x00"

    for label, change, expected in (
        ("indefinite", indefinite, BAD | {"valid"}),
        ("trailing_bytes", lambda der: der + b"\x30\x03\x02\x01\x05", BAD | {"valid"}),
        ("cut", lambda der: der[:-20], BAD),
        ("cut_half", lambda der: der[: len(der) // 2], BAD),
        ("nothing", lambda _der: b"", BAD),
        ("one_byte", lambda _der: b"\x30", BAD),
        ("deep", lambda _der: b"\x30\x80" * 3000, BAD),
        ("long_length", lambda der: b"\x30\x84\x7f\xff\xff\xff" + der, BAD),
        (
            "enveloped",
            lambda der: der.replace(
                b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03", 1
            ),
            BAD,
        ),
        ("random", lambda der: hashlib.sha256(der).digest() * 50, BAD),
    ):
        yield Case(f"cms.encoding_{label}", byhand.sign(bases.plain(), build(change)), expected)


@maker("attack")
def names(world):
    """Names that pose as something else."""
    from .pki import UID

    tricks = {
        "uid_in_name": world.citizen_ca.person("A, UID=MNS:1047001, O=UBND", (UID, "CCCD:046185001009")),
        "agency_by_citizens_ca": world.citizen_ca.person("UBND phường Thử", (UID, "MNS:1047001")),
        "long_name": world.citizen_ca.person("Ă" * 30, (UID, "CCCD:046185001009")),
        "newline": world.citizen_ca.person("A\nB", (UID, "CCCD:046185001009")),
        "bidi": world.citizen_ca.person("A\u202eB", (UID, "CCCD:046185001009")),
    }
    first = signing.sign(bases.plain(), world.leader)
    altered = revision.append(first, {5: bases.stream(bases.content(bases.OTHER))})
    for label, person in tricks.items():
        yield Case(f"cms.name_{label}", signing.sign(bases.plain(), person), frozenset({"valid"}))
        yield Case(
            f"cms.name_{label}_amends",
            signing.sign(altered, person),
            TAMPERED,
            "no agency, whatever the name says",
            displayed=True,
        )
