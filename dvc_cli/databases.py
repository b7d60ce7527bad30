# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Databases: made whole or not at all, cloned from templates, brought up to date."""

import os
import shutil
import time
from pathlib import Path

from . import postgres, secrets
from .settings import ADDONS, CHECKOUT, Settings
from .steps import Failure, Stamp, call, timed, tree_digest

LANGUAGE = "vi_VN"
NOT_INSTALLED = ("__pycache__", ".pyc", "tests/", "readme/")
DROP_TRIES = 10
PREGENERATE = "env['ir.qweb']._pregenerate_assets_bundles(); env.cr.commit()"


def environment(settings: Settings) -> dict[str, str]:
    """Return the environment for Odoo and for PostgreSQL's clients."""
    return {**os.environ, **postgres.environment(settings), **secrets.environment(settings)}


def write_conf(settings: Settings, kind: str = "development", target: Path | None = None, **more: object) -> Path:
    """Write Odoo's configuration: the checkout's for its kind, plus this home's folders and connection."""
    pg = postgres.environment(settings)
    options = {
        "addons_path": CHECKOUT / "addons",
        "data_dir": settings.home / "data",
        "db_host": pg["PGHOST"],
        "db_user": pg["PGUSER"],
        "db_port": pg.get("PGPORT") or os.environ.get("PGPORT"),
        "db_password": os.environ.get("PGPASSWORD"),
        **more,
    }
    lines = [(CHECKOUT / "config" / f"{kind}.conf").read_text().rstrip()]
    lines += [f"{name} = {value}" for name, value in options.items() if value]
    target = target or settings.conf
    target.touch(mode=0o600)
    target.write_text("\n".join(lines) + "\n")
    return target


def sources(addons: tuple[str, ...] = ADDONS) -> str:
    """Return a hash of what a database is made from: the addons without their tests."""
    return tree_digest([CHECKOUT / "addons" / addon for addon in addons], skip=NOT_INSTALLED)


def odoo(settings: Settings, database: str, *options: str, log: str, what: str, stdin: str | None = None) -> str:
    """Run an Odoo command on a database, outside any server."""
    shell = ["shell"] if stdin is not None else []
    command = [*settings.odoo, *shell, "-c", settings.conf, "-d", database, "--no-http", *options]
    return call(command, what, settings.log(log), env=environment(settings), cwd=settings.home, input=_bytes(stdin))


def _bytes(text: str | None) -> bytes | None:
    return text.encode() if text is not None else None


def _psql(settings: Settings, sql: str, database: str = "postgres") -> str:
    command = ["psql", "-d", database, "-tAqX", "-v", "ON_ERROR_STOP=1", "-c", sql]
    return call(command, "psql", env=environment(settings), cwd="/")


def query(settings: Settings, sql: str, database: str) -> list[str]:
    """Return the lines that a query of one column gives."""
    return _psql(settings, sql, database).splitlines()


def exists(settings: Settings, name: str) -> bool:
    return bool(_psql(settings, f"SELECT 1 FROM pg_database WHERE datname = '{name}'").strip())


def _filestore(settings: Settings, name: str) -> Path:
    return settings.home / "data" / "filestore" / name


