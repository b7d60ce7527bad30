# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Run the corpus: ``python -m corpus.run [--kind attack] [--only word] [--keep folder]`` in ``tests/``."""

import argparse
import collections
import logging
import sys
import time
import traceback
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "unit")]

from conftest import load_package  # noqa: E402

from corpus import case as cases  # noqa: E402
from corpus.pki import World  # noqa: E402

trust_module = load_package("dvc_account", "signing", "trust")
verify_module = load_package("dvc_account", "signing", "verify")
pool_module = load_package("dvc_account", "signing", "pool")

SECONDS_MAX = 12
logging.disable(logging.CRITICAL)


def load_makers():
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.stem.startswith(("attack_", "good_", "hostile")):
            __import__(f"corpus.{path.stem}")


def judge(case, world, pool=None):
    """Return (answer, seconds)."""
    trust = world.trust(trust_module, **(case.trust or {}))
    start = time.monotonic()
    if case.at or pool is None:
        answer = verify_module.verify_bytes(case.data, "file.pdf", trust, case.at)
    else:
        answer = pool.verify(case.data, "file.pdf", trust)
    return answer, time.monotonic() - start


def wrong(case, answer, seconds) -> str:
    """Return what is wrong with an answer; empty: nothing."""
    if answer["verdict"] not in case.expected:
        return f"{answer['verdict']} in place of {'/'.join(sorted(case.expected))}"
    # The process has 8 s; its start and a busy machine come on top.
    if seconds > SECONDS_MAX:
        return f"took {seconds:.1f} s"
    return ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kind", default="")
    parser.add_argument("--only", default="")
    parser.add_argument("--keep", default="")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--inside", action="store_true", help="without the limited process")
    options = parser.parse_args()
    load_makers()
    world, pool = World(), None if options.inside else pool_module.Pool(1)
    counts, failures = collections.Counter(), []
    for kind, makers in cases.MAKERS.items():
        if options.kind and kind != options.kind:
            continue
        for make in makers:
            if options.only and options.only not in f"{make.__module__}.{make.__name__}":
                continue
            try:
                for one in make(world):
                    try:
                        answer, seconds = judge(one, world, pool)
                    except Exception as error:  # noqa: BLE001
                        answer, seconds = {"verdict": f"EXCEPTION {error!r}", "signatures": []}, 0
                    problem = wrong(one, answer, seconds)
                    counts[kind, "fail" if problem else "pass"] += 1
                    told = [
                        (s["verdict"], s.get("reason") or s.get("detail"), s["intact"]) for s in answer["signatures"]
                    ]
                    if problem or options.verbose:
                        cases.say(
                            "FAIL" if problem else "ok  ",
                            kind,
                            one.name,
                            problem or answer["verdict"],
                            answer.get("reason", ""),
                            told,
                            f"{seconds:.1f}s",
                            one.note,
                        )
                    if problem:
                        failures.append(one.name)
                    if options.keep and (problem or options.verbose):
                        Path(options.keep).mkdir(exist_ok=True, parents=True)
                        (Path(options.keep) / f"{one.name}.pdf").write_bytes(one.data)
            except Exception:  # noqa: BLE001
                counts[kind, "not made"] += 1
                cases.say("NOT MADE", kind, make.__module__, make.__name__, traceback.format_exc(limit=-3))
    for (kind, outcome), number in sorted(counts.items()):
        cases.say(kind, outcome, number)
    if pool:
        pool.stop()
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
