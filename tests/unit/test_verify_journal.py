# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The stand-alone verifier of the journal's export, against every way to tamper with one."""

import ast
import copy
import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import load

PROGRAM = Path(__file__).resolve().parents[2] / "tools" / "verify_journal.py"
chain = load("dvc_account", "domain/hash_chain.py")
FORMAT = load("dvc_account", "domain/journal_record.py").FORMAT


def exported(records: list[dict]) -> list[dict]:
    lines, previous = [], ""
    for record in records:
        previous = chain.link(previous, record)
        lines.append({"record": record, "digest": previous})
    return [{"format": FORMAT, "database": "d", "sealed": len(lines), "digest": previous}, *lines]


RECORDS = [{"id": number, "event": "test.event", "purpose": "Đã xem", "detail": {"b": 1}} for number in range(1, 8)]


def verify(tmp_path, lines: list, anchor: dict | None = None, name: str = "export.json") -> tuple[int, str]:
    path = tmp_path / name
    text = "".join(json.dumps(line) + "\n" for line in lines)
    with (gzip.open if name.endswith(".gz") else open)(path, "wt", encoding="utf-8") as file:
        file.write(text)
    command = [sys.executable, "-I", str(PROGRAM), str(path)]
    if anchor:
        (tmp_path / "anchor.json").write_text(json.dumps(anchor))
        command.append(str(tmp_path / "anchor.json"))
    done = subprocess.run(command, capture_output=True, text=True)
    assert not done.stderr
    return done.returncode, done.stdout


def changed(lines):
    lines[3]["record"]["purpose"] = "forged"


def removed(lines):
    del lines[3]


def swapped(lines):
    lines[3], lines[4] = lines[4], lines[3]


def doubled(lines):
    lines.insert(4, copy.deepcopy(lines[3]))


def cut(lines):
    del lines[-1]


def emptied(lines):
    lines[3]["record"] = None


def added(lines):
    lines.append({"record": {"id": 9}, "digest": lines[-1]["digest"]})


def retyped(lines):
    lines[2]["record"]["id"] = str(lines[2]["record"]["id"])


@pytest.mark.parametrize("tamper", [changed, removed, swapped, doubled, cut, emptied, added, retyped])
def test_tampering_is_found(tmp_path, tamper):
    lines = exported(copy.deepcopy(RECORDS))
    tamper(lines)
    assert verify(tmp_path, lines)[0] == 1


@pytest.mark.parametrize("name", ["export.json", "export.json.gz"])
def test_a_whole_one(tmp_path, name):
    lines = exported(RECORDS)
    assert verify(tmp_path, lines, name=name) == (0, "The journal is whole.\n")
    earlier = exported(RECORDS[:4])[0]
    assert verify(tmp_path, lines, earlier, name)[0] == 0
    assert verify(tmp_path, exported([]), name=name)[0] == 0


def test_what_only_an_anchor_shows(tmp_path):
    anchor = exported(RECORDS[:5])[0]
    forged = copy.deepcopy(RECORDS)
    forged[2]["purpose"] = "forged"
    for lines in (exported(forged), exported(RECORDS[:3]), exported([])):
        assert verify(tmp_path, lines)[0] == 0, "made anew it is whole by itself"
        status, text = verify(tmp_path, lines, anchor)
        assert (status, "anchor" in text) == (1, True)
    assert verify(tmp_path, exported(RECORDS), {**anchor, "database": "other"})[0] == 1


@pytest.mark.parametrize("line", ["", "[]", "{}", "nonsense", '{"format": "other"}'])
def test_what_is_no_export(tmp_path, line):
    path = tmp_path / "export.json"
    path.write_text(line)
    assert subprocess.run([sys.executable, str(PROGRAM), str(path)], capture_output=True).returncode == 1


def test_it_stands_alone():
    tree = ast.parse(PROGRAM.read_text())
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert set(names) <= sys.stdlib_module_names
