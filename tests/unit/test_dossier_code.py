# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import datetime

from conftest import load

dossier_code = load("dvc_dossier", "domain/dossier_code.py")

DAY = datetime.date(2026, 3, 9)


def test_code():
    assert dossier_code.dossier_code("000.12.29.H57", DAY, 7) == "000.12.29.H57-260309-0007"
    assert dossier_code.dossier_code("000.12.29.H57", DAY, 12345) == "000.12.29.H57-260309-12345"


def test_pattern_takes_real_codes_and_nothing_else():
    assert dossier_code.PATTERN.match("000.00.06.H56-231027-0361")
    for wrong in ("H57-231027-0361", "000.00.06.H56-231027-361", "000.00.06.H56-20231027-0361", "000.00.06.H56"):
        assert not dossier_code.PATTERN.match(wrong)


def test_lock_keys_fit_and_differ():
    keys = {dossier_code.lock_key(company, DAY, number) for company in range(30) for number in range(300)}
    assert len(keys) == 9000
    assert all(-(2**63) <= key < 2**63 for key in keys)
    assert dossier_code.lock_key(1, DAY, 11) != dossier_code.lock_key(11, DAY, 1)
