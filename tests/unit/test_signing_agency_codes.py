# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Whether two signers are of one agency: by codes of one kind, else by name."""

import pytest
from conftest import load_package

signer = load_package("dvc_account", "signing", "signer")
WARD, CITY = "UBND phường Hương Sơ", "UBND thành phố Huế"


def one(name="", organisation="", *codes):
    return signer.Identity(name=name, organisation=organisation, codes=codes)


@pytest.mark.parametrize(
    ("leader", "seal", "same"),
    [
        (one("Minh", WARD, "MNS:1047012"), one(WARD, WARD, "MNS:1047012"), True),
        (one("Minh", WARD, "MNS:1047012"), one(WARD, WARD, "MNS:1047013"), False),
        (one("Minh", WARD, "MST:0400260612", "MNS:1047012"), one(WARD, CITY, "MNS:1047012"), True),
        # Codes of two kinds tell nothing of each other.
        (one("Minh", WARD, "MST:0400260612"), one(WARD, WARD, "MNS:1047012"), True),
        (one("Minh", f"{CITY} / {WARD} / Lãnh đạo"), one(WARD, CITY), True),
        (one("Minh", f"{CITY} / {WARD}"), one("UBND phường Hương An", CITY), False),
        (one("Minh"), one(WARD, CITY), False),
        (one("Minh"), one(WARD, ""), False),
    ],
)
def test_same_agency(leader, seal, same):
    assert signer.is_same_agency(leader, seal) is same
    assert signer.is_same_agency(seal, leader) is same
