# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import dataclasses

import pytest
from conftest import load

guidance = load("dvc_dossier", "domain/guidance.py")

ITEM = guidance.Item(
    code="GKS",
    instruction="Nộp bản rõ hơn",
    citizen_fault="",
    paper=False,
    paper_reason="",
    paper_rule="none",
    exception=False,
    verdict="unsigned",
    in_vault=False,
)


def codes(round_number=1, too_late=False, items=1, **changes):
    found = guidance.findings([dataclasses.replace(ITEM, **changes)] * items, round_number, too_late)
    return [finding.code for finding in found]


def test_the_first_round_is_free():
    assert codes() == []


def test_a_later_round_tells_the_fault_of_every_item():
    assert codes(round_number=2, items=2) == ["guidance.fault_required"] * 2
    assert codes(round_number=2, citizen_fault=" ") == ["guidance.fault_required"]
    assert codes(round_number=3, citizen_fault="Chưa ký") == []


def test_a_request_says_something():
    assert codes(items=0) == codes(instruction=" \n") == ["guidance.items_required"]


def test_after_the_days_allowed():
    assert codes(too_late=True) == ["guidance.too_late"]


@pytest.mark.parametrize("verdict", ["valid", "amended"])
def test_no_paper_for_what_is_signed(verdict):
    assert codes(paper=True, verdict=verdict) == ["paper.not_allowed"]
    assert codes(paper=True, verdict=verdict, exception=True) == []


@pytest.mark.parametrize("verdict", ["unsigned", "modified", "unknown", "untrusted", None])
def test_paper_for_what_is_not_signed(verdict):
    assert codes(paper=True, verdict=verdict) == []


@pytest.mark.parametrize("verdict", ["valid", "unsigned", None])
def test_paper_for_the_archive_is_collected_at_the_handover(verdict):
    assert codes(paper=True, verdict=verdict, paper_rule="archive") == ["paper.not_allowed"]


def test_an_original_needs_a_reason_that_nobody_can_force_away():
    found = guidance.findings([dataclasses.replace(ITEM, paper=True, paper_rule="original")], 1, False)
    assert [(finding.code, finding.forcible) for finding in found] == [("paper.reason_required", False)]
    assert codes(paper=True, paper_rule="original", paper_reason="Đối chiếu") == []


def test_what_the_vault_holds():
    assert codes(in_vault=True) == ["guidance.in_vault"]
    # The law may want the original of what the vault holds a copy of.
    assert codes(in_vault=True, paper=True, paper_rule="original", paper_reason="Đối chiếu") == []
    assert codes(in_vault=True, paper=True, exception=True) == []
    assert codes(in_vault=True, paper=True) == ["guidance.in_vault"]
