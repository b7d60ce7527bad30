# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The server: in front, behind, and stopped."""

import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

from . import databases
from .settings import Settings
from .steps import Failure, say

START_SECONDS = 180
STOP_SECONDS = 30
WELCOME = """
  The one-stop desk        http://localhost:{port}/odoo
  The citizens' portal     http://localhost:{port}/my
  Verify a result          http://localhost:{port}/dvc/verify
{logins}"""
LOGINS = """
  Logins (password = login): officer, specialist, leader, accountant, manager, auditor,
  integrator, officer2 (second agency), citizen1 … citizen9; administrator admin/admin
"""


def running(settings: Settings) -> int | None:
    """Return the process id of the detached server of this home and port."""
    with contextlib.suppress(FileNotFoundError, ValueError, ProcessLookupError):
        pid = int(settings.pid_file.read_text())
        os.kill(pid, 0)
        if b"odoo" in Path(f"/proc/{pid}/cmdline").read_bytes():
            return pid
    return None


def check_port(settings: Settings) -> None:
    """Refuse a port that somebody else uses.

    :raise Failure: it is taken
    """
    ports = [settings.port] + ([settings.gevent_port] if settings.workers else [])
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("0.0.0.0", port))
            except OSError:
                raise Failure(f"Port {port} is taken: choose another one, e.g. DVC_PORT={port + 100}.") from None


def command(settings: Settings, database: str, *options: str) -> list[str]:
    return [
        *(str(part) for part in settings.odoo),
        *("-c", str(settings.conf), "-d", database, "--db-filter", f"^{database}$"),
        *("--http-port", str(settings.port), "--gevent-port", str(settings.gevent_port)),
        *("--workers", str(settings.workers), *options),
    ]


def welcome(settings: Settings) -> str:
    return WELCOME.format(port=settings.port, logins=LOGINS if settings.demo else "")


def run_in_front(settings: Settings) -> None:
    say(f"{welcome(settings)}\n  Ctrl+C stops it.")
    settings.pid_file.write_text(str(os.getpid()))  # the server takes this process over
    os.chdir(settings.home)
    program = command(settings, settings.database)
    os.execve(program[0], program, databases.environment(settings))


def start(settings: Settings, database: str, log: Path, *options: str) -> int:
    """Start a server behind and wait until it answers.

    :return: its process id, which is its process group too
    :raise Failure: it ended, or does not answer in time
    """
    with log.open("ab") as sink:
        process = subprocess.Popen(
            command(settings, database, *options),
            env=databases.environment(settings),
            cwd=settings.home,
            stdout=sink,
            stderr=sink,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    settings.pid_file.write_text(str(process.pid))
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if _answers(settings):
            return process.pid
        time.sleep(0.3)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    settings.pid_file.unlink(missing_ok=True)
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-10:])
    raise Failure(f"The server did not start (all of it in {log}):\n{tail}")


def _answers(settings: Settings) -> bool:
    """Tell whether a page that needs the database is served."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with contextlib.suppress(OSError), direct.open(f"http://localhost:{settings.port}/web/login", timeout=30) as answer:
        return answer.status == 200
    return False


def free_port() -> int:
    """Return a port that nobody uses now, nor the one three above it (gevent's)."""
    while True:
        with socket.socket() as probe, socket.socket() as gevent:
            probe.bind(("0.0.0.0", 0))
            port = probe.getsockname()[1]
            with contextlib.suppress(OSError, OverflowError):
                gevent.bind(("0.0.0.0", port + 3))
                return port


def stop(settings: Settings) -> bool:
    """End the detached server; return whether there was one."""
    pid = running(settings)
    settings.pid_file.unlink(missing_ok=True)
    if pid is None:
        return False
    os.kill(pid, signal.SIGTERM)
    for _ in range(STOP_SECONDS * 10):
        # A server that this process started itself must be reaped to be gone.
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
        os.killpg(pid, signal.SIGKILL)  # its workers, where it leads a group
    return True
