# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Commands that are run, steps that are done once, one set-up at a time."""

import contextlib
import fcntl
import hashlib
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

WAIT_SECONDS = 900
# Commands inherit the locks: where ./dvc itself is killed, what it had started still keeps others away until it ends.
LOCKS: list[int] = []


class Failure(Exception):
    """Something expected went wrong: its text is the one line the user sees."""


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def call(command: Sequence, what: str, log: Path | None = None, **options) -> str:
    """Run a command and return what it printed.

    :param what: what it does, for the message when it fails
    :param log: a file for its output; the tail is shown when it fails
    :raise Failure: it ended with another status than 0, or is not there
    """
    inherited = {"pass_fds": tuple(LOCKS), **options}
    try:
        if log:
            with log.open("ab") as sink:
                start = sink.tell()
                done = subprocess.run([str(part) for part in command], stdout=sink, stderr=sink, **inherited)
            output = log.read_bytes()[start:].decode(errors="replace")
        else:
            done = subprocess.run(
                [str(part) for part in command], capture_output=True, text=True, errors="replace", **inherited
            )
            output = done.stdout + (done.stderr if done.returncode else "")
    except FileNotFoundError:
        raise Failure(f"{what}: {command[0]} is not installed.") from None
    if done.returncode:
        tail = "\n".join(output.strip().splitlines()[-15:])
        where = f" (all of it in {log})" if log else ""
        raise Failure(f"{what} failed{where}:\n{tail}")
    return output


def digest(*parts: str | bytes) -> str:
    total = hashlib.sha256()
    for part in parts:
        total.update(part.encode() if isinstance(part, str) else part)
        total.update(b"\0")
    return total.hexdigest()


def tree_digest(folders: Iterable[Path], skip: tuple[str, ...] = ("__pycache__", ".pyc")) -> str:
    """Return a hash of the content of all files below the folders."""
    total = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not any(mark in str(path.relative_to(folder)) for mark in skip):
                total.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


class Stamp:
    """Remembers that a step was done to its end with certain inputs."""

    def __init__(self, home: Path, name: str, inputs: str):
        self.path = home / "stamps" / name
        self.inputs = inputs

    def fresh(self) -> bool:
        return self.path.exists() and self.path.read_text() == self.inputs

    def set(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(".part")
        part.write_text(self.inputs)
        part.rename(self.path)

    def clear(self) -> None:
        self.path.unlink(missing_ok=True)


@contextlib.contextmanager
def locked(home: Path, name: str = "setup", wait: float = WAIT_SECONDS) -> Iterator[None]:
    """Hold a part of a home; whoever comes second waits for the first, with a word why.

    :param wait: for how many seconds
    :raise Failure: somebody else holds it still
    """
    home.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + wait
    with (home / f"{name}.lock").open("w") as handle:
        told = False
        while not _lock(handle):
            if time.monotonic() >= deadline:
                raise Failure(f"Another ./dvc works in {home} ({name}): wait for it, or use another DVC_HOME.")
            if not told:
                say(f"… waiting for another ./dvc that works in {home} ({name})")
                told = True
            time.sleep(0.5)
        LOCKS.append(handle.fileno())
        try:
            yield
        finally:
            LOCKS.remove(handle.fileno())


def _lock(handle: IO) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def timed(what: str) -> Iterator[None]:
    """Say what is done and how long it took."""
    say(f"… {what}")
    start = time.monotonic()
    yield
    say(f"  {what}: {time.monotonic() - start:.0f} s")
