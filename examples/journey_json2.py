#!/usr/bin/env python3
# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The journey of ``journey.py`` over JSON-2: one POST a call, an API key a user.

Needs nothing but Python, a running demo and its keys:
``./dvc run --detach && ./dvc keys && python3 examples/journey_json2.py``.
DVC_URL, DVC_DB and DVC_KEYS (a JSON file of login: key) name other ones.
"""

import datetime
import json
import os
import random
import sys
import urllib.error
import urllib.request
from pathlib import Path

from journey import AGENCY, PROCEDURE, pdf, step

URL = os.environ.get("DVC_URL", "http://localhost:8069")
DB = os.environ.get("DVC_DB", "dvc")
KEYS = Path(os.environ.get("DVC_KEYS", Path(__file__).resolve().parents[1] / ".dvc" / "api_keys.json"))


class Caller:
    """A user of the server; ``caller("dvc.dossier", "receive", ids=[id])`` calls a method."""

    def __init__(self, login: str):
        self.key = json.loads(KEYS.read_text())[login]

    def __call__(self, model: str, method: str, **named):
        request = urllib.request.Request(
            f"{URL}/json/2/{model}/{method}",
            data=json.dumps(named).encode(),
            headers={
                "Content-Type": "application/json",
                "Authorization": f"bearer {self.key}",
                "X-Odoo-Database": DB,
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            # A refusal is 422, its message starts with the code: [dossier.bad_transition] …
            sys.exit(f"{model}.{method}: {error.code} {json.load(error)['message']}")


def main() -> None:
    app, officer, specialist, leader = (Caller(r) for r in ("integrator", "officer", "specialist", "leader"))
    facts = {
        "full_name": "Nguyễn Thị Hành Trình",
        "citizen_id": f"046190{random.randrange(10**6):06d}",  # Huế, a woman born in 1990
        "issue_date": "2021-05-20",
        "phone": f"09140{random.randrange(10**5):05d}",
    }
    # The demo's identity source is a sandbox table; a new person is registered in it first.
    Caller("admin")("dvc.identity.source", "create", vals_list=[facts])

    account = app("dvc.account", "register", phone=facts["phone"], name=facts["full_name"])["id"]
    step(1, "The app registers the citizen's account", account)
    step(2, "The four facts match: standardised", app("dvc.account", "standardize", ids=[account], **facts))

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
        client_ref=f"journey2-{facts['citizen_id']}",
    )
    step(4, "Submitted: one working hour to receive it", dossier)
    one, code = [dossier["id"]], dossier["code"]
    step(5, "The officer receives it; the fee is due first", officer("dvc.dossier", "receive", ids=one))

    reference = f"BANK2-{facts['citizen_id']}"
    top_up = app("dvc.wallet", "top_up", account_id=account, amount=50_000, bank_ref=reference)
    step(6, "The wallet is topped up", top_up)
    paid = app("dvc.wallet", "pay", dossier_id=dossier["id"], idempotency_key=f"pay-{code}")
    step(7, "The fee is paid from the wallet; a receipt is issued", paid)

    step(8, "The officer assigns it", officer("dvc.dossier", "assign", ids=one, login="specialist"))
    step(9, "The specialist starts", specialist("dvc.dossier", "start", ids=one))
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
    signed = leader("dvc.result", "sign", ids=[result["id"]])
    step(11, "The leader signs it", signed)

    step(12, "The clock can be replayed", app("dvc.dossier", "track", code=code)["due_at"])
    handed = officer(
        "dvc.result",
        "hand_over",
        ids=[result["id"]],
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
