# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""A real identity source on loopback, asked by a running server: answering, silent, and back again."""

import contextlib
import json
import random
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

ADDRESS = "dvc_account.identity_url"


class Source:
    """An identity source that knows some persons; ``down`` makes it fail."""

    def __init__(self):
        self.persons: list[dict] = []
        self.asked = 0
        self.down = False
        source = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                source.asked += 1
                facts = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if source.down:
                    self.send_error(500)
                    return
                known = next((person for person in source.persons if person["citizen_id"] == facts["citizen_id"]), {})
                wrong = [key for key in facts if known.get(key) != facts[key]]
                body = json.dumps({"match": not wrong, "mismatched": wrong}).encode()
                self.send_response(200)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/check"


@pytest.fixture
def source(caller):
    made, admin = Source(), caller("admin")
    admin("ir.config_parameter", "set_param", ADDRESS, made.url)
    yield made
    admin("ir.config_parameter", "set_param", ADDRESS, "")
    with contextlib.suppress(OSError):
        made.server.shutdown()
        made.server.server_close()


def person() -> dict:
    return {
        "full_name": "Hồ Thị Nguồn",
        "citizen_id": f"046188{random.randrange(10**6):06d}",
        "issue_date": "2022-03-01",
        "phone": f"+849376{random.randrange(10**5):05d}",
    }


def test_the_source_decides_and_an_outage_rejects_nobody(caller, source):
    app, facts, other = caller("integrator"), person(), person()
    source.persons += [facts, other]
    first, second = (app("dvc.account", "register", phone=who["phone"])["id"] for who in (facts, other))

    assert app("dvc.account", "standardize", [first], **facts)["state"] == "standardized"
    assert source.asked == 1
    wrong = app("dvc.account", "standardize", [second], **{**other, "issue_date": "2021-03-01"})
    assert wrong["reason"] == "identity_mismatch"

    source.down = True
    for _try in range(7):
        answer = app("dvc.account", "standardize", [second], **other)
        assert answer == {"state": "pending", "reason": "source_unavailable", "locked_ids": []}
    assert source.asked <= 2 + 5 * 3, "a source that fails again and again is left alone"
    assert app("dvc.account", "find", citizen_id=other["citizen_id"])["state"] == "pending"
