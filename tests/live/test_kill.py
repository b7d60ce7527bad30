# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""A server killed in the middle of eight payers comes back with a clean ledger."""

import contextlib
import os
import shlex
import signal
import subprocess
import threading
import time
import urllib.request
import xmlrpc.client
from pathlib import Path

PAYERS = 8
TOP_UP = 50_000


def _wait(url: str) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/web/health", timeout=5):
            return
        time.sleep(0.3)
    raise AssertionError("the server did not come back")


def _restart() -> None:
    pid_file = Path(os.environ["DVC_TEST_PID"])
    os.killpg(int(pid_file.read_text()), signal.SIGKILL)
    time.sleep(1)
    with Path(os.environ["DVC_TEST_LOG"]).open("ab") as log:
        process = subprocess.Popen(
            shlex.split(os.environ["DVC_TEST_COMMAND"]),
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            cwd=pid_file.parent,
        )
    pid_file.write_text(str(process.pid))
    _wait(os.environ["DVC_URL"])


def test_kill_among_payers(new_citizen, caller):
    officer = caller("officer")
    due = []
    for _ in range(PAYERS):
        citizen = new_citizen()
        citizen.top_up(TOP_UP)
        for _ in range(2):
            dossier = citizen.submit()
            assert officer("dvc.dossier", "receive", [dossier["id"]])["state"] == "payment"
            due.append((citizen, dossier))
    answered = []

    def pay(citizen, dossier):
        with contextlib.suppress(OSError, xmlrpc.client.ProtocolError):
            answer = caller("integrator")(
                "dvc.wallet", "pay", dossier_id=dossier["id"], idempotency_key=f"kill-{dossier['code']}"
            )
            answered.append((dossier["code"], answer["receipt_number"]))

    threads = [threading.Thread(target=pay, args=line) for line in due]
    for thread in threads:
        thread.start()
    time.sleep(0.4)
    _restart()
    for thread in threads:
        thread.join(60)

    before = dict(answered)
    numbers = []
    for citizen, dossier in due:
        again = citizen.app("dvc.wallet", "pay", dossier_id=dossier["id"], idempotency_key=f"kill-{dossier['code']}")
        numbers.append(again["receipt_number"])
        # What was answered before the kill was durable.
        assert before.get(dossier["code"], again["receipt_number"]) == again["receipt_number"]
    assert len(set(numbers)) == len(due)
    for citizen, dossier in due:
        paid = sum(dossier["fee_due"] for other, dossier in due if other is citizen)
        balance = citizen.app("dvc.wallet", "balance", account_id=citizen.account)
        assert balance["available"] == TOP_UP - paid
    audit = caller("accountant")("dvc.wallet", "audit")
    assert audit["ok"], audit
    assert audit["difference"] == 0
