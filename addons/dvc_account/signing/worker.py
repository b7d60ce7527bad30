# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The limited process in which files are verified: a hostile one ends it, and harms nobody else.

A message is a line of JSON that tells the sizes of the byte strings after it; the answer is one line.
"""

import atexit
import json
import os
import selectors
import subprocess
import sys
import threading
from pathlib import Path

SECONDS = 8
MEMORY_BYTES = 512 * 1024 * 1024
CHECKS_PER_PROCESS = 200
ANSWER_MAX = 4 * 1024 * 1024
ADDON = Path(__file__).resolve().parents[1]


class Worker:
    """A warm verifying process, made when it is first needed and again when it has died."""

    def __init__(self):
        self._process: subprocess.Popen | None = None
        self._owner = 0
        self._checks = 0
        self._lock = threading.Lock()

    def verify(self, data: bytes, filename: str, anchors: list[bytes], others: list[bytes], crls: list[bytes]) -> dict | None:
        """Return the verifier's answer; None: the file was more than a check may take."""
        parts = [data, *anchors, *others, *crls]
        header = {
            "filename": filename[:255],
            "sizes": [len(part) for part in parts],
            "counts": [len(anchors), len(others), len(crls)],
        }
        with self._lock:
            process = self._ready()
            try:
                process.stdin.write(json.dumps(header).encode() + b"\n" + b"".join(parts))
                process.stdin.flush()
                line = self._read_line(process)
            except (BrokenPipeError, OSError):
                line = None
            if line is None:
                self.stop()
                return None
            return json.loads(line)

    def _ready(self) -> subprocess.Popen:
        # A forked server process must not share its parent's pipes.
        if self._owner != os.getpid():
            self._process = None
        if self._process and (self._process.poll() is not None or self._checks >= CHECKS_PER_PROCESS):
            self.stop()
        if not self._process:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "signing.worker"],
                cwd=ADDON,
                env={"PYTHONPATH": str(ADDON), "PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                close_fds=True,
            )
            self._owner, self._checks = os.getpid(), 0
            self._read_line(self._process, SECONDS * 4)  # its greeting: importing takes a while
        self._checks += 1
        return self._process

    def _read_line(self, process: subprocess.Popen, seconds: float = SECONDS) -> bytes | None:
        """Return a line of the process, or None when it is late, too long or gone."""
        found = b""
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while len(found) < ANSWER_MAX and selector.select(seconds):
                chunk = os.read(process.stdout.fileno(), 65536)
                found += chunk
                if not chunk or found.endswith(b"\n"):
                    break
        return found if found.endswith(b"\n") else None

    def stop(self) -> None:
        """End the process, if there is one of ours."""
        process, self._process = self._process, None
        if process and self._owner == os.getpid():
            process.kill()
            process.wait()
            process.stdin.close()
            process.stdout.close()


WORKER = Worker()
atexit.register(WORKER.stop)


def _serve() -> None:
    import logging
    import resource

    from .verify import Trust, verify_bytes

    logging.disable(logging.CRITICAL)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    sink.write(b"ready\n")
    sink.flush()
    for line in source:
        header = json.loads(line)
        data, *parts = [source.read(size) for size in header["sizes"]]
        anchors, others, _crls = header["counts"]
        trust = Trust(parts[:anchors], parts[anchors : anchors + others], parts[anchors + others :])
        # The processor time of one check, on top of what was used before.
        used = int(sum(os.times()[:2])) + SECONDS + 1
        resource.setrlimit(resource.RLIMIT_CPU, (used, resource.RLIM_INFINITY))
        sink.write(json.dumps(verify_bytes(data, header["filename"], trust)).encode() + b"\n")
        sink.flush()


if __name__ == "__main__":
    _serve()
