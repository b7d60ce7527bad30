# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Codes and life of results, and the handover's receipt."""

import datetime
import io

import pypdf
import pytest
from conftest import load

codes = load("dvc_result", "domain/result_code.py")
states = load("dvc_result", "domain/result_states.py")
paper = load("dvc_account", "report/paper.py")
receipt = load("dvc_result", "report/handover_receipt.py")
stamp = load("dvc_result", "report/stamp.py")
DOSSIER = "000.12.29.H57-261124-0001"


def test_result_code_counts_from_one():
    assert codes.result_code(DOSSIER, 1) == f"{DOSSIER}-KQ1"
    assert codes.result_code(DOSSIER, 12) == f"{DOSSIER}-KQ12"
    with pytest.raises(ValueError):
        codes.result_code(DOSSIER, 0)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (f"{DOSSIER}-KQ1", f"{DOSSIER}-KQ1"),
        (f"  {DOSSIER.lower()}-kq2\n", f"{DOSSIER}-KQ2"),
        (DOSSIER, None),
        (f"{DOSSIER}-KQ0", None),
        (f"{DOSSIER}-KQ1' OR 1=1", None),
        ("", None),
        ("A" * 5000, None),
    ],
)
def test_typed_codes_are_cleaned_or_refused(typed, expected):
    assert codes.clean_code(typed) == expected


def test_handover_numbers_name_their_year():
    assert codes.handover_number(12, 2026) == "0012/2026/PGKQ"
    assert codes.handover_number(12345, 2026) == "12345/2026/PGKQ"


def test_an_issued_result_never_goes_back_and_every_state_is_reached():
    assert not states.may_move("issued", "to_sign")
    assert not states.may_move("signed", "to_sign")
    assert not states.may_move("replaced", "issued")
    assert {target for _source, target in states.MOVES} | {"draft"} == set(states.STATES)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], False),
        (["signed"], True),
        (["signed", "to_sign"], False),
        (["signed", "revoked"], True),
        (["revoked"], False),
        (["issued", "signed", "replaced"], True),
        (["draft"], False),
    ],
)
def test_a_dossier_is_answered_by_results_in_force_only(given, expected):
    assert states.complete(given) is expected


def test_receipt_names_person_papers_and_file():
    sheet = paper.Paper(receipt.TITLE)
    receipt.draw(
        sheet,
        receipt.Receipt(
            letterhead=paper.Letterhead("UBND thành phố Huế", "UBND phường Hương Sơ", number="0001/2026/PGKQ"),
            number="0001/2026/PGKQ",
            code=DOSSIER,
            request="Đăng ký khai sinh",
            result_code=f"{DOSSIER}-KQ1",
            result_number="12/TLKS",
            sha256="ab" * 32,
            is_copy=False,
            recipient="Nguyễn Thị Ánh",
            citizen_id="046*******34",
            papers=("Giấy chứng sinh",),
            at=datetime.datetime(2026, 11, 24, 15, 40),
            officer="Trần Văn Bình",
        ),
    )
    text = " ".join(pypdf.PdfReader(io.BytesIO(sheet.to_bytes())).pages[0].extract_text().split())
    for part in (
        "PHIẾU GIAO NHẬN KẾT QUẢ",
        f"Mã kết quả: {DOSSIER}-KQ1",
        "Người nhận kết quả: Nguyễn Thị Ánh",
        "046*******34",
        "15 giờ 40 phút, ngày 24 tháng 11 năm 2026",
        "Giấy chứng sinh",
        "ab" * 32,
    ):
        assert part in text, part
    assert "Bản sao giấy" not in text


def unsigned_pdf() -> bytes:
    sheet = paper.Paper("Trích lục", size=paper.A4)
    sheet.start()
    sheet.heading("TRÍCH LỤC KHAI SINH")
    return sheet.to_bytes()


def test_stamp_adds_code_and_keeps_the_page():
    code = codes.result_code(DOSSIER, 1)
    qr = paper.QrCode(f"https://example.org/dvc/verify/{code}", stamp.SIDE)
    stamped = stamp.stamp(unsigned_pdf(), code, qr, paper.register_fonts())
    pages = pypdf.PdfReader(io.BytesIO(stamped)).pages
    text = " ".join(pages[0].extract_text().split())
    assert len(pages) == 1
    assert "TRÍCH LỤC KHAI SINH" in text
    assert f"Mã kết quả: {code}" in text


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7\n%%EOF", b"not a pdf"])
def test_files_that_cannot_take_a_stamp_say_so(content):
    with pytest.raises(stamp.NotStamped):
        stamp.stamp(content, "x", paper.QrCode("x", stamp.SIDE), paper.register_fonts())
