# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Many files at once, hostile ones among them, against two workers: all get their verdict, and nobody else waits."""

import base64
import os
import random
import signal
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import journey
import pytest

CLIENTS = 3
FILES = 10
# Each hostile file may take its eight seconds, one after the other.
PATIENCE = 300
# On two busy cores, beside uploads of 60 MB; hanging would be the limit of a request, 180 s.
ANSWER_MAX = 45


def name_token(number: int) -> bytes:
    """Return a file of one name of 19 MB: a parser takes a quarter of a minute and all memory."""
    head = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /" + b"A" * 19_000_000
    return head + b"%d 1 >>\nendobj\nstartxref\n9\n%%%%EOF\n" % number


def bomb(number: int) -> bytes:
    """Return a cross-reference stream of 300 MB in 300 kB."""
    packed = zlib.compress(b"\0" * (300_000_000 + number))
    head = b"%%PDF-1.5\n1 0 obj\n<< /Type /XRef /Size 2 /W [1 2 1] /Length %d /Filter /FlateDecode /Root 1 0 R >>\n"
    return head % len(packed) + b"stream\n" + packed + b"\nendstream\nendobj\nstartxref\n9\n%%EOF\n"


def loop(number: int) -> bytes:
    """Return a file whose cross-reference table names itself as the one before."""
    table = b"xref\n0 1\n0000000000 65535 f \ntrailer << /Size 1 /Root 1 0 R /Prev 9 >>\nstartxref\n9\n%%EOF\n"
    return b"%PDF-1.4\n" + table + b"%% %d\n" % number


def nested(number: int) -> bytes:
    return b"%PDF-1.7\n1 0 obj\n" + b"[" * (3_000_000 + number)


HOSTILE = {"name": name_token, "bomb": bomb, "loop": loop, "nested": nested}


class Server:
    """The server under test, as its processes show it."""

    def __init__(self):
        self.pid = int(Path(os.environ["DVC_TEST_PID"]).read_text())

    def workers(self) -> set[int]:
        """Return the processes right below the server's own."""
        return {pid for pid, parent, _line in self._processes() if parent == self.pid}

    def checkers(self) -> set[int]:
        """Return the limited processes."""
        below = self.workers()
        return {pid for pid, parent, line in self._processes() if parent in below and "limited.py" in line}

    @staticmethod
    def _processes():
        for folder in Path("/proc").iterdir():
            if folder.name.isdecimal():
                try:
                    parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                    line = (folder / "cmdline").read_bytes().decode(errors="replace")
                except (OSError, ValueError, IndexError):
                    continue
                yield int(folder.name), parent, line


def files(code: str, hostile: dict) -> list[dict]:
    """Return ten files, named after what they are."""
    number = random.randrange(10**6)
    contents = [(f"{kind}.pdf", make(number)) for kind, make in hostile.items()]
    contents += [(f"good{place}.pdf", base64.b64decode(journey.pdf(f"{number} {place}"))) for place in range(FILES)]
    return [
        {"code": code, "filename": name, "content": base64.b64encode(data).decode()} for name, data in contents[:FILES]
    ]


def verdicts(officer, dossiers: list[int]) -> list[dict]:
    """Return the files of dossiers once each has its verdict."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        rows = officer(
            "dvc.dossier.component",
            "search_read",
            [("dossier_id", "in", dossiers)],
            fields=["filename", "verdict", "check_id", "dossier_id"],
        )
        if all(row["verdict"] for row in rows):
            return rows
        time.sleep(2)
    raise AssertionError([row for row in rows if not row["verdict"]])


@pytest.fixture
def budget(caller):
    """Let a test say how much of a request is for checking."""
    admin = caller("admin")

    def change(seconds: str) -> None:
        admin("ir.config_parameter", "set_param", "dvc_account.signature_seconds", seconds)

    yield change
    change("1.5")


def test_hostile_files_among_many(new_citizen, caller):
    server, officer = Server(), caller("officer")
    citizens = [new_citizen() for _client in range(CLIENTS)]
    code = next(part["code"] for part in citizens[0].components() if part["required"])
    before = server.workers()
    waits, stop = [], threading.Event()

    def others():
        app = caller("integrator")
        while not stop.is_set():
            start = time.monotonic()
            app("dvc.procedure", "search_catalogue", query="khai sinh", limit=5)
            waits.append(time.monotonic() - start)
            time.sleep(0.1)

    watcher = threading.Thread(target=others)
    watcher.start()
    try:
        with ThreadPoolExecutor(CLIENTS) as pool:
            submitted = list(pool.map(lambda one: one.submit(components=files(code, HOSTILE)), citizens))
        rows = verdicts(officer, [dossier["id"] for dossier in submitted])
    finally:
        stop.set()
        watcher.join(60)
    assert len(rows) == CLIENTS * FILES
    for row in rows:
        good = row["filename"].startswith("good")
        assert row["verdict"] == ("unsigned" if good else "unreadable"), row
        assert row["check_id"], row
    assert waits and max(waits) < ANSWER_MAX, max(waits)
    assert server.workers() == before, "a worker of the server has ended"
    waiting = caller("admin")("dvc.signature.task", "search_count", [("res_model", "=", "dvc.dossier.component")])
    assert waiting == 0


def test_killed_in_the_middle(new_citizen, caller, budget):
    server, officer, citizen = Server(), caller("officer"), new_citizen()
    code = next(part["code"] for part in citizen.components() if part["required"])
    budget("0")
    submitted = [citizen.submit(components=files(code, {"name": name_token})) for _dossier in range(2)]
    killed = 0
    end = time.monotonic() + 20
    while killed < 3 and time.monotonic() < end:
        for pid in server.checkers():
            os.kill(pid, signal.SIGKILL)
            killed += 1
        time.sleep(1)
    assert killed
    # And a worker itself, whichever is at it: the server makes a new one.
    victims = {int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]) for pid in server.checkers()}
    for pid in list(victims & server.workers())[:1] or list(server.workers())[-1:]:
        os.kill(pid, signal.SIGKILL)
    rows = verdicts(officer, [dossier["id"] for dossier in submitted])
    assert len(rows) == 2 * FILES
    assert {row["verdict"] for row in rows if row["filename"].startswith("good")} == {"unsigned"}
    assert {row["verdict"] for row in rows if row["filename"] == "name.pdf"} == {"unreadable"}
