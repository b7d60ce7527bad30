# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Odoo 19 Community, from Debian's archive, unpacked privately: nothing is installed on the system."""

import hashlib
import json
import os
import re
import shutil
from pathlib import Path

from .settings import Settings
from .steps import Failure, Stamp, call, say, timed

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
FROM_UNSTABLE = (
    "odoo-19",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-roboto-unhinted",
    "fonts-montserrat",
    "fonts-ocr-b",
)
# Unstable's FontAwesome 7 lacks the files that Odoo 19 links to; the stable 4.7 has them.
STABLE = "bookworm"
FROM_STABLE = ("fonts-font-awesome", "fonts-inconsolata")
PACKAGES = "usr/lib/python3/dist-packages"
# Debian strips this file; without it each backend page logs an error.
STRIPPED = "odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
TESTED = json.loads((Path(__file__).parent / "odoo_package.json").read_text())
NO_SOURCE = (
    "Odoo 19 cannot be had here: no Debian mirror of this machine offers the package odoo-19."
    " Either clone Odoo 19.0 and set ODOO_PATH to it, or use `docker compose up`."
)


def python_path(settings: Settings) -> Path:
    """Return the folder that holds the package ``odoo``."""
    return settings.odoo_path or settings.home / "odoo" / "root" / PACKAGES


def ensure(settings: Settings) -> None:
    """Have Odoo's source in place.

    :raise Failure: no mirror, or another series than 19.0
    """
    if settings.odoo_path:
        release = (settings.odoo_path / "odoo" / "release.py").read_text()
        if "version_info = (19, 0" not in release:
            raise Failure(f"ODOO_PATH={settings.odoo_path} is not Odoo {TESTED['series']}.")
        return
    stamp = Stamp(settings.home, "odoo", f"{TESTED['series']} 1")
    if stamp.fresh() and (python_path(settings) / "odoo" / "release.py").exists():
        return
    with timed("fetching Odoo 19"):
        _fetch(settings)
    stamp.set()


def _fetch(settings: Settings) -> None:
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        raise Failure(NO_SOURCE)
    folder = settings.home / "odoo"
    shutil.rmtree(folder, ignore_errors=True)  # what an interrupted run left
    debs = folder / "debs"
    debs.mkdir(parents=True)
    log = settings.log("odoo")
    private = {**os.environ, "APT_CONFIG": str(_private_apt(folder))}
    try:
        call(["apt-get", "update"], "apt-get update", log, env=private)
        wanted = [*FROM_UNSTABLE, *(f"{name}/{STABLE}" for name in FROM_STABLE)]
        call(["apt-get", "download", *wanted], "download", log, env=private, cwd=debs)
    except Failure:
        raise Failure(f"{NO_SOURCE} (apt's answer is in {log})") from None
    _check_version(next(debs.glob("odoo-19_*.deb")))
    part = folder / "root.part"
    for deb in sorted(debs.glob("*.deb")):
        call(["dpkg", "-x", deb, part], f"unpacking {deb.name}", log)
    stub = part / PACKAGES / STRIPPED
    stub.parent.mkdir(parents=True, exist_ok=True)
    stub.write_text("/* not in Debian's package */\n")
    part.rename(folder / "root")
    for spent in (debs, folder / "apt"):
        shutil.rmtree(spent)


def _mirrors() -> list[str]:
    """Return the addresses of this machine's Debian mirrors, as apt is configured."""
    targets = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Identifier: Packages", "Origin: Debian"]
    found = call(targets, "reading the machine's mirrors").split()
    if not found:  # the lists were never fetched, or were cleaned away: ask what an update would fetch
        uris = call(["apt-get", "update", "--print-uris"], "reading the machine's mirrors")
        found = [address for address in re.findall(r"^'(\S+?)/dists/", uris, re.MULTILINE) if "/debian" in address]
    return [address for address in found if "security" not in address]


def _private_apt(folder: Path) -> Path:
    """Write an apt configuration of our own, whose sources are two suites on this machine's mirror."""
    mirrors = _mirrors()
    if not mirrors:
        raise Failure(NO_SOURCE)
    for name in ("lists/partial", "cache/archives/partial"):
        (folder / "apt" / name).mkdir(parents=True, exist_ok=True)
    signed = f"[signed-by={KEYRING}] " if KEYRING.exists() else ""
    suites = "".join(f"deb {signed}{mirrors[0]} {suite} main\n" for suite in ("sid", STABLE))
    (folder / "apt" / "sources.list").write_text(suites)
    config = folder / "apt" / "apt.conf"
    config.write_text(
        f'Dir::Etc::sourcelist "{folder}/apt/sources.list";\n'
        'Dir::Etc::sourceparts "-";\n'
        f'Dir::State::lists "{folder}/apt/lists";\n'
        f'Dir::Cache "{folder}/apt/cache";\n'
        'APT::Sandbox::User "root";\n'
        'APT::Update::Error-Mode "any";\n'
        'Acquire::Languages "none";\n'
    )
    return config


def _check_version(deb: Path) -> None:
    version = call(["dpkg-deb", "-f", deb, "Version"], "reading the package's version").strip()
    if not version.startswith(f"{TESTED['series']}."):
        raise Failure(f"The mirror offers Odoo {version}; this suite runs on {TESTED['series']}: set ODOO_PATH to it.")
    with deb.open("rb") as handle:
        found = hashlib.file_digest(handle, "sha256").hexdigest()
    if found != TESTED["sha256"]:
        say(f"  note: Odoo package {version}; the tests passed with {TESTED['version']}.")
