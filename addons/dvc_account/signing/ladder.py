# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Whether a CMS signature is sound and its signer was good: the same for every kind of file."""

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from asn1crypto import cms
from pyhanko.sign.validation.ades import ades_basic_validation, ades_timestamp_validation
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter, message_imprint_checker
from pyhanko.sign.validation.policy_decl import SignatureValidationSpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo

from .found import Found, moment_text
from .reasons import INDICATIONS
from .signer import masked_subject
from .specification import Specification

WEAK_DIGESTS = frozenset({"md2", "md4", "md5", "sha1"})
STAMPS_MAX = 5
TOLERANCE = timedelta(minutes=5)
# What goes beyond the single signature: the process is out of its means, so the whole file is unreadable.
EXHAUSTED = (MemoryError, RecursionError)


@dataclass(frozen=True)
class CmsSignature:
    """One signature to be judged.

    :param signed_data: with one signer
    :param digest: of what was signed, by the signer's algorithm
    :param imprint: what a time stamp of the signature is to be of, by the name of its digest algorithm;
        the signature's own value where none is given
    :param archived: the format's own long-term check, where later time stamps prove the signature;
        answers pyHanko's result, of which the oldest proven moment is taken
    """

    signed_data: cms.SignedData
    digest: bytes
    imprint: Callable[[str], bytes] | None = None
    archived: Callable[[SignatureValidationSpec, ValidationTimingInfo], Awaitable] | None = None

    @property
    def signer_info(self) -> cms.SignerInfo:
        return self.signed_data["signer_infos"][0]

    @property
    def digest_algorithm(self) -> str:
        return self.signer_info["digest_algorithm"]["algorithm"].native.lower()


class Ladder:
    """Whether the signer was good: now, at a time that is proven, or by archived proof; the first that holds.

    pyHanko's own step "with time" is not used: it takes a time stamp made after the certificate's
    end for proof, and an expiry hides a revocation from it. Here a proven time counts only where
    the signer's whole path was good at that very moment.
    """

    def __init__(self, signature: CmsSignature, rules: Specification, at: datetime):
        self._signature, self._rules, self._at = signature, rules, at
        self.weak = signature.digest_algorithm in WEAK_DIGESTS
        self.proven_at: datetime | None = None
        self.stamp_authority = ""
        self.good_now = False

    async def climb(self):
        """Return the result that decides."""
        result = await self._basic()
        self.good_now = is_ok(result)
        self.proven_at = await self._stamped_at()
        if not is_ok(result) and self.proven_at:
            result = await self._basic(self.proven_at)
        if not is_ok(result) and self._signature.archived:
            result = await self._archived() or result
        return result

    async def without_revocation(self):
        """Return the result where nothing has to be known of revocation: what else is wrong does not wait for it."""
        return await self._basic(self.proven_at, revocation=False)

    async def _basic(self, moment: datetime | None = None, revocation: bool = True):
        """Judge by today, or by a moment gone by."""
        signature = self._signature
        rules = self._rules.build(
            signature.signer_info, past=bool(moment), weak_digest=self.weak, revocation=revocation
        )
        return await ades_basic_validation(
            signed_data=signature.signed_data,
            validation_spec=rules,
            timing_info=_timing(moment or self._at, past=bool(moment)),
            raw_digest=signature.digest,
        )

    async def _stamped_at(self) -> datetime | None:
        """Return the time that a trusted authority proves; a signer's own clock proves nothing."""
        signer_info = self._signature.signer_info
        for stamp in itertools.islice(extract_tst_data_iter(signer_info, signed=False), STAMPS_MAX):
            result = await attempt(
                ades_timestamp_validation,
                tst_signed_data=stamp,
                validation_spec=self._rules.build(signer_info),
                timing_info=_timing(self._at),
                expected_tst_imprint=self._signature.imprint or message_imprint_checker(signer_info),
            )
            if result is not None and is_ok(result) and self._is_credible(result.api_status):
                self.stamp_authority = masked_subject(result.api_status.signing_cert)
                return result.api_status.timestamp
        return None

    def _is_credible(self, stamp) -> bool:
        """Tell whether a stamp's time is neither to come nor before its authority's own certificates."""
        path = [certificate["tbs_certificate"]["validity"] for certificate in stamp.validation_path]
        return stamp.timestamp <= self._at + TOLERANCE and all(
            validity["not_before"].native <= stamp.timestamp for validity in path
        )

    async def _archived(self):
        """Return the result at the time that the chain of the file's later time stamps proves, where it holds."""
        specification = self._rules.build(self._signature.signer_info, weak_digest=self.weak)
        archived = await attempt(self._signature.archived, specification, _timing(self._at))
        # There only once the whole chain was found good, up to the stamp that today's trust confirms.
        moment = archived and archived.oldest_evidence_record_timestamp
        if not moment or moment > self._at + TOLERANCE:
            return None
        result = await self._basic(moment)
        if is_ok(result):
            self.proven_at = moment
        return result


