# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""One-time codes under attack: guessed at from all sides at once, asked for in bulk, told apart by time."""

import contextlib
import html
import json
import os
import random
import re
import statistics
import sys
import threading
import time
import urllib.error
import urllib.request
import xmlrpc.client
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from conftest import Citizen

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "addons" / "dvc_account" / "tests"))

from gateway_server import GatewayServer  # noqa: E402  # a plain module: the path above makes it importable

CLIENTS = 8
URL, DB = os.environ.get("DVC_URL", ""), os.environ.get("DVC_DB", "")


def at_once(work, arguments) -> list:
    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(work, arguments))


def coded(text: str) -> str:
    """Return the stable code a refusal's text starts with."""
    return re.search(r"\[([a-z_.]+)\]", text).group(1)


def hidden(page: requests.Response, name: str) -> str:
    return html.unescape(re.search(rf'name="{name}"[^>]*value="([^"]*)"', page.text).group(1))


_own = threading.local()


def integrator(caller):
    """Return this thread's own connection; each signs in once."""
    if not hasattr(_own, "app"):
        _own.app = caller("integrator")
    return _own.app


def by_xmlrpc(caller, method: str, **named) -> str:
    try:
        integrator(caller)("dvc.account", method, **named)
    except xmlrpc.client.Fault as fault:
        return coded(fault.faultString)
    return "ok"


def by_json2(method: str, **named) -> str:
    key = json.loads(Path(os.environ["DVC_KEYS"]).read_text())["integrator"]
    headers = {"Content-Type": "application/json", "Authorization": f"bearer {key}", "X-Odoo-Database": DB}
    request = urllib.request.Request(f"{URL}/json/2/dvc.account/{method}", json.dumps(named).encode(), headers)
    try:
        urllib.request.urlopen(request, timeout=60).close()
    except urllib.error.HTTPError as error:
        return coded(json.load(error)["message"])
    return "ok"


class Browser:
    """A visitor of the page for a new password."""

    def __init__(self):
        self.session = requests.Session()
        self.page = self.session.get(f"{URL}/dvc/reset", timeout=60)

    def post(self, **values) -> requests.Response:
        token = hidden(self.page, "csrf_token")
        return self.session.post(f"{URL}/dvc/reset", data={"csrf_token": token, **values}, timeout=60)

    def guess(self, challenge: str, code: str) -> str:
        page = self.post(step="code", challenge=challenge, code=code)
        if 'id="dvc_password"' in page.text:
            return "ok"
        return "otp.wrong" if 'id="dvc_code"' in page.text else "refused"


def texts_on_phone(number: str) -> list[str]:
    """Return the messages that the test environment's phone shows, the latest first."""
    session = requests.Session()
    token = hidden(session.get(f"{URL}/dvc/demo-phone", timeout=60), "csrf_token")
    page = session.post(f"{URL}/dvc/demo-phone", data={"csrf_token": token, "phone": number}, timeout=60)
    return [html.unescape(text) for text in re.findall(r'class="text-break"[^>]*>(.*?)</div>', page.text, re.S)]


