# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""One-time codes: how they are made and compared; who they are for is the model's matter."""

import secrets

DIGITS = 6
MINUTES = 5
WRONG_MAX = 5


def new_code() -> str:
    """Return a random code of DIGITS digits."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


def new_token() -> str:
    """Return an unguessable name for a challenge or a token."""
    return secrets.token_urlsafe(32)


def is_well_formed(code: str) -> bool:
    """Tell whether a text can be a code."""
    return len(code) == DIGITS and code.isascii() and code.isdigit()


def password_weakness(password: str, private: tuple[str, ...] = ()) -> str | None:
    """Return why a password is too weak: ``short``, ``simple``, ``private``; None when it is not.

    :param private: texts it may not contain: phone, login, identification number
    """
    if len(password) < 8 or len(password) > 127:
        return "short"
    if not (any(char.isalpha() for char in password) and any(not char.isalpha() for char in password)):
        return "simple"
    if len(set(password)) < 5:
        return "simple"
    lowered = password.lower()
    if any(text and text.lower() in lowered for text in private):
        return "private"
    return None
