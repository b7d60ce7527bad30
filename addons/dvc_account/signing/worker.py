# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The limited processes in which files are verified: a hostile file ends one, and harms nobody else.

This file is both ends. The server's end knows no PDF; the other end is this file run by its path,
with pyHanko and without Odoo. A message is a line of JSON that tells the sizes of the byte strings
after it; the answer is one line.
"""

import atexit
import contextlib
import hashlib
import importlib
import importlib.util
import json
import logging
import os
import resource
import selectors
import subprocess
import sys
import threading
import time
from pathlib import Path

SECONDS = 8
MEMORY_BYTES = 512 * 1024 * 1024
START_SECONDS = 30
PROCESSES = 2
CHECKS_PER_PROCESS = 200
ANSWER_MAX = 4 * 1024 * 1024
CHUNK = 64 * 1024
PACKAGE = "dvc_signing"

_logger = logging.getLogger(__name__)


class NotStarted(RuntimeError):
    """The process could not be started: nothing is known about any file."""


class Worker:
    """A warm verifying process, made when it is first needed and again when it has died; for one thread at a time."""

    def __init__(self):
        self._process: subprocess.Popen | None = None
        self._checks = 0

    def verify(self, data: bytes, filename: str, trust, signed: bytes = b"") -> dict | None:
        """Return the verifier's answer; None: the file was more than a check may take.

        :param data: the file
        :param trust: a signing.trust.Trust
        :param signed: the file that a detached signature belongs to
        :raise NotStarted: there is no process to ask
        """
        lists = vars(trust)
        parts = [data, signed, *(item for items in lists.values() for item in items)]
        header = {
            "filename": filename[:255],
            "sizes": [len(part) for part in parts],
            "counts": {name: len(items) for name, items in lists.items()},
        }
        self._ready()
        message = json.dumps(header).encode() + b"\n" + b"".join(parts)
        line = self._exchange(message, SECONDS)
        if line is not None:
            with contextlib.suppress(ValueError):
                return dict(json.loads(line))
        self.stop()
        return None

    def _ready(self) -> None:
        if self._process and (self._process.poll() is not None or self._checks >= CHECKS_PER_PROCESS):
            self.stop()
        if not self._process:
            self._start()
        self._checks += 1

    def _start(self) -> None:
        kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
        try:
            # -P: the folder of this file does not come before the library of Python.
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(Path(__file__).resolve())],
                env={**kept, "LANG": "C.UTF-8"},
                cwd="/",
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
            )
        except OSError as error:
            raise NotStarted(str(error)) from error
        os.set_blocking(self._process.stdin.fileno(), False)
        self._checks = 0
        if self._exchange(b"", START_SECONDS) is None:
            self.stop()
            raise NotStarted("no greeting from the verifying process")

    def _exchange(self, message: bytes, seconds: float) -> bytes | None:
        """Send a message and return the line that answers; None when it is late, too long or never comes."""
        end, unsent, found = time.monotonic() + seconds, memoryview(message), bytearray()
        source, sink = self._process.stdout, self._process.stdin
        with selectors.DefaultSelector() as selector:
            selector.register(source, selectors.EVENT_READ)
            if unsent:
                selector.register(sink, selectors.EVENT_WRITE)
            while (left := end - time.monotonic()) > 0 and len(found) <= ANSWER_MAX:
                for key, _events in selector.select(left):
                    try:
                        if key.fileobj is sink:
                            unsent = unsent[os.write(sink.fileno(), unsent[:CHUNK]) :]
                            if not unsent:
                                selector.unregister(sink)
                            continue
                        chunk = os.read(source.fileno(), CHUNK)
                    except BlockingIOError:
                        continue
                    except OSError:
                        return None
                    if not chunk:
                        return None
                    found += chunk
                    if found.endswith(b"\n"):
                        return bytes(found)
        return None

    def stop(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process:
            process.kill()
            process.wait()
            process.stdin.close()
            process.stdout.close()

    def forget(self) -> None:
        """Leave the process to whom it belongs: a forked server must not end or share its parent's."""
        self._process = None


class Pool:
    """A few workers, so that one hostile file does not keep all others waiting."""

    def __init__(self, size: int = PROCESSES):
        self._size = size
        self._reset()

    def _reset(self) -> None:
        self._idle = [Worker() for _number in range(self._size)]
        self._free = threading.Semaphore(self._size)

    def forget(self) -> None:
        """Start anew in a forked process: locks of other threads would never be released there."""
        for worker in self._idle:
            worker.forget()
        self._reset()

    def verify(self, data: bytes, filename: str, trust, signed: bytes = b"") -> dict:
        """Return ``{verdict, reason, sha256, signatures, evidence, holders}`` of a file, whatever the file does.

        :param data: the file
        :param trust: a signing.trust.Trust
        :param signed: the file that a detached signature belongs to
        :return: ``unreadable`` for a file over the limits; ``unknown`` where nothing could be asked,
            which says nothing about the file and is tried again
        """
        digest = hashlib.sha256(data).hexdigest()
        with self._free:
            worker = self._idle.pop()
            try:
                answer = worker.verify(data, filename, trust, signed)
                reason = "limits"
                if answer is not None and answer.get("sha256") != digest:
                    # Of another file: whatever this process says next is of no use either.
                    worker.stop()
                    _logger.error("The verifying process answered for another file")
                    answer, reason = None, "not_checked"
            except NotStarted as error:
                _logger.error("Signatures cannot be verified: %s", error)
                answer, reason = None, "not_checked"
            except BaseException:
                # Half a message or half an answer may be under way: the next file must not get it.
                worker.stop()
                raise
            finally:
                self._idle.append(worker)
        return answer or self._nothing(reason, digest)

    @staticmethod
    def _nothing(reason: str, digest: str) -> dict:
        verdict = "unreadable" if reason == "limits" else "unknown"
        empty = {"signatures": [], "evidence": [], "holders": []}
        return {"verdict": verdict, "reason": reason, "sha256": digest, **empty}

    def stop(self) -> None:
        """End the processes that are idle."""
        for worker in self._idle:
            worker.stop()


WORKER = Pool()
atexit.register(WORKER.stop)
os.register_at_fork(after_in_child=WORKER.forget)


# The other end


def _load(module: str):
    """Return a sibling module: this folder as a package of its own, without the addon above it."""
    if PACKAGE not in sys.modules:
        folder = Path(__file__).resolve().parent
        specification = importlib.util.spec_from_file_location(
            PACKAGE, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        package = importlib.util.module_from_spec(specification)
        sys.modules[PACKAGE] = package
        specification.loader.exec_module(package)
    return importlib.import_module(f"{PACKAGE}.{module}")


def _limit_for_one() -> None:
    """Give the next check its processor time, on top of what was used before, within what the server may use."""
    wanted, (_soft, hard) = int(sum(os.times()[:2])) + SECONDS + 1, resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


def _serve() -> None:
    logging.disable(logging.CRITICAL)
    verify, trust = _load("verify"), _load("trust")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    sink.write(b"ready\n")
    sink.flush()
    for line in source:
        header = json.loads(line)
        data, signed, *parts = [source.read(size) for size in header["sizes"]]
        rest = iter(parts)
        lists = {name: [next(rest) for _number in range(count)] for name, count in header["counts"].items()}
        _limit_for_one()
        answer = verify.verify_bytes(data, header["filename"], trust.Trust(**lists), signed=signed)
        sink.write(json.dumps(answer).encode() + b"\n")
        sink.flush()


if __name__ == "__main__":
    _serve()
