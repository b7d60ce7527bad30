#!/usr/bin/env python3
# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""One dossier from a citizen's account to the signed result handed over, over XML-RPC.

Needs nothing but Python and a running demo: ``./dvc run --detach && python3 examples/journey.py``.
DVC_URL and DVC_DB name another server or database.
"""

import base64
import datetime
import os
import random
import sys
import xmlrpc.client
import zlib

URL = os.environ.get("DVC_URL", "http://localhost:8069")
DB = os.environ.get("DVC_DB", "dvc")
AGENCY = "000.12.29.H57"
PROCEDURE = "2.000635"  # bản sao trích lục hộ tịch: 8,000 đ a copy


class Caller:
    """A user of the server; ``caller("dvc.dossier", "receive", [id])`` calls a method."""

    def __init__(self, login: str, password: str | None = None):
        self.password = password or login
        common = xmlrpc.client.ServerProxy(f"{URL}/xmlrpc/2/common")
        self.uid = common.authenticate(DB, login, self.password, {})
        if not self.uid:
            sys.exit(f"Cannot sign in as {login} at {URL}, database {DB}: is the demo running?")
        self.models = xmlrpc.client.ServerProxy(f"{URL}/xmlrpc/2/object")

    def __call__(self, model: str, method: str, *positional, **named):
        return self.models.execute_kw(DB, self.uid, self.password, model, method, list(positional), named)


def pdf(text: str) -> str:
    """Return a one-page PDF with a line of text, in base64."""
    stream = zlib.compress(f"BT /F1 14 Tf 60 780 Td ({text}) Tj ET".encode("latin-1"))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R"
        b" /Resources << /Font << /F1 4 0 R >> >> >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(stream), stream),
    ]
    body, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    tail = b"xref\n0 6\n0000000000 65535 f \n%strailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return base64.b64encode(body + tail % (table, len(body))).decode()


def step(number: int, text: str, answer) -> None:
    print(f"{number:>2}. {text}\n    {answer}")


def main() -> None:
    app, officer, specialist, leader = (Caller(r) for r in ("integrator", "officer", "specialist", "leader"))
    facts = {
        "full_name": "Nguyễn Thị Hành Trình",
        "citizen_id": f"046190{random.randrange(10**6):06d}",  # Huế, a woman born in 1990
        "issue_date": "2021-05-20",
        "phone": f"09140{random.randrange(10**5):05d}",
    }
    # The demo's identity source is a sandbox table; a new person is registered in it first.
    Caller("admin")("dvc.identity.source", "create", [facts])

    account = app("dvc.account", "register", phone=facts["phone"], name=facts["full_name"])["id"]
    step(1, "The app registers the citizen's account", account)
    step(2, "The four facts match: standardised", app("dvc.account", "standardize", [account], **facts))

    found = app("dvc.procedure", "search_catalogue", query="trich luc ho tich", agency_code=AGENCY)
    procedure = next(line for line in found if line["code"] == PROCEDURE)
    step(3, "The procedure is found without accents", procedure["name"])
    files = [
        {"code": component["code"], "filename": f"{component['code']}.pdf", "content": pdf(component["code"])}
        for component in procedure["components"]
        if component["required"]
    ]
    dossier = app(
        "dvc.dossier",
        "submit",
        account_id=account,
        procedure_code=PROCEDURE,
        agency_code=AGENCY,
        components=files,
        delivery="counter",
        client_ref=f"journey-{facts['citizen_id']}",
    )
    step(4, "Submitted: one working hour to receive it", dossier)
    one, code = [dossier["id"]], dossier["code"]
    step(5, "The officer receives it; the fee is due first", officer("dvc.dossier", "receive", one))

    reference = f"BANK-{facts['citizen_id']}"
    top_up = app("dvc.wallet", "top_up", account_id=account, amount=50_000, bank_ref=reference)
    step(6, "The wallet is topped up", top_up)
    paid = app("dvc.wallet", "pay", dossier_id=dossier["id"], idempotency_key=f"pay-{code}")
    step(7, "The fee is paid from the wallet; a receipt is issued", paid)

    step(8, "The officer assigns it", officer("dvc.dossier", "assign", one, login="specialist"))
    step(9, "The specialist starts", specialist("dvc.dossier", "start", one))
    today = datetime.date.today().isoformat()
    result = specialist(
        "dvc.result",
        "publish",
        dossier_id=dossier["id"],
        content=pdf("Trich luc ho tich (ban sao)"),
        filename="trich-luc.pdf",
        number="01/TLKT",
        issue_date=today,
    )
    step(10, "The specialist publishes the result", result)
    signed = leader("dvc.result", "sign", [result["id"]])
    step(11, "The leader signs it", signed)

    step(12, "The clock can be replayed", app("dvc.dossier", "track", code=code)["due_at"])
    handed = officer(
        "dvc.result",
        "hand_over",
        [result["id"]],
        recipient_name=facts["full_name"],
        recipient_citizen_id=facts["citizen_id"],
    )
    step(13, "The officer hands it over", handed)
    verified = app("dvc.result", "verify", code=result["code"])
    step(14, "Anyone verifies it by its code", verified)
    audit = Caller("accountant")("dvc.wallet", "audit")
    step(15, "The ledger is whole", audit)
    if not (signed["verdict"] == "valid" and handed["state"] == "returned" and verified["valid"] and audit["ok"]):
        sys.exit("The journey did not end as it should.")
    print(f"The journey is complete: {code}")


if __name__ == "__main__":
    main()
