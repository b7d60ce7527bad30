# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import datetime
import io
import zipfile

import openpyxl
import pytest
from conftest import load_package

findings = load_package("dvc_account", "domain", "account_findings")
citizen_ids = load_package("dvc_account", "domain", "citizen_id")
invitation = load_package("dvc_account", "domain", "invitation")
rows = load_package("dvc_account", "domain", "account_row")
sheets = load_package("dvc_account", "domain", "account_sheet")

TODAY = datetime.date(2026, 6, 1)
AN = citizen_ids.parse("046185001001", TODAY)


@pytest.mark.parametrize(
    "name", ["Nguyễn Thị An", "Y Bli", "Tôn Nữ Mai Ly", "H'Hen Niê", "Trần-Lê Vân", "", "NGUYỄN VĂN A"]
)
def test_names_of_persons(name):
    assert not findings.is_odd_name(name)


@pytest.mark.parametrize("name", ["An", "khach2019", "Nguyễn 2", "Công ty TNHH @", "aaa aaa", "An " * 60, "… …"])
def test_odd_names(name):
    assert findings.is_odd_name(name)


def test_birth_year_and_number():
    assert not findings.is_birth_conflict(datetime.date(1985, 12, 31), AN)
    assert findings.is_birth_conflict(datetime.date(1986, 1, 1), AN)
    assert not findings.is_birth_conflict(None, AN)


def test_issue_dates_that_can_never_be():
    child = citizen_ids.parse("046218001001", TODAY)
    assert findings.is_issue_conflict(datetime.date(2015, 12, 31), None)
    assert findings.is_issue_conflict(datetime.date(2017, 5, 1), child)
    assert not findings.is_issue_conflict(datetime.date(2018, 5, 1), child)
    assert not findings.is_issue_conflict(None, AN)


# Wording


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (" ", "empty"),
        ("Kính gửi {name}: {link}", "placeholder"),
        ("{link} {agency.partner_id}", "placeholder"),
        ("{link} {0}", "placeholder"),
        ("{link} {", "braces"),
        ("{{link}}", "braces"),
        ("Mời Ông/Bà chuẩn hóa tài khoản", "no_link"),
        ("{link} gọi 0914 123 567", "personal_number"),
        ("{link} gọi +84914123567", "personal_number"),
        ("{link} CCCD 046185001001", "personal_number"),
        ("{link} CCCD 046.185.001.001", "personal_number"),
        ("{link}" + "x" * 450, "too_long"),
    ],
)
def test_texts_that_cannot_be_sent(text, problem):
    with pytest.raises(invitation.BadText) as bad:
        invitation.check(text, 450)
    assert bad.value.problem == problem


def test_a_desks_landline_and_hotline_may_be_named():
    invitation.check("{agency}: {link}. Hỏi 0234 3822 134 hoặc 19001075 trước {deadline}", 450)


def test_filling_does_not_fill_twice():
    values = {"agency": "UBND {link}", "link": "https://x.vn", "deadline": "01/07/2026"}
    assert invitation.fill("{agency} {deadline} {link}", values) == "UBND {link} 01/07/2026 https://x.vn"


@pytest.mark.parametrize(
    ("text", "parts"), [("a" * 160, 1), ("a" * 161, 2), ("ạ" * 70, 1), ("ạ" * 71, 2), ("ạ" * 135, 3)]
)
def test_parts_of_a_text_message(text, parts):
    assert invitation.sms_parts(text) == parts


# One line of a list


def read(**cells):
    return rows.read({"phone": "0914 123 567", **cells}, TODAY)


def test_a_good_line():
    entry = read(name=" Nguyễn  Thị An ", citizen_id="046 185 001 001", issue_date="12/05/2021", email="An@Example.com")
    assert (entry.problems, entry.repairs) == ([], [])
    assert (entry.name, entry.phone, entry.citizen_id) == ("Nguyễn Thị An", "+84914123567", "046185001001")
    assert (entry.issue_date, entry.email) == (datetime.date(2021, 5, 12), "an@example.com")


