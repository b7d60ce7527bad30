# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The report of signature checks: all of it on paper, and at once."""

import datetime
import io
import time

import pypdf
from conftest import load, load_package

report = load_package("dvc_account", "report", "signature_report")
paper = load_package("dvc_account", "report", "paper")
form_01 = load("dvc_dossier", "report/form_01.py")

# A form of one page has a budget of 25 ms; the report has two, with some fifty lines.
TIMES_A_FORM = 1.5
DIGEST = "26b293bb3e1f4d303ca2099a980be40b549ad1a35314198a993dd38e70119bf1"
GOOD = report.Mark("valid", "success", "fa-check-circle", "Chữ ký số hợp lệ", "Văn bản không bị thay đổi kể từ khi ký.")
LETTERHEAD = paper.Letterhead("Thành phố Huế", "UBND phường Hương Sơ", number="180/PKTCKS", code="180/PKTCKS")


def card(**more):
    lines = tuple((f"Nội dung {number}", f"Kết quả kiểm tra số {number}") for number in range(12))
    certificate = (("Dấu vân tay", DIGEST), ("Đường dẫn", "1. Nguyễn Thị An\n2. CA <công cộng> & gốc"))
    return report.SignatureCard(GOOD, "Nguyễn Thị An", lines, certificate, **more)


def sheet(**more):
    lines = (("SHA-256", DIGEST), ("Kiểm tra lúc", "20:06:49 24/11/2026"), ("Phần mềm", "pyHanko 0.38.0"))
    return report.Sheet(GOOD, "to-khai.pdf", lines, **{"cards": (card(),), **more})


def drawn(*sheets, about=()) -> bytes:
    drawing = paper.Paper(report.TITLE, "UBND phường Hương Sơ", paper.A4, DIGEST)
    now = datetime.datetime(2026, 11, 24, 20, 10)
    report.draw(drawing, report.Report(LETTERHEAD, DIGEST, now, "Lê Thị Nga", about, sheets))
    return drawing.to_bytes()


def text_of(content: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_everything_stands_on_paper():
    opinion = ("Không hợp lệ", "Lê Thị Nga, 20:07:00 24/11/2026", "Trang báo <lỗi>")
    warned = card(warnings=("Người ký không phải người nộp hồ sơ.",))
    text = text_of(drawn(sheet(cards=(warned,), opinions=(opinion,), is_sandbox=True), about=(("Mã hồ sơ", "H57-1"),)))
    for part in (
        report.TITLE,
        "Mã hồ sơ: H57-1",
        "KẾT LUẬN: CHỮ KÝ SỐ HỢP LỆ",
        "Văn bản không bị thay đổi kể từ khi ký.",
        "BẢN TRÌNH DIỄN",
        "to-khai.pdf",
        "Chữ ký 1: Nguyễn Thị An",
        "Lưu ý: Người ký không phải người nộp hồ sơ.",
        "CA <công cộng> & gốc",
        "pyHanko 0.38.0",
        "không thay thế kết luận",
        "Trang báo <lỗi>",
        "20 giờ 10 phút, ngày 24 tháng 11 năm 2026 cho Lê Thị Nga",
        "Trang 1",
    ):
        assert part in text, part


def test_several_files_are_numbered():
    text = text_of(drawn(sheet(), sheet()))
    assert "1. KẾT LUẬN" in text
    assert "2. KẾT LUẬN" in text
    assert "1. KẾT LUẬN" not in text_of(drawn(sheet()))


def test_a_signature_of_which_nothing_is_known():
    unknown = report.SignatureCard(report.Mark("modified", "danger", "fa-times", "Nội dung bị thay đổi"), "")
    assert "Chữ ký 1: không xác định được người ký" in text_of(drawn(sheet(cards=(unknown,))))


def _best(draw) -> float:
    """Return the processor time of a drawing, in seconds: the best of several, as others work on this machine too."""
    draw()
    taken = []
    for _number in range(12):
        start = time.process_time()
        draw()
        taken.append(time.process_time() - start)
    return min(taken)


def _form_01() -> bytes:
    drawing = paper.Paper(form_01.TITLE, "", paper.A5, "H57-1")
    person = dict.fromkeys(
        ("code", "desk", "applicant", "address", "phone", "email", "citizen_id", "request"), "Nguyễn An"
    )
    more = dict.fromkeys(("time_limit", "delivery", "fees", "book", "line_number", "officer"), "Ba ngày làm việc")
    now = datetime.datetime(2026, 11, 24, 20, 10)
    times = {"received_at": now, "due_at": now}
    form = form_01.Form01(
        letterhead=LETTERHEAD, components=("Tờ khai", "Giấy chứng sinh"), copies=1, **person, **more, **times
    )
    form_01.draw(drawing, form)
    return drawing.to_bytes()


def test_it_costs_little_more_than_a_form():
    assert _best(lambda: drawn(sheet())) <= TIMES_A_FORM * _best(_form_01)
