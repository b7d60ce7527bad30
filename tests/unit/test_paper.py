# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The ground of official papers: text reads back, fonts are embedded, records stay apart."""

import datetime
import io

import pypdf
from conftest import load

paper = load("dvc_account", "report/paper.py")
CODE = "000.12.29.H57-261124-0001"


def written(write, size=None) -> pypdf.PdfReader:
    sheet = paper.Paper("Giấy tiếp nhận", "UBND phường Hương Sơ", size or paper.A5, CODE)
    write(sheet)
    return pypdf.PdfReader(io.BytesIO(sheet.to_bytes()))


def letterhead(**changes):
    values = {
        "parent": "UBND thành phố Huế",
        "agency": "UBND phường Hương Sơ",
        "number": "12/BPTNTKQ",
        "place": "Huế",
        "day": datetime.date(2026, 2, 5),
        "code": CODE,
    }
    return paper.Letterhead(**(values | changes))


def test_letterhead_reads_back_with_its_date_zeroes():
    def write(sheet):
        sheet.start()
        sheet.letterhead(letterhead())

    text = written(write).pages[0].extract_text()
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in text
    assert "UBND PHƯỜNG HƯƠNG SƠ" in text
    assert "Số: 12/BPTNTKQ" in text
    assert "Huế, ngày 05 tháng 02 năm 2026" in text


def test_months_from_march_take_no_zero():
    assert paper.day_words(datetime.date(2026, 3, 9)) == "ngày 09 tháng 3 năm 2026"
    assert paper.moment_words(datetime.datetime(2026, 12, 24, 7, 5)) == "07 giờ 05 phút, ngày 24 tháng 12 năm 2026"


def test_every_vietnamese_letter_has_its_glyph():
    letters = "aàảãáạăằẳẵắặâầẩẫấậeèẻẽéẹêềểễếệiìỉĩíịoòỏõóọôồổỗốộơờởỡớợuùủũúụưừửữứựyỳỷỹýỵđ"
    paper.register_fonts()
    for suffix in ("", "-Bold", "-Italic", "-BoldItalic"):
        glyphs = paper.pdfmetrics.getFont(paper.FONT + suffix).face.charToGlyph
        assert all(ord(letter) in glyphs for letter in letters + letters.upper()), suffix


def test_citizens_text_is_never_markup():
    def write(sheet):
        sheet.start()
        sheet.line("Tiếp nhận hồ sơ của", '<b>Lê</b> & "con" </para>\x00\x07')
        sheet.items(["<img src='file:///etc/passwd'/>"])

    text = written(write).pages[0].extract_text()
    assert '<b>Lê</b> & "con" </para>' in text
    assert "<img src='file:///etc/passwd'/>" in text


def test_records_begin_on_pages_of_their_own_and_count_them():
    def write(sheet):
        for number in (1, 2):
            sheet.start(f"hồ sơ {number}")
            sheet.items([f"thành phần {line}" for line in range(90)])

    pages = [page.extract_text() for page in written(write).pages]
    assert [("hồ sơ 1" in page, "hồ sơ 2" in page) for page in pages] == [
        (index < len(pages) // 2, index >= len(pages) // 2) for index in range(len(pages))
    ]
    second = pages[len(pages) // 2]
    assert "Trang 1" in second


def test_size_metadata_and_embedded_fonts():
    def write(sheet):
        sheet.start()
        sheet.heading("GIẤY TIẾP NHẬN")
        sheet.signatures(("NGƯỜI NỘP HỒ SƠ", ""), ("NGƯỜI TIẾP NHẬN", "Trần Thị Bình"))

    reader = written(write)
    assert [round(float(side)) for side in reader.pages[0].mediabox[2:]] == [420, 595]
    assert reader.metadata.title == "Giấy tiếp nhận"
    assert reader.metadata.author == "UBND phường Hương Sơ"
    for font in reader.pages[0]["/Resources"]["/Font"].values():
        base = font.get_object()
        if "LiberationSerif" in base["/BaseFont"]:
            descriptor = base["/FontDescriptor"].get_object()
            assert "/FontFile2" in descriptor
    assert "Trần Thị Bình" in reader.pages[0].extract_text()


def test_qr_code_is_drawn_as_vectors_with_its_full_matrix():
    code = paper.QrCode(CODE, 50)
    expected = paper.qrcode.QRCode(border=0, mask_pattern=2, error_correction=paper.qrcode.constants.ERROR_CORRECT_M)
    expected.add_data(CODE)
    expected.make()
    assert code.rows == expected.get_matrix()

    def write(sheet):
        sheet.start()
        sheet.story.append(code)

    drawing = written(write).pages[0].get_contents().get_data()
    dark_runs = sum(
        1 for row in code.rows for column, dark in enumerate(row) if dark and (column == 0 or not row[column - 1])
    )
    assert drawing.count(b" re\n") + drawing.count(b" re ") >= dark_runs
