# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The pool of checking processes: who waits for whom, and for how long; and what the processes cannot do."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from conftest import load_package

confinement = load_package("dvc_account", "signing", "confinement")
trust = load_package("dvc_account", "signing", "trust")
pools = load_package("dvc_account", "signing", "pool")
worker = load_package("dvc_account", "signing", "worker")

EMPTY = trust.Trust()
PLAIN = b"\x89PNG\r\n\x1a\n" + b"0" * 40
# Nobody parses 19 MB of one name within the limits.
NAME = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /" + b"A" * 19_000_000 + b" 1 >>\nendobj\nstartxref\n9\n%%EOF\n"


def hostile(number: int) -> bytes:
    """Return a file that takes all the time it is given, different from every other."""
    return NAME + b"%d" % number


@pytest.fixture
def pool():
    pool = pools.Pool()
    # Warm: a process that has to start first is another matter.
    for one in pool._workers:
        one.warm()
    yield pool
    pool.stop()


def small(number: int) -> tuple[bytes, str, bytes]:
    return PLAIN + b"%d" % number, "a.png", b""


class TestTime:
    def test_files_within_their_time_are_answered_in_order(self, pool):
        checks = pool.verify_within([small(number) for number in range(10)], EMPTY, 20)
        assert [check.answer["verdict"] for check in checks] == ["unsigned"] * 10
        assert len({check.answer["sha256"] for check in checks}) == 10
        assert [check.answer["sha256"] for check in checks] == [check.digest for check in checks]

    def test_a_hundred_hostile_files_take_the_caller_s_time_and_no_more(self, pool):
        files = [(hostile(number), "a.pdf", b"") for number in range(12)]
        files += [small(number) for number in range(88)]
        start = time.monotonic()
        checks = pool.verify_within(files, EMPTY, 5)
        assert time.monotonic() - start < 7
        assert all(check.answer is None for check in checks[:12])
        # The small ones went first.
        assert all(check.answer["verdict"] == "unsigned" for check in checks[12:])
        # And somebody else's file finds a process although hostile ones go on.
        (after,) = pool.verify_within([small(1000)], EMPTY, worker.SECONDS - 2)
        assert after.answer["verdict"] == "unsigned"

    def test_what_was_begun_goes_on_and_is_told_later(self, pool):
        (check,) = pool.verify_within([(hostile(1), "a.pdf", b"")], EMPTY, 0.5)
        assert check.answer is None and check.overran
        told = []
        came = threading.Event()
        check.then(lambda answer: (told.append(answer), came.set()))
        assert came.wait(worker.SECONDS + 5)
        assert told[0]["verdict"] == "unreadable"
        # Asked for after the end, it is told too.
        came.clear()
        check.then(lambda _answer: came.set())
        assert came.wait(2)

    def test_what_goes_on_never_holds_the_last_process(self, pool):
        (first,) = pool.verify_within([(hostile(1), "a.pdf", b"")], EMPTY, 0.3)
        (second,) = pool.verify_within([(hostile(2), "a.pdf", b"")], EMPTY, 0.3)
        (third,) = pool.verify_within([(hostile(3), "a.pdf", b"")], EMPTY, 0.3)
        assert third.done.wait(10) and third.answer is None, "given up: there is room for two"
        assert not first.done.is_set() and not second.done.is_set()

    def test_what_was_not_begun_is_taken_back(self, pool):
        running = pool.verify_within([(hostile(number), "a.pdf", b"") for number in range(5)], EMPTY, 0.5)
        assert sorted(check.overran for check in running) == [False, False, True, True, True]
        assert not pool._waiting

    def test_patient_checks_leave_a_process_to_the_others(self, pool):
        threads = [
            threading.Thread(target=pool.verify, args=(hostile(number), "a.pdf", EMPTY), daemon=True)
            for number in range(4)
        ]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        start = time.monotonic()
        (check,) = pool.verify_within([small(1)], EMPTY, 5)
        assert check.answer["verdict"] == "unsigned"
        assert time.monotonic() - start < 2

    def test_the_same_file_at_once_is_checked_once(self, pool):
        begun = []
        dispatch = worker.Worker.verify

        def counted(self, data, *more):
            if self in pool._workers:
                begun.append(len(data))
            return dispatch(self, data, *more)

        worker.Worker.verify = counted
        try:
            checks = pool.verify_within([(hostile(7), "a.pdf", b"")] * 6, EMPTY, worker.SECONDS + 5)
        finally:
            worker.Worker.verify = dispatch
        assert {check.answer["verdict"] for check in checks} == {"unreadable"}
        assert len(begun) == 1

    def test_another_trust_is_another_check(self, pool):
        other = trust.Trust(crls=[b"x"])
        (first,), (second,) = (pool.verify_within([(hostile(1), "a.pdf", b"")], one, 0.1) for one in (EMPTY, other))
        assert first is not second


