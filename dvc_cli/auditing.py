# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The audit journal: verified in place, exported, anchored outside."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from . import databases
from .settings import CHECKOUT, Settings
from .steps import Failure, say

VERIFIER = CHECKOUT / "tools" / "verify_journal.py"
USAGE = "Usage: ./dvc audit verify [EXPORT] [--anchor FILE] | export FILE | anchor"
MARK = "DVC-AUDIT "
# Runs in Odoo's shell; the arguments stand in front of it.
VERIFY = "import json; print(MARK + json.dumps(env['dvc.journal.seal']._verify(anchor)))"
ANCHOR = "import json; print(MARK + json.dumps(env['dvc.journal.seal']._head()))"
EXPORT = """
import gzip, json
opener = gzip.open if path.endswith('.gz') else open
with opener(path, 'wt', encoding='utf-8') as file: file.writelines(env['dvc.journal.seal']._export())

print(MARK + json.dumps(env['dvc.journal.seal']._head()))
"""


def run(settings: Settings, arguments: list[str], prepare: Callable[[Settings], None]) -> int:
    """Do what the command line asks of the journal; return the exit status.

    :param prepare: has the database server ready; not needed for a file
    :raise Failure: wrong arguments, or a file that cannot be read
    """
    arguments, anchor = _anchor(list(arguments))
    verb, files = (arguments[0], arguments[1:]) if arguments else ("", [])
    if verb == "verify" and len(files) == 1:
        return _verify_file(Path(files[0]).absolute(), anchor)
    known = (verb == "verify" and not files) or (not anchor and (verb, len(files)) in (("anchor", 0), ("export", 1)))
    if not known:
        raise Failure(USAGE)
    prepare(settings)
    if not databases.exists(settings, settings.database):
        raise Failure(f"There is no database {settings.database}: ./dvc run makes it.")
    if verb == "verify":
        return _verify(settings, json.loads(anchor.read_text()) if anchor else None)
    if verb == "anchor":
        say(json.dumps(_ask(settings, ANCHOR)))
        return 0
    path = Path(files[0]).absolute()
    if path.exists():
        raise Failure(f"{path} is there already: an export is kept, not overwritten.")
    head = _ask(settings, EXPORT, path=str(path))
    say(f"{head['sealed']} lines are in {path}; the last one's digest is {head['digest']}")
    return 0


def _anchor(arguments: list[str]) -> tuple[list[str], Path | None]:
    if "--anchor" not in arguments:
        return arguments, None
    place = arguments.index("--anchor")
    path = Path(arguments[place + 1]).absolute() if place + 1 < len(arguments) else None
    if not path or not path.is_file():
        raise Failure("--anchor names the file that an earlier ./dvc audit anchor was kept in.")
    return arguments[:place] + arguments[place + 2 :], path


def _verify_file(path: Path, anchor: Path | None) -> int:
    if not path.is_file():
        raise Failure(f"{path} is not there.")
    return subprocess.run([sys.executable, str(VERIFIER), str(path), *([str(anchor)] if anchor else [])]).returncode


def _verify(settings: Settings, anchor: dict | None) -> int:
    answer = _ask(settings, VERIFY, anchor=anchor)
    say(f"{answer['lines']} lines, {answer['sealed']} of them sealed; the last digest is {answer['head'] or 'none'}")
    for fault in answer["broken"]:
        say(f"BROKEN {fault['check']}: {fault['detail']}")
    say("The journal is whole." if answer["ok"] else "The journal is NOT whole.")
    return 0 if answer["ok"] else 1


def _ask(settings: Settings, program: str, **values) -> dict:
    head = "".join(f"{name} = {value!r}\n" for name, value in {"MARK": MARK, **values}.items())
    output = databases.odoo(
        settings, settings.database, log="audit", what="reading the journal", stdin=f"{head}{program}\n"
    )
    answers = [line.partition(MARK)[2] for line in output.splitlines() if MARK in line]
    if not answers:
        raise Failure(f"The journal could not be read: {settings.log('audit')} tells why.")
    return json.loads(answers[-1])
