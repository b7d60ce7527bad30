# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Form 03, *Phiếu từ chối tiếp nhận giải quyết hồ sơ* (A5, Thông tư 01/2018/TT-VPCP)."""

from dataclasses import dataclass

TITLE = "PHIẾU TỪ CHỐI TIẾP NHẬN GIẢI QUYẾT HỒ SƠ"


@dataclass(frozen=True)
class Form03:
    """What form 03 says."""

    letterhead: object
    code: str
    desk: str
    applicant: str
    address: str
    phone: str
    email: str
    request: str
    reason: str
    legal_basis: str
    officer: str


def draw(paper, form: Form03) -> None:
    """Write the form.

    :param paper: a ``Paper`` of A5
    """
    paper.start(form.code)
    paper.letterhead(form.letterhead)
    paper.heading(TITLE)
    paper.line("Mã hồ sơ", form.code)
    paper.text(form.desk, bold=True)
    paper.line("Tiếp nhận hồ sơ của", form.applicant)
    paper.line("Địa chỉ", form.address)
    paper.line("Số điện thoại", f"{form.phone or '…………'}    Email: {form.email or '…………'}")
    paper.line("Nội dung yêu cầu giải quyết", form.request)
    paper.text(f"Qua xem xét, {form.desk} thông báo không tiếp nhận, giải quyết hồ sơ này với lý do cụ thể như sau:")
    paper.text(form.reason, bold=True)
    if form.legal_basis:
        paper.line("Căn cứ pháp lý", form.legal_basis)
    paper.text("Xin thông báo cho Ông/Bà được biết và thực hiện./.")
    paper.signatures(("NGƯỜI NỘP HỒ SƠ", form.applicant), ("NGƯỜI TIẾP NHẬN HỒ SƠ", form.officer))
