# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Who a certificate names, the way Vietnamese authorities write it."""

import re
from dataclasses import dataclass

from asn1crypto import x509

COMMON_NAME = "2.5.4.3"
SEPARATOR = " / "
ORGANISATION, UNIT = "2.5.4.10", "2.5.4.11"
UID = "0.9.2342.19200300.100.1.1"
CITIZEN_ID = re.compile(r"(?:CCCD|CMND|HC):([0-9A-Z]{8,12})")
# A budget code of an agency, a tax code of any organisation, each with a branch where there is one.
ORGANISATION_ID = re.compile(r"(MNS|MST):([0-9]{5,14}(?:-[0-9]{1,4})?)")
# A person's tax code is their identification number (Thông tư 86/2024/TT-BTC, from 01/07/2025); an
# organisation's never has 12 figures.
PERSONAL_TAX_ID = re.compile(r"MST:([0-9]{12})")
PERSONAL = re.compile(r"(?<![0-9])(?:[0-9]{12}|[0-9]{9})(?![0-9])")
CARD_NUMBER = re.compile(r"CCCD:([0-9]{12})")


@dataclass(frozen=True)
class Identity:
    """What the desk shows of a signer; the citizen's number is masked from here on.

    :param tax_id: of whichever organisation
    :param agency_id: the code in the state budget, which only agencies have
    :param organisation: names of the organisation and its units, the widest first
    :param codes: all codes of organisations, each with its kind: ``MST:…``, ``MNS:…``
    """

    name: str = ""
    citizen_id_masked: str = ""
    tax_id: str = ""
    agency_id: str = ""
    organisation: str = ""
    issuer: str = ""
    serial: str = ""
    codes: tuple[str, ...] = ()


def is_same_agency(one: Identity, other: Identity) -> bool:
    """Tell whether two signers are of one agency: by its codes, else by its name.

    Official certificates carry no code, one may carry a code of another kind than the other's, and of a
    person in private life neither is known.
    """
    if _kinds(one) & _kinds(other):
        return bool({*one.codes} & {*other.codes})
    if one.organisation and one.organisation == other.organisation:
        return True
    return other.name in _parts(one) or one.name in _parts(other)


def _kinds(identity: Identity) -> set[str]:
    return {code.partition(":")[0] for code in identity.codes}


def _parts(identity: Identity) -> list[str]:
    return [part for part in identity.organisation.split(SEPARATOR) if part]


def _subject(certificate: x509.Certificate) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for rdn in certificate.subject.chosen:
        for pair in rdn:
            values.setdefault(pair["type"].dotted, []).append(str(pair["value"].native))
    return values


def masked_subject(certificate: x509.Certificate) -> str:
    """Return the subject for a screen, numbers of persons masked."""
    return masked(certificate.subject.human_friendly)[:255]


def masked(text: str) -> str:
    """Return a text with the numbers of persons in it masked."""
    return PERSONAL.sub(_mask, text)


def _mask(found: re.Match) -> str:
    number = found[0]
    return f"{number[:3]}{'*' * (len(number) - 5)}{number[-2:]}"


def person_numbers(certificate: x509.Certificate) -> list[str]:
    """Return the identification numbers by which a certificate names its holder, in clear: to be hashed at once.

    Of the card where there is one, else the tax code where it is a person's; 12 figures each.
    """
    uids = _subject(certificate).get(UID, [])
    for pattern in (CARD_NUMBER, PERSONAL_TAX_ID):
        if found := sorted({match[1] for uid in uids if (match := pattern.fullmatch(uid))}):
            return found
    return []


def identity(certificate: x509.Certificate) -> Identity:
    """Read the subject's parts one by one: in one string a name could pose as another part."""
    values = _subject(certificate)
    citizen, numbers, codes = "", {}, []
    for uid in values.get(UID, []):
        if found := CITIZEN_ID.fullmatch(uid) or PERSONAL_TAX_ID.fullmatch(uid):
            citizen = citizen or f"{found[1][:3]}{'*' * (len(found[1]) - 5)}{found[1][-2:]}"
        elif found := ORGANISATION_ID.fullmatch(uid):
            numbers.setdefault(found[1], found[2])
            codes.append(uid)
    return Identity(
        name=", ".join(values.get(COMMON_NAME, []))[:255],
        citizen_id_masked=citizen,
        tax_id=numbers.get("MST") or numbers.get("MNS", ""),
        agency_id=numbers.get("MNS", ""),
        organisation=SEPARATOR.join(values.get(ORGANISATION, []) + values.get(UNIT, []))[:255],
        issuer=certificate.issuer.human_friendly[:255],
        serial=f"{certificate.serial_number:X}",
        codes=tuple(codes),
    )
