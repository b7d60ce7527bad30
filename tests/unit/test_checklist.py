# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from conftest import load

checklist = load("dvc_dossier", "domain/checklist.py")

REQUIRED = ["TK01", "GCS"]
INSTEAD = {"VBLC": "GCS", "CDS": "GCS"}


def test_every_required_component_and_no_other_is_complete():
    assert checklist.missing(REQUIRED, REQUIRED, INSTEAD) == []


def test_what_is_missing_is_told_in_the_order_of_the_procedure():
    assert checklist.missing([], REQUIRED, INSTEAD) == REQUIRED
    assert checklist.missing(["GCS"], REQUIRED, INSTEAD) == ["TK01"]


def test_one_alternative_is_enough():
    assert checklist.missing(["TK01", "CDS"], REQUIRED, INSTEAD) == []


def test_the_form_takes_the_place_of_declarations_only():
    assert checklist.missing(["GCS"], REQUIRED, INSTEAD, ["TK01"], has_form=True) == []
    assert checklist.missing([], REQUIRED, INSTEAD, ["TK01"], has_form=True) == ["GCS"]
    assert checklist.missing(["GCS"], REQUIRED, INSTEAD, ["TK01"], has_form=False) == ["TK01"]


def test_unknown_codes():
    assert checklist.unknown(["TK01", "B", "A"], REQUIRED) == ["A", "B"]


def test_answers():
    assert checklist.unanswered(["TK01", "GCS"], ["VBLC"], INSTEAD) == ["TK01"]
    assert checklist.unanswered(["TK01"], [], {}) == ["TK01"]