@pytest.mark.parametrize(
    ("value", "phone", "repairs"),
    [
        (914123567, "+84914123567", ["phone_zero"]),
        (914123567.0, "+84914123567", ["phone_zero"]),
        (84914123567, "+84914123567", []),
        (849123456, "+84849123456", ["phone_zero"]),
        (2343822134, "+842343822134", ["phone_zero"]),
        ("0123 4567 890", "+84834567890", ["phone_prefix"]),
        ("01689123456", "+84389123456", ["phone_prefix"]),
        (1201234567, "+84701234567", ["phone_zero", "phone_prefix"]),
        ("+84 (0)914 123 567", "+84914123567", []),
        ("0234.3822.134", "+842343822134", []),
    ],
)
def test_phones(value, phone, repairs):
    entry = read(phone=value)
    assert (entry.phone, entry.repairs, entry.problems) == (phone, repairs, [])


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (None, "no_phone"),
        ("  ", "no_phone"),
        (True, "no_phone"),
        ("0123", "bad_phone"),
        ("0914123567; 0914123568", "bad_phone"),
        (9.14e20, "bad_phone"),
        (914123567.5, "bad_phone"),
        ("+1 202 555 0100", "bad_phone"),
        (float("nan"), "bad_phone"),
    ],
)
def test_bad_phones(value, problem):
    entry = read(phone=value)
    assert (entry.problems, entry.phone, entry.repairs) == ([problem], "", [])


@pytest.mark.parametrize(
    ("value", "number", "repairs"),
    [
        (46185001001, "046185001001", ["number_zeros"]),
        (1185001001, "001185001001", ["number_zeros"]),
        ("046185001001", "046185001001", []),
        ("\ufeff046185001001", "046185001001", []),
        (None, "", []),
    ],
)
def test_numbers(value, number, repairs):
    entry = read(citizen_id=value)
    assert (entry.citizen_id, entry.repairs, entry.problems) == (number, repairs, [])


@pytest.mark.parametrize(
    "value", ["46185001001", 191234567, "191234567", 999185001001, "4.6E+10", "04618500100x", 46185001001.5]
)
def test_bad_numbers(value):
    """A text of 11 figures may have lost any of them; one of 9 is an old card's."""
    assert read(citizen_id=value).problems == ["bad_number"]


@pytest.mark.parametrize(
    "value",
    [
        "12/05/2021",
        "12-5-2021",
        "12.05.2021",
        "2021-05-12",
        datetime.datetime(2021, 5, 12, 0, 0),
        datetime.date(2021, 5, 12),
        44328,
        44328.0,
    ],
)
def test_dates(value):
    assert read(issue_date=value).issue_date == datetime.date(2021, 5, 12)


@pytest.mark.parametrize(
    "value", ["12/05/21", "05/31/2021", "31/02/2021", "2021", 12052021, "mai", "01/01/2015", "02/06/2026", 44328.5]
)
def test_bad_dates(value):
    assert read(issue_date=value).problems == ["bad_date"]


def test_a_card_before_its_holder():
    assert read(citizen_id="046218001001", issue_date="01/05/2017").problems == ["bad_date"]


@pytest.mark.parametrize("value", ["an", "an@x", "a b@x.vn", "<a@x.vn>", "a@x.vn;b@x.vn"])
def test_bad_addresses(value):
    assert read(email=value).problems == ["bad_email"]


def test_a_reference_that_is_a_personal_number_is_not_kept():
    for value in ("046185001001", "0914123567", 46185001001, "046 185 001 001"):
        entry = read(external_ref=value)
        assert (entry.problems, entry.external_ref) == (["bad_reference"], "")
    assert read(external_ref=12345).external_ref == "12345"


def test_formulas_are_not_read():
    entry = read(name=rows.Formula())
    assert entry.problems == ["formula"]


def test_masked():
    shown = read(name="Nguyễn Thị An", citizen_id="046185001001", email="an@example.com").masked()
    assert shown == {
        "name": "Nguyễn T. A.",
        "phone": "0914***567",
        "citizen_id": "046*******01",
        "email": "a***@example.com",
        "external_ref": "",
    }


# The workbook


def workbook(*lines, **parts) -> bytes:
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    stream = io.BytesIO()
    book.save(stream)
    return with_parts(stream.getvalue(), parts)


def with_parts(content: bytes, parts: dict) -> bytes:
    """Return the workbook with more parts, or other contents of those it has."""
    if not parts:
        return content
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            new.writestr(item.filename, parts.pop(item.filename, None) or old.read(item))
        for name, data in parts.items():
            new.writestr(name, data)
    return out.getvalue()


def problem_of(content: bytes) -> str:
    with pytest.raises(sheets.BadSheet) as bad:
        list(sheets.rows(content))
    return bad.value.problem


