# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The verifier against good files and against what attackers do to them."""

import datetime
import io
import re
import zlib

import pytest
from conftest import load_package
from reportlab.pdfgen import canvas

verify = load_package("dvc_account", "signing", "verify")
sign = load_package("dvc_account", "signing", "sign")
demo_pki = load_package("dvc_account", "signing", "demo_pki")
raw_check = load_package("dvc_account", "signing", "raw_check")

AGENCY = "000.12.29.H57"


def make_pdf(text: str = "Trich luc") -> bytes:
    buffer = io.BytesIO()
    page = canvas.Canvas(buffer, pageCompression=0)
    page.drawString(100, 700, text)
    page.showPage()
    page.save()
    return buffer.getvalue()


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pki")
    demo_pki.make(folder)
    return folder


@pytest.fixture(scope="module")
def trust(pki):
    def read(*names):
        return [(pki / name).read_bytes() for name in names]

    return verify.Trust(
        read("citizen_root.pem", "authority_root.pem", "timestamp_root.pem"),
        read("citizen_ca.pem", "authority_ca.pem"),
        read("citizen_root.crl", "citizen_ca.crl", "authority_root.crl", "authority_ca.crl", "timestamp_root.crl"),
    )


def key(pki, label):
    return sign.KeyFile(pki / f"{label}.p12", pki / "password")


@pytest.fixture(scope="module")
def signed(pki):
    return sign.sign_pdf(make_pdf(), key(pki, f"leader_{AGENCY}"), "KQ1", "Huế")


@pytest.fixture(scope="module")
def stamped(pki):
    timestamper = sign.local_timestamper(key(pki, "timestamp"))
    return sign.sign_pdf(make_pdf(), key(pki, f"leader_{AGENCY}"), "KQ1", "Huế", timestamper)


def verdict(data, trust, at=None):
    return verify.verify_bytes(data, "a.pdf", trust, at)["verdict"]


def turned(data: bytes) -> bytes:
    """Return the file with an incremental update after it that turns the page."""
    objects = re.finditer(rb"(\d+) 0 obj\s(.*?)\s*endobj", data, re.DOTALL)
    number, page = [found.groups() for found in objects if re.search(rb"/Type /Page\b(?!s)", found[2])][-1]
    start = len(data) + 1
    root = re.findall(rb"/Root (\d+ \d+ R)", data)[-1]
    size = re.findall(rb"/Size (\d+)", data)[-1]
    previous = re.findall(rb"startxref\s+(\d+)", data)[-1]
    update = b"%s 0 obj\n%s\nendobj\n" % (number, page.replace(b"/Type /Page", b"/Type /Page /UserUnit 2", 1))
    table = b"xref\n%s 1\n%010d 00000 n \n" % (number, start)
    trailer = b"trailer\n<< /Size %s /Root %s /Prev %s >>\nstartxref\n%d\n%%%%EOF\n"
    return data + b"\n" + update + table + trailer % (size, root, previous, start + len(update))


def test_good_files(signed, stamped, trust):
    for data in (signed, stamped):
        answer = verify.verify_bytes(data, "a.pdf", trust)
        assert answer["verdict"] == "valid", answer
        (one,) = answer["signatures"]
        assert one["signer"] == demo_pki.AGENCIES[AGENCY][1]
        assert one["covers_whole_file"] and one["intact"] and one["trusted"]
    assert verify.verify_bytes(stamped, "a.pdf", trust)["signatures"][0]["timestamped"]


def test_answer_has_the_contract_s_keys(signed, trust):
    (one,) = verify.verify_bytes(signed, "a.pdf", trust)["signatures"]
    assert set(one) == set(
        "signer citizen_id_masked tax_id issuer serial signed_at timestamped level intact covers_whole_file trusted"
        " revoked verdict reason".split()
    )


def test_citizen_number_is_masked(pki, trust):
    data = sign.sign_pdf(make_pdf(), key(pki, "citizen1"))
    (one,) = verify.verify_bytes(data, "a.pdf", trust)["signatures"]
    assert one["citizen_id_masked"] == "046*******01"
    assert demo_pki.CITIZENS["citizen1"][1] not in str(one)


def test_second_signature_keeps_the_first(signed, pki, trust):
    both = sign.sign_pdf(signed, key(pki, f"seal_{AGENCY}"))
    answer = verify.verify_bytes(both, "a.pdf", trust)
    assert [one["verdict"] for one in answer["signatures"]] == ["valid", "valid"]


def test_nobody_is_trusted_by_an_empty_store(signed):
    assert verdict(signed, verify.Trust()) == "untrusted"


def test_without_revocation_data_it_is_unknown(signed, trust):
    assert verdict(signed, verify.Trust(trust.anchors, trust.intermediates, [])) == "unknown"


