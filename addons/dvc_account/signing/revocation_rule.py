# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Whatever is at hand and says revoked is heard.

pyHanko is content with the first good answer: a responder's answer in the signed file, days old yet within its
time, would keep a newer list of the store from being looked at. And it hears no responder where the certificate
names none, though a manager has configured one. Here lists and answers are all asked. And a signature by a key of
another kind than the one at hand (an impostor's, or a renewed authority's of the same name) is false, where the
library gives up.
"""

from cryptography.exceptions import InvalidSignature
from pyhanko_certvalidator import sig_validate, validate
from pyhanko_certvalidator.errors import CRLValidationError, OCSPValidationError
from pyhanko_certvalidator.policy_decl import RevocationCheckingRule
from pyhanko_certvalidator.revinfo.validate_crl import verify_crl
from pyhanko_certvalidator.revinfo.validate_ocsp import verify_ocsp_response

# Neither good nor revoked by this kind of data: the other may tell.
NOTHING_TOLD = (CRLValidationError, OCSPValidationError)

_first_good_counts = validate._check_revocation


async def _check_revocation(cert, validation_context, path, proc_state):
    """Check a certificate against every list and every answer.

    :raise RevokedError: one of them says so
    :raise PathValidationError: none of them tells
    """
    policy = validation_context.revinfo_policy.revocation_checking_policy
    rule = policy.ee_certificate_rule if proc_state.is_ee_cert else policy.intermediate_ca_cert_rule
    known_good = False
    if rule == RevocationCheckingRule.CRL_OR_OCSP_REQUIRED:
        for ask in (verify_ocsp_response, verify_crl):
            try:
                await ask(cert, path, validation_context, proc_state=proc_state)
                known_good = True
            except NOTHING_TOLD:
                continue
    if not known_good:
        await _first_good_counts(cert, validation_context, path, proc_state)


_validate_raw_by_kind = sig_validate._validate_raw


def _validate_raw(*args, **kwargs):
    """Validate a signature; one that another kind of key must have made is as false as any other.

    :raise InvalidSignature: it is not the key's
    """
    try:
        _validate_raw_by_kind(*args, **kwargs)
    except AssertionError as error:
        raise InvalidSignature from error


validate._check_revocation = _check_revocation
sig_validate._validate_raw = _validate_raw
