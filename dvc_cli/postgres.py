# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The private PostgreSQL cluster, or the server that PGHOST names."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

from .settings import CHECKOUT, Settings
from .steps import Failure, call
from .system_packages import POSTGRES_BINARIES

ROLE = "odoo"  # Odoo refuses to work as `postgres`
SOCKET_LENGTH_MAX = 90  # of the 107 that Unix allows, the file's own name taken off


def _binaries() -> Path:
    found = sorted(POSTGRES_BINARIES.glob("*/bin/initdb"), key=lambda path: int(path.parents[1].name.split(".")[0]))
    if not found:
        raise Failure("PostgreSQL's server is not installed: apt-get install postgresql, or set PGHOST.")
    return found[-1].parent


def _owner() -> str | None:
    """Return the user that runs the cluster: PostgreSQL refuses to run as root."""
    if os.geteuid():
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise Failure("PostgreSQL cannot run as root, and there is no user postgres or nobody.")


def _as_owner() -> dict:
    owner = _owner()
    return {"user": owner, "group": pwd.getpwnam(owner).pw_gid, "extra_groups": []} if owner else {}


def _folder(settings: Settings) -> Path:
    """Return where the cluster lives: in the home, or outside where its user cannot reach the home."""
    inside = settings.home / "postgres"
    owner = _owner()
    if not owner:
        return inside
    probe = subprocess.run(["test", "-x", str(settings.home)], cwd="/", **_as_owner())
    return inside if probe.returncode == 0 else Path("/var/lib/dvc") / settings.key


def _socket(settings: Settings) -> Path:
    inside = _folder(settings) / "socket"
    return inside if len(str(inside)) <= SOCKET_LENGTH_MAX else Path("/tmp") / f"dvc-{settings.key}"


def environment(settings: Settings) -> dict[str, str]:
    """Return the variables that PostgreSQL's clients read."""
    if settings.pg_host:
        return {"PGHOST": settings.pg_host, "PGUSER": os.environ.get("PGUSER", ROLE)}
    return {"PGHOST": str(_socket(settings)), "PGUSER": ROLE, "PGPORT": "5432"}


def ensure(settings: Settings) -> None:
    """Have a server that answers.

    :raise Failure: it cannot be made or started
    """
    if settings.pg_host:
        return
    folder, socket = _folder(settings), _socket(settings)
    for path in (folder, socket):
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        if owner := _owner():
            shutil.chown(path, owner)
    data = folder / "data"
    if not (data / "dvc-ready").exists():
        _make(settings, folder, data)
    if _control(settings, "status") != 0:
        log = settings.log("postgres")
        if _control(settings, "start") != 0:
            tail = "\n".join((folder / "server.log").read_text(errors="replace").splitlines()[-5:])
            raise Failure(f"PostgreSQL did not start (more in {log}):\n{tail}")


def _make(settings: Settings, folder: Path, data: Path) -> None:
    log = settings.log("postgres")
    shutil.rmtree(data, ignore_errors=True)
    options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
    collation = ["--locale-provider=icu", "--icu-locale=vi"]
    call([_binaries() / "initdb", "-D", data, *options, *collation], "initdb", log, cwd="/", **_as_owner())
    tuned = (CHECKOUT / "config" / "postgres.conf").read_text()
    with (data / "postgresql.conf").open("a") as config:
        config.write(f"\n{tuned}\nunix_socket_directories = '{_socket(settings)}'\nport = 5432\n")
    if _control(settings, "start") != 0:
        raise Failure(f"PostgreSQL did not start: see {folder / 'server.log'}.")
    sql = f"CREATE ROLE {ROLE} LOGIN CREATEDB"
    psql = ["psql", "-h", _socket(settings), "-U", "postgres", "-d", "postgres", "-c", sql]
    call(psql, "making the database user", log)
    (data / "dvc-ready").touch()


def _control(settings: Settings, action: str) -> int:
    folder = _folder(settings)
    command = [_binaries() / "pg_ctl", "-D", folder / "data", "-w", action]
    if action == "start":
        command += ["-l", folder / "server.log"]
    if action == "stop":
        command += ["-m", "fast"]
    with settings.log("postgres").open("ab") as sink:
        return subprocess.run(
            [str(part) for part in command], stdout=sink, stderr=sink, cwd="/", **_as_owner()
        ).returncode


def stop(settings: Settings) -> None:
    if not settings.pg_host and (_folder(settings) / "data" / "dvc-ready").exists():
        _control(settings, "stop")


def remove(settings: Settings) -> None:
    """Stop the private cluster and delete it with all it holds."""
    stop(settings)
    shutil.rmtree(_folder(settings), ignore_errors=True)
