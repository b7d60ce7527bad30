# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What a machine can see in the sources."""

import os
import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

from . import python_env
from .settings import ADDONS, CHECKOUT, Settings
from .steps import say

PYTHON = ("addons", "dvc_cli", "dvc", "tests", "examples", "benchmarks", "docs")
# Each with the tool's own files in the checkout's root.
TOOLS = (
    ("ruff", "check", "--no-fix", *PYTHON),
    ("ruff", "format", "--check", *PYTHON),
    ("pylint", "--rcfile=.pylintrc-mandatory", *(f"addons/{addon}" for addon in ADDONS)),
    ("check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"),
)


def run(settings: Settings) -> int:
    """Run every check; return the exit status."""
    commands = python_env.ensure_lint(settings)
    problems = list(_xml_problems()) + list(_translation_problems(commands))
    for problem in problems:
        say(f"! {problem}")
    failed = bool(problems)
    path = {**os.environ, "PATH": f"{commands}:{os.environ['PATH']}"}
    for tool in TOOLS:
        status = subprocess.run([str(commands / tool[0]), *tool[1:]], cwd=CHECKOUT, env=path).returncode
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


def _translation_problems(commands: Path) -> Iterator[str]:
    """Name each term of the addons that has no Vietnamese."""
    program = (
        "import polib, sys\n"
        "for path in sys.argv[1:]:\n"
        "    for entry in polib.pofile(path):\n"
        "        if not entry.obsolete and ('fuzzy' in entry.flags or not entry.msgstr):\n"
        "            print(f'{path}: no Vietnamese for {entry.msgid[:80]!r}')\n"
    )
    files = [CHECKOUT / "addons" / addon / "i18n" / "vi.po" for addon in ADDONS]
    for missing in (path for path in files if not path.exists()):
        yield f"{missing.relative_to(CHECKOUT)} is missing"
    present = [str(path) for path in files if path.exists()]
    done = subprocess.run([str(commands / "python"), "-c", program, *present], capture_output=True, text=True)
    yield from done.stdout.splitlines() + done.stderr.splitlines()
