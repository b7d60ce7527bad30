# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Why a file could not be signed, as a stable code; what people read of it is the caller's."""

CODES = frozenset(
    {
        # The key
        "signature.no_key",
        "signature.wrong_key",
        "signature.key_expired",
        # Whoever keeps the key
        "signature.unavailable",
        "signature.refused",
        "signature.otp_required",
        "signature.otp_wrong",
        "signature.pin_required",
        "signature.pin_wrong",
        # The file
        "signature.certified",
        "signature.already_signed",
        "signature.leader_first",
        "signature.sealed",
        "signature.failed",
    }
)


class SigningFailed(Exception):
    """A file was not signed.

    :param code: one of CODES
    :param technical: for the log: no secret, no personal data
    """

    def __init__(self, code: str, technical: str = ""):
        super().__init__(technical or code)
        self.code = code
        self.technical = technical
