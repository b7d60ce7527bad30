# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Whatever is at hand and says revoked is heard.

pyHanko is content with the first good answer: a responder's answer in the signed file, days old yet within its
time, would keep a newer list of the store from being looked at. And it hears no responder where the certificate
names none, though a manager has configured one. Here lists and answers are all asked; nothing else changes.
"""

from pyhanko_certvalidator import validate
from pyhanko_certvalidator.errors import CRLValidationError, OCSPValidationError
from pyhanko_certvalidator.policy_decl import RevocationCheckingRule
from pyhanko_certvalidator.revinfo import validate_crl
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


_verify_by_key = validate_crl._verify_crl_signature


def _verify_crl_signature(certificate_list, public_key, sig_validator):
    """Verify a list by an issuer's key; one by a key of another kind is another's, of the same name."""
    try:
        _verify_by_key(certificate_list, public_key, sig_validator)
    except AssertionError as error:
        raise CRLValidationError("the list was signed by another kind of key") from error


validate._check_revocation = _check_revocation
validate_crl._verify_crl_signature = _verify_crl_signature
