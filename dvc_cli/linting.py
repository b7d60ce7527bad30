# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What a machine can see in the sources."""

import os
import re
import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

from . import python_env
from .settings import ADDONS, CHECKOUT, Settings
from .steps import Failure, call, say

PYTHON = ("addons", "dvc_cli", "dvc", "tests", "examples", "benchmarks", "tools", "docs/shots.py")
MODULES = tuple(f"addons/{addon}" for addon in ADDONS)
# Each with the tool's own files in the checkout's root.
TOOLS = (
    ("ruff", "check", "--no-fix", *PYTHON),
    ("ruff", "format", "--check", *PYTHON),
    ("pylint", "--rcfile=.pylintrc-mandatory", *MODULES),
    ("oca-checks-odoo-module", *MODULES),
    ("check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"),
)
PO_TOOL = ("oca-checks-po", "--disable=po-pretty-format")
# Folders of somebody's machine and addresses of somebody's package servers do not belong in the repository.
FOREIGN = re.compile(
    r"(?<![\w.~])/(?:work|root|home/\w+)/|\b(?:pypi|pythonhosted|deb\.debian|registry\.npmjs)\.(?:org|com)"
)
TRANSLATIONS = """
import polib, sys
for path in sys.argv[1:]:
    for entry in polib.pofile(path):
        whole = all(entry.msgstr_plural.values()) if entry.msgstr_plural else entry.msgstr
        if not entry.obsolete and ('fuzzy' in entry.flags or not whole):
            print(f'{path}: no Vietnamese for {entry.msgid[:80]!r}')
"""


def run(settings: Settings) -> int:
    """Run every check; return the exit status."""
    commands = python_env.ensure_lint(settings)
    catalogues = [CHECKOUT / module / "i18n" / "vi.po" for module in MODULES]
    present = [path for path in catalogues if path.exists()]
    problems = [f"{path.relative_to(CHECKOUT)} is missing" for path in catalogues if path not in present]
    problems += [*_xml_problems(), *_foreign_problems(), *_translation_problems(commands, present)]
    for problem in problems:
        say(f"! {problem}")
    failed = bool(problems)
    environment = {**os.environ, "PATH": f"{commands}:{os.environ['PATH']}"}
    for tool in (*TOOLS, (*PO_TOOL, *map(str, present))):
        status = subprocess.run([str(commands / tool[0]), *tool[1:]], cwd=CHECKOUT, env=environment).returncode
        say(f"  {' '.join(tool[:2])}: {'ok' if status == 0 else 'problems'}")
        failed = failed or status != 0
    say("DVC LINT: " + ("problems" if failed else "clean"))
    return 1 if failed else 0


def _xml_problems() -> Iterator[str]:
    for path in sorted((CHECKOUT / "addons").rglob("*.xml")):
        try:
            ElementTree.parse(path)
        except ElementTree.ParseError as error:
            yield f"{path.relative_to(CHECKOUT)}: {error}"


def _files() -> list[Path]:
    """Return the files of the repository: git's own list, or everything where the sources came without git."""
    try:
        listed = call(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], "git", cwd=CHECKOUT)
        return [CHECKOUT / name for name in listed.split("\0") if name]
    except Failure:
        hidden = (CHECKOUT / ".dvc", CHECKOUT / ".git")
        return [path for path in CHECKOUT.rglob("*") if not any(path.is_relative_to(folder) for folder in hidden)]


def _foreign_problems() -> Iterator[str]:
    for path in _files():
        if not path.is_file() or b"\0" in (content := path.read_bytes()):
            continue
        for number, line in enumerate(content.decode(errors="replace").splitlines(), 1):
            if found := FOREIGN.search(line):
                yield f"{path.relative_to(CHECKOUT)}:{number}: names {found[0]}"


def _translation_problems(commands: Path, catalogues: list[Path]) -> list[str]:
    """Name each term that has no Vietnamese, and each catalogue that cannot be read."""
    program = [str(commands / "python"), "-c", TRANSLATIONS, *map(str, catalogues)]
    done = subprocess.run(program, capture_output=True, text=True)
    return done.stdout.splitlines() + done.stderr.splitlines()
