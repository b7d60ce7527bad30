# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Debian packages that the machine must have; installed where we may."""

import importlib.util
import os
import shutil
from pathlib import Path

from .steps import Failure, call, say

POSTGRES_BINARIES = Path("/usr/lib/postgresql")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Debian's package makes and starts a cluster of its own unless told not to; ours is the only one needed.
CLUSTER_CONF = "/etc/postgresql-common/createcluster.d/dvc.conf"
NO_CLUSTER = f"mkdir -p {Path(CLUSTER_CONF).parent} && echo 'create_main_cluster = false' > {CLUSTER_CONF}"


def _needed(browser: bool, cluster: bool, tests: bool) -> list[str]:
    packages = []
    if not (importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv")):
        packages.append("python3-venv")
    if cluster and not list(POSTGRES_BINARIES.glob("*/bin/initdb")):
        packages.append("postgresql")
    elif not shutil.which("psql") or not shutil.which("createdb"):
        packages.append("postgresql-client")
    if browser and not any(shutil.which(name) for name in BROWSERS):
        # Without a font of its own the browser shows, and photographs, boxes for Vietnamese letters.
        packages += ["chromium", "fonts-dejavu-core"]
    if tests:
        # A token in software, and signers and verifiers that are not ours.
        wanted = {"softhsm2-util": "softhsm2", "pdfsig": "poppler-utils", "xmlsec1": "xmlsec1", "openssl": "openssl"}
        packages += [package for command, package in wanted.items() if not shutil.which(command)]
    return packages


def ensure(log: Path, browser: bool, cluster: bool, tests: bool = False) -> None:
    """Install what is missing: as root or through sudo that asks for no password.

    :param browser: Chromium is needed too (tests, screenshots)
    :param cluster: a PostgreSQL server is needed, else its client only
    :param tests: what only tests need too
    :raise Failure: it is missing and cannot be installed from here
    """
    packages = _needed(browser, cluster, tests)
    if not packages:
        return
    names = " ".join(packages)
    if not shutil.which("apt-get"):
        raise Failure(f"Please install with this system's package manager, then run again: {names}.")
    say(f"… installing {names}")
    try:
        _install(packages, log)
    except Failure as failure:
        manual = f"apt-get install -y --no-install-recommends {names}"
        reason = str(failure).splitlines()[0].rstrip(":")
        raise Failure(f"System packages are missing; as root: {manual} ({reason})") from None


def _install(packages: list[str], log: Path) -> None:
    prefix = ["env", "DEBIAN_FRONTEND=noninteractive"]
    if os.geteuid():
        if not shutil.which("sudo"):
            raise Failure("this user is not root and there is no sudo")
        call(["sudo", "-n", "true"], "sudo without a password", log)
        prefix = ["sudo", "-n", *prefix]
    install = [*prefix, "apt-get", "install", "-y", "--no-install-recommends"]
    try:
        _apt_install(prefix, install, packages, log)
    except Failure:
        # Lists of packages that are missing or old are the usual reason.
        call([*prefix, "apt-get", "update"], "apt-get update", log)
        _apt_install(prefix, install, packages, log)


def _apt_install(prefix: list[str], install: list[str], packages: list[str], log: Path) -> None:
    if "postgresql" not in packages:
        call([*install, *packages], "apt-get install", log)
        return
    call([*install, "postgresql-common"], "apt-get install postgresql-common", log)
    call([*prefix, "sh", "-c", NO_CLUSTER], "postgresql-common configuration", log)
    try:
        call([*install, *packages], "apt-get install", log)
    finally:
        call([*prefix, "rm", "-f", CLUSTER_CONF], "postgresql-common configuration", log)
