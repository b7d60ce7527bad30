# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Vietnamese telephone numbers, kept as E.164."""

import phonenumbers


class InvalidPhone(ValueError):
    """Not a valid Vietnamese telephone number."""


def to_e164(text: str) -> str:
    """Return a Vietnamese number as ``+84…``.

    :param text: as typed: ``0914 123 567``, ``84914123567``, ``+84 914123567`` …
    :raise InvalidPhone: not a number, not Vietnamese, not in use
    """
    digits = text.strip()
    if digits.startswith("84") and len(digits) >= 11:
        digits = f"+{digits}"
    try:
        number = phonenumbers.parse(digits, "VN")
    except phonenumbers.NumberParseException:
        raise InvalidPhone from None
    if number.country_code != 84 or number.extension or not phonenumbers.is_valid_number(number):
        raise InvalidPhone
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def national(e164: str) -> str:
    """Return ``0914123567`` for ``+84914123567``."""
    return f"0{e164[3:]}"