def code_on_phone(number: str, texts_before: int = 0) -> str:
    """Wait for the next message with a code; it leaves at once, not with the job."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        texts = texts_on_phone(number)
        if len(texts) > texts_before:
            return re.search(r"\b\d{6}\b", texts[0]).group()
        time.sleep(0.2)
    raise AssertionError("no message came to the phone")


def wrong_ones(code: str, many: int) -> list[str]:
    return [f"{(int(code) + step) % 10**6:06d}" for step in range(1, many + 1)]


@pytest.fixture
def phone(citizen):
    return citizen.facts["phone"]


@pytest.fixture(scope="module")
def known(caller) -> list[str]:
    """Return phones of standardised citizens."""
    return [Citizen(caller).facts["phone"] for _ in range(6)]


def test_five_guesses_over_every_way_together(caller, phone):
    challenge = caller("integrator")("dvc.account", "request_otp", phone=phone, purpose="reset_password")["challenge"]
    code = code_on_phone(phone)
    browsers = [Browser() for _ in range(2)]
    ways = {
        "xmlrpc": lambda guess: by_xmlrpc(caller, "verify_otp", challenge=challenge, code=guess),
        "json2": lambda guess: by_json2("verify_otp", challenge=challenge, code=guess),
        "web": lambda guess: random.choice(browsers).guess(challenge, guess),
    }
    guesses = [(way, guess) for guess in wrong_ones(code, 8) for way in ways]
    answers = at_once(lambda one: (one[0], ways[one[0]](one[1])), guesses)
    assert [answer for way, answer in answers if way == "web"] == ["refused"] * 8, "the challenge is not the page's"
    called = [answer for way, answer in answers if way != "web"]
    assert called.count("otp.wrong") == 5
    assert called.count("otp.too_many") == len(called) - 5
    for way in ways.values():
        assert way(code) in ("otp.too_many", "refused"), "the right one opens nothing any more"


def test_five_guesses_at_a_page(caller, phone):
    browser = Browser()
    page = browser.post(step="phone", phone=phone)
    challenge, code = hidden(page, "challenge"), code_on_phone(phone)
    calls = [lambda guess: browser.guess(challenge, guess)] * 3
    calls.append(lambda guess: by_xmlrpc(caller, "verify_otp", challenge=challenge, code=guess))
    guesses = [(call, guess) for guess in wrong_ones(code, 6) for call in calls]
    answers = at_once(lambda one: one[0](one[1]), guesses)
    assert answers.count("otp.wrong") == 5, answers
    assert browser.guess(challenge, code) == "refused"


def test_codes_asked_for_at_once(caller, phone):
    app = caller("integrator")

    def ask(_number):
        try:
            return integrator(caller)("dvc.account", "request_otp", phone=phone, purpose="reset_password")
        except xmlrpc.client.Fault as fault:
            return coded(fault.faultString)

    answers = at_once(ask, range(CLIENTS))
    challenges = [answer["challenge"] for answer in answers if isinstance(answer, dict)]
    assert len(challenges) == 5
    assert answers.count("otp.too_many") == CLIENTS - 5
    # Of several made at once only the latest is good: one guess at each is answered by all but one as expired.
    deadline = time.monotonic() + 10
    while len(texts_on_phone(phone)) < 5 and time.monotonic() < deadline:
        time.sleep(0.2)
    codes = [re.search(r"\b\d{6}\b", text).group() for text in texts_on_phone(phone)[:5]]
    tokens = []
    for challenge in challenges:
        for code in codes:
            with contextlib.suppress(xmlrpc.client.Fault):
                tokens.append(app("dvc.account", "verify_otp", challenge=challenge, code=code)["token"])
    assert len(tokens) <= 1


def test_how_long_it_takes_tells_nothing(caller, known):
    app = caller("integrator")
    unknown = [f"0936{random.randrange(10**6):06d}" for _ in known]
    spent = {True: [], False: []}
    for purpose in ("track", "handover", "reset_password"):
        pairs = [(number, True) for number in known] + [(number, False) for number in unknown]
        random.shuffle(pairs)
        for number, is_known in pairs:
            start = time.perf_counter()
            app("dvc.account", "request_otp", phone=number, purpose=purpose)
            spent[is_known].append(time.perf_counter() - start)
    ratio = statistics.median(spent[True]) / statistics.median(spent[False])
    assert 0.6 < ratio < 1.7, ratio
    assert texts_on_phone(unknown[0]) == []


def test_codes_leave_at_once_and_once(caller, known):
    admin = caller("admin")
    job = admin("ir.model.data", "search_read", [["name", "=", "ir_cron_outbox"]], ["res_id"])[0]["res_id"]
    expected, nobody = sorted(f"+84{number[1:]}" for number in known), "+84936999999"

    def ask(number):
        return integrator(caller)("dvc.account", "request_otp", phone=number, purpose="track")

    with GatewayServer() as gateway:

        def codes():
            # Whatever else the job finds to send is none of this test's.
            return [one for one in gateway.received if one["json"]["to"] in (*expected, nobody)]

        admin("ir.config_parameter", "set_param", "dvc_account.sms_gateway_url", f"{gateway.url}/sms")
        try:
            at_once(ask, [*known, f"0{nobody[3:]}"])
            deadline = time.monotonic() + 10
            while len(codes()) < len(known) and time.monotonic() < deadline:
                time.sleep(0.1)
            # The job finds nothing of them left to do, and nothing goes to a phone that is nobody's.
            admin("ir.cron", "method_direct_trigger", [job])
            assert sorted(one["json"]["to"] for one in codes()) == expected
            assert len({one["headers"]["Idempotency-Key"] for one in codes()}) == len(known)
            assert requests.get(f"{URL}/dvc/demo-phone", timeout=60).status_code == 404
        finally:
            admin("ir.config_parameter", "set_param", "dvc_account.sms_gateway_url", "")
