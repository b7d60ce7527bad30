# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The tests in layers, each on a database of its own, and one closing line."""

import dataclasses
import os
import re
import subprocess
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from . import databases, python_env, server
from .settings import ADDONS, CHECKOUT, Settings
from .steps import Failure, Stamp, call, locked, say, timed

# stage: (the stage it grows from, the modules it adds, options)
STAGES = {
    "base": (None, ("base", "web", "portal", "mail", "resource", "sms", "auth_totp", "payment"), ()),
    "account": ("base", ("dvc_account",), ()),
    "dossier": ("account", ("dvc_dossier",), ()),
    "wallet": ("dossier", ("dvc_wallet",), ()),
    "result": ("dossier", ("dvc_result",), ()),
    "all": ("wallet", ("dvc_result",), ()),
    "demo": (None, ADDONS, ("--with-demo", f"--load-language={databases.LANGUAGE}")),
}
# What other parts of Odoo log on purpose while refusals are tested, and PostgreSQL's retried conflicts.
EXPECTED_LOGGERS = ("odoo.http", "odoo.sql_db", "odoo.service", "werkzeug", "odoo.addons.rpc", "odoo.tests")
WARNING_LINE = re.compile(r"^\S+ \S+ \d+ (WARNING|ERROR|CRITICAL) (\S+) (\S+): (.*)")
LINT_TAGS = "/test_lint,-/test_lint:TestPyLint,-/test_lint:TestESLint,-/test_lint:TestJsTranslations"
LEFT_OVER = """
SELECT 'table ' || tablename FROM pg_tables WHERE tablename LIKE 'dvc\\_%'
UNION ALL SELECT 'function ' || proname FROM pg_proc WHERE proname LIKE 'dvc\\_%'
UNION ALL SELECT 'data ' || module || '.' || name FROM ir_model_data WHERE module LIKE 'dvc\\_%'
UNION ALL SELECT 'model ' || model FROM ir_model WHERE model LIKE 'dvc.%'
"""
UNINSTALL = """
names = {names!r}
for name in reversed(names):
    env['ir.module.module'].search([('name', '=', name)]).button_immediate_uninstall()
env.cr.execute({left_over!r})
left = [line for line, in env.cr.fetchall()]
assert not left, left
env.cr.commit()
"""


@dataclass
class Score:
    """What the layers counted."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    complaints: list[str] = field(default_factory=list)

    def add_junit(self, path: Path) -> None:
        if not path.exists():
            self.failed += 1
            self.complaints.append(f"{path.stem}: ended without a report")
            return
        for suite in ElementTree.parse(path).getroot().iter("testsuite"):
            bad = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            skipped = int(suite.get("skipped", 0))
            self.failed += bad
            self.skipped += skipped
            self.passed += int(suite.get("tests", 0)) - bad - skipped

    def fail(self, complaint: str) -> None:
        self.failed += 1
        self.complaints.append(complaint)


def _name(settings: Settings, stage: str) -> str:
    return f"dvct_{settings.key}_{stage}"


def _stage(settings: Settings, stage: str) -> str:
    """Return a template database, built where its sources have changed."""
    parent, modules, options = STAGES[stage]
    name = _name(settings, stage)
    inputs = databases.sources() if stage != "base" else " ".join(modules)
    stamp = Stamp(settings.home, f"database-{name}", inputs)
    if stamp.fresh() and databases.exists(settings, name):
        return name
    source = _stage(settings, parent) if parent else None
    with timed(f"template database {stage}"):
        part = f"{name}_setup"
        if source:
            databases.clone(settings, source, part)
        else:
            databases.create(settings, part)
        databases.install(settings, part, modules, *options, log=f"template-{stage}")
        if stage == "demo":
            databases.pregenerate_assets(settings, part)
        databases.rename(settings, part, name)
    stamp.set()
    return name


def _scratch(settings: Settings, stage: str, purpose: str) -> str:
    name = f"{_name(settings, stage)}_{purpose}"
    databases.clone(settings, _name(settings, stage), name)
    return name


def _pytest(settings: Settings, score: Score, layer: str, arguments: list, environment: dict) -> None:
    report = settings.home / "reports" / f"{layer}.xml"
    report.parent.mkdir(exist_ok=True)
    report.unlink(missing_ok=True)
    log = settings.log(f"test-{layer}")
    command = [
        settings.python,
        "-m",
        "pytest",
        "-q",
        "-rs",
        "-p",
        "no:cacheprovider",
        f"--junitxml={report}",
        *arguments,
    ]
    start = time.monotonic()
    with log.open("wb") as sink:
        status = subprocess.run(
            [str(part) for part in command], env=environment, cwd=CHECKOUT, stdout=sink, stderr=sink
        ).returncode
    score.add_junit(report)
    lines = log.read_text(errors="replace").strip().splitlines()
    say(f"  {layer}: {lines[-1] if lines else 'nothing printed'} ({time.monotonic() - start:.0f} s)")
    if status:
        say("\n".join(lines[-60:]))
        if status not in (0, 1):
            score.fail(f"{layer}: pytest ended with status {status}")


def _unit(settings: Settings, score: Score, extra: list[str]) -> None:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    _pytest(settings, score, "unit", ["-p", "no:odoo", "tests/unit", *extra], environment)


def _in_odoo(settings: Settings, score: Score, layer: str, stage: str, folder: str, extra: list[str]) -> None:
    """Run a folder of Odoo tests on a clone of a stage, and read the server's log afterwards."""
    database = _scratch(settings, stage, layer)
    server_log = settings.log(f"server-{layer}")
    server_log.unlink(missing_ok=True)
    conf = settings.home / f"odoo-{layer}.conf"
    conf.write_text(f"{settings.conf.read_text()}logfile = {server_log}\nlog_level = warn\n")
    arguments = [f"--odoo-config={conf}", f"--odoo-database={database}", "--odoo-http", folder, *extra]
    _pytest(settings, score, layer, arguments, databases.environment(settings))
    _read_log(score, layer, server_log)
    databases.drop(settings, database)


