# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Form 02, *Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ* (A5, Thông tư 01/2018/TT-VPCP)."""

from dataclasses import dataclass

TITLE = "PHIẾU YÊU CẦU BỔ SUNG, HOÀN THIỆN HỒ SƠ"


@dataclass(frozen=True)
class Form02:
    """What form 02 says.

    :param items: one sentence for each component asked for
    :param contact: whom to ask, with the phone number
    """

    letterhead: object
    code: str
    desk: str
    applicant: str
    address: str
    phone: str
    email: str
    request: str
    items: tuple[str, ...]
    reason: str
    contact: str
    contact_phone: str
    officer: str


def draw(paper, form: Form02) -> None:
    """Write the form.

    :param paper: a ``Paper`` of A5
    """
    paper.start(form.code)
    paper.letterhead(form.letterhead)
    paper.heading(TITLE)
    paper.line("Mã hồ sơ", form.code)
    paper.text(form.desk, bold=True)
    paper.line("Tiếp nhận hồ sơ của", form.applicant)
    paper.line("Nội dung yêu cầu giải quyết", form.request)
    paper.line("Địa chỉ", form.address)
    paper.line("Số điện thoại", f"{form.phone or '…………'}    Email: {form.email or '…………'}")
    paper.text("Yêu cầu hoàn thiện hồ sơ gồm những nội dung sau:", bold=True)
    paper.items(form.items)
    paper.line("Lý do", form.reason)
    paper.text(
        "Trong quá trình hoàn thiện hồ sơ nếu có vướng mắc, Ông/Bà liên hệ với "
        f"{form.contact} số điện thoại {form.contact_phone or '…………'} để được hướng dẫn./."
    )
    paper.signatures(("NGƯỜI HƯỚNG DẪN", form.officer))
