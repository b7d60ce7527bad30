# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Amounts in Vietnamese words, as receipts carry them: 21000 is ``Hai mươi mốt nghìn đồng``."""

DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
BILLION = 10**9


def _below_hundred(number: int, after_hundreds: bool) -> list[str]:
    tens, units = divmod(number, 10)
    if not tens:
        if not units:
            return []
        return ["linh", DIGITS[units]] if after_hundreds else [DIGITS[units]]
    words = ["mười"] if tens == 1 else [DIGITS[tens], "mươi"]
    if units == 1 and tens > 1:
        words.append("mốt")
    elif units == 5:
        words.append("lăm")
    elif units:
        words.append(DIGITS[units])
    return words


def _below_thousand(number: int, after_more: bool) -> list[str]:
    """Return the words of a group of three digits.

    :param after_more: a higher group was said before, so its hundreds are said even when zero
    """
    hundreds, rest = divmod(number, 100)
    said = bool(hundreds) or after_more
    words = [DIGITS[hundreds], "trăm"] if said else []
    return words + _below_hundred(rest, said)


def _number(number: int, after_more: bool = False) -> list[str]:
    words: list[str] = []
    billions, rest = divmod(number, BILLION)
    if billions:
        words += [*_number(billions, after_more), "tỷ"]
    for size, name in ((10**6, "triệu"), (10**3, "nghìn"), (1, "")):
        group, rest = divmod(rest, size)
        if group:
            words += _below_thousand(group, bool(words) or after_more)
            words += [name] if name else []
    return words


def in_words(amount: int) -> str:
    """Return a whole amount of đồng in words, the first letter capital.

    :param amount: from 0 to below 10**18
    :raise ValueError: negative, too large, or no whole number
    """
    if amount != int(amount) or not 0 <= amount < BILLION**2:
        raise ValueError("Only whole amounts from 0 to below 10**18 have words.")
    words = _number(int(amount)) or [DIGITS[0]]
    text = " ".join([*words, "đồng"])
    return text[0].upper() + text[1:]
