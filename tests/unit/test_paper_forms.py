# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The official forms carry every item of Thông tư 01/2018/TT-VPCP; the register holds strings."""

import datetime
import io

import openpyxl
import pypdf
from conftest import load

paper = load("dvc_account", "report/paper.py")
form_01 = load("dvc_dossier", "report/form_01.py")
form_02 = load("dvc_dossier", "report/form_02.py")
form_03 = load("dvc_dossier", "report/form_03.py")
form_04 = load("dvc_dossier", "report/form_04.py")
register = load("dvc_dossier", "report/register_xlsx.py")

CODE = "000.12.29.H57-261124-0001"
PERSON = {
    "letterhead": paper.Letterhead("UBND thành phố Huế", "UBND phường Hương Sơ", code=CODE),
    "code": CODE,
    "desk": "Bộ phận Tiếp nhận và Trả kết quả UBND phường Hương Sơ",
    "applicant": "Nguyễn Thị Ánh Tuyết",
    "address": "12 đường Nguyễn Văn Linh",
    "phone": "0914***567",
    "request": "Đăng ký khai sinh",
}


def text_of(module, form) -> str:
    sheet = paper.Paper(module.TITLE)
    module.draw(sheet, form)
    reader = pypdf.PdfReader(io.BytesIO(sheet.to_bytes()))
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def test_form_01_has_all_its_items():
    text = text_of(
        form_01,
        form_01.Form01(
            **PERSON,
            email="tuyet@example.com",
            citizen_id="046*******34",
            components=("Tờ khai đăng ký khai sinh (01 bản chính)", "Giấy chứng sinh"),
            copies=1,
            time_limit="3 ngày làm việc",
            received_at=datetime.datetime(2026, 11, 24, 9, 15),
            due_at=datetime.datetime(2026, 11, 27, 17, 0),
            delivery="Tại Bộ phận Một cửa",
            fees="8.000 đồng",
            book="2026",
            line_number="0001",
            officer="Trần Văn Bình",
        ),
    )
    for item in (
        form_01.TITLE,
        "Liên: Giao người nộp hồ sơ",
        f"Mã hồ sơ: {CODE}",
        "Bộ phận Tiếp nhận và Trả kết quả UBND phường Hương Sơ",
        "Tiếp nhận hồ sơ của: Nguyễn Thị Ánh Tuyết",
        "Địa chỉ: 12 đường Nguyễn Văn Linh",
        "Số điện thoại: 0914***567",
        "Email: tuyet@example.com",
        "Số CMND/CCCD/Hộ chiếu: 046*******34",
        "Nội dung yêu cầu giải quyết: Đăng ký khai sinh",
        "Thành phần hồ sơ nộp gồm:",
        "Giấy chứng sinh",
        "Số lượng hồ sơ: 1 (bộ)",
        "Thời gian giải quyết hồ sơ theo quy định là: 3 ngày làm việc",
        "Thời gian nhận hồ sơ: 09 giờ 15 phút, ngày 24 tháng 11 năm 2026",
        "17 giờ 00 phút, ngày 27 tháng 11 năm 2026",
        "Đăng ký nhận kết quả tại: Tại Bộ phận Một cửa",
        "Phí, lệ phí (nếu có): 8.000 đồng",
        "Quyển số: 2026",
        "Số thứ tự: 0001",
        "NGƯỜI NỘP HỒ SƠ",
        "NGƯỜI TIẾP NHẬN HỒ SƠ",
        "Trần Văn Bình",
        "2 liên",
    ):
        assert item in text, item


def test_form_02_lists_what_to_complete_and_why():
    text = text_of(
        form_02,
        form_02.Form02(
            **PERSON,
            email="",
            items=("Giấy chứng sinh: chụp lại bản rõ nét",),
            reason="Bản chụp mờ",
            contact="Trần Văn Bình",
            contact_phone="0234 123 456",
            officer="Trần Văn Bình",
        ),
    )
    assert "Giấy chứng sinh: chụp lại bản rõ nét" in text
    assert "Lý do: Bản chụp mờ" in text
    assert "số điện thoại 0234 123 456" in text
    assert "NGƯỜI HƯỚNG DẪN" in text


def test_form_03_gives_reason_and_basis():
    text = text_of(
        form_03,
        form_03.Form03(
            **PERSON,
            email="",
            reason="Không thuộc thẩm quyền",
            legal_basis="Điều 17 Nghị định 61/2018/NĐ-CP",
            officer="A",
        ),
    )
    assert "không tiếp nhận, giải quyết hồ sơ này với lý do cụ thể như sau: Không thuộc thẩm quyền" in text
    assert "Căn cứ pháp lý: Điều 17 Nghị định 61/2018/NĐ-CP" in text


def test_form_04_apologises_and_names_both_dates():
    text = text_of(
        form_04,
        form_04.Form04(
            **PERSON,
            received_at=datetime.datetime(2026, 3, 2, 8, 0),
            promised_at=datetime.datetime(2026, 3, 20, 17, 0),
            due_at=datetime.datetime(2026, 3, 25, 17, 0),
            reason="chờ xác minh",
            agency="UBND phường Hương Sơ",
            head_title="Chủ tịch",
            head_name="Lê Văn Cường",
        ),
    )
    assert "17 giờ 00 phút, ngày 20 tháng 3 năm 2026" in text
    assert "trả kết quả vào 17 giờ 00 phút, ngày 25 tháng 3 năm 2026" in text
    assert "chân thành xin lỗi" in text
    assert "CHỦ TỊCH" in text


def test_register_writes_citizens_text_as_strings():
    line = register.RegisterLine(
        code=CODE,
        procedure="Đăng ký khai sinh",
        copies=2,
        applicant='=HYPERLINK("http://x","y")',
        address="+84 914",
        agency="UBND phường Hương Sơ",
        received_at=datetime.datetime(2026, 11, 24, 9, 15),
        due_at=None,
        returned_at=None,
        delivery="Tại quầy",
        recipient="",
        note="@SUM(A1)",
    )
    day = datetime.date(2026, 11, 24)
    content = register.build("UBND phường Hương Sơ", day, day, (line for _again in range(3)))
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    rows = list(sheet.iter_rows(min_row=6, values_only=True))
    assert [row[0] for row in rows] == [1, 2, 3]
    assert rows[0][1] == CODE
    assert rows[0][3] == 2
    assert rows[0][7] == "24/11/2026 09:15"
    for column in (4, 5, 12):
        cell = sheet.cell(6, column + 1)
        assert cell.data_type == "s"
        assert cell.value[0] in "=+@"
    assert sheet.page_setup.orientation == "landscape"
    assert [cell.value for cell in sheet[5]] == [text for text, _width in register.COLUMNS]
