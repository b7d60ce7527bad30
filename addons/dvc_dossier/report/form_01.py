# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Form 01, *Giấy tiếp nhận hồ sơ và hẹn trả kết quả* (A5, Thông tư 01/2018/TT-VPCP)."""

import datetime
from dataclasses import dataclass

TITLE = "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ"


@dataclass(frozen=True)
class Form01:
    """What form 01 says; moments are in Vietnam's time."""

    letterhead: object
    code: str
    desk: str
    applicant: str
    address: str
    phone: str
    email: str
    citizen_id: str
    request: str
    components: tuple[str, ...]
    copies: int
    time_limit: str
    received_at: datetime.datetime | None
    due_at: datetime.datetime | None
    delivery: str
    fees: str
    book: str
    line_number: str
    officer: str
    copy_kind: str = "Liên: Giao người nộp hồ sơ"


def draw(paper, form: Form01) -> None:
    """Write the form.

    :param paper: a ``Paper`` of A5
    """
    paper.start(form.code)
    paper.letterhead(form.letterhead)
    paper.heading(TITLE, f"({form.copy_kind})")
    paper.line("Mã hồ sơ", form.code)
    paper.text(form.desk, bold=True)
    paper.line("Tiếp nhận hồ sơ của", form.applicant)
    paper.line("Địa chỉ", form.address)
    paper.line("Số điện thoại", f"{form.phone or '…………'}    Email: {form.email or '…………'}")
    paper.line("Số CMND/CCCD/Hộ chiếu", form.citizen_id)
    paper.line("Nội dung yêu cầu giải quyết", form.request)
    paper.text("Thành phần hồ sơ nộp gồm:")
    paper.items(form.components)
    paper.line("Số lượng hồ sơ", f"{form.copies} (bộ)")
    paper.line("Thời gian giải quyết hồ sơ theo quy định là", form.time_limit)
    paper.line("Thời gian nhận hồ sơ", paper.moment(form.received_at))
    paper.line("Thời gian trả kết quả giải quyết hồ sơ", paper.moment(form.due_at))
    paper.line("Đăng ký nhận kết quả tại", form.delivery)
    paper.line("Phí, lệ phí (nếu có)", form.fees)
    paper.line("Vào Sổ theo dõi hồ sơ, Quyển số", f"{form.book}    Số thứ tự: {form.line_number}")
    paper.signatures(("NGƯỜI NỘP HỒ SƠ", form.applicant), ("NGƯỜI TIẾP NHẬN HỒ SƠ", form.officer))
    paper.note(
        "Ghi chú: Giấy tiếp nhận hồ sơ và hẹn trả kết quả được lập thành 2 liên; một liên chuyển kèm theo hồ sơ,"
        " một liên giao cho người nộp hồ sơ. Người nộp hồ sơ có thể đăng ký nhận kết quả qua dịch vụ bưu chính."
    )
