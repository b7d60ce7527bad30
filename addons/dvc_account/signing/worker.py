# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The server's end of the limited processes in which files are verified; ``limited`` is the other end.

A process takes one file at a time. The pool gives files to processes: at most as long as the caller has
time, small files first, and hostile ones never in all processes at once.
"""

import atexit
import contextlib
import fcntl
import hashlib
import json
import logging
import os
import secrets
import selectors
import subprocess
import sys
import threading
import time
from pathlib import Path

from .limited import SECONDS

START_SECONDS = 30
# How long a check that has all its time may wait for a process.
WAIT_SECONDS = 30
# The last of them is kept for checks in a hurry; a process is made when it is needed.
PROCESSES = 3
CHECKS_PER_PROCESS = 200
ANSWER_MAX = 4 * 1024 * 1024
QUESTIONS_MAX = 100
CHUNK = 1024 * 1024
# A waiting file of this size stands behind a small one that came a second later.
BYTES_PER_SECOND = 4 * 1024 * 1024
SMALL = 1024 * 1024

_logger = logging.getLogger(__name__)


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


class Check:
    """A file on its way: waiting for a process, in one, or answered."""

    def __init__(self, data: bytes, filename: str, trust, signed: bytes, patient: bool):
        self.data, self.filename, self.trust, self.signed = data, filename, trust, signed
        self.patient = patient
        self.callers = 0
        self.turn = time.monotonic() + (len(data) + len(signed)) / BYTES_PER_SECOND
        self.worker: Worker | None = None
        self.digest = ""
        self.named, self.done = threading.Event(), threading.Event()
        self.answer: dict | None = None
        self.error: BaseException | None = None
        self.not_started = False
        self._then: list = []

    @property
    def overran(self) -> bool:
        """Whether the file was begun, so that it is known to take long."""
        return self.worker is not None

    def is_of(self, data: bytes, trust, signed: bytes) -> bool:
        """Tell whether this is the check of the very same bytes under the same trust."""
        return self.data == data and self.signed == signed and self.trust == trust

    def name(self) -> None:
        """Take the file's checksum, while the process is at work on it."""
        if not self.digest:
            self.digest = hashlib.sha256(self.data).hexdigest()
            self.named.set()

    def nothing(self, reason: str) -> dict:
        """Return the answer for a file that no process has answered for."""
        verdict = "unreadable" if reason == "limits" else "unknown"
        empty = {"signatures": [], "evidence": [], "holders": []}
        return {"verdict": verdict, "reason": reason, "sha256": self.digest, **empty}

    def then(self, call) -> None:
        """Have something done with the answer, now or when it comes, in another thread.

        :param call: gets the answer, None where there is none
        """
        self._then.append(call)
        if self.done.is_set():
            threading.Thread(target=self._tell, name="dvc.signing.then", daemon=True).start()

    def _tell(self) -> None:
        while self._then:
            with contextlib.suppress(IndexError):
                call = self._then.pop()
                try:
                    call(self.answer)
                except Exception:
                    _logger.exception("The answer of a check could not be handed on")


