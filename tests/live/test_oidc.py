# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Sign-in by electronic identity against a running server: real transactions, real sessions, several workers."""

import os
import random
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

import oidc_provider_mock
import pytest
import requests


@pytest.fixture
def issuer(caller):
    admin, url = caller("admin"), os.environ["DVC_URL"]
    before = admin("ir.config_parameter", "get_param", "web.base.url")
    with oidc_provider_mock.run_server_in_thread(require_nonce=True) as server:
        issuer = f"http://localhost:{server.server_port}"
        values = {"issuer": issuer, "client_id": "ward", "client_secret": "secret", "sequence": 1}
        provider = admin("dvc.oidc.provider", "create", [values])
        admin("ir.config_parameter", "set_param", "web.base.url", url)
        yield issuer
        admin("ir.config_parameter", "set_param", "web.base.url", before)
        admin("dvc.oidc.provider", "unlink", provider)


def way_back(browser: requests.Session, issuer: str, subject: str, number: str) -> str:
    claims = {"SoDinhDanh": number, "HoVaTen": "Phan Thị Điện Tử", "loAs": "LOA2"}
    requests.put(f"{issuer}/users/{subject}", json=claims, timeout=10).raise_for_status()
    begun = browser.get(f"{os.environ['DVC_URL']}/dvc/vneid/start", allow_redirects=False, timeout=30)
    agreed = requests.post(begun.headers["Location"], data={"sub": subject}, allow_redirects=False, timeout=10)
    assert urllib.parse.urlsplit(agreed.headers["Location"]).path == "/dvc/vneid/callback"
    return agreed.headers["Location"]


def test_one_account_and_one_use(issuer, citizen):
    browser = requests.Session()
    back = way_back(browser, issuer, f"s{random.random()}", citizen.facts["citizen_id"])
    page = browser.get(back, timeout=30)
    assert page.url.endswith("/my"), page.text[-2000:]
    assert citizen.facts["full_name"] in page.text
    again = browser.get(back, timeout=30)
    assert 'id="dvc_error"' in again.text
    stranger = requests.Session().get(back, timeout=30)
    assert 'id="dvc_error"' in stranger.text


def test_the_same_way_back_at_once_opens_one_session(issuer, citizen):
    browser = requests.Session()
    back = way_back(browser, issuer, f"s{random.random()}", citizen.facts["citizen_id"])
    cookies = dict(browser.cookies)
    with ThreadPoolExecutor(6) as pool:
        answers = list(
            pool.map(lambda _n: requests.get(back, cookies=cookies, allow_redirects=False, timeout=30), range(6))
        )
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [303]


def test_a_new_citizen_comes_to_the_form(issuer):
    browser = requests.Session()
    back = way_back(browser, issuer, f"s{random.random()}", f"046196{random.randrange(10**6):06d}")
    page = browser.get(back, timeout=30)
    assert page.url.endswith("/my/account-standardize")
    assert 'value="Phan Thị Điện Tử"' in page.text