def drop(settings: Settings, name: str) -> None:
    for tries_left in reversed(range(DROP_TRIES)):
        try:
            _psql(settings, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            break
        except Failure:
            # PostgreSQL's own vacuum may be at work in it, which only its superuser may stop: it ends by itself.
            if not tries_left:
                raise
            time.sleep(2)
    shutil.rmtree(_filestore(settings, name), ignore_errors=True)


def create(settings: Settings, name: str) -> None:
    """Make an empty database that can search without accents."""
    drop(settings, name)
    call(["createdb", "-T", "template0", "-E", "UTF8", name], "createdb", env=environment(settings), cwd="/")
    _psql(settings, "CREATE EXTENSION unaccent; CREATE EXTENSION pg_trgm", name)
    if not settings.pg_host:
        # As Odoo does for the databases it makes: only an immutable function can serve an index.
        postgres.superuser_sql(settings, name, "ALTER FUNCTION unaccent(text) IMMUTABLE")


def clone(settings: Settings, source: str, target: str) -> None:
    """Copy a database and its files; nobody may be connected to the source."""
    drop(settings, target)
    call(["createdb", "-T", source, target], f"cloning {source}", env=environment(settings), cwd="/")
    if _filestore(settings, source).exists():
        shutil.copytree(_filestore(settings, source), _filestore(settings, target))


def rename(settings: Settings, source: str, target: str) -> None:
    """Give a finished database its name; the files go first, so that an interruption leaves a database unfinished."""
    drop(settings, target)
    if _filestore(settings, source).exists():
        _filestore(settings, source).rename(_filestore(settings, target))
    _psql(settings, f'ALTER DATABASE "{source}" RENAME TO "{target}"')


def install(settings: Settings, name: str, modules: tuple[str, ...], *options: str, log: str) -> None:
    odoo(
        settings,
        name,
        *("-i", ",".join(modules), "--stop-after-init", *options),
        log=log,
        what=f"installing {', '.join(modules)}",
    )


def pregenerate_assets(settings: Settings, name: str, log: str = "assets") -> None:
    odoo(settings, name, log=log, what="building the web assets", stdin=PREGENERATE)


def ensure(settings: Settings, upgrade: bool = True) -> None:
    """Have the database to serve: made, or upgraded where the addons have changed since."""
    stamp = Stamp(settings.home, f"database-{settings.database}", sources())
    if exists(settings, settings.database):
        if not upgrade or stamp.fresh():
            return
        options = ("-u", ",".join(ADDONS), "--stop-after-init")
        with timed("upgrading the database"):
            odoo(settings, settings.database, *options, log="upgrade", what="upgrading the database")
            pregenerate_assets(settings, settings.database)
    else:
        with timed("making the database"):
            # Under another name at first: an interrupted run leaves no half of a database.
            part = f"{settings.database}_setup"
            create(settings, part)
            demo = ("--with-demo",) if settings.demo else ()
            install(settings, part, ADDONS, f"--load-language={LANGUAGE}", *demo, log="install")
            pregenerate_assets(settings, part)
            rename(settings, part, settings.database)
    stamp.set()


def keyed(settings: Settings) -> list[str]:
    """Return the databases that go by this home's encryption key, without the tests' ones, which are made anew."""
    if settings.pg_host:
        # Another server may hold databases of other homes.
        return [settings.database] if exists(settings, settings.database) else []
    names = _psql(settings, "SELECT datname FROM pg_database WHERE NOT datistemplate").split()
    found = "SELECT 1 FROM information_schema.tables WHERE table_schema = 'public' AND table_name = 'dvc_account'"
    return [name for name in names if not name.startswith("dvct_") and query(settings, found, name)]


def users(settings: Settings, name: str) -> int:
    """Return how many connections a database has."""
    return int(_psql(settings, f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}'"))


def check_key_change(settings: Settings, name: str, new_key: Path) -> None:
    """Check that a database can pass to a new encryption key.

    :raise Failure: some of its values cannot, or it goes by another key than this home's
    """
    program = f"env['dvc.secret.rotation']._check({str(new_key)!r})\n"
    odoo(settings, name, log="rotate-key", what=f"reading what is sealed in {name}", stdin=program)


def change_key(settings: Settings, name: str, new_key: Path) -> None:
    """Bring a database under a new encryption key, batch by batch; broken off, it goes on where it was."""
    program = f"for rows in env['dvc.secret.rotation']._steps({str(new_key)!r}, force=True):\n    env.cr.commit()\n"
    odoo(settings, name, log="rotate-key", what=f"changing the key of {name}", stdin=program)


def remove_all(settings: Settings) -> None:
    """Delete the served database and the tests' ones."""
    names = _psql(settings, "SELECT datname FROM pg_database WHERE NOT datistemplate").split()
    for name in names:
        if name == settings.database or name.startswith((f"{settings.database}_setup", f"dvct_{settings.key}_")):
            drop(settings, name)
    Stamp(settings.home, f"database-{settings.database}", "").clear()


def api_keys(settings: Settings, database: str, target: Path) -> None:
    """Make an API key for each demo login and write them, readable by the owner only."""
    program = (
        "import json, os\n"
        "logins = ('admin','officer','specialist','leader','accountant','manager','auditor','integrator','officer2')\n"
        "keys = {}\n"
        "for user in env['res.users'].search([('login', 'in', logins)]):\n"
        "    keys[user.login] = env(user=user)['res.users.apikeys'].sudo()._generate(None, 'dvc keys', False)\n"
        "env.cr.commit()\n"
        f"with os.fdopen(os.open({str(target)!r}, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'w') as handle:\n"
        "    json.dump(keys, handle)\n"
    )
    target.unlink(missing_ok=True)
    odoo(settings, database, log="keys", what="making API keys", stdin=program)
    if not target.exists():
        raise Failure(f"No API keys were made: see {settings.log('keys')}.")