class Pool:
    """A few workers. Whoever asks says how long they can wait; what is not done then goes on or is left to later.

    A check that has all its time, or that nobody waits for any more, never takes the last process.
    """

    def __init__(self, size: int = PROCESSES):
        self._size = size
        self._reset()

    def _reset(self) -> None:
        self._workers = [Worker() for _number in range(self._size)]
        self._idle = list(self._workers)
        self._lock = threading.Lock()
        self._waiting: list[Check] = []
        self._running: list[Check] = []
        self._warmed = self._stopped = False

    def forget(self) -> None:
        """Start anew in a forked process: locks of other threads would never be released there."""
        for worker in self._workers:
            worker.forget()
        self._reset()

    def warm(self) -> None:
        """Have a process started in the background, once, so that the first file need not wait for it."""
        if self._warmed:
            return
        with self._lock:
            if self._warmed or len(self._idle) < self._size:
                return
            self._warmed = True
            worker = self._idle.pop()
        self._release(worker)

    def _release(self, worker: Worker) -> None:
        """Have a worker take the next file; where its process has ended, nobody waits here for a new one."""
        if worker._process or self._stopped:
            self._warm(worker)
        else:
            threading.Thread(target=self._warm, args=(worker,), name="dvc.signing.warm", daemon=True).start()

    def _warm(self, worker: Worker) -> None:
        try:
            if not self._stopped:
                worker.given_up = False
                worker.warm()
        except NotStarted as error:
            _logger.error("Signatures cannot be verified: %s", error)
        finally:
            with self._lock:
                self._idle.append(worker)
                self._dispatch()

    def verify(self, data: bytes, filename: str, trust, signed: bytes = b"") -> dict:
        """Return ``{verdict, reason, sha256, signatures, evidence, holders}`` of a file, whatever the file does.

        :param data: the file
        :param trust: a signing.trust.Trust
        :param signed: the file that a detached signature belongs to
        :return: ``unreadable`` for a file over the limits; ``unknown`` where nothing could be asked,
            which says nothing about the file and is tried again
        """
        with self._lock:
            check = self._join(data, filename, trust, signed, True)
            begun = len(data) < SMALL and self._begin(check)
            if not begun:
                self._dispatch()
        if begun:
            # A small file is not worth a thread of its own.
            check.name()
            self._run(check)
        self._await([check], time.monotonic() + WAIT_SECONDS + SECONDS)
        if check.error:
            raise check.error
        return check.answer or check.nothing("not_checked")

    def verify_within(self, files, trust, seconds: float, patient: bool = False) -> list[Check]:
        """Check several files at once, as far as that is done in time.

        :param files: ``(data, filename, signed)`` each
        :param trust: a signing.trust.Trust
        :param seconds: for all of them; waiting for a process counts
        :param patient: leave the last process to those in a hurry
        :return: the checks in the same order. One without ``answer`` is not done: where it ``overran`` it goes on
            as long as no other file needs the process, else it was not begun
        """
        end = time.monotonic() + seconds
        checks = self._enter(files, trust, patient)
        self._await(checks, end)
        return checks

    def _enter(self, files, trust, patient: bool) -> list[Check]:
        """Return the checks of files that came together; the small ones are begun first."""
        with self._lock:
            checks = [self._join(data, filename, trust, signed, patient) for data, filename, signed in files]
            self._dispatch()
        return checks

    def _join(self, data: bytes, filename: str, trust, signed: bytes, patient: bool) -> Check:
        """Return the check of a file; the same file at the same time is checked once."""
        for check in (*self._running, *self._waiting):
            if check.is_of(data, trust, signed):
                break
        else:
            check = Check(data, filename, trust, signed, patient)
            self._waiting.append(check)
        check.callers += 1
        check.patient = check.patient or patient
        return check

    def _await(self, checks: list[Check], end: float) -> None:
        for check in checks:
            check.name()
        for check in checks:
            check.done.wait(max(0.0, end - time.monotonic()))
        for check in checks:
            self._leave(check)

    def _leave(self, check: Check) -> None:
        """Let a caller go: what nobody waits for any more is not begun, and goes on only where there is room."""
        with self._lock:
            check.callers -= 1
            if check.callers or check.done.is_set():
                return
            if check in self._waiting:
                self._waiting.remove(check)
            elif not check.patient:
                if self._room_for_patient():
                    check.patient = True
                    self._dispatch()
                else:
                    check.worker.give_up()

    def _room_for_patient(self) -> bool:
        return sum(check.patient for check in self._running) < max(1, self._size - 1)

    def _dispatch(self) -> None:
        """Give waiting files to free processes; with the lock held."""
        for check in sorted(self._waiting, key=lambda check: check.turn):
            if not self._idle or self._stopped:
                return
            if self._begin(check):
                threading.Thread(target=self._run, args=(check,), name="dvc.signing.check", daemon=True).start()

    def _begin(self, check: Check) -> bool:
        """Give a waiting file its process, if there is one for it; with the lock held."""
        if check not in self._waiting or not self._idle or (check.patient and not self._room_for_patient()):
            return False
        self._waiting.remove(check)
        self._running.append(check)
        check.worker = self._idle.pop()
        check.worker.given_up = False
        return True

    def _run(self, check: Check) -> None:
        worker = check.worker
        try:
            check.answer = self._answer(check, worker)
        except BaseException as error:
            # Half a message or half an answer may be under way: the next file must not get it.
            worker.stop()
            check.error = error
        finally:
            with self._lock:
                self._running.remove(check)
                check.done.set()
            check._tell()
            self._release(worker)

    def _answer(self, check: Check, worker: Worker) -> dict | None:
        """Return what the process says; None where it could not be asked or was not left to finish."""
        reason, token = "limits", secrets.token_hex(16)
        try:
            answer = worker.verify(check.data, check.filename, check.trust, check.signed, token)
        except NotStarted as error:
            if not worker.given_up:
                _logger.error("Signatures cannot be verified: %s", error)
                check.not_started = True
            return None
        check.named.wait()
        if answer is None and worker.given_up:
            return None
        if answer is not None and answer.get("sha256") != token:
            # Of another file: whatever this process says next is of no use either.
            worker.stop()
            _logger.error("The verifying process answered for another file")
            answer, reason = None, "not_checked"
        return answer | {"sha256": check.digest} if answer else check.nothing(reason)

    def stop(self) -> None:
        """End the processes, and begin nothing any more."""
        self._stopped = True
        self._waiting.clear()
        for worker in self._workers:
            worker.give_up()
        for worker in self._idle:
            worker.stop()


WORKER = Pool()
atexit.register(WORKER.stop)
os.register_at_fork(after_in_child=WORKER.forget)
