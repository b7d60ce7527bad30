# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What a signature shows and where; several signers one after the other; and what a foreign verifier says of it."""

import datetime
import io
import re
import shutil
import subprocess

import pytest
from conftest import load_package
from PIL import Image, ImageDraw
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields
from pypdf import PdfWriter
from pypdf.generic import FloatObject, NameObject, RectangleObject
from signing_lab import Lab, page

picture = load_package("dvc_account", "signing", "picture")
placement = load_package("dvc_account", "signing", "placement")
sign = load_package("dvc_account", "signing", "sign")
stamp = load_package("dvc_account", "signing", "stamp")
verify = load_package("dvc_account", "signing", "verify")

NOW = datetime.datetime(2026, 1, 5, 3, 21, 33, tzinfo=datetime.UTC)
MM = 72 / 25.4


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    return Lab(tmp_path_factory.mktemp("lab"))


def drawn(colour, size=(300, 120), kind="PNG", ground=(0, 0, 0, 0), mode="RGBA") -> bytes:
    """Return a picture with a ring on a ground."""
    image = Image.new("RGBA", size, ground)
    ImageDraw.Draw(image).ellipse((5, 5, size[0] - 6, size[1] - 6), outline=(*colour, 255), width=6)
    sink = io.BytesIO()
    image.convert(mode).save(sink, kind)
    return sink.getvalue()


HAND, SEAL = drawn((0, 50, 160)), drawn((200, 0, 0), (400, 400))
MARK = stamp.Mark("Trần Thị Lãnh Đạo", "UBND phường Thử", NOW)


def boxes(data: bytes) -> list[list[float]]:
    """Return where the signatures' marks stand, in the page's own counting."""
    reader = PdfFileReader(io.BytesIO(data), strict=False)
    fields = [reference.get_object() for _name, _value, reference in enumerate_sig_fields(reader)]
    return [[float(edge) for edge in field["/Rect"]] for field in fields]


def odd_page(rotate=0, media=(0, 0, 595, 842), crop=None, unit=None, inherited=False) -> bytes:
    writer = PdfWriter(clone_from=io.BytesIO(page()))
    target = writer.pages[0]
    holder = target["/Parent"].get_object() if inherited else target
    if inherited:
        for name in ("/MediaBox", "/Rotate"):
            target.pop(name, None)
    holder[NameObject("/MediaBox")] = RectangleObject(media)
    if crop:
        holder[NameObject("/CropBox")] = RectangleObject(crop)
    if rotate:
        holder[NameObject("/Rotate")] = FloatObject(rotate)
    if unit:
        target[NameObject("/UserUnit")] = FloatObject(unit)
    sink = io.BytesIO()
    writer.write(sink)
    return sink.getvalue()


class TestPictures:
    def test_good_ones_are_written_anew(self):
        again = picture.checked(HAND + b"<?php hidden ?>")
        assert again.startswith(picture.SIGNATURE) and b"php" not in again
        assert Image.open(io.BytesIO(again)).size == (300, 120)
        assert picture.proportion(again) == 2.5
        palette = drawn((0, 0, 255), mode="P", ground=(0, 0, 0, 0))
        assert Image.open(io.BytesIO(picture.checked(palette))).mode == "RGBA"

    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (b"", "form"),
            (b"\x89PNG\r\n\x1a\n", "form"),
            (HAND[: len(HAND) // 2], "form"),
            (b"GIF89a" + bytes(100), "form"),
            (drawn((0, 0, 0), kind="JPEG", mode="RGB"), "form"),
            (drawn((0, 0, 0), ground=(255, 255, 255, 255)), "ground"),
            (drawn((0, 0, 0), mode="RGB"), "ground"),
            (drawn((0, 0, 0), size=(20, 20)), "pixels"),
            (drawn((0, 0, 0), size=(2401, 100)), "pixels"),
            (HAND + bytes(512 * 1024), "size"),
        ],
    )
    def test_others_are_refused(self, data, reason):
        with pytest.raises(picture.PictureRefused) as refused:
            picture.checked(data)
        assert refused.value.reason == reason

    def test_a_bomb_is_not_unpacked(self):
        head = bytearray(HAND)
        head[16:24] = (60000).to_bytes(4, "big") * 2
        with pytest.raises(picture.PictureRefused):
            picture.checked(bytes(head))

    def test_nothing_to_see_is_no_signature(self):
        sink = io.BytesIO()
        Image.new("RGBA", (100, 100), (0, 0, 0, 0)).save(sink, "PNG")
        with pytest.raises(picture.PictureRefused):
            picture.checked(sink.getvalue())


