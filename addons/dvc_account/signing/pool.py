# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Who of those that wait gets a verifying process.

At most as long as the caller has time, small files first, and hostile ones never in all processes at once.
"""

import atexit
import contextlib
import hashlib
import logging
import os
import secrets
import threading
import time

from .limited import SECONDS
from .worker import NotStarted, Worker

# How long a check that has all its time may wait for a process.
WAIT_SECONDS = 30
# The last of them is kept for checks in a hurry; a process is made when it is needed.
PROCESSES = 3
# A waiting file of this size stands behind a small one that came a second later.
BYTES_PER_SECOND = 4 * 1024 * 1024
SMALL = 1024 * 1024

_logger = logging.getLogger(__name__)


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
