# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The receipt of a handover, *Phiếu giao nhận kết quả giải quyết thủ tục hành chính* (A5)."""

import datetime
from dataclasses import dataclass

TITLE = "PHIẾU GIAO NHẬN KẾT QUẢ"


@dataclass(frozen=True)
class Receipt:
    """What the receipt says; the moment is in Vietnam's time.

    :param drawn: the recipient's signature as PNG, empty where it is signed by hand
    """

    letterhead: object
    number: str
    code: str
    request: str
    result_code: str
    result_number: str
    sha256: str
    is_copy: bool
    recipient: str
    citizen_id: str
    papers: tuple[str, ...]
    at: datetime.datetime
    officer: str
    drawn: bytes = b""


def draw(paper, receipt: Receipt) -> None:
    """Write the receipt.

    :param paper: a ``Paper`` of A5
    """
    paper.start(f"{receipt.number} · {receipt.code}")
    paper.letterhead(receipt.letterhead)
    paper.heading(TITLE, "(Bản sao giấy của kết quả điện tử)" if receipt.is_copy else "")
    paper.line("Mã hồ sơ", receipt.code)
    paper.line("Nội dung giải quyết", receipt.request)
    paper.line("Mã kết quả", receipt.result_code)
    paper.line("Số, ký hiệu kết quả", receipt.result_number)
    paper.line("Người nhận kết quả", receipt.recipient)
    paper.line("Số CMND/CCCD/Hộ chiếu", receipt.citizen_id)
    paper.line("Thời gian giao", paper.moment(receipt.at))
    if receipt.papers:
        paper.text("Giấy tờ bản giấy đã thu hoặc đã đối chiếu:")
        paper.items(receipt.papers)
    paper.signatures(("NGƯỜI NHẬN KẾT QUẢ", receipt.recipient), ("NGƯỜI GIAO KẾT QUẢ", receipt.officer))
    if receipt.drawn:
        paper.image(receipt.drawn, "Chữ ký của người nhận trên bảng ký điện tử:")
    paper.note(f"Mã băm SHA-256 của tệp kết quả: {receipt.sha256}")
