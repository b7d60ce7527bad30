# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Form 04, *Phiếu xin lỗi và hẹn lại ngày trả kết quả* (A5, Thông tư 01/2018/TT-VPCP)."""

import datetime
from dataclasses import dataclass

TITLE = "PHIẾU XIN LỖI VÀ HẸN LẠI NGÀY TRẢ KẾT QUẢ"


@dataclass(frozen=True)
class Form04:
    """What form 04 says; moments are in Vietnam's time."""

    letterhead: object
    code: str
    desk: str
    applicant: str
    address: str
    phone: str
    request: str
    received_at: datetime.datetime | None
    promised_at: datetime.datetime | None
    due_at: datetime.datetime | None
    reason: str
    agency: str
    head_title: str
    head_name: str


def draw(paper, form: Form04) -> None:
    """Write the form.

    :param paper: a ``Paper`` of A5
    """
    paper.start(form.code)
    paper.letterhead(form.letterhead)
    paper.heading(TITLE)
    paper.line("Kính gửi", f"Ông/Bà {form.applicant}")
    paper.line("Địa chỉ", form.address)
    paper.line("Số điện thoại", form.phone)
    paper.text(
        f"{form.agency} đã tiếp nhận hồ sơ của Ông/Bà vào {paper.moment(form.received_at)}, về việc đề nghị giải quyết:"
        f" {form.request}, mã hồ sơ: {form.code}. Thời gian hẹn trả kết quả là {paper.moment(form.promised_at)}."
    )
    paper.text(
        "Đến nay, chưa hoàn thành giải quyết hồ sơ của Ông/Bà theo đúng thời gian ghi trong"
        " Giấy tiếp nhận hồ sơ và hẹn trả kết quả."
    )
    paper.line("Lý do", form.reason)
    paper.text(
        "Sự chậm trễ này đã gây phiền hà, tốn kém cho Ông/Bà."
        f" {form.agency} chân thành xin lỗi vì sự quá hạn nói trên. Rất mong nhận được sự thông cảm của Ông/Bà."
    )
    paper.text(
        f"Hồ sơ của Ông/Bà được trả kết quả vào {paper.moment(form.due_at)} tại {form.desk}. Trân trọng./.", bold=False
    )
    paper.signatures((form.head_title.upper(), form.head_name, "(Ký, ghi rõ họ tên và đóng dấu)"))
    paper.note("Nơi nhận: Như trên; Lưu: VT.")
