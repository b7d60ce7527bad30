# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Fees, postings, words, VietQR, transfer notes and bank statements, without Odoo."""

import random

import pytest
from conftest import load

fee_formula = load("dvc_wallet", "domain/fee_formula.py")
posting = load("dvc_wallet", "domain/posting.py")
amount_in_words = load("dvc_wallet", "domain/amount_in_words.py")
vietqr = load("dvc_wallet", "domain/vietqr.py")
transfer_note = load("dvc_wallet", "domain/transfer_note.py")
statement_csv = load("dvc_wallet", "domain/statement_csv.py")

CERTIFIED_COPY = fee_formula.FeeRule("CT", "Chứng thực", "per_page", 2000, 2, 1000, 200_000)


@pytest.mark.parametrize(
    ("pages", "copies", "amount"),
    [(1, 1, 2000), (2, 1, 4000), (3, 1, 5000), (5, 1, 7000), (5, 3, 21_000), (198, 1, 200_000), (250, 2, 400_000)],
)
def test_certified_copies(pages, copies, amount):
    line = fee_formula.compute(CERTIFIED_COPY, copies, pages)
    assert line.amount == amount
    assert line.explanation.startswith(f"{copies} bản × (")


def test_the_explanation_counts_up_to_the_amount():
    line = fee_formula.compute(CERTIFIED_COPY, 3, 5)
    assert line.explanation == "3 bản × (2 trang × 2.000 đ + 3 trang × 1.000 đ)"
    capped = fee_formula.compute(CERTIFIED_COPY, 1, 250)
    assert capped.explanation.endswith("= 252.000 đ, tối đa 200.000 đ)")


def test_per_copy_and_fixed():
    extract = fee_formula.FeeRule("TL", "Trích lục", "per_copy", 8000)
    assert fee_formula.compute(extract, 3).amount == 24_000
    contract = fee_formula.FeeRule("HD", "Hợp đồng", "fixed", 50_000)
    assert fee_formula.compute(contract, 3, 9).amount == 50_000


@pytest.mark.parametrize(("copies", "pages"), [(0, 1), (1, 0), (-1, 1)])
def test_nothing_costs_nothing_by_mistake(copies, pages):
    with pytest.raises(ValueError):
        fee_formula.compute(CERTIFIED_COPY, copies, pages)


def test_a_rule_is_kept_and_taken_again():
    assert fee_formula.FeeRule(**CERTIFIED_COPY.as_dict()) == CERTIFIED_COPY


def test_parts_of_a_fee_sum_to_what_is_paid():
    lines = [fee_formula.FeeLine(code, code, amount, "x").as_dict() for code, amount in (("A", 8000), ("B", 5000))]
    chance = random.Random(3)
    for _ in range(200):
        before = chance.randrange(13_000)
        amount = chance.randrange(1, 13_001 - before)
        shared = fee_formula.share(lines, before, amount)
        assert sum(line["amount"] for line in shared) == amount
        assert all(line["amount"] > 0 for line in shared)
    assert fee_formula.share(lines, 0, 13_000) == lines
    [rest, other] = fee_formula.share(lines, 6000, 7000)
    assert (rest["amount"], rest["explanation"]) == (2000, "x = 8.000 đ, lần này thu 2.000 đ")
    assert other == lines[1]


def test_a_posting_is_ordered_by_wallet():
    assert posting.checked([(9, -5), (2, 3), (4, 2)]) == [(2, 3), (4, 2), (9, -5)]
    assert posting.moved([(9, -5), (2, 3), (4, 2)]) == 5


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [(1, 5)],
        [(1, 5), (2, -4)],
        [(1, 5), (1, -5)],
        [(1, 0), (2, 0)],
        [(1, 0.5), (2, -0.5)],
        [(1, float("inf")), (2, float("-inf"))],
    ],
)
def test_no_double_entry(lines):
    with pytest.raises(posting.Unbalanced):
        posting.checked(lines)


def test_fingerprint_tells_arguments_apart():
    one = posting.fingerprint("pay", dossier=7)
    assert one == posting.fingerprint("pay", dossier=7)
    assert len({one, posting.fingerprint("pay", dossier=8), posting.fingerprint("refund", dossier=7)}) == 3


