# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The fee receipt, *Biên lai thu phí, lệ phí* (Nghị định 123/2020/NĐ-CP Điều 32, Thông tư 91/2026/TT-BTC), A5."""

import datetime
from dataclasses import dataclass

TITLE = "BIÊN LAI THU PHÍ, LỆ PHÍ"
METHODS = {"wallet": "Ví điện tử", "cash": "Tiền mặt"}


@dataclass(frozen=True)
class FeeReceipt:
    """What the receipt says; the moment is in Vietnam's time.

    :param lines: ``(name, explanation, amount)``
    :param cancelled: the reason, where it was cancelled
    """

    letterhead: object
    template: str
    symbol: str
    number: str
    tax_id: str
    payer: str
    address: str
    code: str
    request: str
    lines: tuple[tuple[str, str, int], ...]
    amount: int
    words: str
    method: str
    issued_at: datetime.datetime
    issuer: str = ""
    cancelled: str = ""


def dong(amount: int) -> str:
    """Return ``8.000``."""
    return f"{amount:,}".replace(",", ".")


def draw(paper, receipt: FeeReceipt) -> None:
    """Write the receipt.

    :param paper: a ``Paper`` of A5
    """
    paper.start(f"{receipt.template} · {receipt.symbol} · {receipt.number}")
    paper.letterhead(receipt.letterhead)
    paper.heading(TITLE, "(Không có mệnh giá)")
    if receipt.cancelled:
        paper.text("ĐÃ HỦY", bold=True, center=True)
        paper.line("Lý do hủy", receipt.cancelled)
    paper.line("Mẫu số", receipt.template)
    paper.line("Ký hiệu", receipt.symbol)
    paper.line("Số", receipt.number)
    paper.line("Mã số thuế của đơn vị thu", receipt.tax_id)
    paper.line("Người nộp", receipt.payer)
    paper.line("Địa chỉ", receipt.address)
    paper.line("Mã hồ sơ", receipt.code)
    paper.line("Thủ tục", receipt.request)
    rows = [(name, explanation, dong(amount)) for name, explanation, amount in receipt.lines]
    paper.table(
        ("Tên loại phí, lệ phí", "Cách tính", "Số tiền (đồng)"),
        [*rows, ("Cộng", "", dong(receipt.amount))],
        (5, 6, 3),
    )
    paper.line("Số tiền (viết bằng chữ)", receipt.words)
    paper.line("Hình thức thanh toán", receipt.method)
    paper.line("Thời điểm thu", paper.moment(receipt.issued_at))
    paper.signatures(("NGƯỜI NỘP TIỀN", receipt.payer), ("NGƯỜI THU TIỀN", receipt.issuer))
