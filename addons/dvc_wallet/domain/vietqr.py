# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""VietQR (EMVCo merchant-presented mode, NAPAS 247): the text that a bank's app reads from a picture."""

import re
import unicodedata

NAPAS = "A000000727"
TO_ACCOUNT = "QRIBFTTA"
DONG, VIETNAM = "704", "VN"
PURPOSE_MAX = 25


def crc(text: str) -> str:
    """Return the CRC-16/CCITT-FALSE of a text as four capital hexadecimal digits."""
    value = 0xFFFF
    for byte in text.encode("ascii"):
        value ^= byte << 8
        for _bit in range(8):
            value = ((value << 1) ^ 0x1021 if value & 0x8000 else value << 1) & 0xFFFF
    return f"{value:04X}"


def field(tag: str, value: str) -> str:
    """Return a tag, its length in two digits and its value.

    :raise ValueError: longer than 99 characters
    """
    if len(value) > 99:
        raise ValueError("A field holds at most 99 characters.")
    return f"{tag}{len(value):02d}{value}"


def plain(text: str) -> str:
    """Return a text as banks pass it on: ASCII capitals, digits and spaces, at most 25 characters."""
    flat = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    flat = flat.encode("ascii", "ignore").decode().upper()
    return re.sub(r"[^A-Z0-9]+", " ", flat).strip()[:PURPOSE_MAX].strip()


def transfer(bank: str, account: str, purpose: str, amount: int = 0) -> str:
    """Return the text of a transfer to a bank account.

    :param bank: the bank's BIN, six digits
    :param account: the account's number, at most 19 letters and digits
    :param purpose: the transfer's note
    :param amount: in đồng; 0: the payer types it
    :raise ValueError: a BIN, an account or an amount that cannot be
    """
    if not re.fullmatch(r"\d{6}", bank) or not re.fullmatch(r"[0-9A-Za-z]{1,19}", account):
        raise ValueError("A transfer needs a bank's BIN and an account's number.")
    if amount < 0 or amount != int(amount):
        raise ValueError("An amount is in whole đồng.")
    beneficiary = field("00", bank) + field("01", account)
    body = (
        field("00", "01")
        + field("01", "12" if amount else "11")
        + field("38", field("00", NAPAS) + field("01", beneficiary) + field("02", TO_ACCOUNT))
        + field("53", DONG)
        + (field("54", str(int(amount))) if amount else "")
        + field("58", VIETNAM)
        + field("62", field("08", plain(purpose)))
        + "6304"
    )
    return body + crc(body)
