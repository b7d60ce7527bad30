# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Odoo 19 Community, from Debian's archive, unpacked privately: nothing is installed on the system."""

import hashlib
import json
import os
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
FROM_STABLE = ("fonts-font-awesome", "fonts-inconsolata")
PACKAGES = "usr/lib/python3/dist-packages"
# Debian strips this file; without it each backend page logs an error.
STRIPPED = "odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
TESTED = json.loads((Path(__file__).parent / "odoo_package.json").read_text())
NO_SOURCE = (
    "Odoo 19 cannot be had here: this machine has no Debian package mirror. Either clone Odoo 19.0 and set"
    " ODOO_PATH to it, or use `docker compose up`."
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
    debs = folder / "debs"
    debs.mkdir(parents=True, exist_ok=True)
    log = settings.log("odoo")
    private = {**os.environ, "APT_CONFIG": str(_private_apt(folder))}
    wanted = [name for name in FROM_UNSTABLE if not list(debs.glob(f"{name}_*.deb"))]
    if wanted:
        call(["apt-get", "update"], "apt-get update (unstable)", log, env=private)
        call(["apt-get", "download", *wanted], "download of Odoo 19", log, env=private, cwd=debs)
    wanted = [name for name in FROM_STABLE if not list(debs.glob(f"{name}_*.deb"))]
    if wanted:
        try:
            call(["apt-get", "download", *wanted], "download of fonts", log, cwd=debs)
        except Failure:
            call(["apt-get", "update"], "apt-get update", log)
            call(["apt-get", "download", *wanted], "download of fonts", log, cwd=debs)
    _check_version(next(debs.glob("odoo-19_*.deb")))
    root = folder / "root.part"
    shutil.rmtree(root, ignore_errors=True)
    for deb in sorted(debs.glob("*.deb")):
        call(["dpkg", "-x", deb, root], f"unpacking {deb.name}", log)
    stub = root / PACKAGES / STRIPPED
    stub.parent.mkdir(parents=True, exist_ok=True)
    stub.write_text("/* not in Debian's package */\n")
    shutil.rmtree(folder / "root", ignore_errors=True)
    root.rename(folder / "root")


def _private_apt(folder: Path) -> Path:
    """Write an apt configuration of our own whose one source is Debian unstable on this machine's mirror."""
    mirrors = call(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Identifier: Packages", "Origin: Debian"],
        "reading the machine's mirrors",
    ).split()
    mirrors = [mirror for mirror in mirrors if "security" not in mirror]
    if not mirrors:
        raise Failure(NO_SOURCE)
    for name in ("lists/partial", "cache/archives/partial"):
        (folder / "apt" / name).mkdir(parents=True, exist_ok=True)
    signed = f"[signed-by={KEYRING}] " if KEYRING.exists() else ""
    (folder / "apt" / "unstable.list").write_text(f"deb {signed}{mirrors[0]} sid main\n")
    config = folder / "apt" / "apt.conf"
    config.write_text(
        f'Dir::Etc::sourcelist "{folder}/apt/unstable.list";\n'
        'Dir::Etc::sourceparts "-";\n'
        f'Dir::State::lists "{folder}/apt/lists";\n'
        f'Dir::Cache "{folder}/apt/cache";\n'
        'APT::Sandbox::User "root";\n'
        'Acquire::Languages "none";\n'
    )
    return config


def _check_version(deb: Path) -> None:
    version = call(["dpkg-deb", "-f", deb, "Version"], "reading the package's version").strip()
    if not version.startswith(f"{TESTED['series']}."):
        deb.unlink()
        raise Failure(f"The mirror offers Odoo {version}; this suite runs on {TESTED['series']}: set ODOO_PATH to it.")
    with deb.open("rb") as handle:
        found = hashlib.file_digest(handle, "sha256").hexdigest()
    if found != TESTED["sha256"]:
        say(f"  note: Odoo package {version}; the tests passed with {TESTED['version']}.")
