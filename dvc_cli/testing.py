# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The tests in layers, each on a database of its own, and one closing line."""

import dataclasses
import os
import re
import shlex
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from . import databases, python_env, removal, server, templates
from .scores import Score
from .settings import ADDONS, CHECKOUT, Settings
from .steps import Failure, call, locked, say

SIDE_BY_SIDE = 2
LINES_SHOWN = 60
LINT_TAGS = "/test_lint,-/test_lint:TestPyLint,-/test_lint:TestESLint,-/test_lint:TestJsTranslations"
LINT_COUNTS = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests")


def _pytest(settings: Settings, layer: str, arguments: list, environment: dict) -> Score:
    score = Score()
    report = settings.home / "reports" / f"{layer}.xml"
    report.parent.mkdir(exist_ok=True)
    report.unlink(missing_ok=True)
    log = settings.log(f"test-{layer}")
    options = ["-q", "-rs", "--color=no", "-p", "no:cacheprovider", f"--junitxml={report}"]
    command = [settings.python, "-m", "pytest", *options, *arguments]
    with log.open("wb") as sink:
        status = subprocess.run(
            [str(part) for part in command],
            env={**environment, "PYTHONDONTWRITEBYTECODE": "1"},
            cwd=CHECKOUT,
            stdout=sink,
            stderr=sink,
        ).returncode
    score.add_junit(report)
    if status:
        say("\n".join(log.read_text(errors="replace").strip().splitlines()[-LINES_SHOWN:]))
        if not score.failed:  # it broke off, or a part of a test failed without the test
            score.fail(f"{layer}: pytest ended with status {status}")
    return score


def _unit(settings: Settings, extra: list[str]) -> Score:
    side_by_side = ["-n", SIDE_BY_SIDE, "--dist", "loadfile"]
    return _pytest(settings, "unit", ["-p", "no:odoo", *side_by_side, "tests/unit", *extra], dict(os.environ))


def _in_odoo(settings: Settings, layer: str, stage: str, folder: str, extra: list[str]) -> Score:
    """Run a folder of Odoo tests on a clone of a stage, and read the server's log afterwards."""
    templates.ensure(settings, stage)
    database = templates.scratch(settings, stage, layer)
    server_log = settings.log(f"server-{layer}")
    server_log.unlink(missing_ok=True)
    conf = databases.write_conf(settings, "test", settings.home / f"odoo-{layer}.conf", logfile=server_log)
    odoo = [f"--odoo-config={conf}", f"--odoo-database={database}", "--odoo-http", "--odoo-log-level=warn"]
    score = _pytest(settings, layer, [*odoo, folder, *extra], databases.environment(settings))
    score.add_log(layer, server_log)
    databases.drop(settings, database)
    return score


def _odoo_lint(settings: Settings) -> Score:
    """Odoo's own house rules on our addons."""
    score = Score()
    linters = python_env.ensure_lint(settings)
    packages = next((linters.parent / "lib").glob("python3*/site-packages"))
    templates.ensure(settings, "all")
    database = templates.scratch(settings, "all", "lint")
    log = settings.log("test-odoo-lint")
    log.unlink(missing_ok=True)
    command = [*settings.odoo, "-c", settings.conf, "-d", database, "-i", "test_lint", "--stop-after-init"]
    environment = {**databases.environment(settings), "PYTHONPATH": str(packages)}
    try:
        call(
            [*command, "--http-port", server.free_port(), "--test-tags", LINT_TAGS],
            "Odoo's lint tests",
            log,
            env=environment,
            cwd=settings.home,
        )
    except Failure as failure:
        score.complaints.append(str(failure))
    if counted := LINT_COUNTS.search(log.read_text(errors="replace")):
        score.failed = int(counted[1]) + int(counted[2])
        score.passed = int(counted[3]) - score.failed
    if not counted or bool(score.complaints) != bool(score.failed):
        score.fail("Odoo's lint tests did not run to their end")
    databases.drop(settings, database)
    return score


def _live(settings: Settings, extra: list[str]) -> Score:
    """Journeys and faults against a real server with two workers."""
    templates.ensure(settings, "demo")
    database = templates.scratch(settings, "demo", "live")
    keys = settings.home / "live_keys.json"
    databases.api_keys(settings, database, keys)
    log = settings.log("server-live")
    log.unlink(missing_ok=True)
    live = dataclasses.replace(settings, port=server.free_port(), workers=2)
    server.start(live, database, log)
    url = f"http://localhost:{live.port}"
    environment = {
        **databases.environment(settings),
        "DVC_URL": url,
        "DVC_DB": database,
        "DVC_KEYS": str(keys),
        "DVC_TEST_URL": url,
        "DVC_TEST_DB": database,
        "DVC_TEST_CONF": str(settings.conf),
        "DVC_TEST_PID": str(live.pid_file),
        "DVC_TEST_COMMAND": shlex.join(server.command(live, database)),
        "DVC_TEST_LOG": str(log),
    }
    try:
        score = _pytest(settings, "live", ["-p", "no:odoo", "tests/live", *extra], environment)
    finally:
        server.stop(live)
    score.add_log("live", log)
    databases.drop(settings, database)
    return score


def _timed(layer: str, work: Callable[[], Score]) -> Score:
    """Do a layer's work, say how it went; what stops it is a failure of that layer only."""
    start = time.monotonic()
    try:
        score = work()
    except Failure as failure:
        score = Score()
        score.fail(f"{layer}: {failure}")
    counts = f"{score.passed} passed, {score.failed} failed, {score.skipped} skipped"
    say(f"  {layer}: {counts} in {time.monotonic() - start:.0f} s")
    return score


def _layers(settings: Settings, addons: list[str], everything: bool, extra: list[str]) -> list[tuple]:
    """Return the layers that may run side by side, each with its name."""
    layers = [
        (addon, partial(_in_odoo, settings, addon, addon.removeprefix("dvc_"), f"addons/{addon}/tests", extra))
        for addon in addons or ADDONS
    ]
    if everything:
        layers += [
            ("across", partial(_in_odoo, settings, "across", "demo", "tests/suite", extra)),
            ("removal", partial(removal.check, settings)),
            ("odoo-lint", partial(_odoo_lint, settings)),
        ]
    return layers


def run(settings: Settings, arguments: list[str]) -> int:
    """Run the tests that the command line names; return the exit status."""
    words, extra = arguments, []
    if "--" in arguments:
        words, extra = arguments[: arguments.index("--")], arguments[arguments.index("--") + 1 :]
    if unknown := [word for word in words if word not in ("--unit", "--fast", *ADDONS)]:
        raise Failure(f"./dvc test does not know {unknown[0]}; it takes --unit, --fast, {', '.join(ADDONS)}.")
    addons = [word for word in words if word in ADDONS]
    everything = not addons and "--fast" not in words
    start, score = time.monotonic(), Score()
    if not addons:
        score += _timed("unit", partial(_unit, settings, extra))
    if "--unit" not in words:
        with locked(settings.home, "tests", wait=0), ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            layers = [pool.submit(_timed, *layer) for layer in _layers(settings, addons, everything, extra)]
            for layer in layers:
                score += layer.result()
            if everything:  # alone on the machine, as it races clients against each other
                score += _timed("live", partial(_live, settings, extra))
    if score.skipped:
        score.complaints.append(f"{score.skipped} tests were skipped: none may be")
    for complaint in score.complaints:
        say(f"! {complaint}")
    say(score.closing_line(time.monotonic() - start))
    return 1 if score.failed or score.skipped else 0
