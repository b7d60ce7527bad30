# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The benchmarks, against a server on a database of their own."""

import dataclasses
import subprocess

from . import databases, server, templates
from .settings import CHECKOUT, Settings
from .steps import locked


def run(settings: Settings, arguments: list[str]) -> int:
    """Run the benchmarks that the command line names; return their exit status."""
    with locked(settings.home, "tests", wait=0):
        templates.ensure(settings, "demo")
        database = templates.scratch(settings, "demo", "bench")
        databases.install(settings, database, ("project",), log="bench")
    live = dataclasses.replace(settings, port=server.free_port(), workers=0)
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
