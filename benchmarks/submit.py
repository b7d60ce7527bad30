# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What does a submission cost, against a stock task with an attachment? Budget: 1.5."""

import base64
import itertools
import os

from measure import Web, paired

AGENCY, PROCEDURE = "000.12.29.H57", "2.000635"


def pdf_of(size: int) -> str:
    """Return a PDF of about ``size`` bytes that does not compress, in base64."""
    filler = os.urandom(size)
    head = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
    pages = b"2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n"
    page = b"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>\nendobj\n"
    stream = b"4 0 obj\n<< /Length %d >>\nstream\n%s\nendstream\nendobj\n" % (len(filler), filler)
    parts, body, offsets = (pages, page, stream), head, [9]
    for part in parts:
        offsets.append(len(body))
        body += part
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    tail = b"xref\n0 5\n0000000000 65535 f \n%strailer << /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return base64.b64encode(body + tail % (table, len(body))).decode()


def measure(rounds: int) -> dict:
    app, admin = Web("integrator"), Web("admin")
    account = app.call("dvc.account", "search", [("state", "=", "standardized")], limit=1)[0]
    found = app.call("dvc.procedure", "search_catalogue", query=PROCEDURE, agency_code=AGENCY)
    needed = [part["code"] for line in found for part in line["components"] if part["required"]][:1]
    content = pdf_of(100_000)
    project = admin.call("project.project", "create", [{"name": "Bench"}])[0]
    number = itertools.count()

    def submit():
        app.call(
            "dvc.dossier",
            "submit",
            account_id=account,
            procedure_code=PROCEDURE,
            agency_code=AGENCY,
            components=[{"code": code, "filename": "a.pdf", "content": content} for code in needed],
            client_ref=f"bench-{next(number)}",
        )

    def task():
        created = admin.call("project.task", "create", [{"name": "Bench", "project_id": project}])[0]
        values = {"name": "a.pdf", "datas": content, "res_model": "project.task", "res_id": created}
        admin.call("ir.attachment", "create", [values])

    ours, peer = paired(submit, task, rounds)
    return {
        "dvc.dossier.submit": ours.as_dict(),
        "project.task + attachment": peer.as_dict(),
        "ratio": round(ours.median_ms / peer.median_ms, 2),
        "note": "the submission includes the signature check of its file",
    }
