# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import datetime

import pytest
from conftest import load

ids = load("dvc_account", "domain/citizen_id.py")
phones = load("dvc_account", "domain/phone.py")
codes = load("dvc_account", "domain/one_time_code.py")
chain = load("dvc_account", "domain/hash_chain.py")
masking = load("dvc_account", "domain/masking.py")
names = load("dvc_account", "domain/person_name.py")
boxes = load("dvc_account", "domain/secret_box.py")

TODAY = datetime.date(2026, 3, 2)


@pytest.mark.parametrize(
    ("text", "sex", "year"),
    [("046203001234", "male", 2003), ("046 185 001 234", "female", 1985), ("001099000001", "male", 1999)],
)
def test_citizen_id(text, sex, year):
    citizen = ids.parse(text, TODAY)
    assert (citizen.sex, citizen.birth_year) == (sex, year)
    assert len(citizen.number) == 12


@pytest.mark.parametrize(
    "text", ["", "04620300123", "0462030012345", "003203001234", "046227001234", "04620300123x", "０46203001234"]
)
def test_not_a_citizen_id(text):
    with pytest.raises(ids.InvalidCitizenId):
        ids.parse(text, TODAY)


def test_issue_date():
    citizen = ids.parse("046203001234", TODAY)
    ids.check_issue_date(datetime.date(2021, 5, 12), citizen, TODAY)
    ids.check_issue_date(TODAY, citizen, TODAY)
    child = ids.parse("046225001234", TODAY)
    for day, who in (
        (datetime.date(2015, 12, 31), citizen),
        (datetime.date(2026, 3, 3), citizen),
        (datetime.date(2024, 1, 1), child),
    ):
        with pytest.raises(ids.InvalidIssueDate):
            ids.check_issue_date(day, who, TODAY)


@pytest.mark.parametrize(
    "text", ["0914123567", "0914 123 567", "0914.123.567", "+84914123567", "84914123567", "0084914123567"]
)
def test_phone(text):
    assert phones.to_e164(text) == "+84914123567"
    assert phones.national("+84914123567") == "0914123567"


@pytest.mark.parametrize("text", ["", "123", "0914", "+14155552671", "01234567890", "phone", "0914123567 ext. 5"])
def test_not_a_phone(text):
    with pytest.raises(phones.InvalidPhone):
        phones.to_e164(text)


def test_codes():
    assert all(codes.is_well_formed(codes.new_code()) for _i in range(50))
    assert not any(codes.is_well_formed(text) for text in ("12345", "1234567", "12345a", "１２３４５６"))
    assert codes.new_token() != codes.new_token()


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("Ab1", "short"),
        ("x1" * 64, "short"),
        ("12345678", "simple"),
        ("abcdefgh", "simple"),
        ("aaaa1111", "simple"),
        ("xx914123567", "private"),
        ("Mat-khau-2026", None),
    ],
)
def test_password(password, why):
    assert codes.password_weakness(password, ("914123567", "")) == why


def test_chain():
    records = [{"n": 1, "t": "ạ"}, {"t": "b", "n": 2}, {"n": 3}]
    links, previous = [], ""
    for record in records:
        previous = chain.link(previous, record)
        links.append((dict(record), previous))
    assert chain.first_broken(links) is None
    assert previous.startswith("$1$")
    links[1][0]["n"] = 5
    assert chain.first_broken(links) == 1
    assert chain.first_broken([links[0], links[2]]) == 1, "a missing link shows"


def test_masking():
    assert masking.citizen_id("046185001234") == "046*******34"
    assert masking.phone("0914123567") == "0914***567"
    assert masking.email("nga.le@example.com") == "n***@example.com"


@pytest.mark.parametrize(
    ("one", "other", "difference"),
    [
        ("Nguyễn Thị An", "  NGUYỄN  THỊ AN ", "none"),
        ("Bùi Thị Hoà", "Bùi Thị Hòa", "none"),
        ("Đỗ Thuý", "Đỗ Thúy", "none"),
        ("Nguye\u0302\u0303n An", "Nguyễn An", "none"),
        ("Lê Quý", "Lê Quy", "accents"),
        ("Nguyễn Thị An", "Nguyen Thi An", "accents"),
        ("Nguyễn Thị An", "An Nguyễn Thị", "order"),
        ("Nguyễn Thị An", "Nguyễn Thị Anh", "other"),
    ],
)
def test_names(one, other, difference):
    assert names.difference(one, other) == difference
    assert names.difference(other, one) == difference


def test_secret_box():
    box = boxes.SecretBox(b"k" * 32)
    sealed = box.seal("046185001234", "citizen_id")
    assert "046185001234" not in sealed
    assert box.open(sealed, "citizen_id") == "046185001234"
    assert box.seal("046185001234", "citizen_id") != sealed
    assert box.digest("a", "phone") == box.digest("a", "phone") != box.digest("a", "citizen_id")
    assert boxes.SecretBox(b"l" * 32).digest("a", "phone") != box.digest("a", "phone")
    for wrong in (lambda: box.open(sealed, "phone"), lambda: boxes.SecretBox(b"l" * 32).open(sealed, "citizen_id")):
        with pytest.raises(boxes.BadSecret):
            wrong()
    for text in ("", "v1.", "v1.????", sealed[:-8], "v2" + sealed[2:]):
        with pytest.raises(boxes.BadSecret):
            box.open(text, "citizen_id")
    with pytest.raises(ValueError, match="short"):
        boxes.SecretBox(b"short")


def test_each_code_is_hashed_with_its_own_salt():
    salts = {codes.new_salt() for _ in range(100)}
    assert len(salts) == 100
    assert all(len(salt) == 32 for salt in salts)
    assert codes.salted("s", "c", "123456") != codes.salted("t", "c", "123456")


def test_a_days_guessing_is_bounded():
    """Ten wrong answers per phone and purpose, whatever the number of codes: 1 in 100,000."""
    assert codes.chance_per_day() == pytest.approx(1e-5)
    assert codes.GUESS_PHONE.seconds == codes.DAY
    assert codes.GUESS_CODE.most == codes.WRONG_MAX == 5


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("not an address", "not an address"),
    ],
)
def test_one_visitor_however_the_address_is_written(address, network):
    assert codes.network_of(address) == network
