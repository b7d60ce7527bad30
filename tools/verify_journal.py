#!/usr/bin/env python3
# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Check an export of the audit journal: ``verify_journal.py FILE [ANCHOR]``. It needs Python alone, nothing of ours.

FILE has one JSON text a line (gzip if its name ends in .gz). The first says ``format``, ``database``, ``sealed`` (how
many lines follow) and ``digest`` (of the last one). Each other is ``{"record": {…}, "digest": "$1$…"}``, where

    digest = "$1$" + hex(SHA-256(hex of the digest before + record as JSON, keys sorted, ASCII, without spaces))

and nothing stands for "the digest before" at the first line. ANCHOR is a file with an earlier head (made by
``./dvc audit anchor``) that was kept outside: the chain must go through it, or what it covered was cut or made anew.
"""

import gzip
import hashlib
import json
import sys

FORMAT = "dvc-journal-1"


def lines_of(path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def link(previous, record):
    text = json.dumps(record, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return "$1$" + hashlib.sha256((previous.rpartition("$")[2] + text).encode()).hexdigest()


def faults(path, anchor=None):
    """Yield what is wrong with an export, in words."""
    lines = lines_of(path)
    head = next(lines, None)
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        yield f"this is no export of the format {FORMAT}"
        return
    if anchor and anchor["database"] != head["database"]:
        yield "the anchor is of another database"
    previous, count, met = "", 0, not anchor or anchor["sealed"] == 0
    for line in lines:
        count += 1
        if not line.get("record") or link(previous, line["record"]) != line["digest"]:
            number = line["record"]["id"] if line.get("record") else "?"
            yield f"line {count + 1}: record {number} does not follow what stands before it"
            return
        previous = line["digest"]
        met = met or (count == anchor["sealed"] and previous == anchor["digest"])
    if (count, previous) != (head["sealed"], head["digest"]):
        yield f"the head speaks of {head['sealed']} lines, there are {count}"
    if not met:
        yield f"the chain does not go through the anchor: {anchor['sealed']} lines, {anchor['digest']}"


def main(arguments):
    if len(arguments) not in (1, 2):
        sys.exit(__doc__)
    anchor = None
    if len(arguments) == 2:
        with open(arguments[1], encoding="utf-8") as file:
            anchor = json.load(file)
    try:
        found = list(faults(arguments[0], anchor))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        found = [f"the file cannot be read: {type(error).__name__}"]
    sys.stdout.write("\n".join(found or ["The journal is whole."]) + "\n")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
