# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The document that a citizen signs to prove the key of a certificate."""

import datetime

from .paper import moment_words

TITLE = "XÁC NHẬN NẮM GIỮ KHÓA KÝ"


def draw(paper, name: str, token: str, made: datetime.datetime, ends: datetime.datetime) -> None:
    """Write the document.

    :param paper: a ``Paper`` of A4
    :param name: of the account's holder
    :param token: what makes the document one of its kind
    :param made: aware, Vietnam's time
    :param ends: likewise: when it stops to prove anything
    """
    paper.start(token)
    paper.heading(TITLE, "dùng để đăng ký chứng thư chữ ký số trên hệ thống dịch vụ công trực tuyến")
    paper.gap()
    paper.line("Chủ tài khoản", name)
    paper.line("Mã xác nhận", token)
    paper.line("Lập lúc", moment_words(made))
    paper.line("Có giá trị đến", moment_words(ends))
    paper.gap()
    paper.text(
        "Tôi ký số tài liệu này để xác nhận tôi đang nắm giữ khóa bí mật của chứng thư chữ ký số dùng để ký, và đề nghị"
        " đăng ký chứng thư đó cho tài khoản dịch vụ công của tôi."
    )
    paper.gap()
    paper.note("Tài liệu chỉ dùng một lần cho việc đăng ký nêu trên và không có giá trị cho bất kỳ việc nào khác.")