class TestKilled:
    def test_a_process_killed_in_the_middle_is_no_finding_about_the_file(self, pool):
        large = b"%PDF-1.7\n" + b"1 0 obj\n<< >>\nendobj\n" * 700_000
        checks = []
        thread = threading.Thread(target=lambda: checks.append(pool.verify(large, "a.pdf", EMPTY)))
        calm = pool.verify(large + b" ", "a.pdf", EMPTY)
        thread.start()
        _kill_busy(pool)
        thread.join(30)
        assert checks[0]["verdict"] == calm["verdict"]
        assert checks[0]["reason"] == calm["reason"]

    def test_a_file_that_ends_its_process_each_time_is_unreadable(self, pool, monkeypatch):
        def dies(_self, _message, _seconds, _parts=()):
            raise worker.Died

        monkeypatch.setattr(worker.Worker, "warm", lambda self: None)
        monkeypatch.setattr(worker.Worker, "_exchange", dies)
        assert pool.verify(PLAIN, "a.png", EMPTY)["reason"] == "limits"


def _kill_busy(pool) -> None:
    """Kill the process that has a file, once it has it."""
    end = time.monotonic() + 5
    while time.monotonic() < end:
        for check in list(pool._running):
            process = check.worker._process
            if process:
                os.kill(process.pid, signal.SIGKILL)
                return
    raise AssertionError("no check was running")


TRIED = {
    "network": "import socket; socket.socket()",
    "writing": "open('/tmp/dvc-not-written', 'w')",
    "appending": "open('/dev/null', 'a')",
    "removing": "import os; os.unlink('/tmp/dvc-not-there')",
    "another program": "import subprocess; subprocess.run(['/bin/true'])",
    "another process": "import os; os.fork()",
    "killing": "import os; os.kill(os.getppid(), 0)",
}
NEEDED = {
    "reading": "open('/etc/passwd').read()",
    "asyncio": "import asyncio; asyncio.run(asyncio.sleep(0))",
    "a thread": "import threading; one = threading.Thread(target=int); one.start(); one.join()",
    "a late module": "import lzma",
}


@pytest.mark.skipif(os.uname().machine not in confinement.PROCESSORS, reason="no filter for this processor")
class TestConfinement:
    @staticmethod
    def _run(tried: str) -> int:
        program = (
            "import runpy, sys; taken = runpy.run_path(sys.argv[1])['confine']()\n"
            "if not taken: sys.exit(3)\n"
            f"try:\n    {tried}\nexcept PermissionError:\n    sys.exit(13)\n"
        )
        return subprocess.run([sys.executable, "-c", program, confinement.__file__], check=False).returncode

    @pytest.mark.parametrize("name", TRIED)
    def test_given_up(self, name):
        assert self._run(TRIED[name]) == 13

    @pytest.mark.parametrize("name", NEEDED)
    def test_kept(self, name):
        assert self._run(NEEDED[name]) == 0

    def test_the_verifying_process_has_given_it_up(self, pool):
        process = pool._idle[-1]._process
        status = dict(
            line.split(":\t", 1) for line in open(f"/proc/{process.pid}/status").read().splitlines() if ":\t" in line
        )
        assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
        limits = open(f"/proc/{process.pid}/limits").read()
        assert "Max open files            32 " in limits