def _timing(moment: datetime, past: bool = False) -> ValidationTimingInfo:
    return ValidationTimingInfo(validation_time=moment, best_signature_time=moment, point_in_time_validation=past)


async def attempt(step, *args, **kwargs):
    """Return a step's result, or None where its own proof is damaged: it then proves nothing."""
    try:
        return await step(*args, **kwargs)
    except EXHAUSTED:
        raise
    except (SignatureValidationError, ValueError, KeyError, TypeError, AttributeError, NotImplementedError):
        return None


def is_ok(result) -> bool:
    """Tell whether a step of pyHanko's found nothing to object to."""
    return result.ades_subindic.standard_name == "OK"


async def judge(found: Found, signature: CmsSignature, rules: Specification, at: datetime) -> None:
    """Settle whether a signature is sound and its signer trusted.

    :param found: with the signer named; gets the outcome
    :param at: the moment of the check, aware
    """
    ladder = Ladder(signature, rules, at)
    result = await ladder.climb()
    status = result.api_status
    found.digest = signature.digest_algorithm
    found.intact = status is not None and bool(status.intact and status.valid)
    if ladder.proven_at:
        found.timestamped, found.signed_at = True, moment_text(ladder.proven_at)
        found.proven_at, found.stamp_authority = found.signed_at, ladder.stamp_authority
    _trace(found, status, rules, signature)
    name = result.ades_subindic.standard_name
    if status is None and not name.startswith("CRYPTO_CONSTRAINTS"):
        found.settle("wrong_certificate", name.lower())
    elif not is_ok(result):
        found.settle(_reason(name, status, ladder.weak), name.lower())
        found.revoked = found.verdict == "revoked"
        if found.reason == "revocation_unknown" and not is_ok(other := await ladder.without_revocation()):
            name = other.ades_subindic.standard_name
            found.settle(_reason(name, other.api_status, ladder.weak), name.lower())
    elif "non_repudiation" not in (found.key_usage or ["non_repudiation"]):
        # Of an anchor's own signature the library does not ask it.
        found.settle("key_usage")
    else:
        found.trusted, found.good_now = True, ladder.good_now and not ladder.weak
        first = status.validation_path.first
        found.agency, found.anchor = rules.is_agency(first, found.identity), first.sha256.hex() if first else ""
        found.settle("weak_digest" if ladder.weak else "valid")


def _reason(indication: str, status, weak: bool) -> str:
    if indication.startswith("CRYPTO_CONSTRAINTS"):
        return "weak_digest" if weak else "weak_key"
    reason = INDICATIONS.get(indication, "not_established")
    if reason == "revoked" and status and status.revocation_details and status.revocation_details.ca_revoked:
        return "authority_revoked"
    return reason


def _trace(found: Found, status, rules: Specification, signature: CmsSignature) -> None:
    """Take down by what the outcome came about."""
    if status is None:
        return
    if status.validation_path is not None:
        found.path = [masked_subject(certificate) for certificate in reversed(list(status.validation_path))]
    found.revocation = rules.revocation_source(status.signing_cert, signature.signer_info)
    if status.revocation_details:
        found.revoked_at = moment_text(status.revocation_details.revocation_date)
