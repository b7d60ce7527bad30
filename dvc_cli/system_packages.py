# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Debian packages that the machine must have; installed where we may."""

import importlib.util
import os
import shutil
from pathlib import Path

from .steps import Failure, call, say

POSTGRES_BINARIES = Path("/usr/lib/postgresql")


def _needed(browser: bool, cluster: bool) -> list[str]:
    packages = []
    if not (importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv")):
        packages.append("python3-venv")
    if cluster and not list(POSTGRES_BINARIES.glob("*/bin/initdb")):
        packages.append("postgresql")
    elif not cluster and not shutil.which("psql"):
        packages.append("postgresql-client")
    if browser and not any(shutil.which(name) for name in ("chromium", "google-chrome", "chrome")):
        packages.append("chromium")
    return packages


def ensure(log: Path, browser: bool, cluster: bool) -> None:
    """Install what is missing: as root or through sudo that asks for no password.

    :param browser: Chromium is needed too (tests, screenshots)
    :param cluster: a PostgreSQL server is needed, else its client only
    :raise Failure: it is missing and cannot be installed from here
    """
    packages = _needed(browser, cluster)
    if not packages:
        return
    if not shutil.which("apt-get"):
        raise Failure(f"Please install {', '.join(packages)} with your system's package manager, then run again.")
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    manual = f"sudo apt-get install -y --no-install-recommends {' '.join(packages)}"
    say(f"… installing {', '.join(packages)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        call([*prefix, "apt-get", "update"], "apt-get update", log, env=environment)
        if "postgresql" in packages:
            # We run a cluster of our own: Debian's package need not make one.
            call(
                [*prefix, "apt-get", "install", "-y", "--no-install-recommends", "postgresql-common"],
                "apt-get install postgresql-common",
                log,
                env=environment,
            )
            no_cluster = "mkdir -p /etc/postgresql-common/createcluster.d && echo 'create_main_cluster = false' >"
            call(
                [*prefix, "sh", "-c", f"{no_cluster} /etc/postgresql-common/createcluster.d/dvc.conf"],
                "postgresql-common configuration",
                log,
            )
        call(
            [*prefix, "apt-get", "install", "-y", "--no-install-recommends", *packages],
            "apt-get install",
            log,
            env=environment,
        )
    except Failure as failure:
        raise Failure(f"Missing system packages; please run: {manual}\n({failure})") from None
