# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The wording of an invitation to standardise: its placeholders, and what it may not say.

A text is the same for everybody: a name, which the account's holder chose, would let strangers put words
into an agency's message, and the phone is only claimed, so its owner may be somebody else.
"""

import re

PLACEHOLDERS = ("agency", "deadline", "link")
REQUIRED = "link"
SMS_MAX = 450
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_MARK = re.compile(r"\{([^{}]*)\}")
_FIGURES = re.compile(r"(?<!\d)\+?\d(?:[\s.-]?\d){8,13}(?!\d)")
_MOBILE = re.compile(r"(?:\+?84|0)[35789]\d{8}")


class BadText(ValueError):
    """A text that cannot be sent; ``problem`` is one of PROBLEMS, ``what`` the place in the text."""

    PROBLEMS = ("empty", "placeholder", "braces", "no_link", "personal_number", "too_long")

    def __init__(self, problem: str, what: str = ""):
        super().__init__(problem)
        self.problem = problem
        self.what = what


def check(text: str, most: int | None = None, needs_link: bool = True) -> None:
    """Check a text with placeholders such as ``{link}``.

    :param text: as an officer wrote it
    :param most: characters at most, before placeholders are filled; None: no limit
    :param needs_link: the text must lead to the page
    :raise BadText: unknown placeholder, stray brace, no link, a personal number, too long
    """
    if not text.strip():
        raise BadText("empty")
    names = _MARK.findall(text)
    unknown = [name for name in names if name not in PLACEHOLDERS]
    if unknown:
        raise BadText("placeholder", f"{{{unknown[0]}}}")
    bare = _MARK.sub("", text)
    if "{" in bare or "}" in bare:
        raise BadText("braces")
    if needs_link and REQUIRED not in names:
        raise BadText("no_link")
    if any(_is_personal(found) for found in _FIGURES.findall(bare)):
        raise BadText("personal_number")
    if most and len(text) > most:
        raise BadText("too_long")


def _is_personal(figures: str) -> bool:
    """Tell a mobile phone or an identification number from a desk's landline or hotline."""
    digits = re.sub(r"[\s.-]", "", figures)
    return len(digits.lstrip("+")) == 12 or bool(_MOBILE.fullmatch(digits))


def fill(text: str, values: dict[str, str]) -> str:
    """Return a checked text with its placeholders filled; values are taken as they are, never filled again."""
    return _MARK.sub(lambda mark: values[mark[1]], text)


def sms_parts(text: str) -> int:
    """Return how many text messages a filled text costs: 160 (153) signs, 70 (67) where one has an accent."""
    single, several = (160, 153) if _GSM.issuperset(text) else (70, 67)
    return 1 if len(text) <= single else -(-len(text) // several)
