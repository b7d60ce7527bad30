# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""One-time codes: how they are made and compared; who they are for is the model's matter."""

import dataclasses
import ipaddress
import secrets

DIGITS = 6
MINUTES = 5
WRONG_MAX = 5
HOUR, DAY = 60 * 60, 24 * 60 * 60
# Between two codes to one phone, where a page asks: its button counts down as long.
PAUSE_SECONDS = 60


@dataclasses.dataclass(frozen=True)
class Limit:
    """How often something may happen within a sliding time; ``scope`` names the counter."""

    scope: str
    most: int
    seconds: int


# Asking, per network address, phone, and phone and purpose.
ASK_ADDRESS = (Limit("otp.address", 30, HOUR),)
ASK_PHONE = (Limit("otp.phone", 10, HOUR), Limit("otp.phone.day", 20, DAY))
ASK_PURPOSE = (Limit("otp.ask", 5, 15 * 60), Limit("otp.ask.day", 10, DAY))
ASK_PAUSE = Limit("otp.pause", 1, PAUSE_SECONDS)
# Starting a recovery at the desk, per account and per officer.
DESK_ACCOUNT = (Limit("recovery.account", 3, HOUR), Limit("recovery.account.day", 6, DAY))
DESK_OFFICER = Limit("recovery.officer", 30, HOUR)
# Signing up, which tells by its outcome whether an address is taken.
SIGN_UP_ADDRESS = Limit("sign_up.address", 20, HOUR)
SIGN_UP_NOTICE = Limit("sign_up.notice", 1, DAY)
# Wrong answers: per challenge; per phone and purpose, whatever the number of codes; per network address.
GUESS_CODE = Limit("otp.code", WRONG_MAX, DAY)
GUESS_PHONE = Limit("otp.guess", 10, DAY)
GUESS_ADDRESS = Limit("otp.guess.address", 100, DAY)


def chance_per_day() -> float:
    """Return the most likely success of somebody who guesses at one phone and purpose all day."""
    codes = next(limit.most for limit in ASK_PURPOSE if limit.seconds == DAY)
    return min(codes * WRONG_MAX, GUESS_PHONE.most) / 10**DIGITS


def network_of(address: str) -> str:
    """Return what counts as one visitor: an IPv4 address, or the /64 that an IPv6 host moves about in."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    mapped = parsed.ipv4_mapped
    return str(mapped or ipaddress.ip_network((parsed, 64), strict=False))


def new_code() -> str:
    """Return a random code of DIGITS digits."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


def new_salt() -> str:
    """Return the random salt of one code, 32 hex digits."""
    return secrets.token_hex(16)


def salted(salt: str, challenge: str, code: str) -> str:
    """Return what is hashed of a code.

    The salt is kept beside the hash; the challenge is known to the asker alone, so that not even
    database and master key together give the code away.
    """
    return f"{salt}:{challenge}:{code}"


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