def _read_log(score: Score, layer: str, log: Path) -> None:
    if not log.exists():
        return
    for line in log.read_text(errors="replace").splitlines():
        found = WARNING_LINE.match(line)
        if found and not found[3].startswith(EXPECTED_LOGGERS):
            score.fail(f"{layer}: logged {found[1]} {found[3]}: {found[4][:200]}")


def _addons(settings: Settings, score: Score, addons: list[str], extra: list[str]) -> None:
    """Each addon's own tests, without the addons to its right; two at a time."""
    for addon in addons:
        _stage(settings, addon.removeprefix("dvc_"))
    with ThreadPoolExecutor(2) as pool:
        runs = [
            pool.submit(_in_odoo, settings, score, addon, addon.removeprefix("dvc_"), f"addons/{addon}/tests", extra)
            for addon in addons
        ]
        for done in runs:
            done.result()


def _upgrade_and_removal(settings: Settings, score: Score) -> None:
    """Upgrade twice, then uninstall all: nothing of ours may be left."""
    _stage(settings, "all")
    database = _scratch(settings, "all", "removal")
    log = settings.log("test-removal")
    log.unlink(missing_ok=True)
    try:
        for _ in range(2):
            options = ("-u", ",".join(ADDONS), "--stop-after-init", "--log-level", "warn")
            databases.odoo(settings, database, *options, log="test-removal", what="upgrading")
        program = UNINSTALL.format(names=ADDONS, left_over=LEFT_OVER)
        databases.odoo(settings, database, "--log-level", "warn", log="test-removal", what="removing", stdin=program)
        # The shell prints a failed assertion and ends well: look for it.
        if "AssertionError" in (text := log.read_text()) or "Traceback" in text:
            raise Failure("\n".join(text.splitlines()[-12:]))
        score.passed += 1
    except Failure as failure:
        score.fail(f"upgrade and removal: {failure}")
    _read_log(score, "removal", log)
    databases.drop(settings, database)


