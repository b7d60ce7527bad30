# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The server's end of the limited processes in which files are verified; ``limited`` is the other end.

A process takes one file at a time; which one, ``pool`` decides.
"""

import contextlib
import fcntl
import json
import os
import selectors
import subprocess
import sys
import time
from pathlib import Path

from .limited import SECONDS

START_SECONDS = 30
CHECKS_PER_PROCESS = 200
ANSWER_MAX = 4 * 1024 * 1024
QUESTIONS_MAX = 100
CHUNK = 1024 * 1024


class NotStarted(RuntimeError):
    """The process could not be started: nothing is known about any file."""


class Died(RuntimeError):
    """The process ended while it had a file: killed from outside, or by what the file did."""


class Worker:
    """A warm verifying process, made when it is first needed and again when it has died; for one thread at a time."""

    def __init__(self):
        self._process: subprocess.Popen | None = None
        self._checks = 0
        self.given_up = False

    def verify(self, data: bytes, filename: str, trust, signed: bytes = b"", token: str = "") -> dict | None:
        """Return the verifier's answer; None: the file was more than a check may take.

        :param data: the file
        :param trust: a signing.trust.Trust
        :param signed: the file that a detached signature belongs to
        :param token: answered in place of the file's checksum, so that no answer is taken for another file's
        :raise NotStarted: there is no process to ask
        """
        lists = trust.parts()
        parts = [data, signed, *(item for items in lists.values() for item in items)]
        parts += [kept.head for kept in trust.kept]
        header = {
            "filename": filename[:255],
            "token": token,
            "counts": {name: len(items) for name, items in lists.items()},
            "kept": [kept.digest for kept in trust.kept],
        }
        end = None
        # Who ended the first one is not known: another program's need of memory is not the file's fault.
        for _try in range(2):
            if not self.given_up:
                self._ready()
            if self.given_up:
                break
            end = end or time.monotonic() + SECONDS
            with contextlib.suppress(Died, ValueError, TypeError):
                answer = self._converse(header, parts, trust, end)
                if answer is not None:
                    if answer.get("reason") == "limits":
                        # What it ran out of is not all given back: the next file would find too little.
                        self.stop()
                    return answer
                break
            self.stop()
        self.stop()
        return None

    def _converse(self, header: dict, parts: list[bytes], trust, end: float) -> dict | None:
        """Send a file, answer what is asked in between, and return the answer; None: it is late or too long.

        :raise Died: the process ended
        """
        for _question in range(QUESTIONS_MAX):
            line = self._exchange(_head(header, parts), end - time.monotonic(), parts)
            answer = None if line is None else dict(json.loads(line))
            if answer is None or "want" not in answer:
                return answer
            header, parts = {}, _wanted(trust, answer)
        return None

    def warm(self) -> None:
        """Have the process ready before the first file comes.

        :raise NotStarted: it cannot be started
        """
        if not self._process:
            self._start()

    def give_up(self) -> None:
        """End the check that another thread waits for: nobody wants it any more, and the process is needed."""
        self.given_up = True
        process = self._process
        if process:
            process.kill()

    def _ready(self) -> None:
        if self._process and (self._process.poll() is not None or self._checks >= CHECKS_PER_PROCESS):
            self.stop()
        self.warm()
        self._checks += 1

    def _start(self) -> None:
        kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
        try:
            # -P: the folder of this file does not come before the library of Python.
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(Path(__file__).resolve().with_name("limited.py"))],
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
        with contextlib.suppress(OSError, AttributeError):
            # Where the system grants a wider pipe, a large file changes hands less often.
            fcntl.fcntl(self._process.stdin.fileno(), fcntl.F_SETPIPE_SZ, CHUNK)
        self._checks = 0
        with contextlib.suppress(Died):
            if self._exchange(b"", START_SECONDS) is not None:
                return
        self.stop()
        raise NotStarted("no greeting from the verifying process")

    def _exchange(self, message: bytes, seconds: float, parts=()) -> bytes | None:
        """Send a message and return the line that answers; None when it is late or too long.

        :param parts: byte strings that follow the message, sent as they are
        :raise Died: the process ended
        """
        end, found = time.monotonic() + seconds, bytearray()
        unsent = [memoryview(part) for part in (message, *parts) if part]
        source, sink = self._process.stdout, self._process.stdin
        with selectors.DefaultSelector() as selector:
            selector.register(source, selectors.EVENT_READ)
            if unsent:
                selector.register(sink, selectors.EVENT_WRITE)
            while (left := end - time.monotonic()) > 0 and len(found) <= ANSWER_MAX:
                for key, _events in selector.select(left):
                    if key.fileobj is sink:
                        if not _send_on(sink, unsent):
                            selector.unregister(sink)
                    elif chunk := _receive(source):
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


def _head(header: dict, parts: list[bytes]) -> bytes:
    return json.dumps(header | {"sizes": [len(part) for part in parts]}).encode() + b"\n"


def _wanted(trust, question: dict) -> list[bytes]:
    """Return what the other end asks for; it may be of anybody's making, and gets lists of the store only."""
    with contextlib.suppress(OSError):
        return [kept.read() for kept in trust.kept if kept.digest == question["want"]][:1]
    return []


def _send_on(sink, unsent: list[memoryview]) -> bool:
    """Send what the pipe takes now; return whether anything is left.

    :raise Died: nobody reads any more
    """
    try:
        while unsent:
            unsent[0] = unsent[0][os.write(sink.fileno(), unsent[0][:CHUNK]) :]
            if not unsent[0]:
                unsent.pop(0)
    except BlockingIOError:
        return True
    except OSError as error:
        raise Died from error
    return False


def _receive(source) -> bytes:
    """Return what has come.

    :raise Died: nothing will come any more
    """
    try:
        chunk = os.read(source.fileno(), CHUNK)
    except OSError as error:
        raise Died from error
    if not chunk:
        raise Died
    return chunk
