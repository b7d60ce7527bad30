# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Names of persons: one spelling for comparing, and how two names differ."""

import unicodedata

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_PAIRS = {"oa", "oe", "uy"}


def clean(text: str) -> str:
    """Return the name in NFC with single spaces, as it is kept and shown."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def key(text: str) -> str:
    """Return the name for comparing: upper case, HÒA and HOÀ alike."""
    return " ".join(_one_tone_place(word) for word in clean(text).casefold().split()).upper()


def bare(text: str) -> str:
    """Return the name in capitals without accents, đ as D."""
    decomposed = unicodedata.normalize("NFD", clean(text).casefold().replace("đ", "d"))
    return "".join(char for char in decomposed if not unicodedata.combining(char)).upper()


def difference(one: str, other: str) -> str:
    """Tell how two names differ: ``none``, ``accents``, ``spelling`` (i for y), ``order`` or ``other``.

    Only ``none`` is a match; the rest helps an officer to see a slip of the pen.
    """
    if key(one) == key(other):
        return "none"
    if bare(one) == bare(other):
        return "accents"
    if bare(one).replace("Y", "I") == bare(other).replace("Y", "I"):
        return "spelling"
    if sorted(bare(one).split()) == sorted(bare(other).split()):
        return "order"
    return "other"


def _one_tone_place(word: str) -> str:
    """Put the tone of a final oa, oe, uy on its first vowel: hoà → hòa; quý, quỳ stay."""
    plain, tone = "", ""
    for char in unicodedata.normalize("NFD", word):
        if char in _TONES:
            tone = char
        else:
            plain += char
    if tone and plain[-2:] in _PAIRS and plain[-3:-2] != "q":
        # Only a final open pair may carry its tone on either vowel.
        return unicodedata.normalize("NFC", f"{plain[:-1]}{tone}{plain[-1]}")
    return unicodedata.normalize("NFC", word)
