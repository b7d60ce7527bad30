# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Whether an organisation in a certificate is the agency."""

import pytest
from conftest import load_package

agency_name = load_package("dvc_account", "domain", "agency_name")

AGENCY, PARENT = "UBND phường Hương Sơ", "Thành phố Huế"
CITY = "ỦY BAN NHÂN DÂN THÀNH PHỐ HUẾ"


@pytest.mark.parametrize(
    ("named", "fits"),
    [
        ([CITY, "ỦY BAN NHÂN DÂN PHƯỜNG HƯƠNG SƠ"], True),
        ([CITY, "Uỷ ban nhân dân phường Hương Sơ", "Văn phòng"], True),
        (["UBND phường Hương Sơ"], True),
        ([CITY, "UBND  PHƯỜNG  HƯƠNG-SƠ"], True),
        ([CITY], False),
        ([CITY, "UBND phường Hương An"], False),
        ([CITY, "UBND phường Hương Sơ 2"], False),
        (["UBND TỈNH KHÁC", "UBND phường Hương Sơ"], False),
        ([], False),
        ([""], False),
    ],
)
def test_named_as_the_agency(named, fits):
    assert agency_name.fits(named, AGENCY, PARENT) is fits


def test_names_that_the_agency_has_confirmed():
    old = ["UBND TỈNH THỪA THIÊN HUẾ", "UBND xã Hương Vinh"]
    assert not agency_name.fits(old, AGENCY, PARENT)
    assert agency_name.fits(old, AGENCY, PARENT, ["", "ủy ban nhân dân xã Hương Vinh"])
    assert not agency_name.fits([""], AGENCY, PARENT, ["", " "])


def test_an_agency_without_a_name_is_nobody():
    assert not agency_name.fits(["", " "], "")
