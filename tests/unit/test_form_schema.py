# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import pytest
from conftest import load

form_schema = load("dvc_dossier", "domain/form_schema.py")

SCHEMA = [
    {"name": "ho_ten", "label": "Họ tên", "type": "text", "required": True},
    {"name": "ngay_sinh", "label": "Ngày sinh", "type": "date"},
    {"name": "so_ban", "label": "Số bản", "type": "integer"},
    {"name": "cam_ket", "label": "Cam kết", "type": "boolean"},
    {"name": "so_cha", "label": "Số định danh của cha", "type": "citizen_id"},
]


def test_a_form_that_fits():
    values = {"ho_ten": "Nguyễn Văn An", "ngay_sinh": "2026-03-01", "so_ban": 2, "cam_ket": True}
    assert form_schema.problems(SCHEMA, values) == []
    assert form_schema.problems(SCHEMA, {"ho_ten": "A", "ngay_sinh": "", "so_ban": False}) == []


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({}, "ho_ten"),
        ({"ho_ten": "  "}, "ho_ten"),
        ({"ho_ten": 1}, "ho_ten"),
        ({"ho_ten": "x" * 2001}, "ho_ten"),
        ({"ho_ten": "A", "ngay_sinh": "01/03/2026"}, "ngay_sinh"),
        ({"ho_ten": "A", "so_ban": "2"}, "so_ban"),
        ({"ho_ten": "A", "so_ban": True}, "so_ban"),
        ({"ho_ten": "A", "cam_ket": "có"}, "cam_ket"),
        ({"ho_ten": "A", "so_cha": "04609000100"}, "so_cha"),
        ({"ho_ten": "A\0"}, "ho_ten"),
        ({"ho_ten": "\ud83d"}, "ho_ten"),
        ({"ho_ten": "A", "la": {"sâu": []}}, "la"),
    ],
)
def test_problems_name_their_field(values, name):
    assert form_schema.problems(SCHEMA, values) == [name]


def test_identity_numbers_and_lines():
    values = {"ho_ten": "Nguyễn Văn An", "ngay_sinh": "2026-03-01", "so_cha": " 046090001003 ", "cam_ket": True}
    assert form_schema.problems(SCHEMA, values) == []
    assert form_schema.citizen_ids(SCHEMA, values) == {"so_cha": "046090001003"}
    assert form_schema.lines(SCHEMA, {**values, "so_ban": None}) == [
        ("Họ tên", "Nguyễn Văn An"),
        ("Ngày sinh", "01/03/2026"),
        ("Cam kết", "✓"),
        ("Số định danh của cha", " 046090001003 "),
    ]
