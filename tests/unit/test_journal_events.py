# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Every event that the addons write has its words in the one table, read from the sources."""

import ast
import re

from conftest import ADDONS, load

TABLE = ADDONS / "dvc_account" / "journal_events.py"
CODE = re.compile(r"[a-z_]+\.[a-z_]+")


def table(name: str):
    """Return a constant of the table without importing Odoo: keys of a dict, or the value."""
    for node in ast.parse(TABLE.read_text()).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == name:
            if isinstance(node.value, ast.Dict) and name == "EVENTS":
                return [key.value for key in node.value.keys]
            return ast.literal_eval(node.value)
    raise AssertionError(name)


def written() -> set[str]:
    """Return the codes that stand as they are in calls of the journal."""
    found = set()
    for path in ADDONS.glob("dvc_*/**/*.py"):
        if "tests" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and "log" in node.func.attr:
                found |= {each.value for each in node.args if isinstance(each, ast.Constant) and _is_code(each.value)}
    return found


def _is_code(value) -> bool:
    return isinstance(value, str) and bool(CODE.fullmatch(value))


def test_every_event_has_words():
    codes = written()
    assert len(codes) > 15, "the sources are not read as they should be"
    states = load("dvc_dossier", "domain/states.py")
    codes |= {f"dossier.{verb}" for verb in states.TRANSITIONS.values()}
    assert sorted(codes - set(table("EVENTS"))) == []


def test_the_table_hangs_together():
    events, family_of = table("EVENTS"), table("FAMILY_OF")
    assert len(events) == len(set(events))
    assert events == sorted(events)
    families = {key for key, _label in table("FAMILIES")}
    assert set(family_of.values()) <= families
    assert {event.partition(".")[0] for event in events} <= set(family_of)
