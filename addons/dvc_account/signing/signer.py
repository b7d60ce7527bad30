# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Who a certificate names, the way Vietnamese authorities write it."""

import re
from dataclasses import dataclass

from asn1crypto import x509

COMMON_NAME = "2.5.4.3"
UID = "0.9.2342.19200300.100.1.1"
CITIZEN_ID = re.compile(r"(?:CCCD|CMND|HC):([0-9A-Z]{8,12})")
# A budget code of an agency, a tax code of any organisation, each with a branch where there is one.
ORGANISATION_ID = re.compile(r"(MNS|MST):([0-9]{5,14}(?:-[0-9]{1,4})?)")


@dataclass(frozen=True)
class Identity:
    """What the desk shows of a signer; the citizen's number is masked from here on.

    :param tax_id: of whichever organisation
    :param agency_id: the code in the state budget, which only agencies have
    """

    name: str = ""
    citizen_id_masked: str = ""
    tax_id: str = ""
    agency_id: str = ""
    issuer: str = ""
    serial: str = ""


def identity(certificate: x509.Certificate) -> Identity:
    """Read the subject's parts one by one: in one string a name could pose as another part."""
    values: dict[str, list[str]] = {}
    for rdn in certificate.subject.chosen:
        for pair in rdn:
            values.setdefault(pair["type"].dotted, []).append(str(pair["value"].native))
    citizen, organisation, agency = "", "", ""
    for uid in values.get(UID, []):
        if found := CITIZEN_ID.fullmatch(uid):
            citizen = citizen or f"{found[1][:3]}{'*' * (len(found[1]) - 5)}{found[1][-2:]}"
        elif found := ORGANISATION_ID.fullmatch(uid):
            organisation = organisation or found[2]
            agency = agency or (found[2] if found[1] == "MNS" else "")
    return Identity(
        name=", ".join(values.get(COMMON_NAME, []))[:255],
        citizen_id_masked=citizen,
        tax_id=organisation,
        agency_id=agency,
        issuer=certificate.issuer.human_friendly[:255],
        serial=f"{certificate.serial_number:X}",
    )
