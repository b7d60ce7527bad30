# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The verbs of ``./dvc``."""

import os
import shutil
import sys
from collections.abc import Callable

from . import (
    auditing,
    benchmarking,
    databases,
    linting,
    odoo_source,
    postgres,
    python_env,
    secrets,
    server,
    settings,
    system_packages,
    testing,
    translations,
)
from .steps import Failure, locked, say, timed


def prepare(config: settings.Settings, browser: bool = False, tests: bool = False) -> None:
    """Have all that Odoo needs: packages, source, environment, database server, keys, configuration."""
    with locked(config.home):
        log = config.log("system")
        system_packages.ensure(log, browser=browser, cluster=not config.pg_host, tests=tests)
        odoo_source.ensure(config)
        python_env.ensure(config)
        postgres.ensure(config)
        secrets.ensure(config)
        databases.write_conf(config)


def _prepare_database(config: settings.Settings, upgrade: bool = False) -> None:
    """Have the database too; it is upgraded only where no server can be at work on it."""
    prepare(config)
    with locked(config.home):
        databases.ensure(config, upgrade)


def run(config: settings.Settings, arguments: list[str]) -> int:
    """[--detach] serve the suite, with all the set-up it needs"""
    if arguments not in ([], ["--detach"]):
        raise Failure("Usage: ./dvc run [--detach]")
    if pid := server.running(config):
        say(f"The server is running already (process {pid}).{server.welcome(config)}")
        return 0
    secrets.check_settled(config)
    server.check_port(config)
    with timed("setting up"):
        _prepare_database(config, upgrade=True)
    if not arguments:
        server.run_in_front(config)
    server.start(config, config.database, config.log("server"))
    say(server.welcome(config))
    return 0


def stop(config: settings.Settings, arguments: list[str]) -> int:
    """end the detached server and its database server"""
    say("Stopped." if server.stop(config) else "No server was running.")
    postgres.stop(config)
    return 0


def keys(config: settings.Settings, arguments: list[str]) -> int:
    """make an API key for each demo login (JSON-2)"""
    _prepare_database(config)
    databases.api_keys(config, config.database, config.keys_file)
    say(f"Keys by login are in {config.keys_file}.")
    return 0


def shell(config: settings.Settings, arguments: list[str]) -> int:
    """a Python shell on the database"""
    _prepare_database(config)
    return _exec(config, [*config.odoo, "shell", "-c", config.conf, "-d", config.database, "--no-http"])


def psql(config: settings.Settings, arguments: list[str]) -> int:
    """an SQL shell on the database"""
    _prepare_database(config)
    return _exec(config, ["psql", "-d", config.database, *arguments])


def reset(config: settings.Settings, arguments: list[str]) -> int:
    """[--yes] delete the database and start anew"""
    if "--yes" not in arguments:
        try:
            answer = input(f"Delete every database of {config.home} and its files? [y/N] ")
        except EOFError:
            answer = ""
        if answer.strip().lower() not in ("y", "yes"):
            say("Nothing was deleted.")
            return 1
    server.stop(config)
    if not config.pg_host:
        postgres.remove(config)
        shutil.rmtree(config.home / "data", ignore_errors=True)
        shutil.rmtree(config.home / "stamps" / "databases", ignore_errors=True)
    elif config.conf.exists():
        databases.remove_all(config)
    for stamp in (config.home / "stamps").glob("database-*"):
        stamp.unlink()
    say("Deleted; ./dvc run makes a new one.")
    return 0


def rotate_key(config: settings.Settings, arguments: list[str]) -> int:
    """[--force] change the encryption key; the server must be stopped"""
    if arguments not in ([], ["--force"]):
        raise Failure("Usage: ./dvc rotate-key [--force]")
    prepare(config)
    with locked(config.home):
        names = databases.keyed(config)
        if busy := [name for name in names if databases.users(config, name)]:
            raise Failure(f"Somebody is at work in {', '.join(busy)}: stop the server first (./dvc stop).")
        new_key, begun = secrets.next_key(config)
        try:
            for name in [] if begun or arguments else names:
                databases.check_key_change(config, name, new_key)
        except Failure:
            new_key.unlink()
            raise
        for name in names:
            with timed(f"changing the key of {name}"):
                databases.change_key(config, name, new_key)
        old_key = secrets.put_in_place(config)
        # The tests' templates go by the old key: they are made anew when they are needed.
        for stamp in (config.home / "stamps").glob("database-dvct_*"):
            stamp.unlink()
    say(f"Changed. Back the new key up; the old one is in {old_key}: delete it once no backup under it is needed.")
    return 0


def test(config: settings.Settings, arguments: list[str]) -> int:
    """[--unit | --fast] [ADDON …] [-- PYTEST OPTIONS] every test, or some"""
    unit_only = "--unit" in arguments
    prepare(config, browser=not unit_only, tests=True)
    return testing.run(config, arguments)


def lint(config: settings.Settings, arguments: list[str]) -> int:
    """style, translations and configuration files"""
    with locked(config.home):
        system_packages.ensure(config.log("system"), browser=False, cluster=not config.pg_host)
    return linting.run(config)


def bench(config: settings.Settings, arguments: list[str]) -> int:
    """[OPTIONS] timings as ratios against peers"""
    prepare(config)
    return benchmarking.run(config, arguments)


def i18n(config: settings.Settings, arguments: list[str]) -> int:
    """export the addons' terms and update their Vietnamese files"""
    prepare(config)
    with locked(config.home, "tests", wait=0):
        translations.export(config)
    return 0


def audit(config: settings.Settings, arguments: list[str]) -> int:
    """verify [EXPORT] [--anchor FILE] | export FILE | anchor: the audit journal"""
    return auditing.run(config, arguments, prepare)


def shots(config: settings.Settings, arguments: list[str]) -> int:
    """screenshots for the guides, from the running demo"""
    prepare(config, browser=True)
    program = settings.CHECKOUT / "docs" / "shots.py"
    if not program.exists():
        raise Failure("docs/shots.py is missing.")
    return _exec(config, [config.python, program, f"http://localhost:{config.port}", *arguments])


VERBS: dict[str, Callable[[settings.Settings, list[str]], int]] = {
    verb.__name__.replace("_", "-"): verb
    for verb in (run, stop, keys, test, lint, bench, shell, psql, reset, audit, rotate_key, i18n, shots)
}


def _exec(config: settings.Settings, command: list) -> int:
    program = [str(part) for part in command]
    os.execvpe(program[0], program, databases.environment(config))
    return 0


def _usage() -> str:
    lines = [f"  ./dvc {name:<10} {verb.__doc__}" for name, verb in VERBS.items()]
    return "\n".join(
        [
            *lines,
            "",
            "Read from the environment: DVC_PORT (8069), DVC_DB (dvc), DVC_HOME (.dvc), DVC_DEMO (1),",
            "DVC_WORKERS (0), ODOO_PATH (an Odoo 19.0 source tree), PGHOST (another PostgreSQL server)",
        ]
    )


def main(arguments: list[str]) -> None:
    """Do what the command line says; expected failures are one line, without a traceback."""
    if not arguments or arguments[0] not in VERBS:
        say(_usage())
        sys.exit(0 if not arguments or arguments[0] in ("help", "-h", "--help") else 2)
    try:
        sys.exit(VERBS[arguments[0]](settings.read(), arguments[1:]))
    except Failure as failure:
        sys.stderr.write(f"dvc: {failure}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
