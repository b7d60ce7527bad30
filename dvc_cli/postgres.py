# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The private PostgreSQL cluster, or the server that PGHOST names."""

import functools
import os
import pwd
import shutil
import subprocess
from pathlib import Path

from .settings import CHECKOUT, Settings
from .steps import Failure, call, say
from .system_packages import POSTGRES_BINARIES

ROLE = "odoo"  # Odoo refuses to work as `postgres`
SUPERUSER = "postgres"
SOCKET_LENGTH_MAX = 90  # of the 107 that Unix allows, the file's own name taken off
TUNED = CHECKOUT / "config" / "postgres.conf"


def _binaries() -> Path:
    found = sorted(POSTGRES_BINARIES.glob("*/bin/initdb"), key=lambda path: int(path.parents[1].name.split(".")[0]))
    if not found:
        raise Failure("PostgreSQL's server is not installed: apt-get install postgresql, or set PGHOST.")
    return found[-1].parent


@functools.cache
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


def _elsewhere(settings: Settings) -> Path:
    """Return the folder for a cluster that cannot live in the home."""
    if not os.geteuid():
        return Path("/var/lib/dvc") / settings.key
    return Path.home() / ".cache" / "dvc" / settings.key


@functools.cache
def _folder(settings: Settings) -> Path:
    """Return where the cluster lives: in the home, unless its user cannot reach it or its path is too long."""
    inside = settings.home / "postgres"
    if len(str(inside / "socket").encode()) > SOCKET_LENGTH_MAX:
        return _elsewhere(settings)
    if _owner():
        settings.home.mkdir(parents=True, exist_ok=True)
        probe = subprocess.run(["test", "-x", str(settings.home)], cwd="/", **_as_owner())
        if probe.returncode:
            return _elsewhere(settings)
    return inside


def environment(settings: Settings) -> dict[str, str]:
    """Return the variables that PostgreSQL's clients read."""
    if settings.pg_host:
        return {"PGHOST": settings.pg_host, "PGUSER": os.environ.get("PGUSER", ROLE)}
    return {"PGHOST": str(_folder(settings) / "socket"), "PGUSER": ROLE, "PGPORT": "5432"}


def ensure(settings: Settings) -> None:
    """Have a server that answers.

    :raise Failure: it cannot be made or started
    """
    if settings.pg_host:
        call(["psql", "-d", "postgres", "-c", ""], f"PostgreSQL at PGHOST={settings.pg_host}", env=_client(settings))
        return
    folder = _folder(settings)
    # The socket's folder is closed to everybody else, so the cluster can trust who comes through it.
    for path in (folder, folder / "socket"):
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o700)
        if owner := _owner():
            shutil.chown(path, owner)
    data = folder / "data"
    if not (data / "dvc-ready").exists():
        _make(settings, data)
    changed = _write_settings(settings, data)
    if changed and _control(settings, "status") == 0:
        _control(settings, "restart")
    elif _control(settings, "status") != 0:
        _start(settings)


def _client(settings: Settings) -> dict[str, str]:
    return {**os.environ, **environment(settings)}


def _make(settings: Settings, data: Path) -> None:
    log = settings.log("postgres")
    if (data / "postmaster.pid").exists():  # an interrupted set-up left its server behind
        _control(settings, "stop")
    shutil.rmtree(data, ignore_errors=True)
    # UTF-8, and names sorted as Vietnamese sorts them.
    options = ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=vi"]
    command = [_binaries() / "initdb", "-D", data, f"--username={SUPERUSER}", *options]
    call(command, "initdb", log, cwd="/", **_as_owner())
    with (data / "postgresql.conf").open("a") as config:
        config.write("\ninclude_if_exists 'dvc.conf'\n")
    _write_settings(settings, data)
    _start(settings)
    superuser_sql(settings, "postgres", f"CREATE ROLE {ROLE} LOGIN CREATEDB")
    (data / "dvc-ready").touch()


def _write_settings(settings: Settings, data: Path) -> bool:
    """Copy the checkout's settings into the cluster; return whether they are new there."""
    socket = _folder(settings) / "socket"
    text = f"{TUNED.read_text()}\nunix_socket_directories = '{socket}'\nport = 5432\n"
    target = data / "dvc.conf"
    if target.exists() and target.read_text() == text:
        return False
    target.write_text(text)
    return True


def superuser_sql(settings: Settings, database: str, sql: str) -> None:
    """Do in the private cluster what the role ``odoo`` may not."""
    socket = environment(settings)["PGHOST"]
    command = ["psql", "-h", socket, "-p", "5432", "-U", SUPERUSER, "-d", database, "-qX", "-c", sql]
    call(command, "psql as superuser", settings.log("postgres"), cwd="/")


def _start(settings: Settings) -> None:
    if _control(settings, "start") != 0:
        server_log = _folder(settings) / "server.log"
        tail = server_log.read_text(errors="replace").splitlines()[-5:] if server_log.exists() else []
        raise Failure("\n".join([f"PostgreSQL did not start (all of it in {server_log}):", *tail]))


def _control(settings: Settings, action: str) -> int:
    folder = _folder(settings)
    command = [_binaries() / "pg_ctl", "-D", folder / "data", "-w", action]
    if action in ("start", "restart"):
        command += ["-l", folder / "server.log"]
    if action in ("stop", "restart"):
        command += ["-m", "fast"]
    with settings.log("postgres").open("ab") as sink:
        return subprocess.run(
            [str(part) for part in command], stdout=sink, stderr=sink, cwd="/", **_as_owner()
        ).returncode


def _exists(settings: Settings) -> bool:
    return not settings.pg_host and (_folder(settings) / "data" / "dvc-ready").exists()


def stop(settings: Settings) -> None:
    """Stop the private cluster, unless somebody else still works in it."""
    if not _exists(settings) or _control(settings, "status") != 0:
        return
    sql = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    others = call(["psql", "-d", "postgres", "-tAXc", sql], "psql", env=_client(settings), cwd="/").strip()
    if others != "0":
        say(f"The database server keeps running: {others} other connections are open.")
        return
    _control(settings, "stop")


def remove(settings: Settings) -> None:
    """Stop the private cluster and delete it with all it holds."""
    if _exists(settings):
        _control(settings, "stop")
    shutil.rmtree(_folder(settings), ignore_errors=True)