def _odoo_lint(settings: Settings, score: Score) -> None:
    """Odoo's own house rules on our addons."""
    linters = python_env.ensure_lint(settings)
    packages = next((linters.parent / "lib").glob("python3*/site-packages"))
    _stage(settings, "all")
    database = _scratch(settings, "all", "lint")
    log = settings.log("test-odoo-lint")
    log.unlink(missing_ok=True)
    command = [settings.venv / "bin" / "odoo", "-c", settings.conf, "-d", database, "-i", "test_lint"]
    environment = {**databases.environment(settings), "PYTHONPATH": str(packages)}
    options = ["--stop-after-init", "--http-port", "0", "--no-http", "--test-tags", LINT_TAGS]
    try:
        call([*command, *options], "Odoo's lint tests", log, env=environment, cwd=settings.home)
    except Failure as failure:
        score.fail(str(failure))
    counted = re.search(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests", log.read_text(errors="replace"))
    if counted:
        score.passed += int(counted[3]) - int(counted[1]) - int(counted[2])
    else:
        score.fail("Odoo's lint tests did not run")
    databases.drop(settings, database)


def _across(settings: Settings, score: Score, extra: list[str]) -> None:
    _stage(settings, "demo")
    _in_odoo(settings, score, "odoo", "demo", "tests/odoo", extra)


def _live(settings: Settings, score: Score, extra: list[str]) -> None:
    """Journeys and faults against a real server with two workers."""
    _stage(settings, "demo")
    database = _scratch(settings, "demo", "live")
    port = settings.port + 1000
    live = dataclasses.replace(settings, port=port, workers=2)
    server.check_port(live)
    keys = settings.home / "live_keys.json"
    databases.api_keys(settings, database, keys)
    log = settings.log("server-live")
    log.unlink(missing_ok=True)
    server.start(live, database, log)
    environment = {
        **databases.environment(settings),
        "DVC_URL": f"http://localhost:{port}",
        "DVC_DB": database,
        "DVC_KEYS": str(keys),
        "DVC_TEST_URL": f"http://localhost:{port}",
        "DVC_TEST_DB": database,
        "DVC_TEST_PID": str(live.pid_file),
        "DVC_TEST_COMMAND": " ".join(server.command(live, database)),
        "DVC_TEST_LOG": str(log),
    }
    try:
        _pytest(settings, score, "live", ["-p", "no:odoo", "tests/live", *extra], environment)
    finally:
        server.stop(live)
    _read_log(score, "live", log)
    databases.drop(settings, database)


def run(settings: Settings, arguments: list[str]) -> int:
    """Run the tests that the command line names; return the exit status."""
    extra = arguments[arguments.index("--") + 1 :] if "--" in arguments else []
    words = arguments[: arguments.index("--")] if "--" in arguments else arguments
    if unknown := [word for word in words if word not in ("--unit", "--fast", *ADDONS)]:
        raise Failure(f"./dvc test does not know {unknown[0]}.")
    addons = [word for word in words if word in ADDONS]
    start, score = time.monotonic(), Score()
    if not addons:
        _unit(settings, score, extra)
    if "--unit" not in words:
        with locked(settings.home):
            _addons(settings, score, addons or list(ADDONS), extra)
            if not addons and "--fast" not in words:
                with timed("upgrade twice, remove all"):
                    _upgrade_and_removal(settings, score)
                with timed("Odoo's lint tests"):
                    _odoo_lint(settings, score)
                _across(settings, score, extra)
                _live(settings, score, extra)
    return _closing_line(score, time.monotonic() - start)


def _closing_line(score: Score, seconds: float) -> int:
    if score.skipped:
        score.complaints.append(f"{score.skipped} tests were skipped: none may be")
    for complaint in score.complaints:
        say(f"! {complaint}")
    minutes, rest = divmod(int(seconds), 60)
    say(f"DVC TESTS: {score.passed} passed, {score.failed} failed, {score.skipped} skipped in {minutes} min {rest} s")
    return 1 if score.failed or score.skipped else 0


def bench(settings: Settings, arguments: list[str]) -> int:
    """Run the benchmarks against a server on a database of their own."""
    with locked(settings.home):
        _stage(settings, "demo")
        database = _scratch(settings, "demo", "bench")
        databases.install(settings, database, ("project",), log="bench")
    live = dataclasses.replace(settings, port=settings.port + 1000, workers=0)
    server.check_port(live)
    log = settings.log("server-bench")
    log.unlink(missing_ok=True)
    server.start(live, database, log, "--max-cron-threads", "0")
    environment = {
        **databases.environment(settings),
        "DVC_URL": f"http://localhost:{live.port}",
        "DVC_DB": database,
        "DVC_BENCH_CONF": str(settings.conf),
        "DVC_BENCH_LOG": str(log),
    }
    program = [str(settings.python), str(CHECKOUT / "benchmarks" / "run.py"), *arguments]
    try:
        return subprocess.run(program, env=environment, cwd=settings.home).returncode
    finally:
        server.stop(live)
        databases.drop(settings, database)