@pytest.mark.parametrize("amount", [0, -1, 0.5, float("nan"), float("inf"), 10**15 + 1])
def test_no_amounts(amount):
    assert not posting.is_amount(amount)


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (0, "Không đồng"),
        (1, "Một đồng"),
        (10, "Mười đồng"),
        (15, "Mười lăm đồng"),
        (21, "Hai mươi mốt đồng"),
        (101, "Một trăm linh một đồng"),
        (8000, "Tám nghìn đồng"),
        (21_000, "Hai mươi mốt nghìn đồng"),
        (105_000, "Một trăm linh năm nghìn đồng"),
        (1_015_000, "Một triệu không trăm mười lăm nghìn đồng"),
        (1_000_001, "Một triệu không trăm linh một đồng"),
        (200_000, "Hai trăm nghìn đồng"),
        (1_000_000_000, "Một tỷ đồng"),
        (1_500_000_000_000, "Một nghìn năm trăm tỷ đồng"),
    ],
)
def test_amounts_in_words(amount, words):
    assert amount_in_words.in_words(amount) == words


DIGITS = {word: value for value, word in enumerate("không một hai ba bốn năm sáu bảy tám chín".split())}
SCALES = {"nghìn": 10**3, "triệu": 10**6}


def read_aloud(text: str) -> int:
    """Count words back to the number, by rules of its own: what is said once must mean one number."""
    total = below_billion = group = digit = 0
    for word in text.lower().removesuffix(" đồng").split():
        if word in DIGITS:
            digit = DIGITS[word]
        elif word in ("mốt", "lăm"):
            digit = {"mốt": 1, "lăm": 5}[word]
        elif word == "trăm":
            group, digit = group + digit * 100, 0
        elif word == "mươi":
            group, digit = group + digit * 10, 0
        elif word == "mười":
            group += 10
        elif word in SCALES:
            below_billion, group, digit = below_billion + (group + digit) * SCALES[word], 0, 0
        elif word == "tỷ":
            total, below_billion, group, digit = (total + below_billion + group + digit) * 10**9, 0, 0, 0
        else:
            assert word == "linh", word
    return total + below_billion + group + digit


def test_words_mean_their_number():
    chance = random.Random(7)
    numbers = [*range(1200), *(10**power + step for power in range(3, 15) for step in (-1, 0, 1, 5, 15, 21))]
    numbers += [chance.randrange(10 ** chance.randrange(4, 15)) for _ in range(2000)]
    for number in numbers:
        assert read_aloud(amount_in_words.in_words(number)) == number


@pytest.mark.parametrize("amount", [-1, 1.5, 10**18])
def test_no_words_for_no_amount(amount):
    with pytest.raises(ValueError):
        amount_in_words.in_words(amount)


def test_vietqr_of_the_reference():
    text = vietqr.transfer("970436", "0123456789", "NAP VI HS00012", 50_000)
    assert text == (
        "00020101021238540010A00000072701240006970436011001234567890208QRIBFTTA"
        "53037045405500005802VN62180814NAP VI HS000126304BD9E"
    )


def test_vietqr_crc_is_the_published_one():
    # CRC-16/CCITT-FALSE, the check value of its definition.
    assert vietqr.crc("123456789") == "29B1"


def test_vietqr_without_an_amount_is_static():
    text = vietqr.transfer("970436", "0123456789", "x")
    assert text.startswith("000201010211")
    assert "5303704" in text
    assert "5802VN" in text
    assert vietqr.crc(text[:-4]) == text[-4:]


def test_vietqr_note_is_plain():
    assert vietqr.plain("Nạp ví: Đặng Thị Ngọc Ánh, phường Hương Sơ") == "NAP VI DANG THI NGOC ANH"


@pytest.mark.parametrize(("bank", "account"), [("97043", "1"), ("970436", ""), ("970436", "12 34"), ("abcdef", "1")])
def test_vietqr_refuses(bank, account):
    with pytest.raises(ValueError):
        vietqr.transfer(bank, account, "x")


@pytest.mark.parametrize("account", [1, 12, 9_999_999, 10_000_000, 2_147_483_647])
def test_note_finds_its_account(account):
    note = transfer_note.note_for(account)
    assert len(note) <= vietqr.PURPOSE_MAX
    assert vietqr.plain(note) == note
    assert transfer_note.account_in(note) == account
    assert transfer_note.account_in(f"MBVCB.3278907687.{note.lower()}.CT tu 0071000123456") == account
    assert transfer_note.account_in(f"IBFT {note.replace(' ', '')}") == account