def test_headings_in_any_order_and_spelling():
    content = workbook(
        ["DANH SÁCH TÀI KHOẢN CŨ"],
        [],
        ["STT", "NGÀY CẤP", "số  điện thoại", "Ho va ten", "Số CCCD:", "E-mail", "Mã tài khoản cũ"],
        [1, datetime.date(2021, 5, 12), "0914123567", "Nguyễn Thị An", 46185001001, "an@example.com", "A1"],
        [],
        [2, None, 914123568, "", None, None, None],
    )
    found = list(sheets.rows(content))
    assert [number for number, _cells in found] == [4, 6]
    assert found[0][1] == {
        "issue_date": datetime.datetime(2021, 5, 12),
        "phone": "0914123567",
        "name": "Nguyễn Thị An",
        "citizen_id": 46185001001,
        "email": "an@example.com",
        "external_ref": "A1",
    }


def test_every_heading_means_a_column():
    assert set(sheets.HEADS.values()) == set(rows.COLUMNS)
    assert all(sheets.fold(head) == head for head in sheets.HEADS)


def test_formulas_errors_and_texts_like_formulas():
    content = workbook(["Số điện thoại", "Họ và tên"], ["=1+1", "#N/A"], ["0914123567", "'=HYPERLINK(1)"])
    (_first, formula), (_second, text) = sheets.rows(content)
    assert isinstance(formula["phone"], rows.Formula)
    assert formula["name"] is None
    assert text["name"] == "'=HYPERLINK(1)"


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ([], "no_head"),
        ([["a", "b"]] * 30, "no_head"),
        ([["Họ và tên", "Số CCCD"]], "no_head"),
        ([["Số điện thoại", "Họ và tên"]], "empty"),
        ([["Số điện thoại", "Điện thoại", "Họ và tên"], ["1", "2", "3"]], "twice_head"),
    ],
)
def test_workbooks_that_are_no_list(lines, problem):
    assert problem_of(workbook(*lines)) == problem


HEAD = ["Số điện thoại", "Họ và tên"]
LINE = ["0914123567", "Nguyễn Thị An"]


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x03\x04" + b"\0" * 100, b"%PDF-1.4", b"So dien thoai;Ho va ten"])
def test_files_that_are_no_workbooks(content):
    assert problem_of(content) == "unreadable"


def test_a_broken_workbook():
    content = workbook(HEAD, LINE)
    assert problem_of(content[: len(content) // 2]) == "unreadable"
    sheet = "xl/worksheets/sheet1.xml"
    assert problem_of(with_parts(content, {sheet: b"<worksheet><sheetData><row r='x'><c r='A1'"})) == "unreadable"
    assert problem_of(with_parts(content, {"xl/workbook.xml": b"<not/>"})) in ("unreadable", "empty")


def test_a_bomb_is_not_unpacked():
    bomb = with_parts(workbook(HEAD, LINE), {"xl/media/zeros.bin": b"\0" * (sheets.UNPACKED_MAX + 1)})
    assert len(bomb) < 1_000_000
    assert problem_of(bomb) == "hostile"
    texts = with_parts(workbook(HEAD, LINE), {"xl/sharedStrings.xml": b" " * (sheets.STRINGS_MAX + 1)})
    assert problem_of(texts) == "hostile"
    assert problem_of(with_parts(workbook(HEAD, LINE), {f"x/{n}": b"x" for n in range(sheets.PARTS_MAX)})) == "hostile"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused(encoding):
    laughs = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>'
    evil = with_parts(workbook(HEAD, LINE), {"xl/worksheets/sheet1.xml": laughs.encode(encoding)})
    assert problem_of(evil) == "hostile"


def test_a_file_too_large():
    assert problem_of(b"PK" + b"\0" * sheets.FILE_MAX) == "too_large"


def test_too_many_lines(monkeypatch):
    monkeypatch.setattr(sheets, "ROWS_MAX", 3)
    assert problem_of(workbook(HEAD, *[LINE] * 4)) == "too_many"
    assert len(list(sheets.rows(workbook(HEAD, *[LINE] * 3)))) == 3


def test_a_line_far_below_costs_little():
    """A sheet may claim a million lines with one cell."""
    far = with_parts(
        workbook(HEAD, LINE),
        {
            "xl/worksheets/sheet1.xml": (
                b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
                b'<row r="1"><c r="A1" t="inlineStr"><is><t>So dien thoai</t></is></c>'
                b'<c r="B1" t="inlineStr"><is><t>Ho va ten</t></is></c></row>'
                b'<row r="1048576"><c r="A1048576"><v>914123567</v></c></row></sheetData></worksheet>'
            )
        },
    )
    assert problem_of(far) == "empty"
