# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What pyHanko is told to trust and to demand: local data only, revocation always known."""

import contextlib
import functools
import itertools

from asn1crypto import core, pem, x509
from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import MultivaluedAttributeError, NonexistentAttributeError, find_unique_cms_attribute
from pyhanko.sign.validation import DocumentSecurityStore, KeyUsageConstraints
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.policy_decl import (
    CertificateFetchingRule,
    CMSAlgorithmUsagePolicy,
    LocalKnowledge,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.policy_decl import NO_REVOCATION, REQUIRE_REVINFO, AcceptAllAlgorithms, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer, OCSPContainer

from . import revocation_rule as revocation_rule  # takes effect by being there
from .found import moment_text
from .revocation_list import StoredList
from .signer import Identity
from .trust import Trust

ITEMS_MAX = 200
# A warm process meets the same trust again and again.
CACHED = 256


def _der(data: bytes) -> bytes:
    return pem.unarmor(data)[2] if pem.detect(data) else data


def certificates(items: list[bytes]) -> list[x509.Certificate]:
    """Return parsed certificates.

    :param items: each in DER or PEM
    """
    return [_certificate(item) for item in items]


@functools.lru_cache(CACHED)
def _certificate(item: bytes) -> x509.Certificate:
    return x509.Certificate.load(_der(item))


def revocation_lists(items: list[bytes]) -> list[asn1_crl.CertificateList]:
    """Return parsed revocation lists; one that cannot be read says nothing, and hinders no check.

    :param items: each in DER or PEM
    """
    lists = []
    for item in items:
        with contextlib.suppress(ValueError, TypeError):
            found = asn1_crl.CertificateList.load(_der(item), strict=True)
            if found["tbs_cert_list"]["this_update"].native:
                lists.append(found)
    return lists


def _stored_lists(trust: Trust) -> list[CRLContainer]:
    """Return the large lists of the store, of which only the heads are read yet."""
    found = []
    for kept in trust.kept:
        with contextlib.suppress(ValueError, TypeError):
            found.append(CRLContainer(StoredList.of(kept.head, kept.digest, kept.read)))
    return found


def _answers(items: list[bytes]) -> list[OCSPContainer]:
    """Return responders' answers; one that cannot be read says nothing."""
    found = []
    for item in items:
        with contextlib.suppress(ValueError, TypeError, KeyError):
            found += OCSPContainer.load_multi(asn1_ocsp.OCSPResponse.load(item, strict=True))
    return found


class Specification:
    """The rules of one file's check; the file's own evidence counts as knowledge, never as trust."""

    def __init__(self, trust: Trust, reader: PdfFileReader | None = None):
        any_purpose, authorities = certificates(trust.anchors), certificates(trust.authorities)
        self._any_purpose = {anchor.sha256 for anchor in any_purpose}
        self._authorities = {anchor.sha256 for anchor in authorities}
        signers = any_purpose + authorities + certificates(trust.citizens)
        self._signers, self._signers_then = _policy(signers), _policy(signers, retroactive=True)
        self._signers_unasked = _policy(signers, revocation=False)
        self._timestamps = _policy(any_purpose + certificates(trust.timestamps))
        self._certificates = certificates(trust.intermediates)
        self._crls = [CRLContainer(found) for found in revocation_lists(trust.crls)] + _stored_lists(trust)
        self._ocsps: list[OCSPContainer] = []
        self._answers, self._known = trust.ocsps, set()
        self._know([certificate.serial_number for certificate in self._certificates])
        self.archived = False
        if reader is not None:
            self._read_store(reader)

    def _read_store(self, reader: PdfFileReader) -> None:
        """Take in what the file archives for its own proof."""
        try:
            store = DocumentSecurityStore.read_dss(reader)
            found = list(store.load_certs())[:ITEMS_MAX]
            crls = [_container(reference, DecodePurpose.CRL) for reference in store.crls[:ITEMS_MAX]]
            ocsps = [_container(reference, DecodePurpose.OCSP_RESPONSE) for reference in store.ocsps[:ITEMS_MAX]]
            answers = [one for response in ocsps for one in OCSPContainer.load_multi(response)]
        except (NoDSSFoundError, PdfError, ValueError, KeyError, TypeError, AttributeError):
            # Whatever cannot be read proves nothing, and takes nothing away.
            return
        self._certificates += found
        self._crls += [CRLContainer(crl) for crl in crls]
        self._ocsps += answers
        self.archived = bool(crls or answers)

    def _know(self, serials: list[int]) -> None:
        """Read the responders' answers about certificates; of the many in the store few are of use here."""
        new = [core.Integer(serial).dump() for serial in set(serials) - self._known]
        self._known.update(serials)
        self._ocsps += _answers([item for item in self._answers if any(serial in item for serial in new)])

    def know(self, certs: list[bytes] = (), crls: list[bytes] = (), ocsps: list[bytes] = ()) -> None:
        """Take in what a file of another kind carries for its own proof; what cannot be read says nothing.

        :param certs: in DER, as all
        """
        for item in itertools.islice(certs, ITEMS_MAX):
            with contextlib.suppress(ValueError, TypeError):
                self._certificates.append(x509.Certificate.load(item, strict=True))
        known = [CRLContainer(found) for found in revocation_lists(list(itertools.islice(crls, ITEMS_MAX)))]
        answers = []
        for item in itertools.islice(ocsps, ITEMS_MAX):
            with contextlib.suppress(ValueError, TypeError, KeyError):
                answers += OCSPContainer.load_multi(asn1_ocsp.OCSPResponse.load(item, strict=True))
        self._crls += known
        self._ocsps += answers
        self.archived = self.archived or bool(known or answers)

    def is_agency(self, anchor: x509.Certificate | None, identity: Identity) -> bool:
        """Tell whether a signer is an agency.

        The authorities' own roots certify bodies of the state and those who work for them, often
        without any number. Under a root of any purpose every company has one too, so there the
        agency's code is asked for.

        :param anchor: where the signer's path ends
        :param identity: of the signer's certificate
        """
        if anchor is None:
            return False
        return anchor.sha256 in self._authorities or bool(anchor.sha256 in self._any_purpose and identity.agency_id)

    def revocation_source(self, certificate: x509.Certificate, signer_info) -> dict:
        """Return what tells of a certificate's revocation: ``{source, at}``; an empty source: nothing does.

        :param signer_info: of its signature, which may carry revocation data
        """
        crls, ocsps = _carried(signer_info)
        answers = [
            answer["this_update"].native
            for container in self._ocsps + ocsps
            if (answer := container.extract_single_response())
            and answer["cert_id"]["serial_number"].native == certificate.serial_number
        ]
        if answers:
            return {"source": "ocsp", "at": moment_text(max(answers))}
        issuer = certificate.issuer.dump()
        lists = [
            container.crl_data["tbs_cert_list"]["this_update"].native
            for container in self._crls + crls
            if container.crl_data.issuer.dump() == issuer
        ]
        return {"source": "crl", "at": moment_text(max(lists))} if lists else {"source": "", "at": ""}

    def build(
        self, signer_info, past: bool = False, weak_digest: bool = False, revocation: bool = True
    ) -> SignatureValidationSpec:
        """Return pyHanko's form of the rules for one signature.

        :param signer_info: of the signature, which may carry its own revocation data
        :param past: for a moment gone by, of which later revocation lists tell too
        :param weak_digest: judge the integrity of a signature that will not count anyway
        :param revocation: it must be known; else it is not asked for, for a result that will not count either
        """
        policy = self._signers_then if past else self._signers
        crls, ocsps = _carried(signer_info)
        if signer_info["sid"].name == "issuer_and_serial_number":
            self._know([signer_info["sid"].chosen["serial_number"].native])
        return SignatureValidationSpec(
            cert_validation_policy=policy if revocation else self._signers_unasked,
            ts_cert_validation_policy=self._timestamps,
            local_knowledge=LocalKnowledge(
                known_certs=self._certificates, known_crls=self._crls + crls, known_ocsps=self._ocsps + ocsps
            ),
            revinfo_gathering_policy=RevocationInfoGatheringSpec(
                online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY,
                certificate_fetching_rule=CertificateFetchingRule.NEVER_FETCH,
            ),
            key_usage_settings=KeyUsageConstraints(key_usage={"non_repudiation"}),
            signature_algorithm_policy=CMSAlgorithmUsagePolicy.lift_policy(AcceptAllAlgorithms())
            if weak_digest
            else None,
        )


def _policy(
    anchors: list[x509.Certificate], retroactive: bool = False, revocation: bool = True
) -> CertValidationPolicySpec:
    rules = REQUIRE_REVINFO if revocation else NO_REVOCATION
    return CertValidationPolicySpec(
        trust_manager=_manager(tuple(anchor.dump() for anchor in anchors)),
        revinfo_policy=CertRevTrustPolicy(rules, retroactive_revinfo=retroactive),
    )


@functools.lru_cache(CACHED)
def _manager(anchors: tuple[bytes, ...]) -> SimpleTrustManager:
    # The list is always given: without one the machine's own TLS roots would be trusted.
    return SimpleTrustManager.build(trust_roots=certificates(anchors))


def _container(reference, purpose: DecodePurpose):
    data = reference.get_object().read_data(purpose)
    kind = asn1_crl.CertificateList if purpose is DecodePurpose.CRL else asn1_ocsp.OCSPResponse
    return kind.load(data)


def _carried(signer_info) -> tuple[list[CRLContainer], list[OCSPContainer]]:
    """Return the revocation data in a signature's own attribute, as Adobe's products write it."""
    try:
        archive = find_unique_cms_attribute(signer_info["signed_attrs"], "adobe_revocation_info_archival")
        crls = [CRLContainer(crl) for crl in archive["crl"]][:ITEMS_MAX]
        return crls, [one for response in archive["ocsp"] for one in OCSPContainer.load_multi(response)][:ITEMS_MAX]
    except (MultivaluedAttributeError, NonexistentAttributeError, ValueError, KeyError, TypeError):
        return [], []