class TestPlaces:
    @pytest.mark.parametrize("rotate", [0, 90, 180, 270, -90, 45])
    @pytest.mark.parametrize("crop", [None, (100, 100, 400, 500)])
    @pytest.mark.parametrize("inherited", [False, True])
    def test_a_mark_lies_on_what_is_seen(self, lab, rotate, crop, inherited):
        data = odd_page(rotate, crop=crop, inherited=inherited)
        signed = sign.sign_pdf(data, lab.leader, mark=MARK)
        ((left, bottom, right, top),) = boxes(signed)
        seen = crop or (0, 0, 595, 842)
        assert seen[0] <= left < right <= seen[2] and seen[1] <= bottom < top <= seen[3]
        turned = rotate % 180 == 90
        assert (top - bottom > right - left) == turned
        assert verify.verify_bytes(signed, "a.pdf", lab.trust())["verdict"] == "valid"

    @pytest.mark.parametrize(
        "media", [(-300, -400, 295, 442), (595, 842, 0, 0), (0, 0, 60, 40), (0, 0, 14400, 14400), (0, 0, 0, 0)]
    )
    def test_odd_boxes(self, lab, media):
        signed = sign.sign_pdf(odd_page(media=media), lab.leader, mark=MARK)
        ((left, bottom, right, top),) = boxes(signed)
        if media[0] != media[2]:
            wide, high = sorted((media[0], media[2])), sorted((media[1], media[3]))
            assert wide[0] <= left < right <= wide[1] and high[0] <= bottom < top <= high[1]

    def test_a_box_that_was_given_is_moved_onto_the_page(self, lab):
        signed = sign.sign_pdf(page(), lab.leader, mark=MARK, box=(-50, 5000, 130, 5060))
        ((left, bottom, right, top),) = boxes(signed)
        assert 0 <= left < right <= 596 and 0 <= bottom < top <= 842
        assert (right - left, top - bottom) == (180, 60)

    def test_back_and_forth(self):
        for rotation in (0, 90, 180, 270):
            one = placement.Page(10, 20, 310, 520, rotation, 2.0)
            place = (40.0, 60.0, 100.0, 30.0)
            assert one.seen(one.box(*place)) == pytest.approx(place)

    def test_user_units_keep_real_sizes(self, lab):
        signed = sign.sign_pdf(odd_page(media=(0, 0, 300, 400), unit=2), lab.leader, mark=MARK)
        ((left, _bottom, right, _top),) = boxes(signed)
        assert (right - left) * 2 == pytest.approx(stamp.WIDTH, abs=2)


