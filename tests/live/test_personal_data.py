# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What a citizen's number, phone, password and codes leave behind: nothing readable, in no table and no log line."""

import contextlib
import os
import random
import re
import subprocess
import xmlrpc.client
from pathlib import Path

import journey
import pytest
import requests

URL = os.environ.get("DVC_URL", "")
PASSWORD = f"Mat-khau-{random.randrange(10**9)}"
WRONG = f"Sai-mat-khau-{random.randrange(10**9)}"
# Tables that say what was sent or asked: a code of six figures is looked for in these only, for elsewhere others have
# six figures too.
SPOKEN = ("dvc_otp", "dvc_outbox", "dvc_attempt", "dvc_journal", "mail_", "sms_", "ir_logging", "bus_")


@pytest.fixture(scope="module")
def log_start() -> int:
    return Path(os.environ["DVC_TEST_LOG"]).stat().st_size


@pytest.fixture
def quietly():
    """Return a caller of what may be refused: the refusal must not name a personal value either."""

    def call(caller, *args, **kwargs) -> str:
        try:
            return str(caller(*args, **kwargs))
        except xmlrpc.client.Fault as fault:
            return fault.faultString

    return call


def _hidden(page: requests.Response, name: str) -> str:
    return re.search(rf'name="{name}"[^>]*value="([^"]*)"', page.text).group(1)


def _code(page: requests.Response) -> str:
    return re.search(r"o_dvc_sandbox_code\"[^>]*>(\d{6})<", page.text).group(1)


def _new_password(session: requests.Session, phone: str) -> str:
    """Set the password by the code to the phone, and return the code."""
    address = f"{URL}/dvc/reset"

    def post(page: requests.Response, **values) -> requests.Response:
        return session.post(address, data={"csrf_token": _hidden(page, "csrf_token"), **values})

    page = post(session.get(address), step="phone", phone=phone)
    code = _code(page)
    page = post(page, step="code", challenge=_hidden(page, "challenge"), code=code)
    token = _hidden(page, "token")
    page = post(page, step="password", token=token, new_password="0" + phone[1:], again="0" + phone[1:])
    page = post(page, step="password", token=token, new_password=PASSWORD, again=PASSWORD)
    assert 'id="dvc_error"' not in page.text
    return code


def _log_in(login: str, password: str) -> requests.Session:
    session = requests.Session()
    page = session.get(f"{URL}/web/login")
    values = {"csrf_token": _hidden(page, "csrf_token"), "login": login, "password": password}
    session.post(f"{URL}/web/login", data=values)
    return session


def _download(session: requests.Session) -> tuple[bytes, str]:
    """Take the citizen's data along; return the archive and the code it took."""
    address = f"{URL}/my/data/download"
    token = _hidden(session.get(f"{URL}/my/data"), "csrf_token")
    page = session.post(address, data={"csrf_token": token, "step": "send"})
    code = _code(page)
    values = {"csrf_token": _hidden(page, "csrf_token"), "step": "code", "challenge": _hidden(page, "challenge")}
    return session.post(address, data={**values, "code": code}).content, code


def _refused_calls(citizen, caller, quietly) -> list[str]:
    """Make the mistakes that people and programs make with a number; return what they are told."""
    number, phone = citizen.facts["citizen_id"], citizen.facts["phone"]
    app, officer, admin = citizen.app, caller("officer"), caller("admin")
    other, third = (app("dvc.account", "register", phone="0935999999", name="Người khác")["id"] for _ in range(2))
    mistaken = {**citizen.facts, "full_name": "Người Khác Hẳn"}
    return [
        quietly(admin, "dvc.identity.source", "create", [citizen.facts]),
        quietly(admin, "dvc.identity.source", "create", [{**citizen.facts, "issue_date": number}]),
        quietly(app, "dvc.account", "register", phone=f"{phone}99", name=number),
        quietly(app, "dvc.account", "find", citizen_id=f"{number}0", phone=phone),
        quietly(app, "dvc.account", "find", external_ref=number, surplus=phone),
        quietly(app, "dvc.account", "standardize", [other], **mistaken),
        quietly(app, "dvc.account", "standardize", [other], **{**citizen.facts, "issue_date": phone}),
        quietly(app, "dvc.account", "standardize", [other], **citizen.facts),
        quietly(app, "dvc.account", "request_otp", phone=phone, purpose=number),
        quietly(app, "dvc.account", "request_otp", phone=phone, purpose="track"),
        quietly(app, "dvc.dossier", "submit", **citizen.submission(delivery=number)),
        quietly(app, "dvc.dossier", "track", code=number),
        quietly(officer, "dvc.account", "lock", [third], reason=f"Trùng CCCD {number}, máy {phone}"),
        quietly(officer, "dvc.account", "unlock", [third], reason=f"Không phải {number}"),
        quietly(officer, "dvc.account", "search", [["citizen_id_hash", "=", number]]),
        quietly(officer, "dvc.account", "write", [other], {"citizen_id_secret": number}),
        quietly(officer, "dvc.account", "search_read", [["display_name", "ilike", number]]),
        quietly(officer, "dvc.account", "name_search", phone),
        quietly(officer, "dvc.dossier", "search", [["account_id", "ilike", number]]),
    ]


