# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import datetime

import pytest
from conftest import load

data_request = load("dvc_account", "domain/data_request.py")
masking = load("dvc_account", "domain/masking.py")

DAY = datetime.date(2026, 8, 13)


@pytest.mark.parametrize(
    ("kind", "third_parties", "extension", "day"),
    [
        ("access", False, 0, "2026-08-23"),
        ("correction", False, 0, "2026-08-23"),
        ("restriction", False, 0, "2026-08-28"),
        ("objection", True, 0, "2026-09-02"),
        ("withdrawal", False, 15, "2026-09-12"),
        ("deletion", False, 0, "2026-09-02"),
        ("deletion", True, 15, "2026-09-17"),
    ],
)
def test_done_day(kind, third_parties, extension, day):
    assert data_request.done_day(DAY, kind, third_parties, extension).isoformat() == day


def test_every_step_begins_in_an_open_state():
    states = {data_request.NEW, data_request.ACCEPTED, data_request.DONE, data_request.REFUSED, data_request.WITHDRAWN}
    for verb, (sources, target) in data_request.MOVES.items():
        assert set(sources) <= set(data_request.OPEN), verb
        assert target is None or target in states
    assert not any(data_request.may(verb, data_request.DONE) for verb in data_request.MOVES)
    assert not data_request.may("erase", data_request.NEW)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Số 046185990001.", "Số 046*******01."),
        ("CCCD_046185990001.pdf", "CCCD_046*******01.pdf"),
        ("046 185 990 001", "046*******01"),
        ("gọi 0914 990 001 hoặc 0914.990.001", "gọi 0914***001 hoặc 0914***001"),
        ("+84914990001 và 84914990001", "0914***001 và 0914***001"),
        ("0234 3822 345", "0234***345"),
    ],
)
def test_numbers_in_a_text_are_masked(text, masked):
    found = masking.in_text(text)
    assert "990001" not in found.replace(" ", "").replace(".", "")
    assert found == masked


@pytest.mark.parametrize(
    "text",
    [
        "",
        "000.12.29.H57-260101-0001",
        "EBL01-26TAA-00000012",
        "ngày 01/02/2026 lúc 08:30",
        "8.000 đồng, 100.000.000 đồng",
        "Nghị định 356/2025/NĐ-CP",
        "DL-000012",
        "tờ khai-2026-11-24.pdf",
    ],
)
def test_what_is_no_number_stays(text):
    assert masking.in_text(text) == text
