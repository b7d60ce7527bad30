# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Who signs after whom: the leader, then the agency with its seal, then nobody.

A document signed by the authorised person and by the agency is an original (Nghị định 30/2020/NĐ-CP).
"""

LEADER, SEAL = "leader", "seal"


def refusal(signed: list[str], purpose: str, again: bool) -> str:
    """Return the code that refuses the next signature, empty where it may be made.

    :param signed: purposes of the agency's certificates that signed validly, first to last
    :param purpose: of the certificate that would sign next
    :param again: this very certificate has signed already
    """
    if again:
        return "signature.already_signed"
    if purpose == SEAL and LEADER not in signed:
        return "signature.leader_first"
    if purpose in (LEADER, SEAL) and SEAL in signed:
        return "signature.sealed"
    return ""
