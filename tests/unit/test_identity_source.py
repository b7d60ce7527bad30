# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The identity source over HTTP, against a real server on loopback."""

import contextlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
from conftest import load_package
from http_message_signatures import HTTPMessageVerifier, HTTPSignatureKeyResolver, InvalidSignature, algorithms

source = load_package("dvc_account", "identity", "http_source")
transport = load_package("dvc_account", "identity", "transport")

FACTS = {
    "full_name": "Lê Thị Đúng",
    "citizen_id": "046190000001",
    "issue_date": "2022-03-01",
    "phone": "+84914000001",
}
KEY = b"a key that both sides know"


class _Key(HTTPSignatureKeyResolver):
    def resolve_public_key(self, key_id):
        return KEY


@pytest.fixture
def served():
    """Serve the answers of a list, one a request; return the address and the requests that came."""
    with contextlib.ExitStack() as stack:

        def serve(*answers):
            came, waiting = [], list(answers)

            class Handler(BaseHTTPRequestHandler):
                def do_POST(self):
                    body = self.rfile.read(int(self.headers["Content-Length"]))
                    came.append((self.path, dict(self.headers), body))
                    status, content = waiting.pop(0) if len(waiting) > 1 else waiting[0]
                    if status is None:
                        time.sleep(content)
                        return
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    if status in (301, 302, 307):
                        self.send_header("Location", "/elsewhere")
                    self.end_headers()
                    with contextlib.suppress(OSError):
                        self.wfile.write(content)

                def log_message(self, *args):
                    pass

            server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
            return f"http://127.0.0.1:{server.server_port}/check", came

        yield serve


def json_of(answer) -> bytes:
    return json.dumps(answer).encode()


def test_the_question_and_the_answer(served):
    url, came = served((200, json_of({"match": False, "mismatched": ["phone", "x"]})))
    assert source.ask(url, FACTS) == {"match": False, "mismatched": ["phone"]}
    path, headers, body = came[0]
    assert (path, json.loads(body)) == ("/check", FACTS)
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert "Signature" not in headers


def test_a_contradiction_is_no_match(served):
    url, _came = served((200, json_of({"match": True, "mismatched": ["full_name"]})))
    assert source.ask(url, FACTS)["match"] is False


def signed_request(url, came) -> requests.PreparedRequest:
    _path, headers, body = came[0]
    request = requests.Request("POST", url, data=body, headers=headers).prepare()
    request.headers.update(headers)
    return request


def test_the_signature_holds_and_covers_the_body(served):
    url, came = served((200, json_of({"match": True, "mismatched": []})))
    source.ask(url, FACTS, KEY)
    verifier = HTTPMessageVerifier(signature_algorithm=algorithms.HMAC_SHA256, key_resolver=_Key())
    found = verifier.verify(signed_request(url, came), body=came[0][2])
    assert {name.strip('"') for name in found[0].covered_components} >= set(source.SIGNED)
    assert found[0].parameters["keyid"] == "dvc" and found[0].parameters["nonce"]
    forged = signed_request(url, came)
    with pytest.raises(InvalidSignature):
        verifier.verify(forged, body=came[0][2].replace(b"046190000001", b"046190000002"))


def test_two_questions_have_two_nonces(served):
    url, came = served((200, json_of({"match": True, "mismatched": []})))
    source.ask(url, FACTS, KEY)
    source.ask(url, FACTS, KEY)
    assert came[0][1]["Signature"] != came[1][1]["Signature"]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_passes_is_asked_again(served, status):
    url, came = served((status, b""), (200, json_of({"match": True, "mismatched": []})))
    assert source.ask(url, FACTS)["match"] is True
    assert len(came) == 2


@pytest.mark.parametrize(
    "answer",
    [
        (500, b""),
        (401, json_of({"match": False})),
        (404, json_of({"match": False})),
        (302, b""),
        (200, b""),
        (200, b"[true]"),
        (200, b"[" * 100_000),
        (200, json_of({"match": "yes"})),
        (200, json_of({"match": 0})),
        (200, json_of({"match": True, "pad": "x" * 300_000})),
        (503, b""),
    ],
)
def test_no_answer_is_no_verdict(served, answer):
    url, came = served(answer)
    with pytest.raises(source.SourceUnavailable) as refused:
        source.ask(url, FACTS)
    assert len(came) <= 3
    for value in FACTS.values():
        assert value not in str(refused.value)


def test_a_silent_source_is_left_in_time(served, monkeypatch):
    monkeypatch.setattr(transport, "READ_SECONDS", 0.2)
    url, came = served((None, 1))
    with pytest.raises(source.SourceUnavailable):
        source.ask(url, FACTS)
    assert len(came) == 2


def test_nobody_there():
    with pytest.raises(source.SourceUnavailable):
        source.ask("http://127.0.0.1:9/check", FACTS)


def test_addresses():
    for url in ("https://a.example/x", "http://localhost:80", "http://127.0.0.1", "http://[::1]:8"):
        assert transport.is_allowed_address(url), url
    for url in ("http://a.example", "ftp://a", "http://10.0.0.1", "", "https://", "http://127.0.0.1.a.example"):
        assert not transport.is_allowed_address(url), url
    with pytest.raises(source.SourceUnavailable):
        source.ask("http://a.example/check", FACTS)
