# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Databases: made whole or not at all, cloned from templates, brought up to date."""

import os
import shutil
from pathlib import Path

from . import postgres, secrets
from .settings import ADDONS, CHECKOUT, Settings
from .steps import Failure, Stamp, call, tree_digest

LANGUAGE = "vi_VN"
PREGENERATE = "env['ir.qweb']._pregenerate_assets_bundles(); env.cr.commit()"


def environment(settings: Settings) -> dict[str, str]:
    """Return the environment for Odoo and for PostgreSQL's clients."""
    return {**os.environ, **postgres.environment(settings), **secrets.environment(settings)}


def write_conf(settings: Settings) -> None:
    """Write Odoo's configuration: the checkout's plus this home's folders and connection."""
    pg = postgres.environment(settings)
    addons = [str(CHECKOUT / "addons")]
    if settings.odoo_path:
        addons.append(str(settings.odoo_path / "addons"))
    lines = [
        (CHECKOUT / "config" / "development.conf").read_text().rstrip(),
        f"addons_path = {','.join(addons)}",
        f"data_dir = {settings.home / 'data'}",
        f"db_host = {pg['PGHOST']}",
        f"db_user = {pg['PGUSER']}",
    ]
    for name, variable in (("db_port", "PGPORT"), ("db_password", "PGPASSWORD")):
        if value := pg.get(variable) or os.environ.get(variable):
            lines.append(f"{name} = {value}")
    settings.conf.touch(mode=0o600)
    settings.conf.write_text("\n".join(lines) + "\n")


def sources() -> str:
    """Return a hash of what a database is made from: the addons without their tests."""
    return tree_digest([CHECKOUT / "addons"], skip=("__pycache__", ".pyc", "/tests/", "/readme/"))


def odoo(settings: Settings, database: str, *options: str, log: str, what: str, stdin: str | None = None) -> str:
    """Run an Odoo command on a database, outside any server."""
    shell = ["shell"] if stdin is not None else []
    command = [settings.venv / "bin" / "odoo", *shell, "-c", settings.conf, "-d", database, "--no-http", *options]
    return call(command, what, settings.log(log), env=environment(settings), cwd=settings.home, input=_bytes(stdin))


def _bytes(text: str | None) -> bytes | None:
    return text.encode() if text is not None else None


def _psql(settings: Settings, sql: str, database: str = "postgres") -> str:
    command = ["psql", "-d", database, "-tAqX", "-v", "ON_ERROR_STOP=1", "-c", sql]
    return call(command, "psql", env=environment(settings), cwd="/")


def exists(settings: Settings, name: str) -> bool:
    return bool(_psql(settings, f"SELECT 1 FROM pg_database WHERE datname = '{name}'").strip())


def _filestore(settings: Settings, name: str) -> Path:
    return settings.home / "data" / "filestore" / name


def drop(settings: Settings, name: str) -> None:
    _psql(settings, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    shutil.rmtree(_filestore(settings, name), ignore_errors=True)


def create(settings: Settings, name: str) -> None:
    """Make an empty database that can search without accents."""
    drop(settings, name)
    call(["createdb", "-T", "template0", "-E", "UTF8", name], "createdb", env=environment(settings), cwd="/")
    _psql(settings, "CREATE EXTENSION unaccent; CREATE EXTENSION pg_trgm", name)


def clone(settings: Settings, source: str, target: str) -> None:
    """Copy a database and its files; nobody may be connected to the source."""
    drop(settings, target)
    call(["createdb", "-T", source, target], f"cloning {source}", env=environment(settings), cwd="/")
    if _filestore(settings, source).exists():
        shutil.copytree(_filestore(settings, source), _filestore(settings, target))


def rename(settings: Settings, source: str, target: str) -> None:
    drop(settings, target)
    _psql(settings, f'ALTER DATABASE "{source}" RENAME TO "{target}"')
    if _filestore(settings, source).exists():
        _filestore(settings, source).rename(_filestore(settings, target))


def install(settings: Settings, name: str, modules: tuple[str, ...], *options: str, log: str) -> None:
    odoo(
        settings,
        name,
        *("-i", ",".join(modules), "--stop-after-init", *options),
        log=log,
        what=f"installing {', '.join(modules)}",
    )


def pregenerate_assets(settings: Settings, name: str) -> None:
    odoo(settings, name, log="assets", what="building the web assets", stdin=PREGENERATE)


def ensure(settings: Settings) -> None:
    """Have the database to serve: made, or upgraded where the addons have changed since."""
    stamp = Stamp(settings.home, f"database-{settings.database}", f"{sources()} demo={settings.demo}")
    if exists(settings, settings.database):
        if stamp.fresh():
            return
        options = ("-u", ",".join(ADDONS), "--stop-after-init")
        odoo(settings, settings.database, *options, log="upgrade", what="upgrading the database")
    else:
        # Made under another name and renamed at the end: an interrupted run leaves no half of a database.
        part = f"{settings.database}_setup"
        create(settings, part)
        demo = ("--with-demo",) if settings.demo else ()
        install(settings, part, ADDONS, f"--load-language={LANGUAGE}", *demo, log="install")
        rename(settings, part, settings.database)
    pregenerate_assets(settings, settings.database)
    stamp.set()


def remove_all(settings: Settings) -> None:
    """Delete the served database and the tests' ones."""
    names = _psql(settings, "SELECT datname FROM pg_database WHERE NOT datistemplate").split()
    for name in names:
        if name == settings.database or name.startswith((f"{settings.database}_setup", f"dvct_{settings.key}_")):
            drop(settings, name)
    Stamp(settings.home, f"database-{settings.database}", "").clear()


def export_terms(settings: Settings, addon: str, folder: Path) -> None:
    """Write an addon's ``.pot`` and update its Vietnamese ``.po``."""
    command = [settings.venv / "bin" / "odoo", "i18n", "export", "-c", settings.conf, "-d", settings.database]
    call([*command, "-l", "pot", "vi", "--", addon], f"exporting {addon}", settings.log("i18n"), cwd=settings.home)


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
    odoo(settings, database, log="keys", what="making API keys", stdin=program)
    if not target.exists():
        raise Failure(f"No API keys were made: see {settings.log('keys')}.")