class TestMarks:
    def test_the_words_are_there(self, lab, tmp_path):
        signed = sign.sign_pdf(page(), lab.leader, mark=MARK)
        assert "Trần Thị Lãnh Đạo" in text_of(signed, tmp_path)
        assert "05/01/2026 10:21:33 +07:00" in text_of(signed, tmp_path)

    def test_an_annex_is_marked_at_the_head_of_its_first_page(self, lab, tmp_path):
        mark = stamp.AnnexMark("12/UBND-TP", NOW)
        assert mark.text == "12/UBND-TP 2026-01-05T10:21:33+07:00"
        signed = sign.sign_pdf(page(pages=3), lab.seal, mark=mark)
        ((left, bottom, right, top),) = boxes(signed)
        assert right > 500 and top > 780 and top - bottom < 20
        first = text_of(signed, tmp_path, "-l", "1")
        assert mark.text in first
        fonts = subprocess.run(["pdffonts", tmp_path / "a.pdf"], capture_output=True, text=True, check=True).stdout
        assert "LiberationSerif" in fonts

    def test_the_seal_covers_a_third_on_the_left(self, lab):
        first = sign.sign_pdf(page(), lab.leader, mark=stamp.Mark("Lãnh Đạo", "UBND", NOW, HAND))
        both = sign.sign_pdf(first, lab.seal, mark=stamp.SealMark("UBND phường Thử", NOW, SEAL))
        leader, seal = boxes(both)
        assert seal[2] - seal[0] == pytest.approx(36 * MM, abs=2)
        covered = (seal[2] - leader[0]) / (leader[2] - leader[0])
        assert covered == pytest.approx(1 / 3, abs=0.02)
        assert (seal[1] + seal[3]) / 2 == pytest.approx((leader[1] + leader[3]) / 2, abs=2)

    def test_pictures_are_seen_through(self, lab, tmp_path):
        first = sign.sign_pdf(page(), lab.leader, mark=stamp.Mark("Lãnh Đạo", "UBND", NOW, HAND))
        both = sign.sign_pdf(first, lab.seal, mark=stamp.SealMark("UBND phường Thử", NOW, SEAL))
        image = rendered(both, tmp_path)
        leader, seal = boxes(both)
        middle = image.getpixel(point((seal[0] + seal[2]) / 2, (seal[1] + seal[3]) / 2, image))
        assert middle == (255, 255, 255)
        colours = {
            image.getpixel((x, y)) for x in range(0, image.width, 2) for y in range(image.height // 2, image.height, 2)
        }
        assert any(red > 150 and green < 80 and blue < 80 for red, green, blue in colours)
        assert any(blue > 120 and red < 80 for red, _green, blue in colours)


def point(x, y, image):
    scale = image.width / 595.28
    return round(x * scale), round(image.height - y * scale)


def rendered(data: bytes, folder) -> Image.Image:
    (folder / "a.pdf").write_bytes(data)
    subprocess.run(["pdftoppm", "-r", "72", "-png", "-singlefile", folder / "a.pdf", folder / "a"], check=True)
    return Image.open(folder / "a.png").convert("RGB")


def text_of(data: bytes, folder, *options) -> str:
    (folder / "a.pdf").write_bytes(data)
    return subprocess.run(
        ["pdftotext", *options, folder / "a.pdf", "-"], capture_output=True, text=True, check=True
    ).stdout


class TestSeveral:
    def test_leader_then_seal(self, lab):
        first = sign.sign_pdf(page(), lab.leader, mark=MARK)
        both = sign.sign_pdf(first, lab.seal, mark=stamp.SealMark("UBND phường Thử", NOW))
        assert both.startswith(first)
        answer = verify.verify_bytes(both, "a.pdf", lab.trust())
        assert [one["verdict"] for one in answer["signatures"]] == ["valid", "valid"]

    def test_leader_then_number_then_seal(self, lab):
        numbering = load_package("dvc_account", "signing", "numbering")
        first = sign.sign_pdf(page(), lab.leader, mark=MARK)
        numbered = numbering.with_text(first, "Số: 12/TLKS-BS", 60, 780)
        assert numbered.startswith(first)
        assert verify.verify_bytes(numbered, "a.pdf", lab.trust())["verdict"] == "modified"
        sealed = sign.sign_pdf(numbered, lab.seal, mark=stamp.SealMark("UBND phường Thử", NOW))
        assert sealed.startswith(numbered)
        answer = verify.verify_bytes(sealed, "a.pdf", lab.trust())
        assert (answer["verdict"], [one["verdict"] for one in answer["signatures"]]) == (
            "amended",
            ["amended", "valid"],
        )

    def test_a_foreign_verifier_agrees(self, lab, tmp_path):
        if not shutil.which("pdfsig"):
            pytest.skip("poppler-utils is not installed")
        stamper = lab.timestamper()
        data = page()
        for key, mark in ((lab.leader, MARK), (lab.seal, stamp.SealMark("UBND", NOW, SEAL)), (lab.citizen, None)):
            data = sign.sign_pdf(data, key, mark=mark, timestamper=stamper, proof=lab.trust())
        (tmp_path / "a.pdf").write_bytes(data)
        told = subprocess.run(
            ["pdfsig", "-nocert", tmp_path / "a.pdf"], capture_output=True, text=True, check=False
        ).stdout
        assert told.count("Signature is Valid.") == 3, told
        assert told.count("ETSI.CAdES.detached") == 3
        assert not re.search("Digest Mismatch|Invalid|Decoding Error", told, re.IGNORECASE), told