def test_look_alike_root_is_untrusted(signed, tmp_path):
    demo_pki.make(tmp_path)
    names = ("authority_root", "authority_ca")
    rogue = verify.Trust(
        [(tmp_path / "authority_root.pem").read_bytes()],
        [(tmp_path / "authority_ca.pem").read_bytes()],
        [(tmp_path / f"{name}.crl").read_bytes() for name in names],
    )
    assert verdict(signed, rogue) == "untrusted"


def test_expired_without_and_with_a_proven_time(signed, stamped, trust):
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=365 * 6)
    assert verdict(signed, trust, later) in ("expired", "unknown")
    assert verdict(signed, trust, later) not in ("valid", "amended")


@pytest.mark.parametrize("position", [50, 200, 400])
def test_a_flipped_byte_is_found(signed, trust, position):
    broken = bytearray(signed)
    broken[position] ^= 1
    assert verdict(bytes(broken), trust) in ("modified", "unreadable")


def test_a_flipped_byte_of_the_signature_is_found(signed, trust):
    start = signed.index(b"/Contents <") + 600
    broken = signed[:start] + (b"1" if signed[start : start + 1] != b"1" else b"2") + signed[start + 1 :]
    assert verdict(broken, trust) == "modified"


def test_content_changed_after_signing(signed, trust):
    answer = verify.verify_bytes(turned(signed), "a.pdf", trust)
    assert answer["verdict"] == "modified"
    assert answer["signatures"][0]["intact"]


@pytest.mark.parametrize("tail", [b"junk", b"\n%PDF-1.4 another", b"\n<script>"])
def test_trailing_data(signed, trust, tail):
    assert verdict(signed + tail, trust) == "modified"


@pytest.mark.parametrize(
    "replacement", [b"/ByteRange [0 0 0 0]", b"/ByteRange []", b"/ByteRange null", b"/ByteRange [0 1 2 3 4 5]"]
)
def test_byte_range_is_checked(signed, trust, replacement):
    found = re.search(rb"/ByteRange \[[^\]]*\]", signed)
    broken = signed.replace(found[0], replacement.ljust(len(found[0])))
    assert verdict(broken, trust) == "modified"


def test_empty_signature(signed, trust):
    found = re.search(rb"/Contents <[0-9a-fA-F]*>", signed)
    zeros = b"/Contents <" + b"0" * (len(found[0]) - 12) + b">"
    assert verdict(signed.replace(found[0], zeros), trust) == "modified"


def test_truncated_and_glued(signed, trust):
    assert verdict(signed[: len(signed) // 2], trust) in ("modified", "unreadable")
    assert verdict(b"junk" + signed, trust) != "valid"


def test_unknown_kind_of_signature(signed, trust):
    other = signed.replace(b"/ETSI.CAdES.detached", b"/adbe.x509.rsa_sha1 ")
    assert verdict(other, trust) in ("unsupported", "modified")


def test_removed_signature_is_not_unsigned(signed, trust):
    stripped = signed.replace(b"/FT /Sig", b"/FT /Btn")
    assert verdict(stripped, trust) not in ("unsigned", "valid", "amended")


def test_unsigned_and_others(trust):
    assert verdict(make_pdf(), trust) == "unsigned"
    assert verify.verify_bytes(b"<?xml version='1.0'?><a/>", "a.xml", trust)["verdict"] == "unsigned"
    signed_xml = b"<?xml version='1.0'?><a xmlns='http://www.w3.org/2000/09/xmldsig#'/>"
    assert verify.verify_bytes(signed_xml, "a.xml", trust)["verdict"] == "unsupported"


def test_bombs_end_in_the_limited_process(trust):
    worker = load_package("dvc_account", "signing", "worker").Worker()
    bomb = zlib.compress(b"\0" * 300_000_000)
    hostile = b"%%PDF-1.5\n1 0 obj\n<< /Type /XRef /Size 2 /W [1 2 1] /Length %d /Filter /FlateDecode /Root 1 0 R >>\n"
    hostile = hostile % len(bomb) + b"stream\n" + bomb + b"\nendstream\nendobj\nstartxref\n9\n%%EOF\n"
    try:
        answer = worker.verify(hostile, "a.pdf", verify.Trust())
        assert answer is None or answer["verdict"] == "unreadable"
        assert worker.verify(make_pdf(), "a.pdf", verify.Trust())["verdict"] == "unsigned"
    finally:
        worker.stop()


def test_pki_is_kept(pki):
    before = (pki / "citizen_root.pem").read_bytes()
    assert demo_pki.make(pki) is False
    assert (pki / "citizen_root.pem").read_bytes() == before
    assert (pki / "password").stat().st_mode & 0o077 == 0
