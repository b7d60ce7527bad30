# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""A chain of SHA-256 hashes over records: change one and every later link is wrong."""

import hashlib
import json

VERSION = 1


def canonical(record: dict) -> str:
    """Return the one text of a record: JSON, sorted keys, ASCII, no spaces."""
    return json.dumps(record, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def link(previous: str, record: dict) -> str:
    """Return the hash of a record that follows ``previous`` (``""`` for the first)."""
    body = previous.rpartition("$")[2] + canonical(record)
    return f"${VERSION}${hashlib.sha256(body.encode()).hexdigest()}"


def first_broken(records, previous: str = "") -> int | None:
    """Return the index of the first pair ``(record, hash)`` that does not follow, or None."""
    for index, (record, digest) in enumerate(records):
        previous = link(previous, record)
        if previous != digest:
            return index
    return None
