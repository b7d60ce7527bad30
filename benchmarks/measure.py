# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Clients, timings and rows for the benchmarks: medians of pairs in one run, so that only ratios are quoted."""

import http.cookiejar
import json
import os
import re
import statistics
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

URL = os.environ["DVC_URL"]
DATABASE = os.environ["DVC_DB"]
LOG = Path(os.environ["DVC_BENCH_LOG"])
# werkzeug's line of a request: … 200 - <queries> <seconds of SQL> <seconds of Python>
REQUEST_LINE = re.compile(r'"POST (\S+) HTTP/1\.1" 200 - (\d+) ')


class Web:
    """A signed-in web client, as the browser is one."""

    def __init__(self, login: str):
        jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        self.post("/web/session/authenticate", {"db": DATABASE, "login": login, "password": login})

    def post(self, path: str, params: dict):
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}).encode()
        request = urllib.request.Request(URL + path, data=body, headers={"Content-Type": "application/json"})
        with self.opener.open(request, timeout=300) as answer:
            answer = json.load(answer)
        if "error" in answer:
            raise RuntimeError(answer["error"]["data"]["message"])
        return answer["result"]

    def call(self, model: str, method: str, *positional, **named):
        params = {"model": model, "method": method, "args": list(positional), "kwargs": named}
        return self.post(f"/web/dataset/call_kw/{model}/{method}", params)


@dataclass
class Timing:
    median_ms: float
    queries: int

    def as_dict(self) -> dict:
        return {"median_ms": round(self.median_ms, 2), "queries": self.queries}


def queries_of(work: Callable[[], object]) -> int:
    """Return how many queries the server counted for the requests of ``work``."""
    start = LOG.stat().st_size
    work()
    time.sleep(0.3)  # the line is written after the answer
    return sum(int(found[2]) for found in REQUEST_LINE.finditer(LOG.read_bytes()[start:].decode(errors="replace")))


def paired(ours: Callable, peer: Callable, rounds: int) -> tuple[Timing, Timing]:
    """Time two pieces of work in turn, after a warm-up, so that the machine's mood meets both."""
    for work in (ours, peer, ours, peer):
        work()
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for work, sink in zip((ours, peer), times, strict=True):
            start = time.perf_counter()
            work()
            sink.append((time.perf_counter() - start) * 1000)
    return tuple(
        Timing(statistics.median(sink), queries_of(work)) for work, sink in zip((ours, peer), times, strict=True)
    )


def kanban_specification(web: Web, model: str, view_id: int | bool) -> dict:
    """Return the fields that the web client reads for a card of the model's kanban."""
    views = web.call(model, "get_views", [[view_id, "kanban"]], options={})
    fields = views["models"][model]["fields"]
    names = set(re.findall(r'<field [^>]*name="(\w+)"', views["views"]["kanban"]["arch"])) & set(fields)
    return {
        name: {"fields": {"display_name": {}}} if fields[name]["type"] in ("many2one", "many2many") else {}
        for name in sorted(names)
    }


def multiply(cursor, table: str, target: int, renamed: dict[str, str], dropped: tuple[str, ...] = ()) -> None:
    """Fill a table with copies of its rows, in SQL.

    :param renamed: SQL expression by column, for what must be unique (``row`` is the copied row, ``n`` counts)
    :param dropped: columns left empty
    """
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER'", [table]
    )
    columns = [name for (name,) in cursor.fetchall() if name not in ("id", *dropped)]
    cursor.execute(f"SELECT count(*) FROM {table}")
    present = cursor.fetchone()[0]
    if present >= target:
        return
    values = ", ".join(renamed.get(name, f'source."{name}"') for name in columns)
    quoted = ", ".join(f'"{name}"' for name in columns)
    cursor.execute(
        f"INSERT INTO {table} ({quoted}) SELECT {values}"
        f" FROM (SELECT *, row_number() OVER () AS r FROM {table}) source,"
        f" generate_series(1, {target // present + 1}) n LIMIT {target - present}"
    )