def _staff_work(citizen, caller) -> None:
    """Show number and phone, answer a request about the data, export lists."""
    officer = caller("officer")
    values = {"account_id": citizen.account, "purpose": "other", "other_purpose": f"Gọi {citizen.facts['phone']}"}
    dialog = officer("dvc.account.reveal", "create", values)
    shown = officer("dvc.account.reveal", "action_show", [dialog])
    assert citizen.facts["citizen_id"] in shown["params"]["message"]
    filing = officer(
        "dvc.data.request.filing",
        "create",
        {"account_id": citizen.account, "type": "correction", "text": f"Sai số {citizen.facts['citizen_id']}"},
    )
    officer("dvc.data.request.filing", "action_file", [filing])
    for role in ("officer", "specialist", "leader", "accountant", "manager", "auditor"):
        with contextlib.suppress(xmlrpc.client.Fault):
            # Only some may export; nobody gets more than what is masked.
            rows = caller(role)("dvc.account", "export_data", [citizen.account], ["name", "citizen_id_masked"])
            assert citizen.facts["citizen_id"] not in str(rows), role


def _dump() -> dict[str, str]:
    """Return the content of the live database by table, as PostgreSQL dumps it."""
    command = ["pg_dump", "--data-only", "--dbname", os.environ["DVC_DB"]]
    dump = subprocess.run(command, check=True, capture_output=True, text=True, errors="replace").stdout
    return dict(re.findall(r"^COPY public\.\"?(\w+)\"? .*?;\n(.*?)^\\\.$", dump, re.MULTILINE | re.DOTALL))


def test_nothing_readable_is_left(log_start, citizen, caller, quietly):
    number, phone = citizen.facts["citizen_id"], citizen.facts["phone"]
    named = {"filename": f"CCCD {number} - {phone}.pdf", "content": journey.pdf("Ban thu")}
    submission = citizen.submission()
    submission["components"] = [{**part, **named} for part in submission["components"]]
    citizen.app("dvc.dossier", "submit", **submission)
    codes = [_new_password(requests.Session(), phone)]
    for login, password in ((phone, WRONG), ("0935000000", PASSWORD), (number, PASSWORD)):
        assert "/web/login" in _log_in(login, password).get(f"{URL}/my").url
    session = _log_in(phone, PASSWORD)
    archive, code = _download(session)
    assert archive.startswith(b"PK")
    codes.append(code)
    _staff_work(citizen, caller)
    answers = _refused_calls(citizen, caller, quietly)

    private = re.compile("|".join(map(re.escape, (number, phone[1:], PASSWORD, WRONG, "935000000"))))
    assert [answer for answer in answers if private.search(answer)] == []
    tables = _dump()
    assert len(tables) > 100
    assert "046*******" in tables["dvc_account"], "the dump is not that of the database which was worked in"
    assert {table for table, rows in tables.items() if private.search(rows)} == set()
    code_said = re.compile("|".join(rf"(?<![\d.:]){code}(?!\d)" for code in codes))
    spoken = {table: rows for table, rows in tables.items() if table.startswith(SPOKEN)}
    assert {table for table, rows in spoken.items() if code_said.search(rows)} == set()
    with Path(os.environ["DVC_TEST_LOG"]).open("rb") as log:
        log.seek(log_start)
        lines = log.read().decode(errors="replace").splitlines()
    assert len(lines) > 20, "the log is not that of the server which was worked with"
    assert [line for line in lines if private.search(line)] == []