def test_a_wrong_digit_finds_nobody():
    note = transfer_note.note_for(1234)
    for place in range(len(note) - 9, len(note)):
        for digit in "0123456789":
            wrong = note[:place] + digit + note[place + 1 :]
            if wrong != note:
                assert transfer_note.account_in(wrong) is None, wrong


def test_swapped_digits_find_nobody():
    note = transfer_note.note_for(1234)
    for place in range(len(note) - 9, len(note) - 1):
        wrong = note[:place] + note[place + 1] + note[place] + note[place + 2 :]
        if wrong != note:
            assert transfer_note.account_in(wrong) is None, wrong


def test_two_accounts_in_one_note_are_none():
    assert transfer_note.account_in(transfer_note.note_for(5) + " " + transfer_note.note_for(6)) is None
    assert transfer_note.account_in("") is None


def test_statement_in_the_ways_banks_write_it():
    english = b"\xef\xbb\xbfref,date,amount,note\r\nFT1,2026-11-24,50000,NAP VI\r\nFT2,2026-11-24,-20000,fee\r\n"
    assert statement_csv.read(english)[0].amount == 50_000
    assert len(statement_csv.read(english)) == 1
    vietnamese = 'Ngày;Số tham chiếu;Ghi có;Nội dung\n24/11/2026;FT9;1.250.000;"Nạp ví; lần 2"\n24/11/2026;FT10;;phí\n'
    [line] = statement_csv.read(vietnamese.encode())
    assert (line.bank_ref, line.amount, line.note) == ("FT9", 1_250_000, "Nạp ví; lần 2")
    assert line.date.isoformat() == "2026-11-24"


@pytest.mark.parametrize(
    ("content", "problem", "row"),
    [
        (b"", "head", 0),
        (b"\xff\xfe", "encoding", 0),
        (b"ref,date,note\nA,2026-01-01,x\n", "head", 0),
        (b"ref,date,amount,note\nA,2026-01-01,5,x\nB,yesterday,5,x\n", "row", 3),
        (b"ref,date,amount,note\n,2026-01-01,5,x\n", "row", 2),
        (b"ref,date,amount,note\nA,2026-01-01,five,x\n", "row", 2),
        (b"ref,date,amount,note\nA,2026-01-01\n", "row", 2),
        (b'ref,date,amount,note\nA,2026-01-01,5,"x\n', "row", 2),
    ],
)
def test_no_statement(content, problem, row):
    with pytest.raises(statement_csv.BadStatement) as caught:
        statement_csv.read(content)
    assert (caught.value.problem, caught.value.row) == (problem, row)


def test_a_statement_has_an_end():
    row = "A,2026-01-01,-5,x\n"
    head = "ref,date,amount,note\n"
    assert statement_csv.read((head + row * statement_csv.ROWS_MAX).encode()) == []
    with pytest.raises(statement_csv.BadStatement) as caught:
        statement_csv.read((head + row * (statement_csv.ROWS_MAX + 1)).encode())
    assert caught.value.problem == "rows"


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("50000", 50_000),
        ("50,000.00", 50_000),
        ("50.000,00", 50_000),
        ("+1.250.000 đ", 1_250_000),
        ("100.000", 100_000),
        ("1 250 000 VND", 1_250_000),
        ("1,250,000", 1_250_000),
        ("50000.00", 50_000),
        ("50000,0", 50_000),
        ("999.999.999.999", 999_999_999_999),
    ],
)
def test_amounts_of_statements(text, amount):
    row = f"ref;date;amount;note\nA;2026-01-01;{text};x\n"
    assert statement_csv.read(row.encode())[0].amount == amount


@pytest.mark.parametrize("text", ["", "0", "0.00", "-20000", "- 1.250.000,00"])
def test_what_did_not_come_in_is_left_out(text):
    row = f"ref;date;amount;note\nA;2026-01-01;{text};x\n"
    assert statement_csv.read(row.encode()) == []


@pytest.mark.parametrize(
    "text",
    [
        "1.250.000,50",
        "100000.50",
        "50000.5",
        "50000.000",
        "1.250.00",
        "1.250.000.00",
        "1.250,000",
        "1,250.000,00",
        "0.500",
        "12.34",
        "1..000",
        ".000",
        "5e3",
        "1_000",
        "--5",
        "(5)",
        "٥٠",
        "1" + 20 * "0",
    ],
)
def test_an_amount_that_may_mean_something_else_is_refused(text):
    row = f"ref;date;amount;note\nA;2026-01-01;{text};x\n"
    with pytest.raises(statement_csv.BadStatement):
        statement_csv.read(row.encode())
